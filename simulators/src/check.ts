import { setImmediate } from 'node:timers/promises'
import {
  type Capture,
  type CheckCounts,
  CheckTally,
  FeedConfigError,
  openCapture,
  type Recorded,
  Replay,
  survey,
} from '@depthcast/feeds'
import { Book, fromLots, fromTicks, type Instrument, type VenueEvent } from '@depthcast/market'
import { type CheckReport, type InstrumentReport, inWords, unreadable } from './check-report.ts'
import { type NaiveFold, naiveFold, type PlainSide, plain } from './naive-fold.ts'
import { count } from './progress.ts'

const FAILED = 1
const UNREADABLE = 2

export type { CheckReport }

export type CheckOptions = {
  readonly json: boolean
  readonly write: (line: string) => unknown
  readonly ended?: AbortSignal
  /** Shows now and then how far it has come, until what it gives is called. */
  readonly progress?: (line: () => string) => () => void
}

/**
 * Replays recordings through the code that runs live and writes what it verified, one line or JSON object at a time; waits for each to be taken.
 *
 * Resolves to the exit code: 0, 1 when any check failed or was interrupted, 2 when a file cannot be read (said in one line).
 */
export async function check(files: readonly string[], options: CheckOptions): Promise<number> {
  let code = 0
  for (const file of files) {
    try {
      const report = await examine(openCapture(file), options)
      if (report === undefined) {
        const error = 'interrupted: not checked to its end'
        await options.write(options.json ? JSON.stringify({ file, error }) : `${file}: ${error}`)
        return FAILED
      }
      for (const line of options.json ? [JSON.stringify(report)] : inWords(report)) await options.write(line)
      if (!report.passed) code = Math.max(code, FAILED)
    } catch (error) {
      if (!(error instanceof FeedConfigError)) throw error
      await options.write(options.json ? JSON.stringify({ file, error: error.message }) : unreadable(file, error))
      code = UNREADABLE
    }
  }
  return code
}

/** Undefined when it was interrupted. */
async function examine(capture: Capture, { ended, progress }: CheckOptions): Promise<CheckReport | undefined> {
  const recorded = survey(capture)
  const folds = new Map<string, Fold>()
  const depths = new Map(recorded.map(({ venue, options }) => [venue, options?.depth]))
  const books = new Map<string, Folded>()
  for (const { instruments } of recorded) {
    for (const instrument of instruments)
      books.set(instrument.id, { instrument, book: new Book(), state: 'connecting' })
  }
  const checks = new CheckTally()
  const errors: string[] = []
  const notes: string[] = []
  const counts = { frames: 0, applied: 0, trades: 0, crossed: 0, resyncs: 0 }

  const replay = new Replay(capture, recorded, {
    onFrame({ venue, name }, text) {
      counts.frames++
      const fold = folds.get(name) ?? { venue: venue.id, naive: naiveFold(venue.id, depths.get(venue)) }
      folds.set(name, fold)
      fold.naive?.frame(text)
    },
    onCheck: (name, _instrument, ok) => checks.add(name, ok),
    onNote: (text) => notes.push(text),
    onError: (error) => errors.push(`${error.code} ${error.message}`),
    onEvent(event) {
      if (event.kind === 'book-delta') counts.applied++
      if (event.kind === 'trade') counts.trades++
      if (event.kind === 'gap' && event.reason === 'crossed') counts.crossed++
      if (event.kind === 'gap' && event.stream === 'book') counts.resyncs++
      const folded = books.get(event.instrument)
      if (folded !== undefined) fold(folded, event)
    },
  })
  const began = replay.nextAt ?? 0
  const done = progress?.(() => {
    const played = Math.max(0, replay.now - began) / 1e6
    return `checking ${capture.file}: ${played.toFixed(1)} s of it, ${count(counts.frames)} frames`
  })
  for (let steps = 1; replay.nextAt !== undefined && ended?.aborted !== true; steps++) {
    replay.step()
    if (steps % STEPS_AT_ONCE === 0) await setImmediate()
  }
  done?.()
  if (ended?.aborted) return undefined
  for (const record of capture.records()) {
    if (record.kind === 'http') for (const { naive } of folds.values()) naive?.reply(record.url, record.body)
  }
  const { heard, rolls } = replay
  return reportOf({ capture, recorded, folds, heard, rolls, books, checks: checks.counts(), errors, notes, counts })
}

