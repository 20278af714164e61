import type { Metrics } from '../metrics.ts'
import type { Door, Frame } from '../transport.ts'
import { type Batch, Batches } from './batch.ts'
import type { Sends, SendsEnd } from './sends.ts'

/** One client's place in the lanes. */
export type Lane = number

/** The lane of whoever has none: nothing ever goes by it. */
export const NO_LANE: Lane = 0

/** Whose lane it is. */
export type LaneEnd = {
  /** Sends what is ready, with all it takes to be owed something. Never throws. */
  flush(): void
  /** The socket threw. */
  failed(error: unknown): void
  /** So much has been sent that the window wants to know. Returns the mark to send behind it, if one is due. */
  windowDue(): Frame | undefined
}

/** Numbers of a lane: 64 bytes, one line of the processor's cache. */
const CELLS = 8
/** 1 while the lane is clear. */
const CLEAR = 0
/** Bytes of view messages that may be sent: no more than there is room for, and often less. Nothing is known at -Infinity. */
const ROOM = 1
/** Messages sent, answers to requests left out. */
const MESSAGES = 2
/** Bytes of view messages sent. */
const SENT = 3
/** Bytes of them at which the window wants to know. */
const DUE = 4
/** The number of the batch that its next write is to be; 0 where nothing is ready. */
const BATCH = 5
/** Bytes of view messages at which a write is full, however much room there is. */
const FULL = 6
const FIRST_LANES = 64

/**
 * What each update must know of each client on its way out, side by side in memory; all else about a client is its session's and its line's.
 *
 * A lane is clear while its client is owed nothing and is bound by nothing but its window: then a view's frame goes by here without touching the
 * session. With thousands of clients that is what an update costs beside the kernel's write: each object of a client has left the processor's
 * cache since the last tick.
 */
