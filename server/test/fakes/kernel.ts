import { type Kernel, linux, type Mapping, UringError } from '../../src/uring/kernel.ts'
import { COMPLETION, EBADF, ENTRY, MAP_OFFSET, PARAMETERS } from '../../src/uring/layout.ts'
import { Uring } from '../../src/uring/uring.ts'

const EAGAIN = 11
/** Where memory is said to be: past 32 bits, as it is in a process of 64. */
const FIRST_ADDRESS = 0x7f12_fff0_0000
const WORD_BYTES = 4
const RING = { head: 0, tail: 1, entries: 64 }

/** The kernel's end of a socket: takes as many bytes as there is room for. */
export type Sink = { take(bytes: Buffer): number }

/** Takes what has room; what it has taken is in `taken`. */
export class Socket implements Sink {
  readonly taken: Buffer[] = []
  room = Number.POSITIVE_INFINITY
  /** Below 0 what each send is answered with. */
  error = 0

  take(bytes: Buffer): number {
    if (this.error < 0) return this.error
    const count = Math.min(bytes.length, this.room)
    if (count === 0) return -EAGAIN
    this.room -= count
    this.taken.push(Buffer.from(bytes.subarray(0, count)))
    return count
  }
}

/** io_uring as io_uring_enter(2) describes it, and with the ways in which it may fail. */
export class FakeKernel implements Kernel {
  readonly sockets = new Map<number, Sink>()
  /** What is open: mappings and descriptors. */
  held = 0
  calls = 0
  refusesSetup = false
  features = 1
  /** Refuses this mapping. */
  refusesMap: number | undefined
  /** Leaves so many of the entries of each call. */
  leaves = 0
  /** Takes entries with these tags and does not answer them. */
  silent = new Set<number>()
  /** What a send to no socket is answered. */
  noSocket = -EBADF
  #memory = new ArrayBuffer(0)
  #rings: Int32Array = new Int32Array(0)
  #entries: Int32Array = new Int32Array(0)
  #capacity = 0

  setup(entries: number, parameters: Uint32Array): number {
    if (this.refusesSetup) return -1
    this.#capacity = entries
    const { submission, completion } = PARAMETERS
    const completions = entries * 2
    const array = RING.entries + completions * COMPLETION.words
    parameters[PARAMETERS.entries] = entries
    parameters[PARAMETERS.completions] = completions
    parameters[PARAMETERS.features] = this.features
    parameters[submission.head] = RING.head * WORD_BYTES
    parameters[submission.tail] = RING.tail * WORD_BYTES
    parameters[submission.array] = array * WORD_BYTES
    parameters[completion.head] = (RING.head + 32) * WORD_BYTES
    parameters[completion.tail] = (RING.tail + 32) * WORD_BYTES
    parameters[completion.entries] = RING.entries * WORD_BYTES
    this.held++
    return 7
  }

  map(_descriptor: number, offset: number, bytes: number): Mapping {
    if (offset === this.refusesMap) throw new Error('no memory')
    const memory = new ArrayBuffer(bytes)
    if (offset === MAP_OFFSET.rings) this.#rings = new Int32Array(memory)
    else this.#entries = new Int32Array(memory)
    this.held++
    return { memory, address: 0n }
  }

  enter(_descriptor: number, entries: number): number {
    this.calls++
    const rings = this.#rings
    const array = RING.entries + this.#capacity * 2 * COMPLETION.words
    const done = Math.max(0, entries - this.leaves)
    for (let i = 0; i < done; i++) {
      const head = rings[RING.head]!
      const at = rings[array + (head & (this.#capacity - 1))]! * ENTRY.words
      rings[RING.head] = head + 1
      const tag = this.#entries[at + ENTRY.tag]!
      const result = this.#send(this.#entries.subarray(at, at + ENTRY.words))
      if (!this.silent.has(tag)) this.#answer(tag, result)
    }
    return done
  }

  unmap(): void {
    this.held--
  }

  close(): void {
    this.held--
  }

  addressOf(memory: ArrayBuffer): number {
    this.#memory = memory
    return FIRST_ADDRESS
  }

  #send(entry: Int32Array): number {
    const sink = this.sockets.get(entry[ENTRY.descriptor]!)
    if (sink === undefined) return this.noSocket
    const address = (entry[ENTRY.addressLow]! >>> 0) + entry[ENTRY.addressHigh]! * 2 ** 32
    return sink.take(Buffer.from(this.#memory, address - FIRST_ADDRESS, entry[ENTRY.bytes]!))
  }

  #answer(tag: number, result: number): void {
    const rings = this.#rings
    const tail = rings[RING.tail + 32]!
    const at = RING.entries + (tail & (this.#capacity * 2 - 1)) * COMPLETION.words
    rings[at + COMPLETION.tag] = tag
    rings[at + COMPLETION.result] = result
    rings[RING.tail + 32] = tail + 1
  }
}

/** The kernel of this machine; undefined where it has no io_uring for us. */
export function realKernel(): Kernel | undefined {
  try {
    const kernel = linux()
    new Uring(kernel, 1).close()
    return kernel
  } catch (error) {
    if (error instanceof UringError) return undefined
    throw error
  }
}

export function hasUring(): boolean {
  return realKernel() !== undefined
}
