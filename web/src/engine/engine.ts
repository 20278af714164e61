import { type Client, type ClientState, connectThrough, websocket } from '@depthcast/client'
import { BARS, type BarsSource, Charts } from './charts.ts'
import { CONTENTS, type Contents } from './contents.ts'
import { browserHost, type EngineHost } from './host.ts'
import type { BarsToEngine, FromEngine, PaintTheme, ToEngine } from './messages.ts'
import { type NumberStyle, numberStyle } from './number-style.ts'
import { Panels } from './panels.ts'
import { Quotes } from './quotes.ts'
import { Reports } from './reports.ts'
import { clockOf } from './source.ts'
import { type Life, Traffic } from './traffic.ts'

export type EngineOptions = {
  /** How to reach the gateway, and who we are at that moment. */
  readonly connect?: (url: string, token: () => string | undefined) => Client
  readonly host?: EngineHost
  /** What the kinds of panels are made of. */
  readonly contents?: Contents
  /** What makes the bars of charts. */
  readonly bars?: BarsSource
}

type Session = {
  readonly client: Client
  readonly traffic: Traffic
  readonly quotes: Quotes
  readonly charts: Charts
}
type Welcome = Extract<ClientState, { kind: 'open' }>['welcome']
type Limits = Pick<Welcome['limits'], 'maxDepth' | 'minRateMs'>
type Post = (message: FromEngine, transfer?: Transferable[]) => void

/** Ten times a second the page hears how everything stands, when anything does. */
const REPORT_EVERY_MS = 100
const TICKS_A_SECOND = 1000 / REPORT_EVERY_MS
/** Nobody reads figures faster than twice a second. */
const TICKS_A_FIGURE = 5

/** Someone looks at the page: within a second of the gateway's return it is to be live again. A gateway in need says how long to stay away. */
const RECONNECT = { minMs: 250, maxMs: 1000 }

/**
 * Owns the connection, the views and the painters: the same in a worker and on the page's own thread.
 *
 * `handle` takes the page's messages in order, `connect` and `theme` first. It answers by `post`, never with a market message: figures in one
 * array, reports of panels, bars, and what was asked for.
 */
export function createEngine(
  post: Post,
  {
    connect: open = (url, token) =>
      connectThrough(websocket, url, { name: 'depthcast-web', token, reconnect: RECONNECT }),
    host = browserHost,
    contents = CONTENTS,
    bars = BARS,
  }: EngineOptions = {},
): { handle(message: ToEngine): void; close(): void } {
  const engine = new Engine(post, { connect: open, host, contents, bars })
  return { handle: (message) => engine.handle(message), close: () => engine.close() }
}

class Engine {
  readonly #post: Post
  readonly #of: Required<EngineOptions>
  readonly #waiting: ToEngine[] = []
  #session: Session | undefined
  /** From when there are a connection and colours. */
  #panels: Panels | undefined
  #stopTicking = (): void => {}
  #theme: PaintTheme | undefined
  #style: NumberStyle = numberStyle('en')
  #fontUrl: string | undefined
  #token: string | undefined
  #refusal: { readonly code: number; readonly reason: string } | undefined
  #ticks = 0
  /** How many instruments the gateway had when it was last asked for them; 0 while none are known. */
  #listed = 0
  /** The connection whose instruments are being asked for. */
  #asking: ClientState | undefined
  /** The instruments, as asked for before the first connection was open. */
  #early: ReturnType<Client['instruments']> | undefined
  readonly #reports = new Reports()

  constructor(post: Post, of: Required<EngineOptions>) {
    this.#post = post
    this.#of = of
  }

