import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CaptureRecord, openCapture, writeRecord } from '@depthcast/feeds'
import { Book, step, toLots, toTicks } from '@depthcast/market'
import { DepthBook } from '../feeds/src/venues/kraken/depth-book.ts'
import { fromParsed } from '../simulators/test/support/kraken-parsed.ts'
import { fromV1 } from '../simulators/test/support/kraken-v1.ts'

/** Kraken's recordings as frames of its WebSocket v2, in a file for as long as this runs: one is of v1, one parsed JSON of BTC/USD at depth 10. */
export function translateKraken(path: string): string {
  const records = path.endsWith('.json')
    ? fromParsed(readFileSync(path, 'utf8'), { depth: 10, price: 1, qty: 8 })
    : fromV1(openCapture(path).records())
  const folder = mkdtempSync(join(tmpdir(), 'depthcast-kraken-'))
  process.once('exit', () => rmSync(folder, { recursive: true }))
  const file = join(folder, 'translated.ndjson')
  writeFileSync(file, [...records].map((record) => `${writeRecord(record)}\n`).join(''))
  return file
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
