import type { Metrics } from '../metrics.ts'
import type { Frame } from '../transport.ts'
import { UNANSWERED, type Uring } from '../uring/uring.ts'
import type { Lane } from './lanes.ts'

/** Where Sends tells how it goes. */
export type SendsContext = {
  readonly metrics: Metrics
  /** The kernel did not do as it must: everything goes by the sockets from now on. */
  readonly onBroken: () => void
}

/** Who hears of sends that the kernel did not take whole. */
export type SendsEnd = {
  /** So much of its frame is left to be sent. */
  left(lane: Lane, rest: Frame): void
  /** How much of its frame went out is not known, nor will be: what comes after it cannot be right. */
  lost(lane: Lane): void
}

/** Bytes of different frames that one call can carry. Most calls carry a few frames to everyone. */
const ROOM_BYTES = 1 << 20

/**
 * Frames for many clients that leave in one call of the kernel. What does not fit, is not taken or fails is left to the client's own socket,
 * which knows what to do about it: here nothing waits for anything.
 */
export class Sends {
  readonly #uring: Uring
  readonly #context: SendsContext
  /** Frames as the kernel reads them: memory that never moves, each frame once. */
  readonly #room = Buffer.from(new ArrayBuffer(ROOM_BYTES))
  readonly #address: number
  #used = 0
  readonly #frames: Frame[] = []
  /** Where each of them begins in the room. */
  readonly #places: number[] = []
  readonly #known = new Map<Frame, number>()
  #last = -1
  // Of each send: whose, and which frame
  readonly #lanes: Uint32Array
  readonly #which: Uint32Array

  /** `addressOf` says where memory is: the kernel's that `uring` is of. */
  constructor(uring: Uring, addressOf: (memory: ArrayBuffer) => number, context: SendsContext) {
    this.#uring = uring
    this.#context = context
    this.#address = addressOf(this.#room.buffer)
    this.#lanes = new Uint32Array(uring.capacity)
    this.#which = new Uint32Array(uring.capacity)
  }

  /** False once the kernel failed: then nothing is taken here any more. */
  get isUsable(): boolean {
    return this.#uring.isUsable
  }

  /** Takes a frame for a socket; where there is no more room, what is here leaves before. Returns false for a frame that must go by its socket. */
  add(lane: Lane, descriptor: number, frame: Frame, end: SendsEnd): boolean {
    const uring = this.#uring
    if (frame.length > ROOM_BYTES || !uring.isUsable) return false
    let which = this.#frames[this.#last] === frame ? this.#last : this.#place(frame)
    if (which < 0 || uring.count === uring.capacity) {
      this.leave(end)
      if (!uring.isUsable) return false
      which = this.#place(frame)
    }
    this.#lanes[uring.count] = lane
    this.#which[uring.count] = which
    uring.send(descriptor, this.#address + (this.#places[which] as number), frame.length)
    return true
  }

  /** Hands everything to the kernel in one call, then tells of each that was not taken whole. */
  leave(end: SendsEnd): void {
    const { count, results } = this.#uring
    if (count === 0) return
    this.#uring.submit()
    this.#context.metrics.together(count)
    try {
      for (let i = 0; i < count; i++) {
        const frame = this.#frames[this.#which[i] as number] as Frame
        const result = results[i] as number
        if (result === frame.length) continue
        const lane = this.#lanes[i] as Lane
        if (result === UNANSWERED) end.lost(lane)
        // An error is the socket's: it finds the same one, and closes as it does on any.
        else end.left(lane, result > 0 ? frame.subarray(result) : frame)
      }
    } finally {
      this.#forget()
      if (!this.#uring.isUsable) this.#broke()
    }
  }

  /** Gives the kernel's part back: everything goes by the sockets from now on. */
  close(): void {
    this.#uring.close()
  }

  #broke(): void {
    this.close()
    this.#context.onBroken()
  }

  /** Its place among the frames; below 0 where there is no room for it. */
  #place(frame: Frame): number {
    let which = this.#known.get(frame)
    if (which === undefined) {
      if (this.#used + frame.length > ROOM_BYTES) return -1
      this.#room.set(frame, this.#used)
      which = this.#frames.push(frame) - 1
      this.#places[which] = this.#used
      this.#known.set(frame, which)
      this.#used += frame.length
    }
    this.#last = which
    return which
  }

  #forget(): void {
    this.#frames.length = 0
    this.#known.clear()
    this.#used = 0
  }
}
