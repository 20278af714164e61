import type { Frame } from '../transport.ts'

/**
 * The frames that one client is sent in one write, as a path: the last frame, and the batch before it. Clients who are sent the same frames in
 * the same order share one path, so that a frame more is one comparison for each of them, and their bytes are put together once for all.
 */
export class Batch {
  readonly frame: Frame
  /** Its place among those of the moment, above 0: a number goes where a reference would cost the collector a look at each client. */
  readonly number: number
  /** Frames so far. */
  readonly messages: number
  readonly bytes: number
  /** Those of view messages: what the window and the bandwidth count. */
  readonly viewBytes: number
  readonly #before: Batch | undefined
  readonly #all: Batch[]
  /** The one that was asked for last: views are published one after the other, so it is almost always the same for everyone here. */
  #next: Batch | undefined
  #others: Map<Frame, Batch> | undefined
  #spliced: Frame | undefined

  /** Adds itself to `all`. */
  constructor(frame: Frame, ofView: boolean, before: Batch | undefined, all: Batch[]) {
    this.frame = frame
    this.number = all.push(this)
    this.#before = before
    this.#all = all
    this.messages = (before?.messages ?? 0) + 1
    this.bytes = (before?.bytes ?? 0) + frame.length
    this.viewBytes = (before?.viewBytes ?? 0) + (ofView ? frame.length : 0)
  }

  /** This and one more. */
  and(frame: Frame, ofView: boolean): Batch {
    const next = this.#next
    return next !== undefined && next.frame === frame ? next : this.#branch(frame, ofView)
  }

  /** All of it as one buffer, the same for everyone who has this batch. One frame is what it was. */
  spliced(): Frame {
    this.#spliced ??= this.#before === undefined ? this.frame : this.#splice()
    return this.#spliced
  }

  #branch(frame: Frame, ofView: boolean): Batch {
    let next = this.#others?.get(frame)
    if (next === undefined) {
      next = new Batch(frame, ofView, this, this.#all)
      if (this.#next !== undefined) {
        this.#others ??= new Map([[this.#next.frame, this.#next]])
        this.#others.set(frame, next)
      }
    }
    this.#next = next
    return next
  }

  #splice(): Frame {
    // Not from the pool: a piece of it that waits for a stalled client would keep the whole.
    const spliced = Buffer.allocUnsafeSlow(this.bytes)
    let end = this.bytes
    for (let batch: Batch | undefined = this; batch !== undefined; batch = batch.#before) {
      end -= batch.frame.length
      spliced.set(batch.frame, end)
    }
    return spliced
  }
}

/** The batches of all clients that have not left yet. Forgotten together once everyone's has, so that no frame outlives its moment. */
export class Batches {
  readonly #all: Batch[] = []
  #first: Batch | undefined
  #others = new Map<Frame, Batch>()
  #open = 0

  begin(frame: Frame, ofView: boolean): Batch {
    this.#open++
    if (this.#first?.frame === frame) return this.#first
    let batch = this.#others.get(frame)
    if (batch === undefined) {
      batch = new Batch(frame, ofView, undefined, this.#all)
      this.#others.set(frame, batch)
    }
    this.#first = batch
    return batch
  }

  /** The batch with this number; undefined for 0, and for one that is forgotten. */
  at(number: number): Batch | undefined {
    return number === 0 ? undefined : this.#all[number - 1]
  }

  /** One of those that were begun has left, or never will. */
  done(): void {
    if (--this.#open > 0) return
    this.#all.length = 0
    this.#first = undefined
    this.#others.clear()
  }
}
