import type { Instrument, Micros } from '@depthcast/market'
import { after } from '../../book-policy.ts'
import type { Action } from '../../book-state.ts'
import { type FeedError, notFolded, TransportError, unreadable } from '../../errors.ts'
import type { Input, Output, Protocol } from '../../venue.ts'
import { Prober } from '../fresh-book/prober.ts'
import { Seconds } from '../seconds.ts'
import { trusted } from '../trusted.ts'
import { list, object, type Raw, string } from '../wire.ts'
import { Backfill } from './backfill.ts'
import { SILENCE_MS, silences } from './heartbeats.ts'
import { CoinbaseProduct } from './product.ts'
import { PACE, questions } from './questions.ts'
import { type Addresses, CHANNELS, PUBLIC } from './requests.ts'
import { Subscriptions } from './subscriptions.ts'
import { parseFrame } from './written-levels.ts'

/**
 * Coinbase Exchange: a book without sequence or checksum, watched over by the ticker and by fresh snapshots; trades, ticker, heartbeat, status.
 *
 * The subscription goes out as soon as the socket opens: the venue closes a socket that asks for nothing within 5 s.
 * Source: docs.cdp.coinbase.com/exchange, WebSocket overview and channels.
 */
export class CoinbaseProtocol implements Protocol {
  readonly #products = new Map<string, CoinbaseProduct>()
  readonly #subscriptions = new Subscriptions(this.#products)
  readonly #prober: Prober<CoinbaseProduct>
  readonly #backfill: Backfill
  readonly #seconds = new Seconds()
  #isOpen = false
  #frameAt = 0 as Micros
  /** A turn has been asked for, to read on at a big book. */
  #readsOn = false

  constructor(instruments: readonly Instrument[], { wsUrl, httpUrl }: Addresses = PUBLIC) {
    for (const instrument of instruments) this.#products.set(instrument.venueSymbol, new CoinbaseProduct(instrument))
    this.#prober = new Prober(this.#products.values(), questions(wsUrl), PACE)
    this.#backfill = new Backfill(httpUrl)
  }

