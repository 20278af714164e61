import type { Micros } from '@depthcast/market'

/** How long each state may last. Times in ms. */
export type BookPolicy = {
  /** An acknowledgement is due within this; undefined where the venue sends none. */
  readonly ackWithinMs: number | undefined
  /** After the acknowledgement a snapshot is due within this; undefined where the protocol watches over its own seed. */
  readonly snapshotWithinMs: number | undefined
  /** A book that was subscribed to three times and never came is left alone for this long at a time. */
  readonly missedRestMs: number
  /** A live book that has not changed for this long is called quiet. */
  readonly quietAfterMs: number
  /** A book whose venue proved no life for this long is called stale. */
  readonly staleAfterMs: number
  /** More resyncs than this within `perMs` and the book is given up until the first of them is that old. */
  readonly resyncs: { readonly max: number; readonly perMs: number }
}

export const BOOK_POLICY: BookPolicy = {
  ackWithinMs: 5_000,
  snapshotWithinMs: 10_000,
  missedRestMs: 60_000,
  quietAfterMs: 10_000,
  staleAfterMs: 15_000,
  resyncs: { max: 5, perMs: 600_000 },
}

/** `ms` after a time; never, when `ms` is undefined. */
export function after(time: Micros, ms: number | undefined): Micros {
  return (ms === undefined ? Number.POSITIVE_INFINITY : time + ms * 1000) as Micros
}
