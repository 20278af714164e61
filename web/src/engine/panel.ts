import type { Client, Subscription } from '@depthcast/client'
import { lookOf } from '../painters/canvas.ts'
import { Changes } from './changes.ts'
import type { Content } from './content.ts'
import type { NumberStyle } from './decimal.ts'
import type { EngineHost } from './host.ts'
import { Hover, type Movement } from './hover.ts'
import { venueMs } from './latency.ts'
import type {
  FromEngine,
  Hit,
  PaintTheme,
  PanelId,
  PanelOptions,
  PanelReport,
  Point,
  Surface,
  ViewState,
} from './messages.ts'
import { PanelMeters } from './panel-meters.ts'
import { PanelRecord } from './panel-record.ts'
import { reportOf } from './panel-report.ts'
import type { Proof } from './receipt.ts'
import { lateMs } from './source.ts'
import { PaintSurface } from './surface.ts'
import type { Life } from './traffic.ts'
import { viewState } from './view-state.ts'

export type PanelContext<View> = {
  readonly panel: PanelId
  readonly symbol: string
  readonly options: PanelOptions
  readonly surface: Surface
  readonly theme: PaintTheme
  readonly client: Client
  readonly host: EngineHost
  readonly content: Content<View>
  readonly life: () => Life
  /** The panel has something to paint. */
  readonly onDirty: () => void
  readonly post: (message: FromEngine) => void
}

/** One canvas and the view it shows: its subscription, what may be thought of it, what it costs. What it shows is its content's matter. */
export class Panel<View> {
  readonly #of: PanelContext<View>
  readonly surface: PaintSurface
  readonly #meters = new PanelMeters()
  readonly #record = new PanelRecord()
  #symbol: string
  #options: PanelOptions
  #subscription: Subscription<View>
  #stops: (() => void)[] = []
  #state: ViewState = { kind: 'loading' }
  #isDirty = true
  #isVisible = true
  /** The last view that could be shown. */
  #shown: View | undefined
  #isPaused = false
  #isResuming = false
  /** The next view is the first since nothing was followed: it may be about something long past. */
  #isFresh = true
  #changes = new Changes()
  readonly #hover: Hover

