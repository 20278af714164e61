import type { OrderEvent } from '@depthcast/feeds/simulation'
import { MessageBudget } from '../attempts.ts'
import { isoMicros } from '../decimal.ts'
import type { Conversation, EmulatorInput, EmulatorOutput, Now, World } from '../emulator.ts'
import type { FrameLog } from '../frame-log.ts'
import { instruments } from './frames.ts'
import type { KrakenMarket } from './market.ts'
import { type Asked, ack, DEPTHS, type Parameters, parseRequest, refusal } from './requests.ts'

const SECOND = 1_000_000
/** Without a subscription the socket is closed after about a minute. */
const IDLE_AFTER = 60 * SECOND
const TRADES_IN_SNAPSHOT = 50
const CANDLES_IN_SNAPSHOT = 720
/** The sixteenth of twenty-five messages at once is refused (xchange-stream#502). */
const MESSAGES = { burst: 15, perSecond: 5 }

/** `always`: a heartbeat each second once something is subscribed, as seen in 2026. `idle`: only where nothing else was sent, as documented. */
export type HeartbeatPolicy = 'always' | 'idle'

type Subscription = {
  readonly channel: string
  readonly market: KrakenMarket
  readonly log: FrameLog
  readonly depth?: number
  place: number
  /** Acknowledged, and then nothing ever came. */
  readonly isMute: boolean
}

/** One client of Kraken's WebSocket v2. Source of its words: docs.kraken.com, WebSocket v2; frames seen from 2023 to 2026. */
export class KrakenConversation implements Conversation {
  readonly #markets: ReadonlyMap<string, KrakenMarket>
  readonly #world: World
  readonly #connectionId: bigint
  readonly #heartbeats: HeartbeatPolicy
  readonly #subscriptions = new Map<string, Subscription>()
  readonly #bySymbol = new Map<string, Subscription[]>()
  readonly #budget = new MessageBudget(MESSAGES.burst, MESSAGES.perSecond)
  readonly #unflushed = new Set<KrakenMarket>()
  #out: EmulatorOutput[] = []
  #idleSince: Now = 0
  #heartbeatAt: Now | undefined
  #sentAt: Now = 0
  #closed = false

  constructor(
    markets: ReadonlyMap<string, KrakenMarket>,
    world: World,
    options: { readonly connectionId: bigint; readonly heartbeats: HeartbeatPolicy },
  ) {
    this.#markets = markets
    this.#world = world
    this.#connectionId = options.connectionId
    this.#heartbeats = options.heartbeats
  }

  get symbols(): ReadonlySet<string> {
    return this.#symbols
  }
  #symbols: ReadonlySet<string> = new Set()