/** Played without looking up: whether it is to end, and for a word on how far it has come. */
const STEPS_AT_ONCE = 1_000

/** What the frames of one connection come to. */
type Fold = { readonly venue: string; readonly naive: NaiveFold | undefined }
type Folded = { readonly instrument: Instrument; readonly book: Book; state: string }

function fold(folded: Folded, event: VenueEvent): void {
  if (event.kind === 'book-snapshot') folded.book.replace(event.bids, event.asks)
  if (event.kind === 'book-delta') folded.book.apply(event.bids, event.asks)
  if (event.kind === 'gap' && event.stream === 'book') folded.book.clear()
  if (event.kind === 'status') folded.state = event.state
}

type Findings = {
  readonly capture: Capture
  readonly recorded: readonly Recorded[]
  readonly folds: ReadonlyMap<string, Fold>
  /** The connections that are heard at the end: their frames make the final books. */
  readonly heard: readonly string[]
  readonly rolls: number
  readonly books: ReadonlyMap<string, Folded>
  readonly checks: CheckCounts
  readonly errors: readonly string[]
  readonly notes: readonly string[]
  readonly counts: { frames: number; applied: number; trades: number; crossed: number; resyncs: number }
}

function reportOf(findings: Findings): CheckReport {
  const { capture, recorded, folds, heard, rolls, books, checks, errors, notes, counts } = findings
  const last = heard.flatMap((name) => folds.get(name) ?? [])
  const instruments = [...books.values()].map((folded) =>
    instrumentReport(
      folded,
      last.filter(({ venue }) => venue === folded.instrument.venue),
    ),
  )
  const compared = instruments.filter(({ equal }) => equal !== null)
  const finalBooks = { equal: compared.filter(({ equal }) => equal).length, of: compared.length }
  const totals = [...folds.values()].map(({ naive }) => naive?.updates())
  // Of the updates that two connections told, how many were to be applied depends on when the one took over.
  const isTold = rolls === 0 && totals.every((total) => total !== undefined)
  const expected = isTold ? totals.reduce((sum, total) => sum + total, 0) : null
  const failedChecks = Object.entries(checks).filter(
    ([name, { failed }]) => name !== 'oracle-on-subscribe' && failed > 0,
  )
  const passed =
    failedChecks.length === 0 &&
    errors.length === 0 &&
    counts.resyncs === 0 &&
    finalBooks.equal === finalBooks.of &&
    (expected === null || expected === counts.applied) &&
    instruments.every(({ bids, asks }) => bids + asks > 0)
  return {
    file: capture.file,
    venues: recorded.map(({ venue }) => venue.id),
    frames: counts.frames,
    updates: { applied: counts.applied, expected },
    trades: counts.trades,
    checks,
    crossedBooks: counts.crossed,
    resyncs: counts.resyncs,
    rolls,
    errors,
    notes,
    finalBooks,
    instruments,
    passed,
  }
}

function instrumentReport({ instrument, book, state }: Folded, folds: readonly Fold[]): InstrumentReport {
  const price = (ticks: number | undefined): string | null =>
    ticks === undefined ? null : fromTicks(ticks, instrument.tickSize)
  const naives = folds.flatMap(({ naive }) => naive ?? [])
  const theirs = naives.map((naive) => naive.books().get(instrument.venueSymbol)).find((found) => found !== undefined)
  const isEqual = (): boolean =>
    theirs !== undefined &&
    sameSide(book.bids(), instrument, theirs.bids) &&
    sameSide(book.asks(), instrument, theirs.asks)
  return {
    id: instrument.id,
    bestBid: price(book.bestBid()),
    bestAsk: price(book.bestAsk()),
    bids: book.bidCount,
    asks: book.askCount,
    state,
    equal: naives.length === 0 ? null : isEqual(),
  }
}

function sameSide(levels: readonly number[], { tickSize, lotSize }: Instrument, theirs: PlainSide): boolean {
  if (levels.length !== theirs.size * 2) return false
  for (let at = 0; at < levels.length; at += 2) {
    const quantity = theirs.get(plain(fromTicks(levels[at]!, tickSize)))
    if (quantity !== plain(fromLots(levels[at + 1]!, lotSize))) return false
  }
  return true
}
