import type { Micros } from '@depthcast/market'
import { ProtocolError } from '@depthcast/protocol'
import type { Clock } from '../clock.ts'

/** Checkpoints a window: how finely an `ack` between two of them is understood. */
const CHECKPOINTS = 8
/** Kept of a client that never acks, in case it begins. */
const MOST_CHECKPOINTS = 2 * CHECKPOINTS
/** Share of the window that goes unmarked at most: late enough that few pings are needed, early enough that the answer comes before the rest has gone. */
const MARK_AFTER = 3 / 4
/** The same of a larger one, which is two seconds' worth: the rest is a quarter of a second. */
const LARGE_MARK_AFTER = 7 / 8
/** What a client gets in this time may be on its way to it, where it confirms faster than that; µs. */
const WORTH_US = 2_000_000
/** But no more windows than this. */
const MOST_WINDOWS = 8

/** What has been sent to one client so far. */
export type Sent = {
  /** Messages, answers to requests left out: what the client's `n` counts. */
  readonly messages: number
  /** Bytes of view messages, confirmed or not. */
  readonly bytes: number
}

export type WindowContext = {
  readonly sent: Sent
  readonly clock: Pick<Clock, 'now'>
  /** From 0 to below 1: how much sooner its first mark is due than that of one with 0. */
  readonly phase?: number
}

/**
 * What is on its way to one client: bytes of view messages sent, less those it has confirmed. Where neither the client acks nor the door echoes,
 * nobody knows, and nothing counts as on its way.
 *
 * The client counts messages and the window counts bytes, so it notes every eighth of a window how many messages that was: a few numbers, however
 * much is sent.
 *
 * Each mark costs a read and an answer, and the answer takes a round trip, so who gets much and answers in time has a larger window: what it
 * gets in two seconds, eight windows at most, the larger of what two marks say. Who has not answered the last mark when the next is due has the one again.
 *
 * Clients of one view get the same bytes at the same time: each begins at a phase of its own, so that their answers do not all come at once.
 */
export class Window {
  readonly #bytesAllowed: number
  readonly #marks: number
  readonly #sent: Sent
  readonly #clock: Pick<Clock, 'now'>
  /** What may be on its way at present, bytes. */
  #allowed: number
  /** What the time between the last two marks says of that. */
  #earned: number
  #by: 'nobody' | 'echo' | 'ack'
  #confirmed = 0
  /** The highest `n` of the client. */
  #acked = -1
  #marked: number
  #markedAt: Micros
  /** Whether the last mark is to be answered yet, and its number: bytes up to it are `marked`. */
  #isAsked = false
  #mark = -1
  /** Messages and bytes by turns, oldest first; made when there is something to note. */
  #checkpoints: number[] | undefined
  #noted = 0
  /** Bytes at the newest checkpoint that had to go. */
  #forgotten = 0

  /** `marks` is how many echo marks there are to number writes by, 0 where the door has none. */
  constructor(bytesAllowed: number, marks: number, { sent, clock, phase = 0 }: WindowContext) {
    this.#bytesAllowed = bytesAllowed
    this.#allowed = bytesAllowed
    this.#earned = bytesAllowed
    this.#marks = marks
    this.#marked = -phase * bytesAllowed * MARK_AFTER
    this.#sent = sent
    this.#clock = clock
    this.#markedAt = clock.now()
    this.#by = marks > 0 ? 'echo' : 'nobody'
  }

  /** Bytes known to have arrived. */
  get confirmed(): number {
    return this.#confirmed
  }

  get unconfirmed(): number {
    return this.#by === 'nobody' ? 0 : this.#sent.bytes - this.#confirmed
  }

  /** Bytes that may be sent now; not above 0 when the window is used up. */
  get room(): number {
    return this.#by === 'nobody' ? Number.MAX_SAFE_INTEGER : this.#allowed - (this.#sent.bytes - this.#confirmed)
  }

  /** The bytes sent at which `due` is worth a call. */
  get dueAt(): number {
    // While echoes tell, nobody counts messages.
    return this.#by === 'echo'
      ? this.#marked + this.#allowed * (this.#allowed > this.#bytesAllowed ? LARGE_MARK_AFTER : MARK_AFTER)
      : this.#noted + this.#bytesAllowed / CHECKPOINTS
  }

  /** Notes where what was sent has got to. Returns the number of the echo mark to send behind it; undefined while none is due. */
  due(): number | undefined {
    const { bytes } = this.#sent
    if (bytes < this.dueAt) return undefined
    if (this.#by !== 'echo') {
      this.#note()
      return undefined
    }
    this.#follow(bytes)
    this.#marked = bytes
    this.#isAsked = true
    this.#mark = (this.#mark + 1) % this.#marks
    return this.#mark
  }

  /**
   * The other end has read everything before this mark. Returns whether that is news. Only the last mark counts: what it was asked before that it
   * has read by then, too, and a window is never so large that the numbers come round before an answer. One who acks by now may still answer what
   * was asked before: that counts as well, since nothing else tells how far it was then.
   */
  echoed(mark: number): boolean {
    if (!this.#isAsked || mark !== this.#mark) return false
    this.#isAsked = false
    if (this.#marked <= this.#confirmed) return false
    this.#confirmed = this.#marked
    return true
  }

  /** The client has received its first `n` messages. Throws ProtocolError 400 for a number that cannot be; the window stays as it was. */
  acked(n: number): void {
    const { messages } = this.#sent
    if (n > messages) throw new ProtocolError('bad-request', `ack of ${n} messages, but only ${messages} were sent`)
    if (n <= this.#acked)
      throw new ProtocolError('bad-request', `ack of ${n} messages after one of ${this.#acked}: n must grow`)
    if (this.#by === 'nobody') this.#confirmed = Math.max(this.#confirmed, this.#forgotten)
    else if (this.#by === 'echo') this.#note()
    this.#by = 'ack'
    this.#allowed = this.#bytesAllowed
    this.#acked = n
    this.#confirmed = Math.max(this.#confirmed, this.#bytesUpTo(n))
  }

  /** Lets the window be as large as what went since the last mark says, or the one before: a pause in between is no sign of less. */
  #follow(bytes: number): void {
    const now = this.#clock.now()
    const tookUs = now - this.#markedAt
    const worth = tookUs > 0 ? ((bytes - this.#marked) / tookUs) * WORTH_US : Number.POSITIVE_INFINITY
    const keepsUp = this.#confirmed > 0 && !this.#isAsked
    const earned = keepsUp
      ? Math.min(Math.max(worth, this.#bytesAllowed), this.#bytesAllowed * MOST_WINDOWS)
      : this.#bytesAllowed
    this.#allowed = keepsUp ? Math.max(earned, this.#earned) : earned
    this.#earned = earned
    this.#markedAt = now
  }

  #bytesUpTo(n: number): number {
    const { messages, bytes: all } = this.#sent
    if (n === messages) {
      this.#checkpoints = undefined
      return all
    }
    const checkpoints = this.#checkpoints ?? []
    let bytes = 0
    while ((checkpoints[0] ?? Number.POSITIVE_INFINITY) <= n) {
      bytes = checkpoints[1] as number
      checkpoints.splice(0, 2)
    }
    return bytes
  }

  #note(): void {
    this.#checkpoints ??= []
    const { messages, bytes } = this.#sent
    this.#checkpoints.push(messages, bytes)
    this.#noted = bytes
    if (this.#checkpoints.length > 2 * MOST_CHECKPOINTS) this.#forgotten = this.#checkpoints.splice(0, 2)[1] as number
  }
}
