import type { Clock } from '../clock.ts'
import type { GatewayLimits } from '../limits.ts'
import type { Door, Frame } from '../transport.ts'
import { Bandwidth } from './bandwidth.ts'
import { type Lane, type LaneEnd, type Lanes, NO_LANE } from './lanes.ts'
import { ASK_MARKS, type Asked, type Lateness } from './lateness.ts'
import { type Sent, Window } from './window.ts'

/** View messages are pushed only while less than this waits in the process for the client. */
export const WRITABLE_BYTES = 32 * 1024

/** Answers, status and gaps do not wait for that. A client who lets this much of them pile up reads nothing any more, and is cut. */
export const PATIENCE_BYTES = 256 * 1024

/** Its multiples fall evenly between the whole numbers, however many there are. */
const GOLDEN = (Math.sqrt(5) - 1) / 2

export type LineContext = {
  readonly clock: Clock
  readonly limits: GatewayLimits
  readonly hub: { readonly lanes: Lanes }
  /** Instead of WRITABLE_BYTES. */
  readonly writableBytes?: number
}

/** What is in the way of the next view message. */
export type Obstacle = 'client' | 'bandwidth'

/** Whose line it is. */
type Owner = Omit<LaneEnd, 'windowDue'>

/**
 * What leaves through one client's door: what may be sent now, what goes out together, what is on its way. The numbers that count with each
 * update are in its lane.
 */
export class Line implements LaneEnd, Sent, Asked {
  #lane: Lane
  /** True while something waits that could not be sent: nothing else goes before it. */
  isHeld = false
  /** Bytes written although the client was not taking, since it last was. */
  unread = 0
  /** Whether the client reads what it is sent in time, where it said what that is. */
  reading: Pick<Lateness, 'isLate' | 'isAwaiting' | 'due' | 'answered'> | undefined
  readonly #owner: Owner
  readonly #door: Door
  readonly #lanes: Lanes
  readonly #writableBytes: number
  readonly #window: Window
  readonly #bandwidth: Bandwidth | undefined
  #obstacle: Obstacle = 'client'
  /** Times that the socket took something while the client was held. */
  #drains = 0

