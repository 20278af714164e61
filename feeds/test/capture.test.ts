import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Micros } from '@depthcast/market'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { type CaptureRecord, readJsonLine, readTextLine, writeRecord } from '../src/capture.ts'
import { openCapture } from '../src/capture-files.ts'
import { gzipPiece } from '../src/capture-gzip.ts'
import { FeedConfigError } from '../src/errors.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'depthcast-capture-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

function file(name: string, content: string | Buffer): string {
  const path = join(FOLDER, name)
  writeFileSync(path, content)
  return path
}

test.each([
  {
    line: 'wss://a/b <-> 1618677816.8434298',
    want: { kind: 'open', at: 1_618_677_816_843_430, connection: 'wss://a/b', url: 'wss://a/b' },
  },
  {
    line: 'wss://a <- 1618677817.02: {"x": 1}',
    want: { kind: 'sent', at: 1_618_677_817_020_000, connection: 'wss://a', text: '{"x": 1}' },
  },
  {
    line: 'https://a?b=c -> 17: {}',
    want: { kind: 'http', at: 17_000_000, url: 'https://a?b=c', status: 200, body: '{}' },
  },
  {
    line: '1618677817.061845: {"a": ": "}',
    want: { kind: 'frame', at: 1_618_677_817_061_845, connection: 'here', text: '{"a": ": "}' },
  },
  { line: '', want: undefined },
])('the line $line is read as it was meant', ({ line, want }) => {
  expect(readTextLine(line, 'here')).toEqual(want)
})

test.each([
  'hello',
  '[',
  'wss://a <-> soon',
  '{"v":2,"t":"rx"}',
  '{"v":1,"t":"rx"}',
  '{"v":1,"t":"jump","wallNs":1}',
  '{"v":1,"t":"rx","wallNs":1}',
])('the line %s is refused with a FeedConfigError', (line) => {
  expect(() => (line.startsWith('{') ? readJsonLine(line) : readTextLine(line, ''))).toThrow(FeedConfigError)
})

const at = fc.integer({ min: 0, max: 4_000_000_000_000_000 }).map((n) => n as Micros)
const connection = fc.string()
const text = fc.string({ unit: 'grapheme' })
const monoNs = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const bytes = fc.uint8Array().map((each) => Buffer.from(each))

/** Records of one kind, with any of their optional fields or none. */
function records<Kind extends CaptureRecord['kind']>(
  kinds: readonly Kind[],
  fields: Readonly<Record<string, fc.Arbitrary<unknown>>>,
  optional: Readonly<Record<string, fc.Arbitrary<unknown>>> = {},
): fc.Arbitrary<CaptureRecord> {
  const always = { kind: fc.constantFrom(...kinds), ...fields }
  const requiredKeys = Object.keys(always) as never[]
  return fc.record({ ...always, ...optional }, { requiredKeys }) as fc.Arbitrary<CaptureRecord>
}

const record: fc.Arbitrary<CaptureRecord> = fc.oneof(
  records(['open'], { at, connection, url: text }, { monoNs, venue: text, probe: fc.record({ of: text, id: text }) }),
  records(['frame', 'sent'], { at, connection, text }, { monoNs }),
  fc
    .tuple(records(['frame'], { at, connection }, { monoNs }), bytes)
    .map(
      ([each, frame]) => ({ ...each, text: frame.toString('utf8'), bin: frame.toString('base64') }) as CaptureRecord,
    ),
  records(['ping', 'pong'], { at, connection }, { monoNs, payload: text }),
  records(
    ['closed'],
    { at, connection, code: fc.integer({ min: 1000, max: 4999 }), reason: text },
    { monoNs, by: fc.constant('us'), why: text, isFinal: fc.constant(true), probe: fc.record({ of: text, id: text }) },
  ),
  records(
    ['http'],
    { at, url: text, status: fc.integer({ min: 0, max: 599 }), body: text },
    { monoNs, connection, askedAt: at, headers: fc.dictionary(fc.stringMatching(/^[a-z-]{1,9}$/), text) },
  ),
  records(['note'], { at, text }, { monoNs }),
  records(
    ['header'],
    {},
    { venue: text, software: text, symbols: fc.array(text), clockOffset: fc.integer(), depth: fc.nat() },
  ),
)

test('whatever is recorded is read back the same, to the microsecond', () => {
  fc.assert(
    fc.property(record, (each) => {
      expect(readJsonLine(writeRecord(each))).toEqual(each)
    }),
    { numRuns: 2_000 },
  )
})

test('replies recorded beside a socket are merged into it by time', () => {
  const path = file('a.ws.txt', 'wss://x <-> 1\n2: two\n4: four\n')
  file('a.http.txt', 'https://x/r -> 3: three\n')
  expect([...openCapture(path).records()].map((each) => ('at' in each ? each.at / 1e6 : each))).toEqual([1, 2, 3, 4])
})

test("cryptofeed's own names are known, and its heading", () => {
  const path = file('BINANCE.ws.1.0', "configuration: {'l2_book': ['BTC-USDT']}\nwss://x <-> 1\n2: two\n5: five\n")
  file('BINANCE.http.0.0', 'https://x/r -> 3: three\n')
  file('BINANCE.http.2.0', 'https://x/r -> 4: four\n')
  file('BINANCE_US.http.0.0', 'https://x/r -> 4: of another\n')
  const [heading, ...rest] = openCapture(path).records()
  expect(heading).toEqual({ kind: 'header', software: "cryptofeed, configuration: {'l2_book': ['BTC-USDT']}" })
  expect(rest.map((each) => ('at' in each ? each.at / 1e6 : each))).toEqual([1, 2, 3, 4, 5])
})

