// What io_uring has in memory, and the numbers that it is asked with: the same on every processor of 64 bits.
// Source: the manual pages io_uring(7), io_uring_setup(2), io_uring_enter(2), and <linux/io_uring.h>.

export const SYSCALL = { setup: 425, enter: 426 } as const

/** Entries behind one that fails are taken all the same; one thread asks; work is done while it asks, never as an interruption. */
export const SETUP_FLAGS = (1 << 7) | (1 << 8) | (1 << 12) | (1 << 13)
export const ENTER_GETEVENTS = 1

/** Where things are to be mapped from. */
export const MAP_OFFSET = { rings: 0, entries: 0x10000000 } as const
/** Readable and writable; shared with the kernel, its pages there at once. */
export const MAP_PROTECTION = 3
export const MAP_FLAGS = 0x8001

/** `struct io_uring_params`, in words of 32 bits. */
export const PARAMETERS = {
  words: 30,
  entries: 0,
  completions: 1,
  flags: 2,
  features: 5,
  submission: { head: 10, tail: 11, array: 16 },
  completion: { head: 20, tail: 21, entries: 25 },
} as const
/** The two rings are one mapping. */
export const FEATURE_SINGLE_MMAP = 1

/** `struct io_uring_sqe`, in words. */
export const ENTRY = {
  words: 16,
  operation: 0,
  descriptor: 1,
  addressLow: 4,
  addressHigh: 5,
  bytes: 6,
  flags: 7,
  tag: 8,
} as const
export const OPERATION_SEND = 26
/** `MSG_DONTWAIT | MSG_NOSIGNAL`: what the socket does not take is told at once, and a peer that is gone is an answer, not a signal. */
export const SEND_FLAGS = 0x4040

/** `struct io_uring_cqe`, in words. */
export const COMPLETION = { words: 4, tag: 0, result: 2 } as const

export const EBADF = 9
