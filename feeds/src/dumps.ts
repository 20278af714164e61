import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Gap, GapReason } from '@depthcast/market'
import { type CaptureRecord, writeRecord } from './capture.ts'
import type { FrameRing } from './frame-ring.ts'
import type { Output } from './venue.ts'

/** A process writes no more than this: a venue that fails for hours must not fill a disk. */
const MOST_DUMPS = 100

/** The book was right before and is wrong now, by its own or the venue's word: what these mean can be replayed. */
const FAILED_CHECKS: ReadonlySet<GapReason> = new Set(['checksum', 'sequence', 'crossed', 'oracle'])

export type BookDumpsOptions = {
  readonly dir: string
  /** Whose frames these are. */
  readonly venue: string
  /** What each file begins with: how the venue told what it lists, for its tick and lot sizes. */
  readonly preface: readonly CaptureRecord[]
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void
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
    for (const gap of failed) this.#dump(gap, ring.records(gap.instrument))
    ring.settle(outputs)
  }

  #dump({ instrument, reason, receivedAt }: Gap, frames: readonly CaptureRecord[]): void {
    const { dir, venue, preface, log } = this.#options
    if (this.#count >= MOST_DUMPS) return
    this.#count++
    const time = new Date(receivedAt / 1000).toISOString().replaceAll(/[-:]/g, '')
    const file = join(dir, `${instrument.replaceAll(/[^\w.-]/g, '-')}-${time}.ndjson`)
    const header: CaptureRecord = { kind: 'header', venue, software: 'depthcast', symbols: [instrument] }
    const lines = [header, ...preface, ...frames].map((record) => `${writeRecord(record)}\n`)
    writeFile(file, lines.join('')).then(
      () => log('feed.dumped', { instrument, reason, file, records: frames.length }),
      (error: unknown) => log('feed.dump_failed', { instrument, file, reason: String(error) }),
    )
  }
}

function isFailure(event: { readonly kind: string }): event is Gap {
  return event.kind === 'gap' && (event as Gap).stream === 'book' && FAILED_CHECKS.has((event as Gap).reason)
}
