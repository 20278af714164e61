import { type Client, type ClientState, connect } from '@depthcast/client'
import { ChartBars } from './chart-bars.ts'
import type { ContentOf } from './content.ts'
import { type NumberStyle, numberStyle } from './decimal.ts'
import { browserHost, type EngineHost } from './host.ts'
import { LadderContent } from './ladder.ts'
import type { FromEngine, PaintTheme, PanelId, ToEngine } from './messages.ts'
import { Panel } from './panel.ts'
import { Quotes } from './quotes.ts'
import { TapeContent } from './tape.ts'
import { Traffic } from './traffic.ts'

/** Every kind of panel there is. */
const CONTENTS: ContentOf = {
  ladder: (options, style) => new LadderContent(options, style),
  tape: (options, style) => new TapeContent(options, style),
}

export type EngineOptions = {
  /** How to reach the gateway. */
  readonly connect?: (url: string) => Client
  readonly host?: EngineHost
}

type PanelOpen = Extract<ToEngine, { kind: 'panel-open' }>
type Session = { readonly client: Client; readonly traffic: Traffic; readonly quotes: Quotes }
type Welcome = Extract<ClientState, { kind: 'open' }>['welcome']
type Limits = Pick<Welcome['limits'], 'maxDepth' | 'minRateMs'>
type Post = (message: FromEngine, transfer?: Transferable[]) => void

/** Ten times a second the page hears how everything stands, when anything does. */
const REPORT_EVERY_MS = 100
const TICKS_A_SECOND = 1000 / REPORT_EVERY_MS

/**
 * Owns the connection, the views and the painters: the same in a worker and on the page's own thread.
 *
 * `handle` takes the page's messages in order, `connect` and `theme` first. It answers by `post`, never with a market message: figures in one
 * array, reports of panels, bars, and what was asked for.
 */
export function createEngine(
  post: Post,
  { connect: open = (url) => connect(url, { name: 'depthcast-web' }), host = browserHost }: EngineOptions = {},
): { handle(message: ToEngine): void; close(): void } {
  const engine = new Engine(post, open, host)
  return { handle: (message) => engine.handle(message), close: () => engine.close() }
}

class Engine {
  readonly #post: Post
  readonly #open: (url: string) => Client
  readonly #host: EngineHost
  readonly #panels = new Map<PanelId, Panel<unknown>>()
  readonly #charts = new Map<PanelId, ChartBars>()
  readonly #waiting: ToEngine[] = []
  #session: Session | undefined
  #stopTicking = (): void => {}
  #theme: PaintTheme | undefined
  #style: NumberStyle = numberStyle('en')
  #fontUrl: string | undefined
  #isFrameAsked = false
  #isPaused = false
  #ticks = 0
  #hasInstruments = false
  #reported = ''

  constructor(post: Post, open: (url: string) => Client, host: EngineHost) {
    this.#post = post
    this.#open = open
    this.#host = host
  }

