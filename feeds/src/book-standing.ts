import type { InstrumentId, InstrumentState, Micros } from '@depthcast/market'
import type { Output } from './venue.ts'

/** States of a book that is right, or on its way: while the venue stopped trading, that is what is told instead. */
const HALTABLE: ReadonlySet<InstrumentState> = new Set(['syncing', 'live', 'quiet'])

/**
 * What is told of an instrument's state: each state once, and again only when it, or its reason, is another.
 *
 * A halt lies over the book's own state: a book may be exact while nobody trades. What is wrong with the book is told all the same.
 */
export class Standing {
  readonly #instrument: InstrumentId
  #own: Told | undefined
  #halt: string | undefined
  #told: Told | undefined

  constructor(instrument: InstrumentId) {
    this.#instrument = instrument
  }

  get isHalted(): boolean {
    return this.#halt !== undefined
  }

  /** The book's own state is this. */
  show(state: InstrumentState, reason: string | undefined, now: Micros, out: Output[]): void {
    this.#own = { state, reason }
    this.#tell(now, out)
  }

  halted(reason: string, now: Micros, out: Output[]): void {
    this.#halt = reason
    this.#tell(now, out)
  }

  resumed(now: Micros, out: Output[]): void {
    this.#halt = undefined
    this.#tell(now, out)
  }

  #tell(now: Micros, out: Output[]): void {
    const next = this.#next()
    if (next === undefined) return
    if (this.#told?.state === next.state && this.#told.reason === next.reason) return
    this.#told = next
    const { state, reason } = next
    const why = reason === undefined ? {} : { reason }
    const stamp = { instrument: this.#instrument, exchangeTime: undefined, receivedAt: now }
    out.push({ kind: 'event', event: { kind: 'status', state, ...why, ...stamp } })
  }

  #next(): Told | undefined {
    const halted = this.#halt !== undefined && (this.#own === undefined || HALTABLE.has(this.#own.state))
    return halted ? { state: 'halted', reason: this.#halt } : this.#own
  }
}

type Told = { readonly state: InstrumentState; readonly reason: string | undefined }
