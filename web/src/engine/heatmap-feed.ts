import type { BookView, Client, Subscription, TradesView } from '@depthcast/client'

type Heard = {
  /** The book is no longer followed without a break. */
  broke(): void
  /** `isCaughtUp`: the first since they were not followed, so that what is new in it may be old. */
  traded(view: TradesView, isCaughtUp: boolean): void
}

/**
 * A book and its trades as one subscription. Its views, its state and what was granted are the book's; it is paused, resumed and closed as
 * one, and costs what both cost. How the trades fare is told by `tradesRefusal`.
 */
export class BookWithTrades implements Subscription<BookView> {
  readonly #book: Subscription<BookView>
  readonly #trades: Subscription<TradesView>
  readonly #stops: readonly (() => void)[]
  #isCaughtUp = true

  constructor(
    client: Client,
    symbol: string,
    { depth, grouping, rateMs }: { readonly depth: number; readonly grouping: number; readonly rateMs: number },
    heard: Heard,
  ) {
    this.#book = client.book(symbol, { depth, grouping, rateMs, maxAgeMs: OLDEST_MS, checksum: true })
    this.#trades = client.trades(symbol, { rateMs })
    this.#stops = [
      this.#book.onStatus(({ kind }) => {
        if (kind !== 'live') heard.broke()
      }),
      this.#trades.onStatus(({ kind }) => {
        if (kind !== 'live') this.#isCaughtUp = true
      }),
      this.#trades.subscribe((view) => {
        if (view === undefined) return
        heard.traded(view, this.#isCaughtUp)
        this.#isCaughtUp = false
      }),
    ]
  }

  /** Why there are no trades; undefined while there are, or may be. */
  get tradesRefusal(): string | undefined {
    const { status } = this.#trades
    return status.kind === 'refused' ? status.error.message : undefined
  }

  get symbol(): string {
    return this.#book.symbol
  }

  get instrument(): Subscription<BookView>['instrument'] {
    return this.#book.instrument
  }

  get granted(): Subscription<BookView>['granted'] {
    return this.#book.granted
  }

  get why(): string | undefined {
    return this.#book.why
  }

  get current(): BookView | undefined {
    return this.#book.current
  }

  get status(): Subscription<BookView>['status'] {
    return this.#book.status
  }

  get integrity(): Subscription<BookView>['integrity'] {
    return this.#book.integrity
  }

  subscribe(listener: (view: BookView | undefined) => void): () => void {
    return this.#book.subscribe(listener)
  }

  onStatus(listener: Parameters<Subscription<BookView>['onStatus']>[0]): () => void {
    return this.#book.onStatus(listener)
  }

  [Symbol.asyncIterator](): AsyncIterator<BookView> {
    return this.#book[Symbol.asyncIterator]()
  }

  /** A rate is of both. The book's answer counts. */
  modify(options: Parameters<Subscription<BookView>['modify']>[0]): ReturnType<Subscription<BookView>['modify']> {
    const { rateMs } = options
    // Refused for trades alone they go on at the rate they have.
    if (rateMs !== undefined) this.#trades.modify({ rateMs }).catch(() => {})
    return this.#book.modify(options)
  }

  pause(): void {
    this.#book.pause()
    this.#trades.pause()
  }

  resume(): void {
    this.#book.resume()
    this.#trades.resume()
  }

  stats(): ReturnType<Subscription<BookView>['stats']> {
    const book = this.#book.stats()
    const trades = this.#trades.stats()
    return {
      ...book,
      bytes: book.bytes + trades.bytes,
      bytesShare: book.bytesShare + trades.bytesShare,
      messages: book.messages + trades.messages,
      sharedBy: Math.max(book.sharedBy, trades.sharedBy),
    }
  }

  close(): void {
    for (const stop of this.#stops) stop()
    this.#book.close()
    this.#trades.close()
  }
}

/** A book that waited longer than this to be sent is told as a gap: columns are filled on the word that it stood still. */
const OLDEST_MS = 2000
