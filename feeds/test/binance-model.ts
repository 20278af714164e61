import { Book } from '@depthcast/market'
import { best20, depth, type Pairs, seed } from './binance-frames.ts'

export type Side = 'bid' | 'ask'
type State = { readonly bids: Pairs; readonly asks: Pairs }

/** A venue with one true book: every change has an id, batches tell what changed since the last one, and any moment can be asked for. */
export class ModelVenue {
  readonly #symbol: string
  readonly #bids = new Map<number, number>()
  readonly #asks = new Map<number, number>()
  /** The true book at each id, as text. */
  readonly #history: State[] = []
  #batchFrom = 1
  #changed: { side: Side; cents: number }[] = []

  constructor(symbol: string, levels: number) {
    this.#symbol = symbol
    for (let place = 0; place < levels; place++) {
      this.#bids.set(10_000 - place, 1)
      this.#asks.set(10_001 + place, 1)
    }
    this.#history.push(this.#state())
  }

  get id(): number {
    return this.#history.length - 1
  }

  /** Sets a level `place` steps from the middle of the book, so that it is never crossed. */
  change(side: Side, place: number, lots: number): void {
    const cents = side === 'bid' ? 10_000 - place : 10_001 + place
    const levels = side === 'bid' ? this.#bids : this.#asks
    if (lots === 0) levels.delete(cents)
    else levels.set(cents, lots)
    this.#changed.push({ side, cents })
    this.#history.push(this.#state())
  }

  /** Tells what changed since the last batch: the event, one like it with a quantity that never was, and the best 20; undefined when nothing did. */
  batch(): { diff: unknown; wrong: unknown; best: unknown } | undefined {
    if (this.#changed.length === 0) return undefined
    const told = (side: Side): Pairs => {
      const levels = side === 'bid' ? this.#bids : this.#asks
      const prices = new Set(this.#changed.filter((each) => each.side === side).map(({ cents }) => cents))
      return [...prices].map((cents) => pair(cents, levels.get(cents) ?? 0))
    }
    const bids = told('bid')
    const asks = told('ask')
    const first = this.#batchFrom
    const { symbol, id } = { symbol: this.#symbol, id: this.id }
    const spoil = (pairs: Pairs): Pairs => pairs.map(([price], at) => (at === 0 ? [price, '77.000'] : pairs[at]!))
    const wrong =
      bids.length > 0 ? depth(symbol, first, id, spoil(bids), asks) : depth(symbol, first, id, [], spoil(asks))
    this.#batchFrom = id + 1
    this.#changed = []
    const { bids: allBids, asks: allAsks } = this.#history[id]!
    const best = best20(symbol, id, allBids.slice(0, 20), allAsks.slice(0, 20))
    return { diff: depth(symbol, first, id, bids, asks), wrong, best }
  }

  /** The whole book at an id, as the venue gives it. */
  snapshot(id: number) {
    const { bids, asks } = this.#history[id]!
    return seed(id, bids, asks)
  }

  /** The true book at an id, as a consumer would hold it on a grid of 0.01 and 0.001. */
  truth(id: number): { bids: number[]; asks: number[] } {
    const book = new Book()
    const flat = (pairs: Pairs): number[] =>
      pairs.flatMap(([price, lots]) => [Number(price) * 100, Number(lots) * 1000])
    const { bids, asks } = this.#history[id]!
    book.replace(flat(bids).map(Math.round), flat(asks).map(Math.round))
    return { bids: book.bids(), asks: book.asks() }
  }

  #state(): State {
    const sorted = (levels: ReadonlyMap<number, number>, way: number): Pairs =>
      [...levels].sort((a, b) => way * (a[0] - b[0])).map(([cents, lots]) => pair(cents, lots))
    return { bids: sorted(this.#bids, -1), asks: sorted(this.#asks, 1) }
  }
}

function pair(cents: number, lots: number): Pairs[number] {
  return [(cents / 100).toFixed(2), `${lots}.000`]
}
