import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CaptureRecord, openCapture, writeRecord } from '@depthcast/feeds'
import { Book, step, toLots, toTicks } from '@depthcast/market'
import { DepthBook } from '../feeds/src/venues/kraken/depth-book.ts'
import { fromV1 } from '../simulators/test/support/kraken-v1.ts'

/** A recording of Kraken's WebSocket v1 as frames of v2, in a file for as long as this runs. */
export function translateV1(path: string): string {
  const file = join(scratch(), 'translated.ndjson')
  const records = fromV1(openCapture(path).records())
  writeFileSync(file, [...records].map((record) => `${writeRecord(record)}\n`).join(''))
  return file
}

/** What `depthcast-sim import` makes of a recording that is not of frames, for as long as this runs. */
export function imported(path: string): string {
  const file = join(scratch(), 'imported.ndjson.gz')
  const args = ['simulators/src/main.ts', 'import', path, '--out', file]
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`import of ${path}: exit code ${status}: ${stderr.trim()}`)
  return file
}

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'depthcast-kraken-'))
  process.once('exit', () => rmSync(folder, { recursive: true }))
  return folder
}

/** Of how many updates the checksum holds when the book is cut to `depth`: cut too late or never, it must be of few. */
export function rightWhenCutTo(depth: number, file: string): number {
  const book = new Book()
  const held = new DepthBook(book, depth)
  let right = 0
  for (const { type, data } of booksIn(openCapture(file).records())) {
    for (const { bids, asks, checksum } of data) {
      if (type === 'snapshot') book.replace(ints(bids), ints(asks))
      else held.fold(ints(bids), ints(asks))
      if (type === 'update' && held.checksum() === checksum) right++
    }
  }
  return right
}

function* booksIn(records: Iterable<CaptureRecord>): Generator<BookFrame> {
  for (const record of records) {
    if (record.kind !== 'frame' || !record.text.startsWith('{"channel":"book"')) continue
    yield JSON.parse(record.text.replaceAll(/"(price|qty)":([\d.]+)/g, '"$1":"$2"')) as BookFrame
  }
}

const TICK = step('0.1')
const LOT = step('0.00000001')

function ints(levels: Levels): number[] {
  return levels.flatMap(({ price, qty }) => [toTicks(price, TICK), toLots(qty, LOT)])
}

type Levels = readonly { readonly price: string; readonly qty: string }[]
type BookFrame = {
  readonly type: string
  readonly data: readonly { readonly bids: Levels; readonly asks: Levels; readonly checksum: number }[]
}
