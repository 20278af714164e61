import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Gap, GapReason, Instrument } from '@depthcast/market'
import { type CaptureRecord, writeRecord } from './capture.ts'
import type { FrameRing } from './frame-ring.ts'
import type { BookImage, Output, Venue } from './venue.ts'

/** A process writes no more than this: a venue that fails for hours must not fill a disk. */
const MOST_DUMPS = 100

/** Where a replay does not come to the failure. */
const CUT = '; so much came since the fresh book which first differed was asked for that it is not in this file'

/** The book was right before and is wrong now, by its own or the venue's word: what these mean can be replayed. */
const FAILED_CHECKS: ReadonlySet<GapReason> = new Set(['checksum', 'sequence', 'crossed', 'oracle'])

export type BookDumpsOptions = {
  readonly dir: string
  /** Whose frames these are. */
  readonly venue: Pick<Venue, 'id' | 'retell'>
  readonly instruments: readonly Instrument[]
  /** What each file begins with: how the venue told what it lists, for its tick and lot sizes. */
  readonly preface: readonly CaptureRecord[]
  /** Levels a side that the books are subscribed to, at a venue that lets one choose: without it the frames cannot be replayed as they were. */
  readonly depth?: number
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void
  /** Files at most, in the life of the process. Default 100. */
  readonly most?: number
}

/**
 * Writes the last frames of a book to a file when it fails a check: `<dir>/<instrument>-<time>.ndjson`, a recording like any other, which
 * `depthcast-sim check` replays.
 *
 * The frames are taken at the moment of the failure; writing them is left to the system, and a file that cannot be written is told in the log.
 */
export class BookDumps {
  readonly #options: BookDumpsOptions
  #count = 0

  constructor(options: BookDumpsOptions) {
    this.#options = options
  }

  /** To be called after each step of a connection's protocol. */
  look(ring: FrameRing, outputs: readonly Output[]): void {
    const failed = outputs.flatMap((output) =>
      output.kind === 'event' && isFailure(output.event) ? [output.event] : [],
    )
    if (failed.length === 0) {
      ring.settle(outputs)
      return
    }
    // The frames that broke it are the newest: they go with every book that this step was about.
    for (const gap of failed) this.#dump(gap, ring, causeOf(gap, outputs))
    ring.settle(outputs)
  }

  #dump({ instrument: id, reason, receivedAt }: Gap, ring: FrameRing, cause: string): void {
    const { dir, venue, instruments, preface, depth, log, most = MOST_DUMPS } = this.#options
    const instrument = instruments.find((candidate) => candidate.id === id)
    if (this.#count >= most || instrument === undefined) return
    this.#count++
    const { records, image, isCut } = ring.of(instrument)
    const [opening, ...frames] = records
    const begun = image === undefined ? [] : this.#retold(image, opening)
    const deep = depth === undefined ? {} : { depth }
    const header: CaptureRecord = { kind: 'header', venue: venue.id, software: 'depthcast', symbols: [id], ...deep }
    const lost = isCut && reason === 'oracle' ? CUT : ''
    const end: CaptureRecord = {
      kind: 'note',
      at: receivedAt,
      text: `here the book failed its check (${reason})${cause}${lost}`,
    }
    const all = [header, ...preface, ...(opening === undefined ? [] : [opening]), ...begun, ...frames, end]
    const time = new Date(receivedAt / 1000).toISOString().replaceAll(/[-:]/g, '')
    const file = join(dir, `${id.replaceAll(/[^\w.-]/g, '-')}-${time}.ndjson`)
    writeFile(file, all.map((record) => `${writeRecord(record)}\n`).join('')).then(
      () => log('feed.dumped', { instrument: id, reason, file, records: all.length }),
      (error: unknown) => log('feed.dump_failed', { instrument: id, file, reason: String(error) }),
    )
  }

  /** The book that the oldest frames continue, in the venue's words but ours: the frame that brought it is long gone. */
  #retold(image: BookImage, opening: CaptureRecord | undefined): readonly CaptureRecord[] {
    if (opening?.kind !== 'open') return []
    const { at, connection } = opening
    const retold = this.#options.venue.retell?.(image)
    if (retold === undefined) {
      return [
        {
          kind: 'note',
          at,
          text: 'older frames are gone, and with them the book that these change: they cannot be replayed',
        },
      ]
    }
    const which = retold.length === 1 ? 'record is' : `${retold.length} records are`
    const text = `older frames are gone: the next ${which} not the venue's, but our book as it stood before those that follow`
    const records = retold.map((one): CaptureRecord => {
      if ('text' in one) return { kind: 'frame', at, connection, text: one.text }
      return { kind: 'http', at, url: one.url, status: 200, body: one.body }
    })
    return [{ kind: 'note', at, text }, ...records]
  }
}

/** In the words of the error that came with it. */
function causeOf({ instrument }: Gap, outputs: readonly Output[]): string {
  const found = outputs.find((output) => output.kind === 'error' && output.error.instrument === instrument)
  return found?.kind === 'error' ? `: ${found.error.message}` : ''
}

function isFailure(event: { readonly kind: string }): event is Gap {
  return event.kind === 'gap' && (event as Gap).stream === 'book' && FAILED_CHECKS.has((event as Gap).reason)
}
