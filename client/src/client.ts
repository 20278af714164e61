import type { Interval } from '@depthcast/market'
import type { Mode } from '@depthcast/protocol'
import type { BackoffRange } from './backoff.ts'
import type { CandlePage, CandlePageOptions } from './candle-page.ts'
import { ClockOffset } from './clock-offset.ts'
import { Connection, type ConnectionState, type TokenSource } from './connection.ts'
import { ClientError } from './errors.ts'
import { type Host, systemHost } from './host.ts'
import { fetchInstruments, type InstrumentDescription, serverUrl } from './http.ts'
import { Inbox } from './inbox.ts'
import { Lines } from './lines.ts'
import { LiveSubscription, type SubscriptionContext } from './live-subscription.ts'
import { Receipts } from './receipts.ts'
import type { Ask } from './requests.ts'
import { type ClientStats, newCounters } from './stats.ts'
import { callAll, listen, type Subscription } from './subscription.ts'
import type { Transport } from './transports/transport.ts'
import type { BookView } from './views/book.ts'
import type { CandlesView } from './views/candles.ts'
import { isViewType } from './views/index.ts'
import type { StatusView } from './views/status.ts'
import type { TickerView } from './views/ticker.ts'
import type { TradesView } from './views/trades.ts'
import type { AnyView } from './views/view.ts'

export type RateOptions = {
  /** Least milliseconds between two updates, or `raw` for each source update. */
  readonly rateMs?: number | 'raw'
  /**
   * When an update has waited longer than this for the client to take it, or was sent and not read by its machine, the status says so (`gap`,
   * `too-old`) until the newest state is there. At least the granted rate, and more than the round trip.
   */
  readonly maxAgeMs?: number
}
/** `merge`: what happens within a rate is one update, the newest state. `unfiltered`: each source update is an update of its own. */
export type ViewRateOptions = RateOptions & { readonly mode?: Mode }
/** `depth` levels a side, `grouping` ticks a level. */
export type BookOptions = ViewRateOptions & {
  readonly depth?: number | 'all'
  readonly grouping?: number
  readonly checksum?: boolean
}
export type CandlesOptions = ViewRateOptions & { readonly interval?: Interval }

export type ConnectOptions = {
  /** Who we are: a token, or what gives one, or none, before each attempt to connect and each plain request, for tokens that expire. */
  readonly token?: TokenSource
  /** How this program is called in the server's logs. */
  readonly name?: string
  /** Pauses between attempts, doubling from `minMs` to `maxMs`, jittered. 250 and 10,000 ms unless given. */
  readonly reconnect?: BackoffRange
  /** Hears of every fault that was met and dealt with: refused messages, broken chains, malformed messages. */
  readonly onError?: (error: ClientError) => void
  /** How to reach the server; Socket.IO over WebSocket unless given. */
  readonly transport?: Transport
  /** Time and chance; the system's unless given. */
  readonly host?: Host
}

export type ClientState = ConnectionState

/** A connection to a server and what is subscribed on it, kept up for as long as it takes. */
export type Client = {
  readonly url: string
  readonly state: ClientState
  /** Calls the listener at once, then with every change. Returns what stops it. */
  onState(listener: (state: ClientState) => void): () => void
  /** What the server carries. Rejects with ClientError when it cannot be asked. */
  instruments(): Promise<readonly InstrumentDescription[]>
  book(symbol: string, options?: BookOptions): Subscription<BookView>
  trades(symbol: string, options?: RateOptions): Subscription<TradesView>
  ticker(symbol: string, options?: ViewRateOptions): Subscription<TickerView>
  candles(symbol: string, options?: CandlesOptions): Subscription<CandlesView>
  /**
   * Bars of the past, a page at a time: `before: page.next` gives the page before one. Rejects with ClientError, code 502 where the venue's could not
   * be had, to be asked for again after `retryAfterMs`.
   */
  candlePage(symbol: string, options?: CandlePageOptions): Promise<CandlePage>
  status(symbol: string): Subscription<StatusView>
  stats(): ClientStats
  /**
   * Begins again on a new connection, now: with a fresh token, or where a pause is long enough. Also where the server had ended the connection
   * for good; what is subscribed is asked for again. Nothing after `close()`.
   */
  reconnect(): void
  /** Ends the connection and every subscription. */
  close(): void
}

const RECONNECT: BackoffRange = { minMs: 250, maxMs: 10_000 }
/** The first pings come close together, so that the clock offset is soon worth something. */
const PING_EVERY_MS = { first: 500, later: 5_000, firstCount: 5 }

/** What `connect` does, through this transport and with no other in the bundle: for pages that count every byte. */
export function connectThrough(
  transport: Transport,
  url: string | URL,
  options: Omit<ConnectOptions, 'transport'> = {},
): Client {
  return new LiveClient(serverUrl(url), transport, options)
}

class LiveClient implements Client {
  readonly #url: URL
  readonly #token: TokenSource | undefined
  readonly #host: Host
  readonly #connection: Connection
  readonly #lines: Lines
  readonly #inbox: Inbox
  readonly #receipts: Receipts
  readonly #counters = newCounters()
  readonly #offset = new ClockOffset()
  readonly #context: SubscriptionContext
  readonly #subscriptions = new Set<LiveSubscription>()
  readonly #stateListeners = new Set<(state: ClientState) => void>()
  #cancelPing = (): void => {}

