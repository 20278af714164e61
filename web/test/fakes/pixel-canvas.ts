type Image = { readonly data: Uint8ClampedArray; readonly width: number; readonly height: number }

/** A canvas of plain pixels, for what is copied from canvas to canvas: a new size empties it, as in a browser. */
export class PixelCanvas {
  #width: number
  #height: number
  pixels: Uint32Array

  constructor(width = 1, height = 1) {
    this.#width = width
    this.#height = height
    this.pixels = new Uint32Array(width * height)
  }

  get width(): number {
    return this.#width
  }

  set width(width: number) {
    this.#width = width
    this.pixels = new Uint32Array(width * this.#height)
  }

  get height(): number {
    return this.#height
  }

  set height(height: number) {
    this.#height = height
    this.pixels = new Uint32Array(this.#width * height)
  }

  /** It is its own context. */
  getContext(): this {
    return this
  }

  createImageData(width: number, height: number): Image {
    return { data: new Uint8ClampedArray(width * height * 4), width, height }
  }

  putImageData(
    image: Image,
    x: number,
    y: number,
    left = 0,
    top = 0,
    width = image.width,
    height = image.height,
  ): void {
    const from = new Uint32Array(image.data.buffer)
    this.#copy({ pixels: from, width: image.width }, [left, top, width, height], [x + left, y + top])
  }

  drawImage(
    image: PixelCanvas,
    ...[sx, sy, width, height, x, y]: [number, number, number, number, number, number, number, number]
  ): void {
    this.#copy(image, [sx, sy, width, height], [x, y])
  }

  #copy(
    from: { readonly pixels: Uint32Array; readonly width: number },
    [left, top, width, height]: readonly [number, number, number, number],
    [x, y]: readonly [number, number],
  ): void {
    for (let row = 0; row < height; row += 1)
      for (let at = 0; at < width; at += 1) {
        if (x + at >= this.#width || y + row >= this.#height) continue
        this.pixels[(y + row) * this.#width + x + at] = from.pixels[(top + row) * from.width + left + at] ?? 0
      }
  }
}