  step(input: Input): readonly Output[] {
    const out: Output[] = []
    const { now } = input
    switch (input.kind) {
      case 'open':
        this.#open(now, out)
        break
      case 'frame':
        this.#frameAt = now
        this.#frame(input.text, now, out)
        break
      case 'tick':
        this.#tick(now, out)
        break
      case 'distrust': {
        const product = trusted(this.#products, input.instrument)
        if (product !== undefined)
          this.#act(product, product.unreadable(notFolded(product.instrument), now, out), now, out)
        break
      }
      case 'asked':
        if (this.#isOpen) this.#prober.recorded(input.text, now, out)
        break
      case 'probe':
      case 'probe-ended': {
        const compared = this.#prober.heard(input, out)
        if (compared !== undefined) this.#act(compared.book, compared.action, now, out)
        break
      }
      case 'http':
        this.#backfill.answered(input.reply, now, out)
        break
      case 'closed':
        this.#isOpen = false
        this.#prober.closed(out)
        for (const product of this.#products.values()) product.closed(input.reason, now, out)
        break
      case 'ping':
        break
    }
    this.#wantTurn(now, out)
    return out
  }

  #open(now: Micros, out: Output[]): void {
    this.#isOpen = true
    this.#frameAt = now
    for (const product of this.#products.values()) product.opened(now, out)
    this.#subscriptions.opened(out)
    this.#prober.opened(now)
    this.#backfill.opened()
    this.#seconds.start(now, out)
  }

  #tick(now: Micros, out: Output[]): void {
    if (this.#readsOn) this.#readOn(now, out)
    if (!this.#seconds.passed(now, out) || !this.#isOpen) return
    if (this.#isSilent(now, out)) return
    for (const product of this.#products.values()) {
      this.#act(product, product.tick(now, this.#frameAt, out), now, out)
    }
    this.#prober.tick(now, out)
    this.#backfill.tick(now, out)
  }

  /** A socket on which no product beats is dead; one product that does not is asked for again, and the others need not pay for it. */
  #isSilent(now: Micros, out: Output[]): boolean {
    const { silent, isDead } = silences([...this.#products.values()], now)
    if (isDead) {
      this.#reconnect(silent[0]!.error, out)
      return true
    }
    for (const { product, error } of silent) {
      if (now < after(product.askedAgainAt, SILENCE_MS)) continue
      product.askedAgainAt = now
      out.push({ kind: 'error', error })
      this.#subscriptions.renew(product, CHANNELS, out)
    }
    return false
  }

  #frame(text: string, now: Micros, out: Output[]): void {
    let product: CoinbaseProduct | undefined
    let holdsLevels = false
    try {
      const frame = parseFrame(text)
      const { type } = frame
      product = this.#products.get(String(frame.product_id))
      holdsLevels = type === 'l2update' || type === 'snapshot'
      if (product !== undefined) product.heardAt = now
      this.#message(frame, product, now, out)
    } catch (cause) {
      product ??= this.#namedIn(text)
      // A frame cut short may have been an update: without sequence numbers nobody would ever notice.
      holdsLevels ||= /"(?:l2update|snapshot)"/.test(text)
      const instrument = product?.instrument.id
      const error = unreadable({ venue: 'coinbase', instrument, frame: text, holdsLevels, cause })
      if (product !== undefined && holdsLevels) {
        this.#act(product, product.unreadable(error, now, out), now, out)
      } else out.push({ kind: 'error', error })
    }
  }

  #message(frame: Raw, product: CoinbaseProduct | undefined, now: Micros, out: Output[]): void {
    const type = string(frame, 'type')
    switch (type) {
      case 'subscriptions':
        this.#subscriptions.told(frame, now)
        return
      case 'error':
        this.#subscriptions.refused(frame, now, out)
        return
      case 'status':
        this.#status(frame, now, out)
        return
    }
    if (product === undefined) {
      string(frame, 'product_id')
      return
    }
    switch (type) {
      case 'snapshot':
        this.#act(product, product.snapshot(frame, now, out), now, out)
        break
      case 'l2update':
        this.#act(product, product.update(frame, now, out), now, out)
        this.#act(product, this.#prober.compare(product, now, out), now, out)
        break
      case 'match':
      case 'last_match':
        product.match(frame, now, out)
        break
      case 'ticker':
        this.#act(product, product.ticker(frame, now, out), now, out)
        break
      case 'heartbeat':
        product.heartbeat(frame, now, out)
        this.#act(product, this.#prober.compare(product, now, out), now, out)
        break
      default:
        throw new TypeError(`type ${JSON.stringify(type)} is unknown`)
    }
    this.#backfill.look(product.instrument, product.trades.chain)
  }

  /** Every product the venue has, every few seconds; most are none of ours. */
  #status(frame: Raw, now: Micros, out: Output[]): void {
    for (const entry of list(frame.products, 'products')) {
      const listed = object(entry, 'a product')
      this.#products.get(string(listed, 'id'))?.status(listed, now, out)
    }
  }

  #act(product: CoinbaseProduct, action: Action, now: Micros, out: Output[]): void {
    switch (action) {
      case 'none':
        return
      case 'request':
        this.#subscriptions.ask([product], out)
        break
      case 'resubscribe':
        this.#subscriptions.renew(product, ['level2_batch'], out)
        product.askedAgain(now, out)
        break
      case 'reconnect': {
        const reason = `${product.instrument.venueSymbol}: subscribed, and nothing came`
        this.#reconnect(new TransportError({ venue: 'coinbase', instrument: product.instrument.id, reason }), out)
        break
      }
    }
  }

  #reconnect(error: FeedError, out: Output[]): void {
    this.#isOpen = false
    out.push({ kind: 'reconnect', error })
  }

  /** A big book is read in parts, one a turn, so that everything else that waits has its own between two. */
  #wantTurn(now: Micros, out: Output[]): void {
    if (this.#readsOn || (this.#nextReading() === undefined && !this.#prober.isReading)) return
    this.#readsOn = true
    out.push({ kind: 'timer', at: now })
  }

  #readOn(now: Micros, out: Output[]): void {
    this.#readsOn = false
    const product = this.#nextReading()
    if (product === undefined) {
      const compared = this.#prober.readOn(now, out)
      if (compared !== undefined) this.#act(compared.book, compared.action, now, out)
      return
    }
    try {
      this.#act(product, product.readOn(now, out), now, out)
    } catch (cause) {
      const { venue, id: instrument, venueSymbol } = product.instrument
      const frame = `a snapshot of ${venueSymbol}`
      const error = unreadable({ venue, instrument, frame, holdsLevels: true, cause })
      this.#act(product, product.unreadable(error, now, out), now, out)
    }
  }

  #nextReading(): CoinbaseProduct | undefined {
    for (const product of this.#products.values()) if (product.isReading) return product
    return undefined
  }

  #namedIn(text: string): CoinbaseProduct | undefined {
    return this.#products.get(/"product_id"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? '')
  }
}