  handle(message: ToEngine): void {
    if (message.kind === 'connect') this.#connect(message.url, message.fontUrl)
    else if (message.kind === 'theme') this.#restyle(message.theme, message.locale)
    // Without a connection and colours there is nothing to open; the page need not wait for either.
    else if (this.#session === undefined || this.#theme === undefined) this.#waiting.push(message)
    else if ('panel' in message) this.#handlePanel(message, this.#session, this.#theme)
    else if (message.kind === 'watch') this.#session.quotes.watch(message.symbols)
    else this.#pause(message.paused)
  }

  close(): void {
    this.#stopTicking()
    for (const panel of this.#panels.values()) panel.close()
    this.#panels.clear()
    for (const bars of this.#charts.values()) bars.close()
    this.#charts.clear()
    this.#session?.quotes.close()
    this.#session?.client.close()
    this.#session = undefined
  }

  #handlePanel(message: Extract<ToEngine, { panel: PanelId }>, session: Session, theme: PaintTheme): void {
    const panel = this.#panels.get(message.panel)
    switch (message.kind) {
      case 'panel-open':
        this.#openPanel(message, session, theme)
        break
      case 'panel-symbol':
        panel?.setSymbol(message.symbol)
        break
      case 'panel-options':
        panel?.setOptions(message.options)
        break
      case 'panel-resize':
        panel?.resize(message)
        break
      case 'panel-visible':
        panel?.setVisible(message.visible)
        break
      case 'panel-scroll':
        panel?.scroll(message.by)
        break
      case 'panel-resume':
        panel?.resume()
        break
      case 'panel-hover':
        panel?.hover(message.at)
        break
      case 'panel-table':
        panel?.postTable(message.request, this.#style)
        break
      case 'panel-close':
        panel?.close()
        this.#panels.delete(message.panel)
        break
      case 'bars-open':
        this.#barsOf(message.panel, session.client).show(message.symbol, message.interval)
        break
      case 'bars-close':
        this.#charts.get(message.panel)?.close()
        this.#charts.delete(message.panel)
    }
  }

  #barsOf(panel: PanelId, client: Client): ChartBars {
    const known = this.#charts.get(panel)
    if (known !== undefined) return known
    const bars = new ChartBars(panel, client, (message) => this.#post(message))
    if (this.#isPaused) bars.setPaused(true)
    this.#charts.set(panel, bars)
    return bars
  }

  #openPanel(message: PanelOpen, session: Session, theme: PaintTheme): void {
    const { panel: id, panelKind, symbol, options, surface } = message
    this.#panels.get(id)?.close()
    const content = CONTENTS[panelKind](options, this.#style)
    const panel = new Panel({
      panel: id,
      symbol,
      options,
      surface,
      theme,
      client: session.client,
      host: this.#host,
      content,
      life: () => session.traffic.life,
      onDirty: () => this.#askFrame(),
      post: (posted) => this.#post(posted),
    })
    this.#panels.set(id, panel)
    if (this.#isPaused) panel.setPaused(true)
    this.#askFrame()
  }

  #connect(url: string, fontUrl: string | undefined): void {
    if (this.#session !== undefined) return
    const client = this.#open(url)
    this.#session = { client, traffic: new Traffic(client, this.#host), quotes: new Quotes(client) }
    this.#fontUrl = fontUrl
    client.onState((state) => this.#connectionChanged(state))
    this.#stopTicking = this.#host.every(REPORT_EVERY_MS, () => this.#tick())
    this.#begin()
  }

  #restyle(theme: PaintTheme, locale: string): void {
    this.#theme = theme
    this.#style = numberStyle(locale)
    for (const panel of this.#panels.values()) panel.restyle(theme, this.#style)
    this.#begin()
  }

  /** Once there are a connection and colours: what came before them is done now, and the font is fetched. */
  #begin(): void {
    if (this.#session === undefined || this.#theme === undefined) return
    for (const message of this.#waiting.splice(0)) this.handle(message)
    const url = this.#fontUrl
    if (url === undefined) return
    this.#fontUrl = undefined
    const family = firstFamily(this.#theme.font)
    const repaint = (): void => {
      if (this.#theme !== undefined) for (const panel of this.#panels.values()) panel.restyle(this.#theme, this.#style)
    }
    // Without its font the engine writes in the next one of the list.
    this.#host.loadFont(family, url).then(repaint, () => {})
  }

  #pause(paused: boolean): void {
    this.#isPaused = paused
    for (const panel of this.#panels.values()) panel.setPaused(paused)
    this.#session?.quotes.setPaused(paused)
    for (const bars of this.#charts.values()) bars.setPaused(paused)
  }

  #askFrame(): void {
    if (this.#isFrameAsked) return
    this.#isFrameAsked = true
    this.#host.frame(() => {
      this.#isFrameAsked = false
      for (const panel of this.#panels.values()) if (panel.needsPaint) panel.paint(this.#style)
    })
  }

  #connectionChanged(state: ClientState): void {
    if (state.kind === 'open') {
      this.#session?.traffic.opened(state.welcome.heartbeatMs)
      this.#hasInstruments = false
      this.#askInstruments()
    }
    this.#postConnection()
    for (const panel of this.#panels.values()) panel.judge()
  }

  #askInstruments(): void {
    const client = this.#session?.client
    client?.instruments().then(
      (instruments) => {
        if (this.#session === undefined) return
        this.#hasInstruments = instruments.length > 0
        this.#post({ kind: 'instruments', instruments })
      },
      // Asked again with the next second's tick, for as long as the connection lasts.
      () => {},
    )
  }

  #tick(): void {
    if (this.#session === undefined) return
    this.#ticks += 1
    const isSecond = this.#ticks % TICKS_A_SECOND === 0
    this.#session.traffic.count()
    this.#postReports(isSecond)
    const quotes = this.#session.quotes.takeChanged()
    if (quotes !== undefined) this.#post({ kind: 'quotes', quotes }, [quotes.buffer])
    if (!isSecond) return
    this.#postConnection()
    if (!this.#hasInstruments && this.#session.client.state.kind === 'open') this.#askInstruments()
  }

  #postReports(isSecond: boolean): void {
    if (this.#panels.size === 0) return
    for (const panel of this.#panels.values()) panel.judge()
    const reports = [...this.#panels.values()].map((panel) => panel.report())
    // A page where nothing moves hears nothing, but once a second, so that it can tell rest from death.
    const key = JSON.stringify(reports)
    if (key === this.#reported && !isSecond) return
    this.#reported = key
    this.#post({ kind: 'panels', reports })
  }

  #postConnection(): void {
    const session = this.#session
    if (session === undefined) return
    const { state } = session.client
    const { overdueMs } = session.traffic
    const { gaps, chainsBroken, checksumFailures } = session.client.stats()
    const latencies = [...this.#panels.values()]
      .map((panel) => panel.latencyMs ?? Number.NaN)
      .filter((ms) => !Number.isNaN(ms))
    this.#post({
      kind: 'connection',
      state: state.kind,
      ...(state.kind === 'waiting' && { retryAt: state.retryAt }),
      ...((state.kind === 'waiting' || state.kind === 'closed') &&
        state.error !== undefined && { reason: state.error.message }),
      bytesPerSecond: session.traffic.bytesPerSecond,
      latencyMs: latencies.length === 0 ? Number.NaN : Math.max(0, Math.min(...latencies)),
      ...(state.kind === 'open' && overdueMs !== undefined && { overdueMs }),
      breaks: gaps + chainsBroken + checksumFailures,
      ...(state.kind === 'open' && { limits: limitsOf(state.welcome) }),
    })
  }
}

function limitsOf({ limits: { maxDepth, minRateMs } }: Welcome): Limits {
  return { maxDepth, minRateMs }
}

/** `'IBM Plex Sans Variable', system-ui` names the first face without its quotes. */
function firstFamily(families: string): string {
  return (families.split(',')[0] ?? '').trim().replace(/^['"]|['"]$/g, '')
}