  step(input: EmulatorInput): readonly EmulatorOutput[] {
    if (this.#closed) return []
    switch (input.kind) {
      case 'open':
        this.#idleSince = input.now
        this.#send(this.#status('online'), input.now)
        this.#out.push({ kind: 'timer', at: input.now + IDLE_AFTER })
        break
      case 'frame':
        this.#request(input.text, input.now)
        break
      case 'ping':
        this.#out.push({ kind: 'pong', payload: input.payload })
        break
      case 'pong':
        break
      case 'tick':
        this.#tick(input.now)
        break
      case 'closed':
        this.#close()
        break
    }
    return this.#taken()
  }

  market(event: OrderEvent, now: Now): readonly EmulatorOutput[] {
    const subscriptions = this.#bySymbol.get(event.symbol)
    if (subscriptions === undefined || this.#closed) return []
    for (const subscription of subscriptions) this.#drain(subscription, now)
    const market = subscriptions[0]?.market
    if (market?.isPending && !this.#unflushed.has(market)) {
      this.#unflushed.add(market)
      this.#out.push({ kind: 'timer', at: now })
    }
    return this.#taken()
  }

  #tick(now: Now): void {
    for (const market of this.#unflushed) {
      market.flush()
      for (const subscription of this.#bySymbol.get(market.listed.symbol) ?? []) this.#drain(subscription, now)
    }
    this.#unflushed.clear()
    if (this.#heartbeatAt !== undefined && now >= this.#heartbeatAt) this.#heartbeat(now)
    if (this.#subscriptions.size === 0 && now >= this.#idleSince + IDLE_AFTER) this.#end(1000, '')
  }

  #heartbeat(now: Now): void {
    if (this.#subscriptions.size === 0) {
      this.#heartbeatAt = undefined
      return
    }
    if (this.#heartbeats === 'always' || now - this.#sentAt >= SECOND) this.#send('{"channel":"heartbeat"}', now)
    this.#beatAt(now + SECOND)
    if (this.#world.faults.strikes('maintenance', { venue: 'kraken' })) {
      this.#send(this.#status('maintenance'), now)
      this.#end(1001, 'maintenance')
    }
  }

  #beatAt(at: Now): void {
    this.#heartbeatAt = at
    this.#out.push({ kind: 'timer', at })
  }

  #request(text: string, now: Now): void {
    const request = parseRequest(text)
    if (!this.#budget.take(now) || this.#strikes('message-rate')) {
      this.#send(refusal('Exceeded msg rate', request, now), now)
      return
    }
    switch (request.kind) {
      case 'ping': {
        const id = request.reqId === undefined ? '' : `"req_id":${request.reqId},`
        this.#send(`{"method":"pong",${id}"time_in":"${isoMicros(now)}","time_out":"${isoMicros(now)}"}`, now)
        break
      }
      case 'subscribe':
        for (const asked of request.asked) this.#subscribe(asked, request, now)
        break
      case 'unsubscribe':
        for (const asked of request.asked) this.#unsubscribe(asked, request, now)
        break
      case 'malformed':
        this.#send(refusal(request.reason, request, now), now)
        break
    }
  }

  #subscribe(asked: Asked, request: Parameters, now: Now): void {
    const { channel, symbol } = asked
    const market = this.#markets.get(symbol ?? '')
    const error = this.#reasonAgainst(asked, market)
    if (error !== undefined) this.#send(refusal(error, request, now, symbol), now)
    else if (market === undefined) {
      this.#send(ack('subscribe', asked, request, now), now)
      this.#followInstruments(asked, now)
    } else if (channel !== 'book') {
      this.#send(ack('subscribe', asked, request, now), now)
      this.#follow(keyOf(asked), { ...asked, market, isMute: false }, now)
    } else if (!this.#strikes('never-ack', market)) {
      if (this.#strikes('already-subscribed', market))
        this.#send(refusal('Already subscribed', request, now, symbol), now)
      else this.#send(ack('subscribe', asked, request, now), now)
      this.#follow(keyOf(asked), { ...asked, market, isMute: this.#strikes('ack-silence', market) }, now)
    }
  }

  #reasonAgainst(asked: Asked, market: KrakenMarket | undefined): string | undefined {
    const { channel, symbol, depth } = asked
    if (channel !== 'instrument') {
      const isUnknown = market === undefined || market.status === 'delisted'
      if (isUnknown || this.#strikes('refuse-symbol', market)) return `Currency pair not supported ${symbol}`
      if (channel === 'book' && (!DEPTHS.includes(depth) || this.#strikes('refuse-depth', market))) {
        return 'Subscription depth not supported'
      }
    }
    return this.#subscriptions.has(keyOf(asked)) ? 'Already subscribed' : undefined
  }

  #follow(key: string, asked: Asked & { market: KrakenMarket; isMute: boolean }, now: Now): void {
    const { channel, market, isMute } = asked
    market.flush()
    const log = logOf(asked, market)
    log.readers++
    const depth = channel === 'book' ? { depth: asked.depth } : {}
    const subscription: Subscription = { channel, market, log, isMute, place: log.end, ...depth }
    this.#subscriptions.set(key, subscription)
    this.#index()
    if (this.#heartbeatAt === undefined) this.#beatAt(now + SECOND)
    if (isMute || !asked.snapshot) return
    if (channel === 'book') this.#send(market.snapshot(asked.depth, now), now)
    if (channel === 'trade') this.#send(market.tradesSnapshot(TRADES_IN_SNAPSHOT), now)
    if (channel === 'ticker') this.#send(market.ticker('snapshot', now), now)
    if (channel === 'ohlc') this.#send(market.ohlc('snapshot', asked.interval, CANDLES_IN_SNAPSHOT, now), now)
  }

  #followInstruments(asked: Asked, now: Now): void {
    const all = [...this.#markets.values()]
    for (const market of all) {
      market.flush()
      market.instrument.readers++
      const log = market.instrument
      const key = all[0] === market ? 'instrument' : `instrument:${market.listed.symbol}`
      this.#subscriptions.set(key, { channel: 'instrument', market, log, isMute: false, place: log.end })
    }
    this.#index()
    if (this.#heartbeatAt === undefined) this.#beatAt(now + SECOND)
    if (!asked.snapshot) return
    const pairs = all.map(({ listed, names, status }) => ({ listed, symbol: names.symbol, status }))
    this.#send(instruments('snapshot', pairs), now)
  }

  /** The parameters must be those of the subscription, the depth among them. */
  #unsubscribe(asked: Asked, request: Parameters, now: Now): void {
    const keys =
      asked.channel === 'instrument'
        ? [...this.#subscriptions.keys()].filter((key) => key.startsWith('instrument'))
        : [keyOf(asked)].filter((key) => this.#subscriptions.has(key))
    if (keys.length === 0) {
      this.#send(refusal('Subscription Not Found', request, now, asked.symbol), now)
      return
    }
    for (const key of keys) this.#forget(key)
    this.#index()
    if (this.#subscriptions.size === 0) {
      this.#idleSince = now
      this.#out.push({ kind: 'timer', at: now + IDLE_AFTER })
    }
    this.#send(ack('unsubscribe', asked, request, now), now)
  }

  #forget(key: string): void {
    const subscription = this.#subscriptions.get(key)
    if (subscription === undefined) return
    subscription.log.readers--
    subscription.market.release()
    this.#subscriptions.delete(key)
  }

  #drain(subscription: Subscription, now: Now): void {
    const { log, market, channel, depth } = subscription
    const frames = log.since(subscription.place)
    subscription.place = log.end
    if (frames.length === 0 || subscription.isMute) return
    for (const text of frames) this.#send(text, now)
    if (channel !== 'book' || depth === undefined || market.isPending) return
    if (this.#strikes('snapshot-unasked', market)) this.#send(market.snapshot(depth, now), now)
  }

  #index(): void {
    this.#bySymbol.clear()
    for (const subscription of this.#subscriptions.values()) {
      const { symbol } = subscription.market.listed
      const own = this.#bySymbol.get(symbol)
      if (own === undefined) this.#bySymbol.set(symbol, [subscription])
      else own.push(subscription)
    }
    this.#symbols = new Set(this.#bySymbol.keys())
  }

  #status(system: 'online' | 'maintenance'): string {
    return `{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"${system}","api_version":"v2","connection_id":${this.#connectionId}}]}`
  }

  #strikes(fault: string, market?: KrakenMarket): boolean {
    const symbol = market === undefined ? {} : { symbol: market.listed.symbol }
    return this.#world.faults.strikes(fault, { venue: 'kraken', ...symbol })
  }

  #send(text: string, now: Now): void {
    this.#sentAt = now
    this.#out.push({ kind: 'frame', text })
  }

  #end(code: number, reason: string): void {
    this.#out.push({ kind: 'close', code, reason })
    this.#close()
  }

  #close(): void {
    this.#closed = true
    for (const key of [...this.#subscriptions.keys()]) this.#forget(key)
    this.#index()
  }

  #taken(): readonly EmulatorOutput[] {
    const out = this.#out
    this.#out = []
    return out
  }
}

function keyOf({ channel, symbol, depth, interval, trigger }: Asked): string {
  if (channel === 'book') return `book:${depth}:${symbol}`
  if (channel === 'ohlc') return `ohlc:${interval}:${symbol}`
  if (channel === 'ticker') return `ticker:${trigger}:${symbol}`
  if (channel === 'instrument') return channel
  return `${channel}:${symbol}`
}

function logOf({ channel, depth, interval, trigger }: Asked, market: KrakenMarket): FrameLog {
  if (channel === 'book') return market.view(depth)
  if (channel === 'ohlc') return market.candles(interval)
  if (channel === 'ticker') return market.tickers[trigger]
  return market.trades
}
