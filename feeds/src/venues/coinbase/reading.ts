import type { Instrument } from '@depthcast/market'
import type { Raw } from '../wire.ts'
import { readOn, readSnapshot, type Snapshot, type Update } from './frames.ts'

/** Changes that are kept while the book is read that they continue: a hundred seconds of them. */
export const MOST_UPDATES = 2_000

type Read = { readonly book: Snapshot; readonly updates: readonly Update[] }

/**
 * A whole book that is being read, and what changed since it was sent. One of 20 MB takes longer than others should wait, so it is read in parts; one
 * of less than some 20,000 levels a side is whole after the first.
 */
export class Reading {
  readonly #instrument: Instrument
  #now: { readonly frame: Raw; readonly updates: Update[] } | undefined

  constructor(instrument: Instrument) {
    this.#instrument = instrument
  }

  get isOn(): boolean {
    return this.#now !== undefined
  }

  /** One that was being read is forgotten. */
  begin(frame: Raw): void {
    this.#now = { frame, updates: [] }
  }

  drop(): void {
    this.#now = undefined
  }

  /** Keeps a change for the book that is being read, where one is. Returns false for one too many: that book is dropped. */
  keeps(update: Update): boolean {
    if (this.#now === undefined || this.#now.updates.push(update) <= MOST_UPDATES) return true
    this.drop()
    return false
  }

  /** Reads another part. Once the book is whole it is given, with what changed meanwhile, in order. Throws Unreadable or UnitError: then it is dropped. */
  readOn(): Read | undefined {
    if (this.#now === undefined || !readOn(this.#now.frame, this.#instrument)) return undefined
    const { frame, updates } = this.#now
    this.drop()
    return { book: readSnapshot(frame, this.#instrument), updates }
  }
}