export class Lanes {
  readonly #metrics: Metrics
  readonly #sends: Sends | undefined
  readonly #batches = new Batches()
  readonly #free: Lane[] = []
  #cells = new Float64Array(FIRST_LANES * CELLS)
  readonly #doors: (Door | undefined)[] = [undefined]
  readonly #ends: (LaneEnd | undefined)[] = [undefined]
  readonly #sendsEnd: SendsEnd = {
    left: (lane, rest) => this.#writeRest(lane, rest),
    lost: (lane) => this.#doors[lane]?.vanish(),
  }
  /** Those whose next write was begun here, in the order of that. */
  #begun = new Uint32Array(FIRST_LANES)
  #begunCount = 0

  /** With `sends` those whose lane is clear are sent to in one call of the kernel, without in one each. */
  constructor(metrics: Metrics, sends?: Sends) {
    this.#metrics = metrics
    this.#sends = sends
  }

  /** A lane for one who came, whose writes are full at `fullBytes`. It is not clear, and nothing is known of its room. */
  open(door: Door, end: LaneEnd, fullBytes: number): Lane {
    const lane = this.#free.pop() ?? this.#doors.length
    if ((lane + 1) * CELLS > this.#cells.length) this.#grow()
    this.#cells.fill(0, lane * CELLS, (lane + 1) * CELLS)
    this.#doors[lane] = door
    this.#ends[lane] = end
    this.#cells[lane * CELLS + FULL] = fullBytes
    this.setRoom(lane, Number.NEGATIVE_INFINITY)
    return lane
  }

  /** Its client is gone: what has not left never will. */
  close(lane: Lane): void {
    if (this.#ends[lane] === undefined) return
    this.take(lane)
    this.#cells[lane * CELLS + CLEAR] = 0
    this.#doors[lane] = undefined
    this.#ends[lane] = undefined
    this.#free.push(lane)
  }

  isClear(lane: Lane): boolean {
    return this.#cells[lane * CELLS + CLEAR] === 1
  }

  setClear(lane: Lane, isClear: boolean): void {
    if (lane !== NO_LANE) this.#cells[lane * CELLS + CLEAR] = isClear ? 1 : 0
  }

  setRoom(lane: Lane, bytes: number): void {
    this.#cells[lane * CELLS + ROOM] = bytes
  }

  setDue(lane: Lane, bytes: number): void {
    this.#cells[lane * CELLS + DUE] = bytes
  }

  messages(lane: Lane): number {
    return this.#cells[lane * CELLS + MESSAGES] as number
  }

  sentBytes(lane: Lane): number {
    return this.#cells[lane * CELLS + SENT] as number
  }

  /** True where another view message may be pushed as far as is known here; false says that someone must look. */
  hasRoom(lane: Lane): boolean {
    const at = lane * CELLS
    const ready = this.#ready(lane)?.viewBytes ?? 0
    return (this.#cells[at + ROOM] as number) > ready && (this.#cells[at + FULL] as number) > ready
  }

  /** Puts a view's frame into the next write of one whose lane is clear. Returns false where it is not, or has no room: its session knows what then. */
  offer(lane: Lane, frame: Frame): boolean {
    if (this.#cells[lane * CELLS + CLEAR] !== 1 || !this.hasRoom(lane)) return false
    if (this.put(lane, frame, true)) this.#begin(lane)
    return true
  }

  /**
   * Offers a view's frame to those in `lanes` from the place `from` down to the first. Returns the place of the first one who does not take it,
   * -1 where everyone did.
   */
  offerDown(lanes: readonly Lane[], from: number, frame: Frame): number {
    const cells = this.#cells
    // Most have been sent the same as the one before them: then what their next write becomes is known, and nothing but their own numbers is read.
    let [before, viewBytes, after] = [0, 0, 0]
    for (let i = from; i >= 0; i--) {
      const lane = lanes[i] as Lane
      const at = lane * CELLS
      const number = cells[at + BATCH] as number
      const isKnown = number === before && number !== 0
      if (isKnown && cells[at + CLEAR] === 1 && cells[at + ROOM]! > viewBytes && cells[at + FULL]! > viewBytes) {
        cells[at + BATCH] = after
        continue
      }
      if (!this.offer(lane, frame)) return i
      before = number
      viewBytes = this.#batches.at(number)?.viewBytes ?? 0
      after = cells[at + BATCH] as number
    }
    return -1
  }

  /** Puts a frame into the next write. Returns true where it is the first one: whoever puts it sees to it that it leaves. */
  put(lane: Lane, frame: Frame, ofView: boolean): boolean {
    const before = this.#ready(lane)
    const batch = before === undefined ? this.#batches.begin(frame, ofView) : before.and(frame, ofView)
    this.#cells[lane * CELLS + BATCH] = batch.number
    return before === undefined
  }

  /** What is ready for the next write, which is ready no more. */
  take(lane: Lane): Batch | undefined {
    const batch = this.#ready(lane)
    if (batch === undefined) return undefined
    this.#cells[lane * CELLS + BATCH] = 0
    this.#batches.done()
    return batch
  }

  /** Counts what is about to be written, and returns it as that: with a mark behind it where one is due. */
  count(lane: Lane, batch: Batch): Frame {
    const at = lane * CELLS
    const { messages, bytes, viewBytes } = batch
    this.#cells[at + MESSAGES]! += messages
    const sent = (this.#cells[at + SENT] as number) + viewBytes
    this.#cells[at + SENT] = sent
    this.#metrics.written(messages, bytes)
    const mark = sent >= (this.#cells[at + DUE] as number) ? this.#ends[lane]?.windowDue() : undefined
    // Few marks serve all clients: those who share a batch share what it becomes with its mark, too.
    return (mark === undefined ? batch : batch.and(mark, false)).spliced()
  }

  /** So many bytes of view messages were written, and so many of all are `left` in this process. */
  wrote(lane: Lane, viewBytes: number, left: number): void {
    const at = lane * CELLS + ROOM
    // What is left leaves by itself, unseen from here.
    this.#cells[at] = left > 0 ? Number.NEGATIVE_INFINITY : (this.#cells[at] as number) - viewBytes
  }

  /** Whether someone's next write was begun here and has not left. */
  get hasBegun(): boolean {
    return this.#begunCount > 0
  }

  /** Lets everyone whose write was begun here send, each in one write. */
  flush(): void {
    let done = 0
    try {
      if (this.#sends?.isUsable && this.#begunCount > 1) this.#flushTogether(this.#sends)
      while (done < this.#begunCount) this.#flush(this.#begun[done++] as Lane)
    } finally {
      // Were one to fail all the same, those behind it keep their turn.
      this.#begun.copyWithin(0, done, this.#begunCount)
      this.#begunCount -= done
    }
  }

  /** Sends to those whose lane is clear and whose socket can take it at once; the others are left as they are. */
  #flushTogether(sends: Sends): void {
    const count = this.#begunCount
    for (let i = 0; i < count; i++) {
      const lane = this.#begun[i] as Lane
      if (this.#cells[lane * CELLS + BATCH] === 0 || !this.isClear(lane)) continue
      try {
        this.#add(sends, lane)
      } catch (error) {
        this.#ends[lane]?.failed(error)
      }
    }
    sends.leave(this.#sendsEnd)
  }

  #add(sends: Sends, lane: Lane): void {
    const door = this.#doors[lane] as Door
    const descriptor = door.descriptor()
    if (descriptor < 0) return
    const batch = this.take(lane) as Batch
    const frame = this.count(lane, batch)
    const isAdded = sends.add(lane, descriptor, frame, this.#sendsEnd)
    this.wrote(lane, batch.viewBytes, isAdded ? 0 : door.write(frame))
  }

  #flush(lane: Lane): void {
    if (this.#cells[lane * CELLS + BATCH] === 0) return
    if (!this.isClear(lane)) {
      this.#ends[lane]?.flush()
      return
    }
    const batch = this.take(lane) as Batch
    try {
      this.wrote(lane, batch.viewBytes, (this.#doors[lane] as Door).write(this.count(lane, batch)))
    } catch (error) {
      this.#ends[lane]?.failed(error)
    }
  }

  /** Its bytes are counted already. */
  #writeRest(lane: Lane, rest: Frame): void {
    try {
      this.wrote(lane, 0, (this.#doors[lane] as Door).write(rest))
    } catch (error) {
      this.#ends[lane]?.failed(error)
    }
  }

  #ready(lane: Lane): Batch | undefined {
    return this.#batches.at(this.#cells[lane * CELLS + BATCH] as number)
  }

  #begin(lane: Lane): void {
    if (this.#begunCount === this.#begun.length) {
      const begun = new Uint32Array(this.#begunCount * 2)
      begun.set(this.#begun)
      this.#begun = begun
    }
    this.#begun[this.#begunCount++] = lane
  }

  #grow(): void {
    const cells = new Float64Array(this.#cells.length * 2)
    cells.set(this.#cells)
    this.#cells = cells
  }
}
