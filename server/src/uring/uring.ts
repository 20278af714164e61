import { type Kernel, type Mapping, UringError } from './kernel.ts'
import {
  COMPLETION,
  EBADF,
  ENTER_GETEVENTS,
  ENTRY,
  FEATURE_SINGLE_MMAP,
  MAP_OFFSET,
  OPERATION_SEND,
  PARAMETERS,
  SEND_FLAGS,
  SETUP_FLAGS,
} from './layout.ts'

const WORD_BYTES = 4
const LOW = 2 ** 32
/** Of a send that the kernel took and has said nothing of: how much of it went out nobody knows. */
export const UNANSWERED = -0x80000000

/**
 * Sends to many sockets in one call of the kernel: what to send is put into memory that it shares, one call does all of it in order, and says of
 * each what came of it. A call for each costs the processor its way into the kernel and back, and what it had at hand on either side.
 *
 * Only for sockets that do not block: then every answer is there when the call returns, and between two calls nothing of ours is in the kernel's
 * hands. Not for more than one thread. Source: io_uring(7), send(2).
 */
export class Uring {
  /** Sends that fit in one call. */
  readonly capacity: number
  /** What came of each send of the last call, in their order: bytes taken, below 0 the error's number, or UNANSWERED. */
  readonly results: Int32Array
  readonly #kernel: Kernel
  readonly #shared: Shared
  readonly #rings: Int32Array
  readonly #entries: Int32Array
  #tail = 0
  #count = 0
  #isUsable = true

  /** Throws UringError where the kernel has no io_uring, forbids it, or does not do as described. */
  constructor(kernel: Kernel, capacity: number) {
    this.#kernel = kernel
    this.#shared = share(kernel, capacity)
    const { rings, entries, places } = this.#shared
    this.#rings = new Int32Array(rings.memory)
    this.#entries = new Int32Array(entries.memory)
    this.capacity = places.capacity
    this.results = new Int32Array(this.capacity)
    for (let i = 0; i < this.capacity; i++) this.#rings[places.array + i] = i
    this.#try()
  }

  /** Sends put in since the last call. */
  get count(): number {
    return this.#count
  }

  /** False once the kernel did not answer as it must, and after `close`. */
  get isUsable(): boolean {
    return this.#isUsable
  }

  /**
   * Puts in a send of so many bytes from an address, which must stay as they are until `submit` returns. For less than `capacity` sends of a
   * usable one; its result is at the place that `count` was before.
   */
  send(descriptor: number, address: number, bytes: number): void {
    const entries = this.#entries
    const at = (this.#tail & (this.capacity - 1)) * ENTRY.words
    entries[at + ENTRY.operation] = OPERATION_SEND
    entries[at + ENTRY.descriptor] = descriptor
    entries[at + ENTRY.addressLow] = address % LOW
    entries[at + ENTRY.addressHigh] = address / LOW
    entries[at + ENTRY.bytes] = bytes
    entries[at + ENTRY.flags] = SEND_FLAGS
    entries[at + ENTRY.tag] = this.#count++
    this.#tail = (this.#tail + 1) | 0
  }

  /** Does all that was put in. Where the kernel does not do as it must, what it left is as if nothing of it had been taken, and this is usable no more. */
  submit(): void {
    const rings = this.#rings
    const { submission } = this.#shared.places
    const count = this.#count
    this.results.fill(UNANSWERED, 0, count)
    const before = Atomics.load(rings, submission.head)
    Atomics.store(rings, submission.tail, this.#tail)
    this.#kernel.enter(this.#shared.descriptor, count, ENTER_GETEVENTS)
    const taken = (Atomics.load(rings, submission.head) - before) | 0
    this.results.fill(0, taken, count)
    const answered = this.#reap()
    if (taken !== count || answered !== count) this.#isUsable = false
    this.#count = 0
  }

  /** Gives back what it holds. Safe to call again. */
  close(): void {
    this.#isUsable = false
    giveBack(this.#kernel, this.#shared)
  }

  #reap(): number {
    const rings = this.#rings
    const { completion } = this.#shared.places
    const tail = Atomics.load(rings, completion.tail)
    const first = Atomics.load(rings, completion.head)
    for (let head = first; head !== tail; head = (head + 1) | 0) {
      const at = completion.entries + (head & completion.mask) * COMPLETION.words
      this.results[rings[at + COMPLETION.tag] as number] = rings[at + COMPLETION.result] as number
    }
    Atomics.store(rings, completion.head, tail)
    return (tail - first) | 0
  }

  /** A send to no socket says whether entries, answers and errors are where they are looked for. */
  #try(): void {
    this.send(-1, 0, 0)
    this.submit()
    if (this.#isUsable && this.results[0] === -EBADF) return
    this.close()
    throw new UringError(`the kernel's io_uring answers otherwise than described (${this.results[0]})`)
  }
}

/** Where things are among the rings, in words. */
type Places = {
  readonly capacity: number
  readonly submission: { readonly head: number; readonly tail: number }
  /** Which entry is at each place of the submission ring. */
  readonly array: number
  readonly completion: { readonly head: number; readonly tail: number; readonly mask: number; readonly entries: number }
}

/** What the kernel holds for us. */
type Shared = {
  readonly descriptor: number
  readonly rings: Mapping
  readonly entries: Mapping
  readonly places: Places
  isHeld: boolean
}

function share(kernel: Kernel, capacity: number): Shared {
  const parameters = new Uint32Array(PARAMETERS.words)
  parameters[PARAMETERS.flags] = SETUP_FLAGS
  const descriptor = kernel.setup(capacity, parameters)
  if (descriptor < 0) throw new UringError('the kernel gives no io_uring: it is older than 6.1, or forbids it')
  const word = (at: number) => parameters[at] as number
  const place = (at: number) => word(at) / WORD_BYTES
  const { submission, completion } = PARAMETERS
  const mapped: Mapping[] = []
  const map = (offset: number, bytes: number) => {
    const mapping = kernel.map(descriptor, offset, bytes)
    mapped.push(mapping)
    return mapping
  }
  try {
    if ((word(PARAMETERS.features) & FEATURE_SINGLE_MMAP) === 0)
      throw new UringError("the kernel's io_uring is too old")
    const arrayEnd = word(submission.array) + word(PARAMETERS.entries) * WORD_BYTES
    const completionsEnd = word(completion.entries) + word(PARAMETERS.completions) * COMPLETION.words * WORD_BYTES
    const rings = map(MAP_OFFSET.rings, Math.max(arrayEnd, completionsEnd))
    const entries = map(MAP_OFFSET.entries, word(PARAMETERS.entries) * ENTRY.words * WORD_BYTES)
    const places = {
      capacity: word(PARAMETERS.entries),
      submission: { head: place(submission.head), tail: place(submission.tail) },
      array: place(submission.array),
      completion: {
        head: place(completion.head),
        tail: place(completion.tail),
        mask: word(PARAMETERS.completions) - 1,
        entries: place(completion.entries),
      },
    }
    return { descriptor, rings, entries, places, isHeld: true }
  } catch (error) {
    for (const mapping of mapped) kernel.unmap(mapping)
    kernel.close(descriptor)
    throw error
  }
}

function giveBack(kernel: Kernel, shared: Shared): void {
  if (!shared.isHeld) return
  shared.isHeld = false
  kernel.unmap(shared.rings)
  kernel.unmap(shared.entries)
  kernel.close(shared.descriptor)
}
