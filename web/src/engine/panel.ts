import type { Client } from '@depthcast/client'
import { lookOf } from '../painters/canvas.ts'
import type { Content } from './content.ts'
import type { NumberStyle } from './decimal.ts'
import type { EngineHost } from './host.ts'
import { Hover, type Movement } from './hover.ts'
import type { FromEngine, Hit, PaintTheme, PanelId, PanelOptions, PanelReport, Point, Surface } from './messages.ts'
import type { Proof } from './receipt.ts'
import { Standing } from './standing.ts'
import { PaintSurface } from './surface.ts'
import type { Life } from './traffic.ts'

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

/** One canvas and the view it shows. What it shows is its content's matter; what may be thought of it, its standing's. */
export class Panel<View> {
  readonly #of: PanelContext<View>
  readonly surface: PaintSurface
  #symbol: string
  #options: PanelOptions
  #standing: Standing<View>
  #stops: (() => void)[] = []
  #isDirty = true
  #isVisible = true
  #isPaused = false
  readonly #hover: Hover

  constructor(of: PanelContext<View>) {
    this.#of = of
    this.#symbol = of.symbol
    this.#options = of.options
    this.surface = new PaintSurface(of.surface, of.theme, () => this.#dirty())
    this.#hover = new Hover(of)
    this.#standing = this.#ask()
    this.#follow()
  }

  get needsPaint(): boolean {
    return this.#isDirty && this.#isVisible
  }

  /** From the server's send to our receipt of the last message, ms. */
  get latencyMs(): number | undefined {
    return this.#standing.subscription.stats().latencyMs
  }

  setSymbol(symbol: string): void {
    if (symbol === this.#symbol) return
    this.#symbol = symbol
    this.#leave()
    this.#of.content.clear()
    this.#standing = this.#ask()
    this.#follow()
    this.#settle()
    this.#dirty()
  }

  setOptions(options: PanelOptions): void {
    const before = this.#options
    this.#options = options
    const wanted = this.#of.content.choose(before, options)
    if (wanted !== undefined) this.#standing.ask(wanted)
    this.#dirty()
  }

  setVisible(visible: boolean): void {
    // What came too late to be painted before is not late by all the time nobody looked.
    if (visible !== this.#isVisible) this.#standing.forgetWaiting()
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
    const state = this.#standing.judge(this.#options, this.#isPaused)
    this.#isDirty = false
    const { content } = this.#of
    if (this.surface.fit()) content.forget(style)
    const { ctx, frame, theme } = this.surface
    const pointer = this.#hover.in(frame)
    content.paint({ ctx, frame, theme, state, look: lookOf(state), pointer })
    this.#hover.tell(frame)
    this.#standing.painted()
  }

  /** Looks at the evidence again, since time alone can change a state, and paints when it changes what is seen. */
  judge(): void {
    const before = this.#standing.state
    const state = this.#standing.judge(this.#options, this.#isPaused)
    if (before.kind === state.kind) return
    if (lookOf(before) !== lookOf(state) || this.#of.content.seq === undefined) this.#dirty()
  }

  report(): PanelReport {
    return this.#standing.report(this.#options)
  }

  /** The canvas and its table are the same at this moment: what waited to be painted is painted first. */
  postTable(request: number, style: NumberStyle): void {
    if (this.#isDirty) this.paint(style)
    const { panel, content, post } = this.#of
    post({ kind: 'table', panel, request, symbol: this.#symbol, ...content.table() })
  }

  /** What a receipt is written from. */
  proof(): Proof {
    return this.#standing.proof()
  }

  close(): void {
    this.#leave()
  }

  #ask(): Standing<View> {
    const { content, client } = this.#of
    const symbol = this.#symbol
    return new Standing({ ...this.#of, symbol, subscription: content.open(client, symbol, this.#options) })
  }

  /** What another panel follows already is here at once: nothing may hear of it before the subscription is this panel's. */
  #follow(): void {
    const { subscription } = this.#standing
    this.#stops = [
      subscription.subscribe((view) => {
        if (view !== undefined) this.#take(view)
      }),
      subscription.onStatus((status) => {
        this.#standing.stood(status)
        this.judge()
      }),
    ]
  }

  #leave(): void {
    for (const stop of this.#stops) stop()
    this.#standing.subscription.close()
  }

  #take(view: View): void {
    const { content } = this.#of
    content.take(view)
    this.#standing.took(view, { happenedAt: content.happenedAt(view, this.#standing.isFresh) })
    const wish = content.wish?.()
    if (wish !== undefined) this.#standing.ask(wish)
    this.#dirty()
  }

  #settle(): void {
    this.#standing.flow(!this.#isPaused && this.#isVisible)
  }

  #dirty(): void {
    this.#isDirty = true
    if (this.#isVisible) this.#of.onDirty()
  }
}