  constructor(
    url: URL,
    transport: Transport,
    { token, name = 'depthcast-js', reconnect = RECONNECT, onError, host = systemHost }: ConnectOptions,
  ) {
    this.#url = url
    this.#token = token
    this.#host = host
    const counters = this.#counters
    const report = (error: ClientError): void => {
      if (onError !== undefined) callAll(new Set([onError]), error)
    }
    this.#lines = new Lines({
      host,
      counters,
      request: (name, body, answered) => this.#connection.request(name, body, answered),
    })
    this.#inbox = new Inbox({ host, counters, report, lines: this.#lines })
    this.#receipts = new Receipts({ host, send: (n) => this.#acknowledge(n) })
    this.#context = {
      lines: this.#lines,
      connection: () => this.#connection.state,
      status: (symbol) => this.#inbox.status(symbol),
      ageMs: (serverTime) => this.#ageMs(serverTime),
      now: () => host.now(),
      onClose: (subscription) => this.#subscriptions.delete(subscription),
    }
    this.#connection = new Connection(
      { url, client: name, token, transport, reconnect, host },
      {
        changed: (state) => this.#changed(state),
        answered: (bytes) => this.#inbox.answered(bytes),
        message: (type, body, bytes) => {
          this.#inbox.message(type, body, bytes)
          this.#receipts.received(bytes, isViewType(type))
        },
      },
    )
    this.#connection.start()
  }

  get url(): string {
    return this.#url.href
  }

  get state(): ClientState {
    return this.#connection.state
  }

  onState(listener: (state: ClientState) => void): () => void {
    return listen(this.#stateListeners, listener, this.state)
  }

  async instruments(): Promise<readonly InstrumentDescription[]> {
    return fetchInstruments(this.#url, await this.#freshToken())
  }

  async candlePage(symbol: string, options: CandlePageOptions = {}): Promise<CandlePage> {
    // Not everyone looks back, and pages count every byte.
    const { fetchCandlePage } = await import('./candle-page.ts')
    return fetchCandlePage(this.#url, symbol, { ...options, token: await this.#freshToken() })
  }

  async #freshToken(): Promise<string | undefined> {
    return typeof this.#token === 'function' ? this.#token() : this.#token
  }

  book(symbol: string, options: BookOptions = {}): Subscription<BookView> {
    return this.#subscribe({ channel: 'book', symbol, options })
  }

  trades(symbol: string, options: RateOptions = {}): Subscription<TradesView> {
    return this.#subscribe({ channel: 'trades', symbol, options })
  }

  ticker(symbol: string, options: ViewRateOptions = {}): Subscription<TickerView> {
    return this.#subscribe({ channel: 'ticker', symbol, options })
  }

  candles(symbol: string, options: CandlesOptions = {}): Subscription<CandlesView> {
    return this.#subscribe({ channel: 'candles', symbol, options })
  }

  status(symbol: string): Subscription<StatusView> {
    return this.#subscribe({ channel: 'status', symbol, options: {} })
  }

  stats(): ClientStats {
    return {
      ...this.#counters,
      reconnects: this.#connection.reconnects,
      subscriptions: this.#subscriptions.size,
      rttMs: this.#offset.rttMs,
      clockOffsetMs: this.#offset.offsetMs,
      listed: this.#inbox.listed,
    }
  }

  reconnect(): void {
    this.#connection.reconnect()
  }

  close(): void {
    for (const subscription of [...this.#subscriptions]) subscription.close()
    this.#connection.close()
  }

  #subscribe<View extends AnyView>(ask: Ask): Subscription<View> {
    if (this.state.kind === 'closed' && this.state.error === undefined)
      throw new ClientError('closed', 'the client is closed')
    const subscription = new LiveSubscription(ask, this.#context)
    this.#subscriptions.add(subscription)
    // The channel decides which view it is.
    return subscription as Subscription<AnyView> as Subscription<View>
  }

  #changed(state: ClientState): void {
    this.#cancelPing()
    if (state.kind === 'open') {
      this.#receipts.opened(state.welcome.limits.windowBytes)
      this.#lines.opened(state.welcome)
      this.#ping(1)
    } else {
      this.#receipts.lost()
      this.#lines.lost()
      this.#inbox.lost()
      this.#offset.reset()
    }
    for (const subscription of [...this.#subscriptions]) subscription.connectionChanged()
    callAll(this.#stateListeners, state)
  }

  #acknowledge(n: number): void {
    this.#counters.acks++
    this.#connection.tell('ack', { n })
  }

  #ping(count: number): void {
    const sentAt = this.#host.precise()
    this.#connection.request('ping', { t: Math.round(sentAt * 1000) }, (reply) => {
      const serverTime = (reply as { readonly serverTime?: unknown } | undefined)?.serverTime
      if (typeof serverTime === 'number') this.#offset.add({ sentAt, answeredAt: this.#host.precise(), serverTime })
    })
    const { first, later, firstCount } = PING_EVERY_MS
    this.#cancelPing = this.#host.after(count < firstCount ? first : later, () => this.#ping(count + 1))
  }

  #ageMs(serverTime: number): number | undefined {
    const { offsetMs } = this.#offset
    return offsetMs === undefined ? undefined : this.#host.precise() + offsetMs - serverTime / 1000
  }
}
