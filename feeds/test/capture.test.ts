import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Micros } from '@depthcast/market'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { type CaptureRecord, readJsonLine, readTextLine, writeRecord } from '../src/capture.ts'
import { openCapture } from '../src/capture-files.ts'
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
const record: fc.Arbitrary<CaptureRecord> = fc.oneof(
  fc.record({ kind: fc.constant('open' as const), at, connection, url: text }),
  fc.record({ kind: fc.constantFrom('frame' as const, 'sent' as const), at, connection, text }),
  fc.record({ kind: fc.constantFrom('ping' as const, 'pong' as const), at, connection }),
  fc.record({
    kind: fc.constant('closed' as const),
    at,
    connection,
    code: fc.integer({ min: 1000, max: 4999 }),
    reason: text,
  }),
  fc.record({
    kind: fc.constant('http' as const),
    at,
    url: text,
    status: fc.integer({ min: 0, max: 599 }),
    body: text,
  }),
  fc.record({ kind: fc.constant('note' as const), at, text }),
  fc.record({ kind: fc.constant('header' as const), venue: text, software: text }),
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

test('a gzipped recording reads like the plain one, and twice the same', () => {
  const lines = 'wss://x <-> 1\r\n2: two\r\n'
  const zipped = openCapture(file('b.txt.gz', gzipSync(lines)))
  expect([...zipped.records()]).toEqual([...openCapture(file('b.txt', lines)).records()])
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
