import type { DecimalFormat } from '../engine/decimal.ts'
import { ticksOf } from '../engine/heatmap-grid.ts'
import type { PaintTheme, Point } from '../engine/messages.ts'
import { type Frame, type Paint2d, paintSentence, TextWidths } from './canvas.ts'
import { paintPrices, paintTimes } from './heatmap-axes.ts'
import { type HeatColours, heatColours } from './heatmap-colours.ts'
import { HeatLayer } from './heatmap-layer.ts'
import { type HeatLayout, type HeatmapScene, heatLayout } from './heatmap-layout.ts'
import type { HeatPicture } from './heatmap-strip.ts'

/**
 * Paints a book over time. The columns are kept as a picture of their own, a ring that a new one is drawn into; every frame copies it to the
 * canvas in two pieces. `forget` as for the ladder.
 */
export class HeatmapPainter {
  readonly #layer = new HeatLayer()
  #widths: TextWidths | undefined
  #widest = 0
  #price: DecimalFormat | undefined
  #colours: HeatColours | undefined
  #layout: HeatLayout | undefined

  /** As of the last paint; undefined before any. */
  get layout(): HeatLayout | undefined {
    return this.#layout
  }

  forget(): void {
    this.#widths = undefined
    this.#colours = undefined
    this.#widest = 0
    this.#layer.forget()
  }

  /** How the canvas is divided for prices such as these; stays as it is while they are no wider. */
  measure(ctx: Paint2d, frame: Frame, { price, grid }: Pick<HeatmapScene, 'price' | 'grid'>): HeatLayout {
    ctx.font = frame.font
    ctx.fontKerning = 'none'
    ctx.textBaseline = 'alphabetic'
    this.#widths ??= new TextWidths(ctx, frame.font)
    if (this.#price !== price) this.#widest = 0
    this.#price = price
    for (const row of [0, grid.rows])
      this.#widest = Math.max(this.#widest, this.#widths.of(price.full(Math.round(ticksOf(grid, row)))))
    this.#layout = heatLayout(frame, this.#widest + frame.padding)
    return this.#layout
  }

  paint(ctx: Paint2d, scene: HeatmapScene, frame: Frame, theme: PaintTheme): void {
    const layout = this.measure(ctx, frame, scene)
    const widths = this.#widths
    if (widths === undefined) return
    ctx.fillStyle = theme.background
    if (scene.sentence === undefined) {
      this.#colours ??= heatColours(theme)
      this.#paintColumns(ctx, scene, frame, layout, this.#colours)
      if (scene.look.dimmed) {
        ctx.fillStyle = theme.background + DIMMED
        ctx.fillRect(0, 0, layout.width, layout.height)
      }
      paintBeginning(ctx, scene, { frame, theme, layout, widths })
      paintCross(ctx, scene, { frame, theme, layout })
      paintPrices(ctx, scene, { frame, theme, layout, widths })
      paintTimes(ctx, scene, { frame, theme, layout, widths })
      if (scene.note !== undefined) paintNote(ctx, scene.note, frame, theme, widths)
    } else paintSentence(ctx, frame, theme, scene.sentence, widths)
    if (scene.look.edge === 'none') return
    ctx.fillStyle = scene.look.edge === 'warn' ? theme.warn : theme.error
    ctx.fillRect(0, 0, frame.width, frame.edge)
  }

  /** The column and the row (whole and part) at a point of the last paint; undefined outside of the plot. */
  placeAt({ x, y }: Point, { grid, end }: Pick<HeatmapScene, 'grid' | 'end'>): HeatPlace | undefined {
    const layout = this.#layout
    if (layout === undefined || x < layout.left || x >= layout.width || y < 0 || y >= layout.height) return undefined
    const back = Math.floor((layout.width - 1 - x) / layout.columnWidth)
    return { column: end - back, row: Math.min(grid.rows - 1, Math.floor((y * grid.rows) / layout.height)) }
  }

  #paintColumns(ctx: Paint2d, scene: HeatmapScene, frame: Frame, layout: HeatLayout, colours: HeatColours): void {
    const { ring, dots, grid, bookScale, tradeScale, end } = scene
    const picture: HeatPicture = {
      ring,
      dots,
      grid,
      bookScale,
      tradeScale,
      colours,
      columnWidth: layout.columnWidth,
      rule: frame.rule,
      edge: frame.edge,
      largestDot: 7 * frame.dpr,
    }
    ctx.fillRect(0, 0, layout.left, layout.height)
    this.#layer.show(ctx, picture, { ...layout, end })
  }
}

type HeatPlace = { readonly column: number; readonly row: number }

/** What is old is seen through this much of the background. */
const DIMMED = '99'

/** Lines through the middle of the column and the row the pointer is on. */
function paintCross(
  ctx: Paint2d,
  { pointer, grid }: HeatmapScene,
  { frame, theme, layout }: { readonly frame: Frame; readonly theme: PaintTheme; readonly layout: HeatLayout },
): void {
  const { width, height, left, columnWidth } = layout
  if (pointer === undefined || pointer.x < left || pointer.x >= width || pointer.y >= height) return
  const back = Math.floor((width - 1 - pointer.x) / columnWidth)
  const row = Math.floor((pointer.y * grid.rows) / height)
  ctx.fillStyle = theme.textMid
  ctx.fillRect(0, Math.floor(((row + 0.5) * height) / grid.rows), width, frame.rule)
  ctx.fillRect(width - Math.ceil((back + 0.5) * columnWidth), 0, frame.rule, height)
}

/** Says why most of it is empty, in the middle of what is. */
function paintBeginning(
  ctx: Paint2d,
  { ring, end }: HeatmapScene,
  {
    frame,
    theme,
    layout,
    widths,
  }: { readonly frame: Frame; readonly theme: PaintTheme; readonly layout: HeatLayout; readonly widths: TextWidths },
): void {
  const filled = end - Math.max(ring.first, end - layout.columns + 1) + 1
  if (filled * 10 >= layout.columns) return
  const left = Math.round((layout.width - filled * layout.columnWidth - widths.of(BEGINNING)) / 2)
  if (left < frame.padding) return
  ctx.fillStyle = theme.textLow
  ctx.fillText(BEGINNING, left, Math.round((layout.height + frame.digits) / 2))
}

const BEGINNING = 'heatmap fills from now'

function paintNote(ctx: Paint2d, note: string, frame: Frame, theme: PaintTheme, widths: TextWidths): void {
  ctx.fillStyle = theme.background
  ctx.fillRect(frame.padding, frame.edge, widths.of(note) + 2 * frame.padding, frame.rowHeight)
  ctx.fillStyle = theme.warn
  ctx.fillText(note, 2 * frame.padding, frame.edge + frame.baseline)
}
