import type { Frames, Update } from './view-frames.ts'

/** Where a view stands: what it published last, and how many updates it had made by then. */
export type Standing = { readonly epoch: number; readonly seq: number; readonly updates: number }

/** One update of a view: where it finds a client, and itself for each encoding. */
export type Entry = { readonly before: Standing; readonly update: Update; readonly frames: Frames }

/** Updates that an `unfiltered` view keeps for those who fall behind, and what those may weigh. */
export const RING_UPDATES = 1024
export const RING_BYTES = 1024 * 1024

/**
 * The newest updates of an `unfiltered` view, shared by all its subscribers: who falls behind gets exactly what it missed, one by one, and who
 * falls further than this reaches is told how many it missed.
 */
export class Ring {
  /** The update made when there had been `n` others is at `n % RING_UPDATES`. */
  readonly #entries: (Weighed | undefined)[] = []
  #oldest = 0
  #end = 0
  #bytes = 0

  /** Takes the next update of the view. What is too much goes, oldest first; the newest stays whatever it weighs. */
  add(entry: Entry, bytes: number): void {
    // Positions grow, or else they cannot be looked up: a source that numbers an image as the one before starts the ring again.
    const newest = this.#entries[(this.#end - 1) % RING_UPDATES]?.entry.update
    if (newest !== undefined && this.#oldest < this.#end && !isBefore(positionOf(newest), positionOf(entry.update)))
      this.clear()
    const { updates } = entry.before
    if (updates !== this.#end) {
      this.clear()
      this.#oldest = updates
    }
    this.#end = updates + 1
    while (this.#end - this.#oldest > RING_UPDATES || (this.#bytes + bytes > RING_BYTES && this.#oldest < updates))
      this.#drop()
    this.#entries[updates % RING_UPDATES] = { entry, bytes }
    this.#bytes += bytes
  }

  /** The update that was made when there had been so many others; undefined when it is not kept, or not made yet. */
  at(updates: number): Entry | undefined {
    return updates >= this.#oldest && updates < this.#end ? this.#entries[updates % RING_UPDATES]?.entry : undefined
  }

  /** How many updates there had been at this position; undefined when it is not one whose next update is kept. */
  find({ epoch, seq }: { readonly epoch: number; readonly seq: number }): number | undefined {
    let low = this.#oldest
    let high = this.#end
    while (low < high) {
      const middle = (low + high) >> 1
      const before = this.at(middle)?.before
      if (before !== undefined && isBefore(before, { epoch, seq })) low = middle + 1
      else high = middle
    }
    const found = this.at(low)?.before
    return found?.epoch === epoch && found.seq === seq ? low : undefined
  }

  clear(): void {
    this.#entries.length = 0
    this.#oldest = this.#end
    this.#bytes = 0
  }

  #drop(): void {
    const slot = this.#oldest++ % RING_UPDATES
    this.#bytes -= this.#entries[slot]?.bytes ?? 0
    this.#entries[slot] = undefined
  }
}

type Weighed = { readonly entry: Entry; readonly bytes: number }
type Position = { readonly epoch: number; readonly seq: number }

/** What a client holds that has folded this update. Of a ticker there is one epoch: its `seq` counts the view's messages. */
export function positionOf(update: Update): Position {
  return { epoch: 'epoch' in update ? update.epoch : 0, seq: update.seq }
}

function isBefore(a: Position, b: Position): boolean {
  return a.epoch < b.epoch || (a.epoch === b.epoch && a.seq < b.seq)
}

/** About what an update takes in memory, in one encoding and as it is: a level is two numbers, and a bar or a ticker some ten. */
export function weightOf(update: Update): number {
  if ('bids' in update) return 300 + 12 * (update.bids.length + update.asks.length)
  return 'candles' in update ? 300 + 250 * update.candles.length : 500
}