  constructor(of: PanelContext<View>) {
    this.#of = of
    this.#symbol = of.symbol
    this.#options = of.options
    this.surface = new PaintSurface(of.surface, of.theme, () => this.#dirty())
    this.#hover = new Hover(of)
    this.#subscription = this.#ask()
    this.#follow()
  }

  get needsPaint(): boolean {
    return this.#isDirty && this.#isVisible
  }

  /** From the server's send to our receipt of the last message, ms. */
  get latencyMs(): number | undefined {
    return this.#subscription.stats().latencyMs
  }

  setSymbol(symbol: string): void {
    if (symbol === this.#symbol) return
    this.#symbol = symbol
    this.#leave()
    this.#of.content.clear()
    this.#shown = undefined
    this.#subscription = this.#ask()
    this.#follow()
    this.#settle()
    this.#dirty()
  }

  setOptions(options: PanelOptions): void {
    const before = this.#options
    this.#options = options
    const wanted = this.#of.content.choose(before, options)
    if (wanted !== undefined) this.#changes.ask(this.#subscription, wanted)
    this.#dirty()
  }

  setVisible(visible: boolean): void {
    // What came too late to be painted before is not late by all the time nobody looked.
    if (visible !== this.#isVisible) this.#meters.forgetWaiting()
    this.#isVisible = visible
    this.#settle()
    if (visible) this.#dirty()
  }

  setPaused(paused: boolean): void {
    this.#isPaused = paused
    this.#settle()
    this.judge()
  }

  resize(size: Omit<Surface, 'canvas'>): void {
    this.surface.resize(size)
    this.#dirty()
  }

  restyle(theme: PaintTheme, style: NumberStyle): void {
    this.surface.restyle(theme)
    this.#of.content.forget(style)
    this.#dirty()
  }

  /** What hands and keys do to it. */
  move(movement: Movement): void {
    if (this.#hover.move(movement, this.surface.frame)) this.#dirty()
  }

  /** What is at a point, or else at the pointer, as it stands on the canvas; painted first, since keys may put the pointer there. */
  pick(at: Point | undefined, style: NumberStyle): Hit | undefined {
    if (this.#isDirty) this.paint(style)
    const hit = this.#hover.pick(this.surface.frame, at)
    this.#dirty()
    return hit
  }

  /** The canvas as it is; what waited to be painted is painted first. */
  picture(style: NumberStyle): Promise<ImageBitmap> {
    if (this.#isDirty) this.paint(style)
    return this.surface.picture(this.#of.host)
  }

  /** Paints what is there now, and with it every message that waited for a picture. */
  paint(style: NumberStyle): void {
    this.#derive()
    this.#isDirty = false
    const { content, host } = this.#of
    if (this.surface.fit()) content.forget(style)
    const { ctx, frame, theme } = this.surface
    const pointer = this.#hover.in(frame)
    content.paint({ ctx, frame, theme, state: this.#state, look: lookOf(this.#state), pointer })
    this.#hover.tell(frame)
    this.#meters.painted(host.precise())
  }

  /** Looks at the evidence again, since time alone can change a state, and paints when it changes what is seen. */
  judge(): void {
    const before = this.#state
    this.#derive()
    this.#record.judged(this.#state, this.#of.host.now())
    if (before.kind === this.#state.kind) return
    if (lookOf(before) !== lookOf(this.#state) || this.#of.content.seq === undefined) this.#dirty()
  }

  report(): PanelReport {
    const { panel, content, host } = this.#of
    return reportOf({
      ...{ panel, content },
      symbol: this.#symbol,
      options: this.#options,
      state: this.#state,
      subscription: this.#subscription,
      record: this.#record,
      meters: this.#meters,
      changes: this.#changes,
      now: host.precise(),
    })
  }

  /** The canvas and its table are the same at this moment: what waited to be painted is painted first. */
  postTable(request: number, style: NumberStyle): void {
    if (this.#isDirty) this.paint(style)
    const { panel, content, post } = this.#of
    post({ kind: 'table', panel, request, symbol: this.#symbol, ...content.table() })
  }

  /** What a receipt is written from. */
  proof(): Proof {
    const { client, host } = this.#of
    return {
      symbol: this.#symbol,
      state: this.#state,
      shown: this.#shown,
      record: this.#record,
      subscription: this.#subscription,
      client: client.stats(),
      pictures: this.#meters.pictures,
      now: host.now(),
    }
  }

  close(): void {
    this.#leave()
  }

  #derive(): void {
    const { content, client, host, life } = this.#of
    const subscription = this.#subscription
    const { rateMs } = subscription.granted ?? this.#options
    this.#state = viewState({
      ...life(),
      now: host.now(),
      paused: this.#isPaused,
      connection: client.state,
      subscription: subscription.status,
      resuming: this.#isResuming,
      seq: content.seq,
      contradiction: content.contradiction,
      takenAt: this.#record.takenAt,
      happenedAt: this.#record.happenedAt,
      lateMs: lateMs(this.latencyMs, client.stats()),
      rateMs: rateMs === 'raw' ? 0 : rateMs,
    })
  }

  #ask(): Subscription<View> {
    const { content, client } = this.#of
    this.#meters.begin()
    this.#record.begin()
    this.#isResuming = false
    this.#isFresh = true
    this.#changes = new Changes()
    return content.open(client, this.#symbol, this.#options)
  }

  /** What another panel follows already is here at once: nothing may hear of it before the subscription is this panel's. */
  #follow(): void {
    const subscription = this.#subscription
    this.#stops = [
      subscription.subscribe((view) => {
        if (view !== undefined) this.#take(view, subscription.stats().latencyMs)
      }),
      subscription.onStatus((state) => {
        if (state.kind === 'live') this.#isResuming = false
        else this.#isFresh = true
        this.judge()
      }),
    ]
  }

  #leave(): void {
    for (const stop of this.#stops) stop()
    this.#subscription.close()
  }

  #take(view: View, wayMs: number | undefined): void {
    const { content, host } = this.#of
    const isFresh = this.#isFresh
    content.take(view)
    if (content.contradiction === undefined) this.#shown = view
    this.#record.took(view, {
      now: host.now(),
      happenedAt: content.happenedAt(view, isFresh),
      isVerified: content.isVerified,
      isFresh,
    })
    // What comes first may be about something long past, which took no time to come.
    const venue = isFresh ? undefined : venueMs(this.#symbol, this.#record.stamps)
    this.#meters.received(host.precise(), venue, wayMs)
    this.#isFresh = false
    const wish = content.wish?.()
    if (wish !== undefined) this.#changes.ask(this.#subscription, wish)
    this.#dirty()
  }

  /** Stops or starts the flow at the server: nothing is sent for what nobody sees, or wants to see move. */
  #settle(): void {
    const subscription = this.#subscription
    if (this.#isPaused || !this.#isVisible) {
      subscription.pause()
    } else {
      if (subscription.status.kind === 'paused') this.#isResuming = true
      subscription.resume()
    }
  }

  #dirty(): void {
    this.#isDirty = true
    if (this.#isVisible) this.#of.onDirty()
  }
}