  handle(message: ToEngine): void {
    if (message.kind === 'connect') this.#connect(message)
    else if (message.kind === 'token') this.#reconnectAs(message.token)
    else if (message.kind === 'theme') this.#restyle(message)
    // Without a connection and colours there is nothing to open; the page need not wait for either.
    else if (this.#session === undefined || this.#panels === undefined) this.#waiting.push(message)
    else if (message.kind === 'quote-costs') this.#tellCosts(message.request, this.#session.quotes)
    else if (isOfBars(message)) this.#session.charts.handle(message)
    else if (message.kind === 'panel-receipt' && this.#session.charts.has(message.panel))
      this.#session.charts.answer(message)
    else if (message.kind === 'watch') this.#session.quotes.watch(message.symbols, message.ratesMs)
    else if (message.kind === 'pause') this.#pause(message.paused)
    else this.#panels.handle(message)
  }

  close(): void {
    this.#stopTicking()
    this.#panels?.close()
    this.#panels = undefined
    this.#session?.charts.close()
    this.#session?.quotes.close()
    this.#session?.client.close()
    this.#session = undefined
  }

  #connect({ url, fontUrl, token }: Extract<ToEngine, { kind: 'connect' }>): void {
    if (this.#session !== undefined) return
    this.#token = token
    const { connect: open, host, bars: source } = this.#of
    const client = open(url, () => this.#token)
    const traffic = new Traffic(client, host)
    const charts = new Charts({ client, host, life: () => traffic.life, post: this.#post, source })
    this.#session = { client, traffic, quotes: new Quotes(client, () => this.#postQuotes()), charts }
    this.#fontUrl = fontUrl
    client.onState((state) => this.#connectionChanged(state))
    this.#stopTicking = host.every(REPORT_EVERY_MS, () => this.#tick())
    this.#begin()
    // While the connection opens, so that the first quotes can be asked for as soon as it is.
    const early = client.instruments()
    this.#early = early
    early.then(
      (instruments) => {
        if (this.#early === early && this.#session !== undefined) this.#post({ kind: 'instruments', instruments })
      },
      () => {},
    )
  }

  /** Whoever was refused may be let in now; whoever was not may be refused. */
  #reconnectAs(token: string | undefined): void {
    this.#token = token
    this.#early = undefined
    this.#refusal = undefined
    this.#session?.client.reconnect()
  }

  #restyle({ theme, locale, timeZone }: Extract<ToEngine, { kind: 'theme' }>): void {
    this.#theme = theme
    this.#style = numberStyle(locale, timeZone)
    this.#panels?.restyle(theme, this.#style)
    this.#begin()
  }

  /** Once there are a connection and colours: what came before them is done now, and the font is fetched. */
  #begin(): void {
    const session = this.#session
    const theme = this.#theme
    if (session === undefined || theme === undefined) return
    const { contents, host } = this.#of
    const post = this.#post
    const life = (): Life => session.traffic.life
    this.#panels ??= new Panels({ contents, client: session.client, host, life, post, theme, style: this.#style })
    for (const message of this.#waiting.splice(0)) this.handle(message)
    const url = this.#fontUrl
    if (url === undefined) return
    this.#fontUrl = undefined
    const repaint = (): void => {
      if (this.#theme !== undefined) this.#panels?.restyle(this.#theme, this.#style)
    }
    // Without its font the engine writes in the next one of the list.
    host.loadFont(firstFamily(theme.font), url).then(repaint, () => {})
  }

  #pause(paused: boolean): void {
    this.#panels?.setPaused(paused)
    this.#session?.quotes.setPaused(paused)
    this.#session?.charts.setPaused(paused)
  }

  #connectionChanged(state: ClientState): void {
    // What the network does (code 0) refuses nobody, and what the server said before still holds.
    if ((state.kind === 'waiting' || state.kind === 'closed') && state.error !== undefined && state.error.code > 0)
      this.#refusal = { code: state.error.code, reason: state.error.message }
    if (state.kind === 'open') {
      this.#refusal = undefined
      this.#listed = 0
      this.#session?.traffic.opened(state.welcome.heartbeatMs)
      if (this.#session !== undefined) this.#askInstruments(this.#session)
    }
    this.#postConnection()
    this.#judge()
  }

  #judge(): void {
    this.#panels?.judge()
    this.#session?.charts.judge()
  }

  /** Again when there are others, and once at a time: another connection may be as someone who sees others. */
  #askInstruments({ client }: Session): void {
    const connection = client.state
    const { listed } = client.stats()
    const areKnown = this.#listed > 0 && (listed ?? this.#listed) === this.#listed
    if (areKnown || connection.kind !== 'open' || this.#asking === connection) return
    this.#asking = connection
    const early = this.#early?.catch(() => client.instruments())
    this.#early = undefined
    ;(early ?? client.instruments())
      .then(
        (instruments) => {
          if (this.#session === undefined || client.state !== connection) return
          this.#listed = instruments.length > 0 ? (listed ?? instruments.length) : 0
          this.#post({ kind: 'instruments', instruments })
        },
        // Asked again with the next second's tick, for as long as the connection lasts.
        () => {},
      )
      .finally(() => {
        if (this.#asking === connection) this.#asking = undefined
      })
  }

  #tick(): void {
    if (this.#session === undefined) return
    this.#ticks += 1
    const isSecond = this.#ticks % TICKS_A_SECOND === 0
    this.#session.traffic.count()
    this.#postReports(isSecond ? 'all' : this.#ticks % TICKS_A_FIGURE === 0 ? 'figures' : 'state')
    this.#postQuotes()
    if (!isSecond) return
    this.#postConnection()
    this.#askInstruments(this.#session)
  }

  #postQuotes(): void {
    const quotes = this.#session?.quotes.takeChanged(this.#of.host.precise())
    if (quotes !== undefined) this.#post({ kind: 'quotes', ...quotes }, [quotes.quotes.buffer])
  }

  /** Its program is fetched when someone first looks at what quotes cost. */
  #tellCosts(request: number, { tickers }: Quotes): void {
    const symbols = tickers.map(({ symbol }) => symbol)
    import('./quote-costs.ts').then(
      ({ costsOf }) => this.#post({ kind: 'quote-costs', request, symbols, costs: costsOf(tickers) }),
      () => this.#post({ kind: 'quote-costs', request, symbols: [], costs: new Float64Array() }),
    )
  }

  /** A page where nothing moves hears of its panels once a second, so that it can tell rest from death, but of those that are paused nothing. */
  #postReports(turn: 'all' | 'figures' | 'state'): void {
    this.#judge()
    const all = [...(this.#panels?.reports() ?? []), ...(this.#session?.charts.reports() ?? [])]
    const reports = this.#reports.news(all, turn)
    if (reports.length > 0) this.#post({ kind: 'panels', reports })
  }

  #postConnection(): void {
    const session = this.#session
    if (session === undefined) return
    const { state } = session.client
    const { overdueMs } = session.traffic
    const stats = session.client.stats()
    const { gaps, chainsBroken, checksumFailures } = stats
    const clock = clockOf(stats)
    this.#post({
      kind: 'connection',
      state: state.kind,
      ...(state.kind === 'waiting' && { retryAt: state.retryAt }),
      ...((state.kind === 'waiting' || state.kind === 'closed') &&
        state.error !== undefined && { reason: state.error.message }),
      ...(this.#refusal !== undefined && { refusal: this.#refusal }),
      bytesPerSecond: session.traffic.bytesPerSecond,
      downstream: session.traffic.downstream,
      latencyMs: this.#panels?.latencyMs ?? Number.NaN,
      framesPerSecond: this.#panels?.framesPerSecond ?? 0,
      ...(clock !== undefined && { clock }),
      ...(state.kind === 'open' && overdueMs !== undefined && { overdueMs }),
      breaks: gaps + chainsBroken + checksumFailures,
      ...(state.kind === 'open' && { limits: limitsOf(state.welcome) }),
    })
  }
}

function isOfBars(message: ToEngine): message is BarsToEngine {
  return message.kind.startsWith('bars-')
}

function limitsOf({ limits: { maxDepth, minRateMs } }: Welcome): Limits {
  return { maxDepth, minRateMs }
}

/** `'IBM Plex Sans Variable', system-ui` names the first face without its quotes. */
function firstFamily(families: string): string {
  return (families.split(',')[0] ?? '').trim().replace(/^['"]|['"]$/g, '')
}
