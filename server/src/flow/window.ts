import { ProtocolError } from '@depthcast/protocol'

/** Checkpoints a window: how finely an `ack` between two of them is understood. */
const CHECKPOINTS = 8
/** Kept of a client that never acks, in case it begins. */
const MOST_CHECKPOINTS = 2 * CHECKPOINTS
/** Share of the window that goes unmarked at most: late enough that few pings are needed, early enough that the answer comes before the rest has gone. */
const MARK_AFTER = 3 / 4

/**
 * What is on its way to one client: bytes of view messages sent, less those it has confirmed. Where neither the client acks nor the door echoes,
 * nobody knows, and nothing counts as on its way.
 *
 * The client counts messages and the window counts bytes, so it notes every eighth of a window how many messages that was: a few numbers, however
 * much is sent.
 */
export class Window {
  readonly #bytesAllowed: number
  readonly #marks: number
  #by: 'nobody' | 'echo' | 'ack'
  #messages = 0
  #bytes = 0
  #confirmed = 0
  /** The highest `n` of the client. */
  #acked = -1
  #marked = 0
  /** Bytes sent before each echo mark that is not answered yet, oldest first; and the number of the oldest. */
  #asked: number[] | undefined
  #oldestMark = 0
  /** Messages and bytes by turns, oldest first; made when there is something to note. */
  #checkpoints: number[] | undefined
  #noted = 0
  /** Bytes at the newest checkpoint that had to go. */
  #forgotten = 0

  /** `marks` is how many echo marks there are to number writes by, 0 where the door has none. */
  constructor(bytesAllowed: number, marks: number) {
    this.#bytesAllowed = bytesAllowed
    this.#marks = marks
    this.#by = marks > 0 ? 'echo' : 'nobody'
  }

  /** Messages sent, answers to requests left out: what the client's `n` counts. */
  get messages(): number {
    return this.#messages
  }

  /** Bytes of view messages sent, confirmed or not. */
  get sentBytes(): number {
    return this.#bytes
  }

  /** Bytes known to have arrived. */
  get confirmed(): number {
    return this.#confirmed
  }

  get unconfirmed(): number {
    return this.#by === 'nobody' ? 0 : this.#bytes - this.#confirmed
  }

  /** Bytes that may be sent now; not above 0 when the window is used up. */
  get room(): number {
    return this.#by === 'nobody' ? Number.MAX_SAFE_INTEGER : this.#bytesAllowed - (this.#bytes - this.#confirmed)
  }

  sent(messages: number, bytes: number): void {
    this.#messages += messages
    this.#bytes += bytes
    // While echoes tell, nobody counts messages.
    if (this.#by !== 'echo' && this.#bytes - this.#noted >= this.#bytesAllowed / CHECKPOINTS) this.#note()
  }

  /** The number of the echo mark that is due behind what was sent last; undefined while none is. */
  markDue(): number | undefined {
    if (this.#by !== 'echo' || this.#bytes - this.#marked < this.#bytesAllowed * MARK_AFTER) return undefined
    this.#asked ??= []
    // One is left unused, so that an answer never stands for two.
    if (this.#asked.length >= this.#marks - 1) return undefined
    this.#marked = this.#bytes
    this.#asked.push(this.#bytes)
    return (this.#oldestMark + this.#asked.length - 1) % this.#marks
  }

  /**
   * The other end has read everything before this mark. Returns whether that is news. A number that is not out is none. One who acks by now may
   * still answer what was asked before: that counts as well, since nothing else tells how far it was then.
   */
  echoed(mark: number): boolean {
    if (this.#asked === undefined || !(mark >= 0 && mark < this.#marks)) return false
    const before = (mark - this.#oldestMark + this.#marks) % this.#marks
    const confirmed = this.#asked[before]
    if (confirmed === undefined) return false
    const isNews = confirmed > this.#confirmed
    if (isNews) this.#confirmed = confirmed
    this.#oldestMark = (mark + 1) % this.#marks
    if (before + 1 === this.#asked.length) this.#asked = undefined
    else this.#asked.splice(0, before + 1)
    return isNews
  }

  /** The client has received its first `n` messages. Throws ProtocolError 400 for a number that cannot be; the window stays as it was. */
  acked(n: number): void {
    if (n > this.#messages)
      throw new ProtocolError('bad-request', `ack of ${n} messages, but only ${this.#messages} were sent`)
    if (n <= this.#acked)
      throw new ProtocolError('bad-request', `ack of ${n} messages after one of ${this.#acked}: n must grow`)
    if (this.#by === 'nobody') this.#confirmed = Math.max(this.#confirmed, this.#forgotten)
    else if (this.#by === 'echo') this.#note()
    this.#by = 'ack'
    this.#acked = n
    this.#confirmed = Math.max(this.#confirmed, this.#bytesUpTo(n))
  }

  #bytesUpTo(n: number): number {
    if (n === this.#messages) {
      this.#checkpoints = undefined
      return this.#bytes
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
    this.#checkpoints.push(this.#messages, this.#bytes)
    this.#noted = this.#bytes
    if (this.#checkpoints.length > 2 * MOST_CHECKPOINTS) this.#forgotten = this.#checkpoints.splice(0, 2)[1] as number
  }
}
