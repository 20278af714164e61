const KEPT = 1024

/** Frames rendered once and read by many, each with a place of its own in the row. A reader is never further behind than one turn of the exchange. */
export class FrameLog {
  #frames: string[] = []
  #first = 0
  /** How many read it; nobody renders for none. */
  readers = 0

  /** The place behind the last frame. */
  get end(): number {
    return this.#first + this.#frames.length
  }

  push(text: string): void {
    this.#frames.push(text)
    if (this.#frames.length < 2 * KEPT) return
    this.#frames = this.#frames.slice(-KEPT)
    this.#first += KEPT
  }

  /** Throws RangeError for a place that is no longer kept: then frames would be lost. */
  since(place: number): readonly string[] {
    if (place < this.#first) throw new RangeError(`frames from ${place} are gone, the first kept is ${this.#first}`)
    return place === this.end ? [] : this.#frames.slice(place - this.#first)
  }
}
