import { setTimeout } from 'node:timers/promises'
import { type Feed, FeedConfigError, openFeeds, VENUES, type VenueOptions } from '@depthcast/feeds'
import type { InstrumentState } from '@depthcast/market'
import type { Output } from '../output.ts'
import { count, progress, size } from '../progress.ts'
import { RecordingFile } from './recording-file.ts'
import { SOFTWARE } from './software.ts'

/** Venues with a wire to record. */
export const RECORDABLE: readonly string[] = VENUES.filter((venue) => venue.recognises !== undefined).map(
  ({ id }) => id,
)

export type RecordOptions = {
  readonly venue: string
  readonly out: string
  readonly symbols: readonly string[] | undefined
  /** Where the venue is, where that is not its own address. */
  readonly venueUrl: VenueOptions | undefined
  /** Levels a side of its books, where it lets one choose. */
  readonly depth?: number | undefined
  /** µs; Infinity for until told to stop. */
  readonly duration: number
  readonly progress: boolean
}

/**
 * Records a venue's traffic through the code that runs live: sockets, REST, pings, and when each was.
 *
 * Gives the exit code: 0, or 1 where the venue sent nothing at all. Throws FeedConfigError for a symbol or a file that cannot be.
 */
export async function record(options: RecordOptions, output: Output): Promise<number> {
  const { venue, out, symbols, venueUrl, duration } = options
  const depth = depthOf(options)
  const deep = depth === undefined ? {} : { depth }
  const file = await RecordingFile.create(out)
  file.write({ kind: 'header', venue, software: SOFTWARE, ...(symbols === undefined ? {} : { symbols }), ...deep })
  const seen = { frames: 0, bytes: 0, last: '' }
  const books = new Map<string, InstrumentState>()
  const usual: string[] = []
  const started = process.hrtime.bigint()
  const feed = await openFeeds(venue, {
    ...(symbols === undefined ? {} : { symbols }),
    venues: { [venue]: { ...venueUrl, ...deep } },
    onError: (error) => {
      seen.last = `${error.code}: ${error.message}`
    },
    tap: (record) => {
      // By now it is known which ones the venue's usual ones are.
      if (record.kind === 'open' && symbols === undefined && usual.length > 0)
        file.write({ kind: 'header', venue, symbols: usual.splice(0) })
      if (record.kind === 'frame') {
        seen.frames++
        seen.bytes += record.text.length
      }
      file.write(record.kind === 'header' ? record : { ...record, monoNs: Number(process.hrtime.bigint() - started) })
    },
  })
  let fresh = 0
  const line = (): string => {
    const rate = seen.frames - fresh
    fresh = seen.frames
    return [
      `recording ${venue}: ${count(seen.frames)} frames, ${size(seen.bytes)}, ${count(rate)} frames/s`,
      `${live(books)} of ${books.size} books live`,
      `${size(file.bytes)} on the disk`,
      ...unwell(feed),
    ].join(' · ')
  }
  feed.start({
    instrument: ({ id, base, quote }) => {
      books.set(id, 'connecting')
      usual.push(`${base}-${quote}`)
    },
    event(event) {
      if (event.kind === 'status') books.set(event.instrument, event.state)
    },
  })
  const done = progress(output, line, options.progress)
  let isClockKnown = false
  await until(duration, output.ended, () => {
    const clockOffset = feed.health().find((health) => health.clockOffset !== undefined)?.clockOffset
    if (!isClockKnown && clockOffset !== undefined) file.write({ kind: 'header', venue, clockOffset })
    isClockKnown ||= clockOffset !== undefined
    return file.failure !== undefined || hasFailed(feed)
  })
  const state = unwell(feed)
  await feed.close()
  done()
  await file.close()
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  output.note(
    `recorded ${count(seen.frames)} frames of ${venue} in ${seconds.toFixed(1)} s to ${out} (${size(file.bytes)}), ${live(books)} of ${books.size} books live at the end`,
  )
  if (seen.frames > 0) return 0
  output.note(`nothing came: ${state[0] ?? (seen.last === '' ? 'no time for it' : seen.last)}`)
  return 1
}

/** What its books are subscribed to; undefined where there is nothing to choose. Throws FeedConfigError for a depth that cannot be. */
function depthOf({ venue, depth }: RecordOptions): number | undefined {
  const found = VENUES.find(({ id }) => id === venue)
  const usual = found?.describe().depth
  if (depth === undefined) return usual
  if (usual === undefined) throw new FeedConfigError(`books of ${venue} are whole: there is no --depth to choose`)
  found?.directory({ depth })
  return depth
}

/** A feed that will never open, e.g. for a symbol the venue does not have. */
function hasFailed(feed: Feed): boolean {
  return feed.health().every(({ state }) => state === 'failed')
}

function unwell(feed: Feed): readonly string[] {
  return feed.health().flatMap(({ state, reason }) => (state === 'open' || reason === undefined ? [] : [reason]))
}

function live(books: ReadonlyMap<string, InstrumentState>): number {
  return [...books.values()].filter((state) => state === 'live' || state === 'quiet').length
}

const LOOK_EVERY_MS = 100

async function until(duration: number, ended: AbortSignal, isOver: () => boolean): Promise<void> {
  const end = performance.now() + duration / 1000
  while (performance.now() < end && !ended.aborted && !isOver()) {
    const wait = Math.min(LOOK_EVERY_MS, end - performance.now())
    await setTimeout(Math.max(0, wait), undefined, { signal: ended }).catch(() => {})
  }
}
