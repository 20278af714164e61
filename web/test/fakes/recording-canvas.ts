import type { Paint2d } from '../../src/painters/canvas.ts'

type Rect = {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly colour: string
}
type Text = { readonly text: string; readonly x: number; readonly y: number; readonly colour: string }

/** Every character is this wide, so that places can be calculated by hand. */
const CHARACTER = 6

/**
 * A canvas that remembers what a reader would see: a text stays until a rectangle is filled over it. `texts` and `rects` are what was drawn
 * since `forgetCalls`, in order.
 */
export class RecordingCanvas implements Paint2d {
  width = 0
  height = 0
  fillStyle: Paint2d['fillStyle'] = ''
  font = ''
  fontKerning: CanvasFontKerning = 'auto'
  textBaseline: CanvasTextBaseline = 'alphabetic'
  texts: Text[] = []
  rects: Rect[] = []
  images: Omit<Rect, 'colour'>[] = []
  #seen: Text[] = []
  #surfaces: Rect[] = []

  /** It is its own context. */
  getContext(): this {
    return this
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    const rect = { x, y, width, height, colour: String(this.fillStyle) }
    this.rects.push(rect)
    this.#surfaces.push(rect)
    this.#seen = this.#seen.filter((text) => !covers(rect, text))
  }

  fillText(text: string, x: number, y: number): void {
    const drawn = { text, x, y, colour: String(this.fillStyle) }
    this.texts.push(drawn)
    this.#seen.push(drawn)
  }

  measureText(text: string): { readonly width: number } {
    return { width: text.length * CHARACTER }
  }

  drawImage(
    _image: unknown,
    ...[, , , , x, y, width, height]: [number, number, number, number, number, number, number, number]
  ): void {
    this.images.push({ x, y, width, height })
    this.#seen = this.#seen.filter((text) => !covers({ x, y, width, height, colour: '' }, text))
  }

  forgetCalls(): void {
    this.texts = []
    this.rects = []
    this.images = []
  }

  /** The texts on the canvas, one entry a line from the top, its parts from the left; parts that touch are one word. */
  lines(): string[] {
    const byLine = new Map<number, Text[]>()
    for (const text of this.#seen) byLine.set(text.y, [...(byLine.get(text.y) ?? []), text])
    return [...byLine].sort(([a], [b]) => a - b).map(([, texts]) => joined(texts))
  }

  /** Colours of the texts on the canvas that contain `part`. */
  coloursOf(part: string): string[] {
    return this.#seen.filter(({ text }) => text.includes(part)).map(({ colour }) => colour)
  }

  colours(): Set<string> {
    return new Set(this.#seen.map(({ colour }) => colour))
  }

  /** The colour a point has, texts aside. */
  colourAt(x: number, y: number): string | undefined {
    return this.#surfaces.findLast(
      (rect) => x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height,
    )?.colour
  }
}

function covers(rect: Rect, { x, y, text }: Text): boolean {
  // A text stands on its baseline and reaches up: a rectangle that holds a point just above its start has painted it over.
  const middle = x + (text.length * CHARACTER) / 2
  return middle >= rect.x && middle < rect.x + rect.width && y - 3 >= rect.y && y - 3 < rect.y + rect.height
}

function joined(texts: readonly Text[]): string {
  const fromLeft = texts.toSorted((a, b) => a.x - b.x)
  return fromLeft.reduce((line, text, at) => {
    const before = fromLeft[at - 1]
    const touches = before !== undefined && Math.abs(before.x + before.text.length * CHARACTER - text.x) < 1
    return line + (at === 0 || touches ? '' : ' ') + text.text
  }, '')
}