test('a gzipped recording reads like the plain one, and twice the same', () => {
  const lines = 'wss://x <-> 1\r\n2: two\r\n'
  const zipped = openCapture(file('b.txt.gz', gzipSync(lines)))
  expect([...zipped.records()]).toEqual([...openCapture(file('b.txt', lines)).records()])
  expect([...openCapture(file('unnamed.txt', gzipSync(lines))).records()]).toEqual([...zipped.records()])
  expect([...zipped.records()]).toHaveLength(2)
})

test('a line that cannot be read is named with its file and number', () => {
  const path = file('c.txt', 'wss://x <-> 1\n2: two\nnonsense\n')
  expect(() => [...openCapture(path).records()]).toThrow(`${path} cannot be read as a recording, line 3`)
})

test.each([
  { name: 'empty', content: '', file: 'd.txt' },
  { name: 'not gzip in spite of its name', content: 'plain', file: 'e.txt.gz' },
])('a file that is $name is refused', ({ content, file: name }) => {
  const capture = openCapture(file(name, content))
  expect(() => [...capture.records()]).toThrow(FeedConfigError)
})

test('characters that straddle two blocks of a file survive', () => {
  const long = `${'x'.repeat((1 << 20) - 20)}ééé€€€😀😀`
  const [, frame] = openCapture(file('f.txt', `wss://x <-> 1\n2: ${long}\n`)).records()
  expect(frame).toMatchObject({ text: long })
})

const RECORDS: readonly CaptureRecord[] = Array.from({ length: 40 }, (_, n) => ({
  kind: 'frame',
  at: (1_700_000_000_000_000 + n) as Micros,
  connection: 'a',
  text: `frame ${n}, ${'é'.repeat(n)}`,
}))

/** A recording of pieces with ten records each, and where each piece ends. */
async function pieces(): Promise<{ readonly bytes: Buffer; readonly ends: readonly number[] }> {
  const made: Buffer[] = []
  const ends: number[] = []
  for (let from = 0; from < RECORDS.length; from += 10) {
    const part = RECORDS.slice(from, from + 10)
    const firstAt = 1_700_000_000_000_000 + from
    made.push(await gzipPiece(part.map((each) => `${writeRecord(each)}\n`).join(''), { records: part.length, firstAt }))
    ends.push(made.reduce((sum, { length }) => sum + length, 0))
  }
  return { bytes: Buffer.concat(made), ends }
}

test('what is written in pieces is one stream to every gunzip, and the same records to us', async () => {
  const { bytes } = await pieces()
  const lines = gunzipSync(bytes).toString('utf8').trimEnd().split('\n')
  expect(lines.map(readJsonLine)).toEqual(RECORDS)
  expect([...openCapture(file('pieces.ndjson.gz', bytes)).records()]).toEqual(RECORDS)
})

test('a recording that is cut off anywhere gives what came before, and says so once', async () => {
  const { bytes, ends } = await pieces()
  for (let length = ends[0]!; length < bytes.length; length += 7) {
    const all = [...openCapture(file('cut.ndjson.gz', bytes.subarray(0, length))).records()]
    const whole = all.filter(({ kind }) => kind === 'frame')
    expect(whole).toEqual(RECORDS.slice(0, whole.length))
    expect(whole.length).toBeGreaterThanOrEqual(10 * ends.filter((end) => end <= length).length)
    const notes = all.filter(({ kind }) => kind === 'note')
    expect(notes).toHaveLength(ends.includes(length) ? 0 : 1)
    if (notes.length > 0)
      expect(notes[0]).toMatchObject({ text: expect.stringContaining(`the ${whole.length} before it`) })
  }
})

test('a recording that is not zipped, or by another program, may be cut off too', () => {
  const lines = RECORDS.map((each) => `${writeRecord(each)}\n`).join('')
  const plain = [...openCapture(file('cut.ndjson', lines.slice(0, -30))).records()]
  expect(plain.slice(0, -1)).toEqual(RECORDS.slice(0, -1))
  expect(plain.at(-1)).toMatchObject({ kind: 'note', at: 1_700_000_000_000_038 })
  const zipped = gzipSync(lines)
  const other = [...openCapture(file('other.ndjson.gz', zipped.subarray(0, zipped.length - 20))).records()]
  expect(other.at(-1)).toMatchObject({ kind: 'note' })
  expect(other.slice(0, -1)).toEqual(RECORDS.slice(0, other.length - 1))
})

test('a byte that is not what was written is refused, and where it is', async () => {
  const { bytes, ends } = await pieces()
  const damaged = Buffer.from(bytes)
  damaged[ends[1]! + 60]! ^= 0x55
  const capture = openCapture(file('damaged.ndjson.gz', damaged))
  expect(() => [...capture.records()]).toThrow(`cannot be unzipped, it is damaged at byte ${ends[1]}`)
})

test('recordings of before, without the newer fields, are read as they were', () => {
  expect(readJsonLine('{"v":1,"t":"ping","conn":"a","wallNs":1700000000000000000}')).toEqual({
    kind: 'ping',
    at: 1_700_000_000_000_000,
    connection: 'a',
  })
})