  constructor(owner: Owner, door: Door, { clock, limits, hub, writableBytes = WRITABLE_BYTES }: LineContext) {
    const { lanes } = hub
    this.#owner = owner
    this.#door = door
    this.#lanes = lanes
    this.#writableBytes = writableBytes
    this.#lane = lanes.open(door, this, writableBytes)
    this.#window = new Window(limits.windowBytes, Math.max(0, this.#windowMarks), {
      sent: this,
      clock,
      phase: (this.#lane * GOLDEN) % 1,
    })
    this.dueChanged()
    this.#bandwidth = limits.bytesPerSecond === 0 ? undefined : new Bandwidth(clock, limits.bytesPerSecond)
  }

  get lane(): Lane {
    return this.#lane
  }

  /** True while nothing is owed: then updates may go by the lane, without asking here. */
  get isClear(): boolean {
    return this.#lanes.isClear(this.lane)
  }

  set isClear(isClear: boolean) {
    // Bandwidth comes back with time, which the lane knows nothing of.
    this.#lanes.setClear(this.lane, isClear && this.#bandwidth === undefined)
  }

  /** True while a view message may be pushed. */
  takes(): boolean {
    return !this.isHeld && this.hasRoom()
  }

  /** The same for what is owed already. */
  hasRoom(): boolean {
    if (this.#lanes.hasRoom(this.lane)) return true
    this.#look()
    return this.#lanes.hasRoom(this.lane)
  }

  /** What was in the way when there was no room. */
  get obstacle(): Obstacle {
    return this.#obstacle
  }

  /** Puts a frame into the next write. Returns true where it is the first one. */
  put(frame: Frame, ofView: boolean): boolean {
    return this.#lanes.put(this.lane, frame, ofView)
  }

  /** Hands everything to the socket in one write. Returns false where there was nothing. Throws what the door throws. */
  send(): boolean {
    const batch = this.#lanes.take(this.lane)
    if (batch === undefined) return false
    const { viewBytes } = batch
    this.#bandwidth?.spend(viewBytes)
    const frame = this.#lanes.count(this.lane, batch)
    // View messages only go to one who takes them: then nothing is unread.
    if (viewBytes > 0 && !this.isHeld) {
      this.unread = 0
      this.#lanes.wrote(this.lane, viewBytes, this.#door.write(frame))
    } else this.account(() => this.#door.write(frame))
    return true
  }

  /** Keeps account of what a client who is not taking is sent all the same. */
  account(send: () => void): void {
    const before = this.#door.buffered()
    send()
    this.unread = before < this.#writableBytes ? 0 : this.unread + this.#door.buffered() - before
    this.#lanes.setRoom(this.lane, Number.NEGATIVE_INFINITY)
  }

  /** Lets the owner send: the lane may not, or not all of it. */
  flush(): void {
    this.#owner.flush()
  }

  failed(error: unknown): void {
    this.#owner.failed(error)
  }

  windowDue(): Frame | undefined {
    const ofWindow = this.#window.due()
    const asks = this.reading?.due(ofWindow === undefined)
    this.dueChanged()
    if (asks !== undefined) return this.#door.marks[this.#windowMarks + asks]
    return ofWindow === undefined ? undefined : this.#door.marks[ofWindow]
  }

  dueChanged(): void {
    this.#lanes.setDue(this.lane, this.reading?.isAwaiting ? 0 : this.#window.dueAt)
    if (this.reading?.isLate) this.#lanes.setRoom(this.lane, Number.NEGATIVE_INFINITY)
  }

  get canAsk(): boolean {
    return this.#windowMarks > 0
  }

  ask(number: number): void {
    try {
      this.account(() => this.#door.write(this.#door.marks[this.#windowMarks + number] as Frame))
    } catch (error) {
      this.failed(error)
    }
  }

  /** The client is gone: what has not left never will. */
  close(): void {
    this.#lanes.close(this.#lane)
    this.#lane = NO_LANE
  }

  /** The client has received its first `n` messages. Throws ProtocolError 400 where that cannot be. */
  acked(n: number): void {
    this.#window.acked(n)
    this.dueChanged()
    this.#look()
  }

  /** The other end has read everything before this mark. */
  echoed(mark: number): void {
    if (mark >= this.#windowMarks) this.reading?.answered(mark - this.#windowMarks)
    else if (!this.#window.echoed(mark)) return
    this.#look()
  }

  drained(): void {
    this.#drains++
    this.#look()
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

  get messages(): number {
    return this.#lanes.messages(this.lane)
  }

  /** Bytes of view messages sent so far. */
  get bytes(): number {
    return this.#lanes.sentBytes(this.lane)
  }

  /** Milliseconds until bandwidth is there again. */
  get waitMs(): number {
    return this.#bandwidth?.waitMs() ?? 0
  }

  /** The first of the door's marks are the window's, the others ask whether the client reads in time. */
  get #windowMarks(): number {
    return this.#door.marks.length - ASK_MARKS
  }

  /** What is ready already counts as room of the next write: nothing of that is on its way yet. */
  #look(): void {
    const buffered = this.#door.buffered()
    const window = this.reading?.isLate ? 0 : this.#window.room
    const open = Math.min(this.#writableBytes - buffered, window)
    const paid = this.#bandwidth?.room() ?? Number.POSITIVE_INFINITY
    this.#obstacle = open <= paid || open <= 0 ? 'client' : 'bandwidth'
    // While nothing stays in the process, only the window ever fills: the lane need not ask again until then.
    this.#lanes.setRoom(this.lane, Math.min(buffered > 0 ? open : window, paid))
  }
}
