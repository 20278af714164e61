import type { OrderEvent } from '@depthcast/feeds/simulation'
import type { Conversation, EmulatorInput, EmulatorOutput, Now, World } from '../emulator.ts'
import { Outputs } from '../outputs.ts'
import type { AllMarkets } from './all-markets.ts'
import { done, parseControl, refused, result } from './control.ts'
import { serverShutdown, type TimeUnit } from './frames.ts'
import { Life } from './life.ts'
import type { BinanceListing } from './listing.ts'
import type { BinanceMarket } from './market.ts'
import { parseAllStream, parseStream, type Stream } from './streams.ts'

const SECOND = 1_000_000
export const MOST_STREAMS = 1024

/** What a socket's address says of it. */
export type Opening = {
  readonly streams: readonly string[]
  /** Whether events come as `{"stream":…,"data":…}`. */
  readonly combined: boolean
  readonly unit: TimeUnit
}

/** Streams of one symbol have a market, those of all have none. */
type Subscription = {
  readonly kind: Stream['kind']
  readonly market: BinanceMarket | undefined
  readonly leave: () => void
}

/** What clients may follow. */
export type Markets = { readonly listings: ReadonlyMap<string, BinanceListing>; readonly all: AllMarkets }

/**
 * One client of Binance's streams. A stream nobody knows is taken, listed, and silent.
 *
 * Source: binance-spot-api-docs, web-socket-streams.md.
 */
export class BinanceConversation implements Conversation {
  readonly #markets: Markets
  readonly #world: World
  readonly #unit: TimeUnit
  readonly #opening: readonly string[]
  readonly #out = new Outputs()
  readonly #streams = new Map<string, Subscription | undefined>()
  readonly #bySymbol = new Map<string, { readonly market: BinanceMarket; timerAt: Now | undefined }>()
  readonly #life: Life
  #symbols: ReadonlySet<string> = new Set()
  #combined: boolean
  #secondAt: Now | undefined
  #closed = false

  constructor(markets: Markets, world: World, options: { readonly opening: Opening; readonly lifeMs: number }) {
    this.#markets = markets
    this.#world = world
    this.#opening = options.opening.streams
    this.#combined = options.opening.combined
    this.#unit = options.opening.unit
    this.#life = new Life(options.lifeMs)
  }

  get symbols(): ReadonlySet<string> {
    return this.#symbols
  }

