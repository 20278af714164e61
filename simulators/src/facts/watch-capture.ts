import { openCapture, Replay, survey } from '@depthcast/feeds'
import { Book, type InstrumentId, streamOf, type VenueEvent } from '@depthcast/market'
import { DEPTH_LEVELS, Notes, type Observation } from './observation.ts'
import { gaps, percentile } from './statistics.ts'

/** One instrument of a recording while it is replayed. */
type Watched = {
  readonly book: Book
  readonly notes: Notes
  /** When its messages came. */
  readonly received: number[]
  first: number | undefined
  last: number
}

/** µs. Where nine in ten messages are further apart than this, they are sent at a beat: bursts of a market are closer. */
const BEAT = 20_000

/**
 * Watches every instrument of a recording, at the venue's own times where it tells them. An event is a message that changes the book, or a trade.
 * Yields now and then how much of it is over, µs. Throws FeedConfigError where the file cannot be read.
 */
export function* watchCapture(file: string): Generator<number, ReadonlyMap<InstrumentId, Observation>> {
  const capture = openCapture(file)
  const watched = new Map<InstrumentId, Watched>()
  const replay = new Replay(capture, survey(capture), {
    onFrame() {},
    onCheck() {},
    onError() {},
    onEvent(event) {
      let one = watched.get(event.instrument)
      if (one === undefined) {
        one = { book: new Book(), notes: new Notes(), received: [], first: undefined, last: 0 }
        watched.set(event.instrument, one)
      }
      watch(one, event)
    },
  })
  const from = replay.nextAt ?? 0
  for (let at = replay.nextAt; at !== undefined; at = replay.nextAt) {
    yield at - from
    replay.step()
  }
  return new Map([...watched].map(([id, { notes, last, received }]) => [id, notes.done(last, isBatched(received))]))
}

function isBatched(received: readonly number[]): boolean {
  return percentile(gaps(received), 0.1) > BEAT
}

function watch(watched: Watched, event: VenueEvent): void {
  const { book, notes } = watched
  const stream = streamOf(event)
  if (stream === 'ticker' || (event.kind === 'trade' && event.backfilled === true)) return
  if (event.kind === 'book-snapshot') {
    // Before the first whole book there is nothing to watch.
    watched.first ??= event.receivedAt
    book.replace(event.bids, event.asks)
    return
  }
  if (watched.first === undefined) return
  // Venues' clocks step back now and then; what happens does not.
  const time = Math.max(watched.last, (event.exchangeTime ?? event.receivedAt) - watched.first)
  watched.last = time
  notes.sampleUntil(time, () => ({ bids: book.bids(DEPTH_LEVELS), asks: book.asks(DEPTH_LEVELS) }))
  if (event.kind === 'book-delta') {
    watched.received.push(event.receivedAt)
    notes.eventTimes.push(time)
    book.apply(event.bids, event.asks)
  } else if (event.kind === 'trade') {
    notes.eventTimes.push(time)
    notes.trade(time, event.side === 'unknown' ? 0 : event.side === 'buy' ? 1 : -1)
  } else if (event.kind === 'gap' && event.stream === 'book') book.clear()
}
