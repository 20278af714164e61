import type { OrderEvent } from '@depthcast/feeds/simulation'
import { MessageBudget } from '../attempts.ts'
import { isoMicros } from '../decimal.ts'
import type { Conversation, EmulatorInput, EmulatorOutput, Now, World } from '../emulator.ts'
import { Outputs } from '../outputs.ts'
import { instruments } from './frames.ts'
import type { KrakenMarket } from './market.ts'
import { type Asked, ack, type Parameters, parseRequest, refusal } from './requests.ts'
import { firstFrame, type Subscription, Subscriptions } from './subscriptions.ts'

const SECOND = 1_000_000
/** Without a subscription the socket is closed after about a minute. */
const IDLE_AFTER = 60 * SECOND
/** The sixteenth of twenty-five messages at once is refused (xchange-stream#502). */
const MESSAGES = { burst: 15, perSecond: 5 }

/** `always`: a heartbeat each second once something is subscribed, as seen in 2026. `idle`: only where nothing else was sent, as documented. */
export type HeartbeatPolicy = 'always' | 'idle'

/** One client of Kraken's WebSocket v2. Source of its words: docs.kraken.com, WebSocket v2; frames seen from 2023 to 2026. */
export class KrakenConversation implements Conversation {
  readonly #markets: ReadonlyMap<string, KrakenMarket>
  readonly #world: World
  readonly #connectionId: bigint
  readonly #heartbeats: HeartbeatPolicy
  readonly #out = new Outputs()
  readonly #subscriptions = new Subscriptions()
  readonly #budget = new MessageBudget(MESSAGES.burst, MESSAGES.perSecond)
  readonly #unflushed = new Set<KrakenMarket>()
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
    return this.#subscriptions.symbols
  }

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
    return this.#out.take()
  }

  market(event: OrderEvent, now: Now): readonly EmulatorOutput[] {
    if (this.#closed) return []
    const subscriptions = this.#subscriptions.of(event.symbol)
    for (const subscription of subscriptions) this.#drain(subscription, now)
    const market = subscriptions[0]?.market
    if (market?.isPending && !this.#unflushed.has(market)) {
      this.#unflushed.add(market)
      this.#out.push({ kind: 'timer', at: now })
    }
    return this.#out.take()
  }

  #tick(now: Now): void {
    for (const market of this.#unflushed) {
      market.flush()
      for (const subscription of this.#subscriptions.of(market.listed.symbol)) this.#drain(subscription, now)
    }
    this.#unflushed.clear()
    if (this.#heartbeatAt !== undefined && now >= this.#heartbeatAt) this.#heartbeat(now)
    if (this.#subscriptions.isEmpty && now >= this.#idleSince + IDLE_AFTER) this.#end(1000, '')
  }

  #heartbeat(now: Now): void {
    if (this.#subscriptions.isEmpty) {
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
    if (error !== undefined) {
      this.#send(refusal(error, request, now, symbol), now)
      return
    }
    const isBook = channel === 'book'
    if (isBook && this.#strikes('never-ack', market)) return
    const isKnown = isBook && this.#strikes('already-subscribed', market)
    this.#send(
      isKnown ? refusal('Already subscribed', request, now, symbol) : ack('subscribe', asked, request, now),
      now,
    )
    const isMute = isBook && this.#strikes('ack-silence', market)
    this.#subscriptions.follow(asked, market === undefined ? [...this.#markets.values()] : [market], isMute)
    if (this.#heartbeatAt === undefined) this.#beatAt(now + SECOND)
    if (isMute || !asked.snapshot) return
    this.#send(market === undefined ? this.#instruments() : firstFrame(asked, market, now), now)
  }

  #instruments(): string {
    const all = [...this.#markets.values()]
    return instruments(
      'snapshot',
      all.map(({ listed, names, status }) => ({ listed, symbol: names.symbol, status })),
    )
  }

  #reasonAgainst(asked: Asked, market: KrakenMarket | undefined): string | undefined {
    const { channel, symbol } = asked
    if (channel !== 'instrument') {
      const isUnknown = market === undefined || market.status === 'delisted'
      if (!/^[^/]+\/[^/]+$/.test(symbol ?? '')) return `Currency pair not in ISO 4217-A3 format ${symbol}`
      if (isUnknown || this.#strikes('refuse-symbol', market)) return `Currency pair not supported ${symbol}`
      if (channel === 'book' && this.#strikes('refuse-depth', market)) {
        return 'Subscription depth not supported'
      }
    }
    return this.#subscriptions.has(asked) ? 'Already subscribed' : undefined
  }

  /** The parameters must be those of the subscription, the depth among them. */
  #unsubscribe(asked: Asked, request: Parameters, now: Now): void {
    if (!this.#subscriptions.drop(asked)) {
      this.#send(refusal('Subscription Not Found', request, now, asked.symbol), now)
      return
    }
    if (this.#subscriptions.isEmpty) {
      this.#idleSince = now
      this.#out.push({ kind: 'timer', at: now + IDLE_AFTER })
    }
    this.#send(ack('unsubscribe', asked, request, now), now)
  }

  #drain(subscription: Subscription, now: Now): void {
    const { log, market, channel, depth } = subscription
    const frames = log.since(subscription.place)
    subscription.place = log.end
    if (frames.length === 0 || subscription.isMute) return
    for (const text of frames) this.#send(text, now)
    if (channel !== 'book' || market.isPending) return
    if (this.#strikes('snapshot-unasked', market)) this.#send(market.snapshot(depth, now), now)
  }

  #status(system: 'online' | 'maintenance'): string {
    return `{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"${system}","api_version":"v2","connection_id":${this.#connectionId},"upcoming_maintenance":[],"emergency":[]}]}`
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
    this.#subscriptions.clear()
  }
}
