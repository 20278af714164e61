import type { Micros, VenueEvent } from '@depthcast/market'

/** The window, in slots that are forgotten one at a time. */
const SLOTS = 6
const SLOT = 10_000_000
/** The fastest of fewer says little. */
const LEAST_SAMPLES = 20
/** A clock that moves by more than this was set, µs. */
const STEP = 100_000

/**
 * What is between a venue's clock and ours, from events that carry its time: the least of received less sent in the last minute.
 *
 * The fastest way here is in it, as from one side nobody can tell the two apart; so it is no clock error, but the nought that latencies are
 * counted from. Raw differences are often below zero: at Coinbase 8885 of 9719 updates of a recording.
 *
 * Times in µs. Undefined until there are 20 events, and again after a step of more than 100 ms until there are 20 events since.
 */
export class ClockOffset {
  #slots: Slot[] = []

  get offset(): number | undefined {
    if (this.#samples() < LEAST_SAMPLES) return undefined
    return Math.min(...this.#slots.map(({ least }) => least))
  }

  /** How much longer than the fastest the events took, on average. */
  get latency(): number | undefined {
    const { offset } = this
    if (offset === undefined) return undefined
    return this.#slots.reduce((sum, slot) => sum + slot.sum, 0) / this.#samples() - offset
  }

  /** Takes an event in; the step in µs when it shows that a clock was set: everything known before is forgotten. */
  add(event: VenueEvent): number | undefined {
    const { exchangeTime, receivedAt } = event
    if (exchangeTime === undefined || !isFresh(event)) return undefined
    const taken = receivedAt - exchangeTime
    const before = this.offset
    const slot = this.#slotOf(receivedAt)
    slot.samples++
    slot.sum += taken
    slot.least = Math.min(slot.least, taken)
    if (before === undefined) return undefined
    // Earlier than the fastest by so much, or a whole slot in which nothing came near the fastest.
    const step = slot.samples >= LEAST_SAMPLES || taken < before ? slot.least - before : 0
    if (Math.abs(step) <= STEP) return undefined
    this.#slots = []
    this.#slotOf(receivedAt)
    return step
  }

  #slotOf(now: Micros): Slot {
    const last = this.#slots.at(-1)
    if (last !== undefined && now < last.from + SLOT) return last
    const slot = { from: now, samples: 0, sum: 0, least: Number.POSITIVE_INFINITY }
    this.#slots = [...this.#slots.filter(({ from }) => from > now - SLOTS * SLOT), slot]
    return slot
  }

  #samples(): number {
    return this.#slots.reduce((sum, { samples }) => sum + samples, 0)
  }
}

/** Snapshots and trades from before speak of the past: the time they took says nothing. */
function isFresh(event: VenueEvent): boolean {
  return event.kind === 'book-delta' || (event.kind === 'trade' && event.backfilled === undefined)
}

type Slot = { readonly from: number; samples: number; sum: number; least: number }