  step(input: EmulatorInput): readonly EmulatorOutput[] {
    if (this.#closed) return []
    const { now } = input
    switch (input.kind) {
      case 'open':
        this.#out.push(...this.#life.open(now))
        this.#subscribe(this.#opening, now)
        break
      case 'frame':
        if (this.#isAllowed(now)) this.#control(input.text, now)
        break
      case 'ping':
        if (this.#isAllowed(now)) this.#out.push({ kind: 'pong', payload: input.payload })
        break
      case 'pong':
        if (this.#isAllowed(now)) this.#life.pong(input.payload)
        break
      case 'tick':
        this.#tick(now)
        break
      case 'closed':
        this.#close()
    }
    return this.#out.take()
  }

  market(event: OrderEvent): readonly EmulatorOutput[] {
    const followed = this.#bySymbol.get(event.symbol)
    if (followed !== undefined) this.#schedule(followed)
    return this.#out.take()
  }

  /** Five messages a second, pings and pongs among them. */
  #isAllowed(now: Now): boolean {
    if (this.#life.take(now) && !this.#strikes('message-rate')) return true
    this.#end(1008, 'Too many requests')
    return false
  }

  #tick(now: Now): void {
    const isSecond = this.#secondAt !== undefined && now >= this.#secondAt
    for (const followed of this.#bySymbol.values()) {
      const isDue = followed.timerAt !== undefined && now >= followed.timerAt
      if (!isDue && !isSecond) continue
      followed.market.advance(now)
      if (isDue) followed.timerAt = undefined
      this.#schedule(followed)
    }
    // A client's clock may be ahead of what the exchange has played: that second is not over.
    if (isSecond) this.#markets.all.advance(Math.min(now, this.#world.openedAt + this.#world.exchange.now))
    this.#keepSeconds(now)
    const shutdown = this.#life.isNewSecond(now) && this.#strikes('shutdown')
    const said = this.#life.tick(now, shutdown)
    if (said.announces) this.#send(serverShutdown(now, this.#unit))
    this.#out.push(...said.outputs)
    if (said.ends !== undefined) this.#end(said.ends.code, said.ends.reason)
  }

  #control(text: string, now: Now): void {
    const control = parseControl(text)
    switch (control.kind) {
      case 'refused':
        this.#send(control.answer)
        break
      case 'subscribe':
        this.#subscribeAsked(control.streams, control.id, now)
        break
      case 'unsubscribe':
        for (const name of control.streams) this.#leave(name)
        this.#index()
        this.#send(done(control.id))
        break
      case 'list':
        this.#send(result(control.id, JSON.stringify([...this.#streams.keys()])))
        break
      case 'get-combined':
        this.#send(result(control.id, String(this.#combined)))
        break
      case 'set-combined':
        this.#combined = control.combined
        this.#send(done(control.id))
    }
  }

  #subscribeAsked(streams: readonly string[], id: string, now: Now): void {
    const fresh = [...new Set(streams.filter((name) => !this.#streams.has(name)))]
    if (this.#streams.size + fresh.length > MOST_STREAMS) {
      this.#send(refused(2, 'Invalid request: too many streams', id).answer)
      return
    }
    this.#send(done(id))
    this.#subscribe(fresh, now)
  }

  #subscribe(names: readonly string[], now: Now): void {
    for (const name of names) if (!this.#streams.has(name)) this.#streams.set(name, this.#follow(name, now))
    this.#index()
    for (const followed of this.#bySymbol.values()) this.#schedule(followed)
    this.#keepSeconds(now)
  }

  /** Undefined for a stream that never sends anything. */
  #follow(name: string, now: Now): Subscription | undefined {
    const listener = (text: string): void => this.#send(this.#combined ? `{"stream":"${name}","data":${text}}` : text)
    const all = parseAllStream(name)
    if (all !== undefined) {
      const topic = this.#markets.all.topic(all)
      topic.follow(listener, this.#unit)
      return { kind: all.kind, market: undefined, leave: () => topic.leave(listener) }
    }
    const parsed = parseStream(name)
    const listing = parsed && this.#markets.listings.get(parsed.symbol)
    if (parsed === undefined || listing === undefined) return undefined
    const { symbol, market } = listing
    if (parsed.stream.kind === 'diff' && this.#isSilenced(market)) return undefined
    market.advance(now, 'before')
    const topic = market.topic(parsed.stream)
    topic.follow(listener, market.spelling(symbol, this.#unit))
    return { kind: parsed.stream.kind, market, leave: () => topic.leave(listener) }
  }

  #isSilenced(market: BinanceMarket): boolean {
    return market.strikes('misspelled-stream') || market.strikes('ack-silence')
  }

  #leave(name: string): void {
    this.#streams.get(name)?.leave()
    this.#streams.delete(name)
  }

  #index(): void {
    const before = new Map(this.#bySymbol)
    this.#bySymbol.clear()
    for (const subscription of this.#streams.values()) {
      const market = subscription?.market
      if (market === undefined) continue
      const { symbol } = market.listed
      this.#bySymbol.set(symbol, before.get(symbol) ?? { market, timerAt: undefined })
    }
    this.#symbols = new Set(this.#bySymbol.keys())
  }

  #schedule(followed: { readonly market: BinanceMarket; timerAt: Now | undefined }): void {
    const { dueAt } = followed.market
    if (dueAt === undefined || dueAt === followed.timerAt) return
    followed.timerAt = dueAt
    this.#out.push({ kind: 'timer', at: dueAt })
  }

  /** Candles and day figures go by the clock. */
  #keepSeconds(now: Now): void {
    const isWanted = [...this.#streams.values()].some((one) => one !== undefined && BY_CLOCK.has(one.kind))
    if (!isWanted || (this.#secondAt !== undefined && this.#secondAt > now)) return
    this.#secondAt = (Math.floor(now / SECOND) + 1) * SECOND
    this.#out.push({ kind: 'timer', at: this.#secondAt })
  }

  #strikes(fault: string): boolean {
    return this.#world.faults.strikes(fault, { venue: 'binance' })
  }

  #send(text: string): void {
    this.#out.push({ kind: 'frame', text })
  }

  #end(code: number, reason: string): void {
    this.#out.push({ kind: 'close', code, reason })
    this.#close()
  }

  #close(): void {
    this.#closed = true
    for (const name of [...this.#streams.keys()]) this.#leave(name)
    this.#index()
  }
}

const BY_CLOCK: ReadonlySet<Stream['kind']> = new Set<Stream['kind']>([
  'kline',
  'ticker',
  'miniTicker',
  'rolling',
  'avgPrice',
])
