import { MAP_FLAGS, MAP_PROTECTION, SYSCALL } from './layout.ts'

/** io_uring cannot be used here; the message says why, in words for an operator. */
export class UringError extends Error {
  override readonly name = 'UringError'
}

/** Memory that the kernel shares with us. */
export type Mapping = { readonly memory: ArrayBuffer; readonly address: bigint }

/** The calls of Linux that io_uring takes. What returns a number returns the kernel's, below 0 where it refuses. */
export type Kernel = {
  /** `io_uring_setup`: a file descriptor. Reads and fills the parameters. */
  setup(entries: number, parameters: Uint32Array): number
  /** `io_uring_enter`: how many entries were taken. */
  enter(descriptor: number, entries: number, flags: number): number
  /** Throws UringError. */
  map(descriptor: number, offset: number, bytes: number): Mapping
  /** Its memory must not be touched afterwards. */
  unmap(mapping: Mapping): void
  close(descriptor: number): void
  /** Where memory of ours is: it stays there for as long as somebody holds it. */
  addressOf(memory: ArrayBuffer): number
}

const LONG = 'i64'
const CALLS = {
  syscall: { arguments: [LONG, LONG, LONG, LONG, LONG, LONG, LONG], return: LONG },
  mmap: { arguments: ['u64', 'u64', 'i32', 'i32', 'i32', LONG], return: LONG },
  munmap: { arguments: [LONG, 'u64'], return: 'i32' },
  close: { arguments: ['i32'], return: 'i32' },
} as const

/**
 * The kernel of this machine, by the C library that Node itself runs on. Throws UringError where there is no Linux beneath, or where this Node
 * cannot call into a library (`node:ffi`, from 26.1 on, as it is built for most platforms and may be switched off).
 */
export function linux(): Kernel {
  if (process.platform !== 'linux') throw new UringError(`io_uring is Linux's, and this is ${process.platform}`)
  const ffi = nodeFfi()
  const { syscall, mmap, munmap, close } = libraryOf(ffi)
  const NOTHING = 0n
  return {
    setup: (entries, parameters) =>
      Number(
        syscall(
          BigInt(SYSCALL.setup),
          BigInt(entries),
          ffi.getRawPointer(parameters),
          NOTHING,
          NOTHING,
          NOTHING,
          NOTHING,
        ),
      ),
    enter: (descriptor, entries, flags) =>
      Number(
        syscall(BigInt(SYSCALL.enter), BigInt(descriptor), BigInt(entries), NOTHING, BigInt(flags), NOTHING, NOTHING),
      ),
    map(descriptor, offset, bytes) {
      const address = mmap(NOTHING, BigInt(bytes), MAP_PROTECTION, MAP_FLAGS, descriptor, BigInt(offset))
      if (address < 0n) throw new UringError(`the kernel would not map ${bytes} bytes for io_uring`)
      return { address, memory: ffi.toArrayBuffer(address, bytes, false) }
    },
    unmap: ({ address, memory }) => void munmap(address, BigInt(memory.byteLength)),
    close: (descriptor) => void close(descriptor),
    addressOf: (memory) => Number(ffi.getRawPointer(memory)),
  }
}

type Ffi = typeof import('node:ffi')

function nodeFfi(): Ffi {
  const { emitWarning } = process
  try {
    // That it is experimental is for us to know, and record 51 weighs it: an operator's first line would be about it otherwise.
    process.emitWarning = () => {}
    const ffi = process.getBuiltinModule('node:ffi') as Ffi | undefined
    if (ffi !== undefined) return ffi
  } catch (error) {
    throw new UringError(`Node does not let this process call into a library: ${messageOf(error)}`)
  } finally {
    process.emitWarning = emitWarning
  }
  throw new UringError(
    `this Node (${process.versions.node}) has no node:ffi, which comes with 26.1 and can be switched off`,
  )
}

function libraryOf(ffi: Ffi) {
  try {
    return ffi.dlopen(null, CALLS).functions
  } catch (error) {
    throw new UringError(`the C library of this process cannot be called: ${messageOf(error)}`)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
