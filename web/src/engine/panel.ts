import type { Client, Subscription } from '@depthcast/client'
import { lookOf } from '../painters/canvas.ts'
import type { Content } from './content.ts'
import type { NumberStyle } from './decimal.ts'
import type { EngineHost } from './host.ts'
import type {
  FromEngine,
  PaintTheme,
  PanelId,
  PanelOptions,
  PanelReport,
  Point,
  Surface,
  ViewState,
} from './messages.ts'
import { PanelMeters } from './panel-meters.ts'
import { sourceOf } from './source.ts'
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
  readonly #surface: PaintSurface
  readonly #meters = new PanelMeters()
  #symbol: string
  #options: PanelOptions
  #subscription: Subscription<View>
  #stops: (() => void)[] = []
  #state: ViewState = { kind: 'loading' }
  /** A break since the last report, which may have healed before anyone could see it. */
  #broke: ViewState | undefined
  #isDirty = true
  #isVisible = true
  #isPaused = false
  #isResuming = false
  #takenAt = 0
  #happenedAt: number | undefined
  /** The next view is the first since nothing was followed: it may be about something long past. */
  #isFresh = true
  #asking = 0
  #refusal: string | undefined
  #verifiedAt = 0
  /** CSS pixels. */
  #pointer: Point | undefined
  #hit = ''

  constructor(of: PanelContext<View>) {
    this.#of = of
    this.#symbol = of.symbol
    this.#options = of.options
    this.#surface = new PaintSurface(of.surface, of.theme)
    this.#subscription = this.#open()
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
    this.#subscription = this.#open()
    this.#settle()
    this.#dirty()
  }

  setOptions(options: PanelOptions): void {
    const before = this.#options
    this.#options = options
    const wanted = this.#of.content.choose(before, options)
    if (wanted !== undefined) this.#ask(wanted)
    this.#dirty()
  }

  setVisible(visible: boolean): void {
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
    this.#surface.resize(size)
    this.#dirty()
  }

  restyle(theme: PaintTheme, style: NumberStyle): void {
    this.#surface.restyle(theme)
    this.#of.content.forget(style)
    this.#dirty()
  }

  scroll(by: Point): void {
    const { frame } = this.#surface
    if (this.#of.content.scroll(scaled(by, frame.dpr), frame)) this.#dirty()
  }

  resume(): void {
    this.#of.content.resume()
    this.#dirty()
  }

  hover(at: Point | undefined): void {
    this.#pointer = at
    this.#dirty()
  }

  /** Paints what is there now; the message that waited longest says how late it is. */
  paint(style: NumberStyle): void {
    this.#derive()
    this.#isDirty = false
    const { content, host } = this.#of
    if (this.#surface.fit()) content.forget(style)
    const { ctx, frame, theme } = this.#surface
    const pointer = this.#pointer && scaled(this.#pointer, frame.dpr)
    content.paint({ ctx, frame, theme, state: this.#state, look: lookOf(this.#state), pointer })
    this.#postHit(pointer)
    this.#meters.painted(host.precise())
  }

  /** Looks at the evidence again, since time alone can change a state, and paints when it changes what is seen. */
  judge(): void {
    const before = this.#state
    this.#derive()
    if (this.#state.kind === 'gap' || this.#state.kind === 'invalid') this.#broke = this.#state
    if (before.kind === this.#state.kind) return
    if (lookOf(before) !== lookOf(this.#state) || this.#of.content.seq === undefined) this.#dirty()
  }

  report(): PanelReport {
    const { content, host } = this.#of
    const { granted } = this.#subscription
    const now = host.precise()
    const state = this.#broke ?? this.#state
    this.#broke = undefined
    this.#meters.count(this.#subscription.stats(), now)
    return {
      panel: this.#of.panel,
      symbol: this.#symbol,
      state,
      seq: content.seq ?? 0,
      verifiedAt: this.#verifiedAt,
      source: content.isBook ? sourceOf(this.#subscription.integrity, this.#takenAt) : undefined,
      ...this.#meters.read(now),
      asked: this.#asking > 0 ? undefined : this.#options,
      granted: granted && { ...pick(granted), rateMs: granted.rateMs },
      refusal: this.#refusal,
      unseen: content.unseen,
    }
  }

  /** The canvas and its table are the same at this moment: what waited to be painted is painted first. */
  postTable(request: number, style: NumberStyle): void {
    if (this.#isDirty) this.paint(style)
    const { panel, content, post } = this.#of
    post({ kind: 'table', panel, request, symbol: this.#symbol, ...content.table() })
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
      takenAt: this.#takenAt,
      happenedAt: this.#happenedAt,
      rateMs: rateMs === 'raw' ? 0 : rateMs,
    })
  }

  #open(): Subscription<View> {
    const { content, client } = this.#of
    this.#meters.begin()
    this.#verifiedAt = 0
    this.#isResuming = false
    this.#isFresh = true
    this.#refusal = undefined
    const subscription = content.open(client, this.#symbol, this.#options)
    this.#stops = [
      subscription.subscribe((view) => {
        if (view !== undefined) this.#take(view)
      }),
      subscription.onStatus((state) => {
        if (state.kind === 'live') this.#isResuming = false
        else this.#isFresh = true
        // The first call comes before there is anything to judge.
        if (subscription === this.#subscription) this.judge()
      }),
    ]
    return subscription
  }

  /** A refused change leaves all as it was, and the report says why. */
  #ask(wanted: Parameters<Subscription<View>['modify']>[0]): void {
    const subscription = this.#subscription
    const answered = (refusal: string | undefined): void => {
      this.#asking -= 1
      if (subscription === this.#subscription && this.#asking === 0) this.#refusal = refusal
    }
    this.#asking += 1
    subscription.modify(wanted).then(
      () => answered(undefined),
      (error: unknown) => answered(error instanceof Error ? error.message : String(error)),
    )
  }

  #leave(): void {
    for (const stop of this.#stops) stop()
    this.#subscription.close()
  }

  #take(view: View): void {
    const { content, host } = this.#of
    content.take(view)
    this.#takenAt = host.now()
    this.#happenedAt = content.happenedAt(view, this.#isFresh)
    this.#isFresh = false
    if (content.isVerified) this.#verifiedAt = this.#takenAt
    this.#meters.received(host.precise())
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

  #postHit(pointer: Point | undefined): void {
    const { content, post, panel } = this.#of
    const hit = pointer && content.hitAt(pointer, this.#surface.frame)
    const key = hit === undefined ? '' : `${hit.at.x} ${hit.at.y} ${hit.price} ${hit.text}`
    if (key === this.#hit) return
    this.#hit = key
    post({ kind: 'hit', panel, hit })
  }
}

function scaled({ x, y }: Point, by: number): Point {
  return { x: x * by, y: y * by }
}

function pick({ depth, grouping }: { depth?: number | 'all'; grouping?: number }): {
  depth?: number | 'all'
  grouping?: number
} {
  return { ...(depth !== undefined && { depth }), ...(grouping !== undefined && { grouping }) }
}
