import { setImmediate } from 'node:timers/promises'
import {
  type Capture,
  type CaptureHeader,
  type CaptureRecord,
  FeedConfigError,
  openCapture,
  survey,
} from '@depthcast/feeds'
import type { Output } from '../output.ts'
import { count, progress, size } from '../progress.ts'
import { RecordingFile } from '../record/recording-file.ts'
import { SOFTWARE } from '../record/software.ts'
import { openAny } from './formats.ts'

/** Read at once before the disk is waited for. */
const DRAIN_EVERY = 5_000

export type ImportOptions = { readonly out: string; readonly progress: boolean }

/**
 * Writes a recording of another format in ours: the text of cryptofeed's samples with the REST replies beside it, DepthCharge's traces, Kraken's
 * book as parsed JSON, or NDJSON. A venue that we do not speak is no hindrance: what it said is kept all the same.
 *
 * Nothing is lost but what is finer than a µs: before it says so, it reads what it wrote and holds each record against the one it came from. Gives
 * the exit code: 0, or 1 where they differ. Throws FeedConfigError for a file that is no recording.
 */
export async function importCapture(
  file: string,
  { out, progress: wanted }: ImportOptions,
  output: Output,
): Promise<number> {
  const capture = openAny(file)
  const header = headerOf(capture)
  const { venues, reason } = venuesIn(capture)
  const written = await RecordingFile.create(out)
  const from = header.software === undefined ? '' : ` from ${header.software}`
  written.write({
    ...header,
    ...(venues.length === 1 ? { venue: venues[0]! } : {}),
    software: `${SOFTWARE}, imported${from}`,
  })
  const done = progress(
    output,
    () => `importing ${file}: ${count(written.records)} records, ${size(written.bytes)}`,
    wanted,
  )
  for (const record of content(capture)) {
    written.write(record)
    if (written.records % DRAIN_EVERY === 0) await written.drained()
    if (output.ended.aborted) break
  }
  await written.close()
  done()
  if (output.ended.aborted) {
    output.note(`interrupted: ${out} holds the first ${count(written.records)} records`)
    return 1
  }
  const checked = progress(output, () => `reading back ${out}`, wanted)
  const differs = await firstDifference(capture, openCapture(out))
  checked()
  if (differs !== undefined) {
    output.note(`${out} differs from ${file} at record ${count(differs)}: do not use it`)
    return 1
  }
  for (const record of capture.records()) if (record.kind === 'note') output.note(`${file}: ${record.text}`)
  const whose = venues.length === 0 ? '' : ` of ${venues.join(', ')}`
  output.note(
    `imported ${count(written.records - 1)} records${whose} to ${out} (${size(written.bytes)}), each read back the same`,
  )
  if (reason !== undefined) output.note(`it can be kept, but not played: ${reason}`)
  return 0
}

/** Whose it is, or why that cannot be told. Throws FeedConfigError where it has no socket at all: REST replies alone are no recording. */
function venuesIn(capture: Capture): { readonly venues: readonly string[]; readonly reason?: string } {
  try {
    return { venues: survey(capture).map(({ venue }) => venue.id) }
  } catch (error) {
    const opened = capture.records()
    if (!(error instanceof FeedConfigError) || ![...opened].some(({ kind }) => kind === 'open')) throw error
    return { venues: [], reason: error.message }
  }
}

/** What the recording's own headers say, as one. */
function headerOf(capture: Capture): CaptureHeader {
  let header: CaptureHeader = { kind: 'header' }
  for (const record of capture.records()) if (record.kind === 'header') header = { ...header, ...record }
  return header
}

/** All but headers: ours is another. */
function* content(capture: Capture): Generator<CaptureRecord> {
  for (const record of capture.records()) if (record.kind !== 'header') yield record
}

/** The number of the first record that is not the same in both. */
async function firstDifference(one: Capture, other: Capture): Promise<number | undefined> {
  const theirs = content(other)
  let number = 0
  for (const record of content(one)) {
    if (++number % DRAIN_EVERY === 0) await setImmediate()
    const { value } = theirs.next()
    if (value === undefined || !isSame(record, value)) return number
  }
  return theirs.next().done === true ? undefined : number + 1
}

function isSame(one: CaptureRecord, other: CaptureRecord): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
