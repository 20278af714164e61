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
  /** Full ones, oldest first, and what they come to: looked at whenever one begins, not with each event. */
  #past: readonly Slot[] = []
  #pastSamples = 0
  #pastLeast = Number.POSITIVE_INFINITY
  #slot: Slot | undefined

  get offset(): number | undefined {
    const slot = this.#slot
    if (slot === undefined || this.#pastSamples + slot.samples < LEAST_SAMPLES) return undefined
    return Math.min(this.#pastLeast, slot.least)
  }

  /** How much longer than the fastest the events took, on average. */
  get latency(): number | undefined {
    const { offset } = this
    const slot = this.#slot
    if (offset === undefined || slot === undefined) return undefined
    const sum = this.#past.reduce((total, past) => total + past.sum, slot.sum)
    return sum / (this.#pastSamples + slot.samples) - offset
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
    if (taken < slot.least) slot.least = taken
    if (before === undefined) return undefined
    // Earlier than the fastest by so much, or a whole slot in which nothing came near the fastest.
    const step = slot.samples >= LEAST_SAMPLES || taken < before ? slot.least - before : 0
    if (Math.abs(step) <= STEP) return undefined
    this.#slot = undefined
    this.#keep([])
    return step
  }

  #slotOf(now: Micros): Slot {
    const last = this.#slot
    if (last !== undefined && now < last.from + SLOT) return last
    if (last !== undefined) this.#keep([...this.#past, last].filter(({ from }) => from > now - SLOTS * SLOT))
    this.#slot = { from: now, samples: 0, sum: 0, least: Number.POSITIVE_INFINITY }
    return this.#slot
  }

  #keep(past: readonly Slot[]): void {
    this.#past = past
    this.#pastSamples = past.reduce((sum, { samples }) => sum + samples, 0)
    this.#pastLeast = Math.min(...past.map(({ least }) => least))
  }
}

/** Snapshots and trades from before speak of the past: the time they took says nothing. */
function isFresh(event: VenueEvent): boolean {
  return event.kind === 'book-delta' || (event.kind === 'trade' && event.backfilled === undefined)
}

type Slot = { readonly from: number; samples: number; sum: number; least: number }
