import { FrameLog } from '../frame-log.ts'
import type { BookHalf } from '../price-book.ts'
import type { Change } from './frames.ts'

/**
 * A book cut to a depth. Levels pushed out get no message; a level that comes in again because one above it went is sent again.
 *
 * The order is that of the events, e.g. delete of the best, refill at the bottom, insert; the same price may come twice, the last stands.
 */
export class DepthView {
  readonly log = new FrameLog()
  readonly #depth: number
  #changes: Change[] = []

  constructor(depth: number) {
    this.#depth = depth
  }

  changed(change: Change, at: number, isNew: boolean, half: BookHalf): void {
    if (at < 0 || at >= this.#depth || this.log.readers === 0) return
    const last = this.#changes.at(-1)
    // A level eaten piece by piece within one instant is told once.
    if (!isNew && last?.ticks === change.ticks && last.side === change.side) this.#changes.pop()
    this.#changes.push(change)
    if (change.lots > 0) return
    const refill = half.level(this.#depth - 1)
    if (refill !== undefined) this.#changes.push({ side: change.side, ...refill })
  }

  flush(at: number, render: (changes: readonly Change[], at: number) => string | undefined): void {
    if (this.#changes.length === 0) return
    const text = render(this.#changes, at)
    this.#changes = []
    if (text !== undefined) this.log.push(text)
  }
}
