import type { InstrumentId, MarketEvent, VenueEvent } from '@depthcast/market'
import { streamOf } from '@depthcast/market'

/**
 * Gives every event its place: `seq` contiguous from 1 within an `epoch` of the instrument's stream of that kind.
 *
 * Every book snapshot opens an epoch of the book stream; a gap in the trades that nobody can count opens one of the trades stream. Epochs
 * count up from the one the process began with, see `firstEpoch`.
 */
export class Numbering {
  readonly #firstEpoch: number
  readonly #streams = new Map<InstrumentId, Streams>()

  constructor(firstEpoch: number) {
    this.#firstEpoch = firstEpoch
  }

  number(event: VenueEvent): MarketEvent {
    let streams = this.#streams.get(event.instrument)
    if (streams === undefined) {
      streams = newStreams(this.#firstEpoch)
      this.#streams.set(event.instrument, streams)
    }
    if (event.kind === 'book-snapshot') open(streams.book)
    if (event.kind === 'gap' && event.stream === 'trades' && event.lost === undefined) open(streams.trades)
    const place = streams[streamOf(event)]
    place.seq++
    return { ...event, epoch: place.epoch, seq: place.seq }
  }
}

/**
 * The epoch a process begins with: the clock in seconds and 20 random bits, so that numbers of two gateways that each have feeds of their own
 * are not taken for the same, also when both started in the same second, and so that epochs grow across restarts. Below 2^53 until 2242.
 *
 * `now` is in milliseconds since 1970; `random` gives fractions from 0 up to 1.
 */
export function firstEpoch(now: number, random: () => number): number {
  return Math.floor(now / 1000) * RANDOM + Math.floor(random() * RANDOM)
}

const RANDOM = 2 ** 20

type Place = { epoch: number; seq: number; opened: boolean }
type Streams = Record<ReturnType<typeof streamOf>, Place>

/** The first epoch is opened by the first snapshot, or by the first event of a stream that has none. */
function open(place: Place): void {
  if (place.opened || place.seq > 0) place.epoch++
  place.seq = 0
  place.opened = true
}

function newStreams(epoch: number): Streams {
  const place = (): Place => ({ epoch, seq: 0, opened: false })
  return { book: place(), trades: place(), ticker: place(), control: place() }
}
