import type { Frame } from '../transport.ts'

/**
 * The frames that one client is sent in one write, as a path: the last frame, and the batch before it. Clients who are sent the same frames in
 * the same order share one path, so that a frame more is one comparison for each of them, and their bytes are put together once for all.
 */
export class Batch {
  readonly frame: Frame
  /** Frames so far. */
  readonly messages: number
  readonly bytes: number
  /** Those of view messages: what the window and the bandwidth count. */
  readonly viewBytes: number
  readonly #before: Batch | undefined
  /** The one that was asked for last: views are published one after the other, so it is almost always the same for everyone here. */
  #next: Batch | undefined
  #others: Map<Frame, Batch> | undefined
  #spliced: readonly Frame[] | undefined

  constructor(frame: Frame, ofView: boolean, before: Batch | undefined) {
    this.frame = frame
    this.#before = before
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
  spliced(): readonly Frame[] {
    this.#spliced ??= this.#before === undefined ? [this.frame] : [this.#splice()]
    return this.#spliced
  }

  #branch(frame: Frame, ofView: boolean): Batch {
    let next = this.#others?.get(frame)
    if (next === undefined) {
      next = new Batch(frame, ofView, this)
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
  #first: Batch | undefined
  #others = new Map<Frame, Batch>()
  #open = 0

  begin(frame: Frame, ofView: boolean): Batch {
    this.#open++
    if (this.#first?.frame === frame) return this.#first
    let batch = this.#others.get(frame)
    if (batch === undefined) {
      batch = new Batch(frame, ofView, undefined)
      this.#others.set(frame, batch)
    }
    this.#first = batch
    return batch
  }

  /** One of those that were begun has left, or never will. */
  done(): void {
    if (--this.#open > 0) return
    this.#first = undefined
    this.#others.clear()
  }
}
