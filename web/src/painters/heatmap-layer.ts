import type { Paint2d } from './canvas.ts'
import { drawColumn, type HeatPicture, type Strip } from './heatmap-strip.ts'

type Window = {
  readonly columns: number
  readonly columnWidth: number
  readonly height: number
  readonly left: number
  /** The column at the right edge. */
  readonly end: number
}

/**
 * The columns in sight as a picture: column `n` is at place `n` modulo how many fit, whatever else is in sight, so that time going on, or
 * being scrolled through, draws only what was not in sight before.
 */
export class HeatLayer {
  #canvas: OffscreenCanvas | HTMLCanvasElement | undefined
  #ctx: LayerContext | undefined
  #image: ImageData | undefined
  #strip: Strip = { pixels: new Uint32Array(0), width: 0, height: 0 }
  /** Which column each place shows, as of which of its revisions. */
  #columns = new Float64Array(0)
  #revisions = new Float64Array(0)
  #drawn: HeatPicture | undefined

  forget(): void {
    this.#columns.fill(Number.NaN)
    this.#drawn = undefined
  }

  /** Draws what has changed and copies all of it to the canvas. */
  show(ctx: Paint2d, picture: HeatPicture, window: Window): void {
    this.#fit(window)
    if (this.#drawn === undefined || !isAlike(this.#drawn, picture)) this.#columns.fill(Number.NaN)
    this.#drawn = picture
    this.#drawChanged(picture, window)
    const { columns, columnWidth, height, left, end } = window
    const canvas = this.#canvas
    if (canvas === undefined || columns === 0) return
    // The oldest column in sight may be anywhere in the ring: it and what is right of it there, then the rest.
    const split = placeOf(end + 1, columns)
    const older = (columns - split) * columnWidth
    const newer = split * columnWidth
    if (older > 0) ctx.drawImage(canvas, newer, 0, older, height, left, 0, older, height)
    if (newer > 0) ctx.drawImage(canvas, 0, 0, newer, height, left + older, 0, newer, height)
  }

  #drawChanged(picture: HeatPicture, { columns, columnWidth, end }: Window): void {
    const { ring } = picture
    let run = 0
    let runPlace = 0
    for (let column = end - columns + 1; column <= end; column += 1) {
      const place = placeOf(column, columns)
      const revision = column < ring.first || column > ring.last ? -1 : ring.revision(column)
      const isDrawn = this.#columns[place] === column && this.#revisions[place] === revision
      if (!isDrawn) {
        if (run === 0) runPlace = place
        drawColumn(this.#strip, run * columnWidth, column, picture)
        this.#columns[place] = column
        this.#revisions[place] = revision
        run += 1
      }
      const isRunOver = isDrawn || run === STRIP_COLUMNS || place === columns - 1 || column === end
      if (isRunOver && run > 0) {
        this.#put(runPlace * columnWidth, run * columnWidth)
        run = 0
      }
    }
  }

  #put(x: number, width: number): void {
    if (this.#image !== undefined) this.#ctx?.putImageData(this.#image, x, 0, 0, 0, width, this.#strip.height)
  }

  #fit({ columns, columnWidth, height }: Window): void {
    const width = Math.max(1, columns * columnWidth)
    if (this.#canvas?.width === width && this.#canvas.height === height && this.#columns.length === columns) return
    const canvas = this.#canvas ?? newCanvas()
    canvas.width = width
    canvas.height = height
    const ctx = (canvas as OffscreenCanvas).getContext('2d', { alpha: false })
    if (ctx === null) throw new Error('the browser gives no canvas to draw columns on')
    // What was drawn is gone with the context it was drawn with.
    canvas.oncontextrestored = () => this.forget()
    this.#canvas = canvas
    this.#ctx = ctx
    this.#image = ctx.createImageData(STRIP_COLUMNS * columnWidth, height)
    const { data } = this.#image
    this.#strip = { pixels: new Uint32Array(data.buffer), width: STRIP_COLUMNS * columnWidth, height }
    this.#columns = new Float64Array(columns).fill(Number.NaN)
    this.#revisions = new Float64Array(columns)
  }
}

type LayerContext = Pick<OffscreenCanvasRenderingContext2D, 'putImageData' | 'createImageData'>

/** Columns drawn before they are put on the layer together. */
const STRIP_COLUMNS = 32

function placeOf(column: number, columns: number): number {
  return columns === 0 ? 0 : ((column % columns) + columns) % columns
}

/** What is drawn of a column would be the same but for the column itself. */
function isAlike(a: HeatPicture, b: HeatPicture): boolean {
  return (Object.keys(a) as (keyof HeatPicture)[]).every((name) => a[name] === b[name])
}

/** On the page's own thread some browsers have no other. */
function newCanvas(): OffscreenCanvas | HTMLCanvasElement {
  return typeof OffscreenCanvas === 'undefined' ? document.createElement('canvas') : new OffscreenCanvas(1, 1)
}
