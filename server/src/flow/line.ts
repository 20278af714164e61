import type { Clock } from '../clock.ts'
import type { GatewayLimits } from '../limits.ts'
import type { Metrics } from '../metrics.ts'
import type { Door, Frame } from '../transport.ts'
import { Bandwidth } from './bandwidth.ts'
import type { Batch, Batches } from './batch.ts'
import { Window } from './window.ts'

/** View messages are pushed only while less than this waits in the process for the client. */
export const WRITABLE_BYTES = 32 * 1024

/** Answers, status and gaps do not wait for that. A client who lets this much of them pile up reads nothing any more, and is cut. */
export const PATIENCE_BYTES = 256 * 1024

export type LineContext = {
  readonly clock: Clock
  readonly metrics: Metrics
  readonly limits: GatewayLimits
  readonly batches: Batches
  /** Instead of WRITABLE_BYTES. */
  readonly writableBytes?: number
}

/** What is in the way of the next view message. */
export type Obstacle = 'client' | 'bandwidth'

const NOT_LOOKED = -(2 ** 30)
const UNLIMITED = 2 ** 30

/** What leaves through one client's door: what may be sent now, what goes out together, what is on its way. */
export class Line {
  /** True while something waits that could not be sent: nothing else goes before it. */
  isHeld = false
  /** Bytes written although the client was not taking, since it last was. */
  unread = 0
  readonly #door: Door
  readonly #metrics: Metrics
  readonly #batches: Batches
  readonly #writableBytes: number
  readonly #window: Window
  readonly #bandwidth: Bandwidth | undefined
  #batch: Batch | undefined
  /** Bytes of view messages that the next batch may begin with; looked up once a batch, as asking the socket each time would cost more. */
  #room = NOT_LOOKED
  #obstacle: Obstacle = 'client'
  /** Times that the socket took something while the client was held. */
  #drains = 0

  constructor(door: Door, { clock, metrics, limits, batches, writableBytes = WRITABLE_BYTES }: LineContext) {
    this.#door = door
    this.#metrics = metrics
    this.#batches = batches
    this.#writableBytes = writableBytes
    this.#window = new Window(limits.windowBytes, door.echo?.marks.length ?? 0)
    this.#bandwidth = limits.bytesPerSecond === 0 ? undefined : new Bandwidth(clock, limits.bytesPerSecond)
  }

  /** True while a view message may be pushed. */
  takes(): boolean {
    return !this.isHeld && this.hasRoom()
  }

  /** The same for what is owed already. */
  hasRoom(): boolean {
    if (this.#room === NOT_LOOKED) this.#look()
    return this.#room > (this.#batch === undefined ? 0 : this.#batch.viewBytes)
  }

  /** What was in the way when there was no room. */
  get obstacle(): Obstacle {
    return this.#obstacle
  }

  /** Puts a frame into the next write. Returns true where it is the first one. */
  put(frame: Frame, ofView: boolean): boolean {
    if (this.#batch !== undefined) {
      this.#batch = this.#batch.and(frame, ofView)
      return false
    }
    this.#batch = this.#batches.begin(frame, ofView)
    return true
  }

  /** Hands everything to the socket in one write. Returns false where there was nothing. Throws what the door throws. */
  flush(): boolean {
    this.#room = NOT_LOOKED
    const batch = this.#batch
    if (batch === undefined) return false
    this.#batch = undefined
    this.#batches.done()
    const { messages, bytes, viewBytes } = batch
    this.#window.sent(messages, viewBytes)
    this.#bandwidth?.spend(viewBytes)
    this.#metrics.written(messages, bytes)
    const mark = this.#window.markDue()
    const ping = mark === undefined ? undefined : this.#door.echo?.marks[mark]
    // Few marks serve all clients: those who share a batch share what it becomes with its mark, too.
    const frames = (ping === undefined ? batch : batch.and(ping, false)).spliced()
    // View messages only go to one who takes them: then nothing is unread.
    if (viewBytes > 0 && !this.isHeld) {
      this.unread = 0
      this.#door.write(frames)
    } else this.account(() => this.#door.write(frames))
    return true
  }

  /** Keeps account of what a client who is not taking is sent all the same. */
  account(send: () => void): void {
    const before = this.#door.buffered()
    send()
    this.unread = before < this.#writableBytes ? 0 : this.unread + this.#door.buffered() - before
  }

  /** What has not left never will. */
  discard(): void {
    if (this.#batch !== undefined) this.#batches.done()
    this.#batch = undefined
  }

  /** The client has received its first `n` messages. Throws ProtocolError 400 where that cannot be. */
  acked(n: number): void {
    this.#window.acked(n)
    this.#room = NOT_LOOKED
  }

  /** The other end has read everything before this mark. */
  echoed(mark: number): void {
    if (this.#window.echoed(mark)) this.#room = NOT_LOOKED
  }

  drained(): void {
    this.#drains++
    this.#room = NOT_LOOKED
  }

  /** Grows with everything that the client is known to have taken. */
  get taken(): number {
    return this.#drains + this.#window.confirmed
  }

  /** Bytes held in this process for the client. */
  get buffered(): number {
    return this.#door.buffered()
  }

  get unconfirmed(): number {
    return this.#window.unconfirmed
  }

  /** Bytes of view messages sent so far. */
  get sentBytes(): number {
    return this.#window.sentBytes
  }

  /** Milliseconds until bandwidth is there again. */
  get waitMs(): number {
    return this.#bandwidth?.waitMs() ?? 0
  }

  #look(): void {
    const open = Math.min(this.#writableBytes - this.#door.buffered(), this.#window.room, UNLIMITED)
    const paid = this.#bandwidth?.room() ?? UNLIMITED
    this.#obstacle = open <= paid || open <= 0 ? 'client' : 'bandwidth'
    this.#room = Math.max(Math.min(open, paid), NOT_LOOKED + 1)
  }
}
