import { type Frame, frameOf, type Paint2d } from '../painters/canvas.ts'
import type { EngineHost } from './host.ts'
import type { PaintTheme, Surface } from './messages.ts'

/** A canvas and how it is measured. A new size takes effect with the next paint, in the same frame, so that it never shows blank. */
export class PaintSurface {
  readonly #canvas: Surface['canvas']
  readonly #ctx: Paint2d
  #size: Omit<Surface, 'canvas'>
  #theme: PaintTheme
  #frame: Frame
  #isEmptied = false
  #isLost = false

  /** `onRestored`: the canvas can be painted on again, and nothing is on it. Throws where the browser gives nothing to paint with. */
  constructor({ canvas, width, height, dpr }: Surface, theme: PaintTheme, onRestored: () => void) {
    this.#canvas = canvas
    // Nothing shines through, so nothing needs blending.
    const ctx = (canvas as OffscreenCanvas).getContext('2d', { alpha: false })
    if (ctx === null) throw new Error('the browser gives no canvas to paint on')
    this.#ctx = ctx
    // As when the graphics process dies. The browser restores what nobody refuses to have restored.
    canvas.oncontextlost = () => {
      this.#isLost = true
    }
    canvas.oncontextrestored = () => {
      this.#isLost = false
      this.#isEmptied = true
      onRestored()
    }
    this.#size = { width, height, dpr }
    this.#theme = theme
    this.#frame = frameOf(theme, this.#size)
  }

  get ctx(): Paint2d {
    return this.#ctx
  }

  /** What is painted now is nowhere. */
  get isLost(): boolean {
    return this.#isLost
  }

  get frame(): Frame {
    return this.#frame
  }

  get theme(): PaintTheme {
    return this.#theme
  }

  picture(host: EngineHost): Promise<ImageBitmap> {
    return host.picture(this.#canvas)
  }

  resize(size: Omit<Surface, 'canvas'>): void {
    this.#size = size
    this.#frame = frameOf(this.#theme, size)
  }

  restyle(theme: PaintTheme): void {
    this.#theme = theme
    this.#frame = frameOf(theme, this.#size)
  }

  /** Gives the canvas its size; true when that emptied it, or its loss did. */
  fit(): boolean {
    const { width, height } = this.#frame
    const isEmptied = this.#isEmptied
    this.#isEmptied = false
    if (this.#canvas.width === width && this.#canvas.height === height) return isEmptied
    this.#canvas.width = width
    this.#canvas.height = height
    return true
  }
}
