import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { openCapture } from '@depthcast/feeds'
import { expect, test } from 'vitest'
import { type CheckReport, check } from '../src/check.ts'
import { importCapture } from '../src/import/import.ts'
import { FOLDER, kept } from './recorded.ts'
import { sim } from './run.ts'
import { tenLevels } from './ten-levels.ts'

const SOCKET = 'wss://stream.binance.com:9443/stream?streams=abcusdt@depth@100ms'
const depth = (u: number) =>
  JSON.stringify({
    stream: 'abcusdt@depth@100ms',
    data: { e: 'depthUpdate', E: 1, s: 'ABCUSDT', U: u, u, b: [['9.91', '1.50000000']], a: [] },
  })
const FRAMES = [
  `${SOCKET} <-> 100.25`,
  `${SOCKET} <- 100.3: {"id": 1}`,
  `100.4: ${depth(13)}`,
  `100.5: ${depth(14)}`,
  '100.6: not JSON: é€😀',
]
const REPLIES = [
  'https://api.binance.com/api/v3/depth?symbol=ABCUSDT&limit=1000 -> 100.35: {"lastUpdateId":12,"bids":[["9.90","1.0"]],"asks":[["9.99","1.0"]]}',
]

function text(name: string, lines: readonly string[], zipped = false): string {
  const path = join(FOLDER, name)
  const content = `${lines.join('\n')}\n`
  writeFileSync(path, zipped ? gzipSync(content) : content)
  return path
}

test('a recording in the text format, replies beside it, comes in whole and plays the same', async () => {
  const file = text('x.ws.txt', FRAMES)
  text('x.http.txt', REPLIES)
  const out = join(FOLDER, 'x.ndjson.gz')
  expect(await sim('import', file, '--out', out)).toMatchObject({
    code: 0,
    err: expect.stringContaining('imported 6 records of binance'),
  })
  const [header, ...records] = openCapture(out).records()
  expect(header).toMatchObject({ kind: 'header', venue: 'binance', software: expect.stringContaining('imported') })
  expect(records).toEqual([...openCapture(file).records()])
  expect(gunzipSync(readFileSync(out)).toString('utf8')).toContain('not JSON: é€😀')
  const [theirs, ours] = await Promise.all([sim('replay', file, '--digest'), sim('replay', out, '--digest')])
  expect(ours.out.split(' ')[0]).toBe(theirs.out.split(' ')[0])
})

test('what is no recording leaves no file behind', async () => {
  const out = join(FOLDER, 'none.ndjson.gz')
  const file = text('prose.txt', ['Dear diary,'])
  expect(await sim('import', file, '--out', out)).toMatchObject({
    code: 2,
    err: expect.stringContaining('line 1: not a line of a recording'),
  })
  expect(existsSync(out)).toBe(false)
})

/** Imports a file of this content, and gives the records of ours, what was said, and what a check of it says. */
async function imported(name: string, content: string | Buffer) {
  const file = join(FOLDER, name)
  writeFileSync(file, content)
  const out = join(FOLDER, `${name}.ndjson.gz`)
  const output = kept()
  const code = await importCapture(file, { out, progress: false }, output)
  const lines: string[] = []
  await check([out], { json: true, write: (line) => lines.push(line) })
  return {
    code,
    out,
    notes: output.notes,
    records: [...openCapture(out).records()],
    report: JSON.parse(lines[0]!) as CheckReport,
  }
}

/** Kraken's book as it is when JSON was parsed and written again: 1.50 is 1.5. */
function parsed(quantity: string): string {
  const [init, ...updates] = tenLevels(20, quantity).frames
  const stamped = updates.map(({ data: [book], ...update }, index) => {
    const timestamp = `2023-07-30T15:30:48.${String(497_304 + index)}Z`
    return { ...update, data: [{ ...book, timestamp }] }
  })
  return JSON.stringify({ init, updates: stamped }, undefined, 2)
}

test('a kraken book kept as parsed JSON gets back the zeros that the checksums want, and its depth', async () => {
  const { code, notes, records, report } = await imported('parsed.json', parsed('15000'))
  expect([code, report.checks]).toEqual([0, { checksum: { passed: 21, failed: 0 } }])
  expect(report).toMatchObject({
    passed: true,
    updates: { applied: 20, expected: 20 },
    finalBooks: { equal: 1, of: 1 },
  })
  expect(notes[0]).toContain('prices have 1 decimals and quantities 4')
  expect(records[0]).toMatchObject({ kind: 'header', venue: 'kraken', depth: 10 })
  const [, second] = records.filter(({ kind }) => kind === 'frame')
  expect(second).toMatchObject({ at: 1_690_731_048_497_304 })
  expect(second).toMatchObject({ text: expect.stringContaining('"bids":[{"price":100.1,"qty":1.5000}],"asks":[]') })
})

test('the same, never cut to its depth, fails: the checksums would show it', async () => {
  const { out } = await imported('deep.json', parsed('15'))
  const deep = join(FOLDER, 'never-cut.ndjson')
  writeFileSync(deep, gunzipSync(readFileSync(out)).toString('utf8').replace('"depth":10', '"depth":1000'))
  const lines: string[] = []
  expect(await check([deep], { json: true, write: (line) => lines.push(line) })).toBe(1)
  // The first update pushes a level out, the second shows that it is still there.
  expect(JSON.parse(lines[0]!).checks).toEqual({ checksum: { passed: 2, failed: 1 } })
})

test('where no zeros give the checksum it comes in as it stands, with a word on it, and fails the check', async () => {
  const { code, notes, report } = await imported('other.json', parsed('77'))
  expect([code, report.passed]).toEqual([0, false])
  expect(notes[0]).toContain('no number of decimals gives the snapshot its checksum')
})

test('numbers with an exponent are read digit by digit', async () => {
  const text = parsed('15').replaceAll('"qty": 1.5', '"qty": 15e-1').replaceAll('"price": 100.2', '"price": 1.002E2')
  expect((await imported('exponents.json', text)).report).toMatchObject({ passed: true })
})

const TRACED = [
  {
    captured_at: '2026-08-16T12:00:00.250000+00:00',
    url: 'wss://ws.kraken.com/v2',
    venue: 'kraken',
    depth: 10,
    tool_version: '0.1.0',
  },
  { rx_ns: 5_000_000_000, dir: 'tx', frame: '{"method":"subscribe"}' },
]

/** A line of DepthCharge's: the frame is spliced in as it came. */
function traced({ frame, ...wrapper }: { frame: string; [key: string]: unknown }): string {
  return `${JSON.stringify(wrapper)
    .slice(0, -1)
    .replaceAll(/^\{"rx_ns":(\d+)/g, '{"rx_ns": $1')}, "frame": ${frame}}`
}

test('a trace of DepthCharge comes in verbatim, with both clocks, and a subscription sent again opens another socket', async () => {
  const frames = tenLevels(4).frames.map((frame) => JSON.stringify(frame))
  const spaced = frames[0]!.replace('"channel":', '"channel" :  ')
  const [heading, subscribe] = TRACED
  const lines = [
    JSON.stringify(heading),
    traced(subscribe as never),
    ...frames.map((frame, index) => traced({ rx_ns: 5_000_000_000 + (index + 1) * 1_000, frame })),
    traced({ ...(subscribe as object), rx_ns: 6_000_000_000 } as never),
    traced({ rx_ns: 6_000_001_000, frame: spaced }),
  ]
  const { records, report } = await imported('kraken_d10.ndjson', `${lines.join('\n')}\n`)
  expect(records.map(({ kind }) => kind)).toEqual([
    ...['header', 'open', 'sent', ...frames.map(() => 'frame'), 'open', 'sent', 'frame'],
  ])
  expect(records[0]).toMatchObject({
    venue: 'kraken',
    depth: 10,
    software: expect.stringContaining('DepthCharge 0.1.0'),
  })
  expect(records[3]).toMatchObject({ at: 1_786_881_600_250_001, monoNs: 1_000, text: frames[0] })
  expect(records.at(-1)).toMatchObject({ text: spaced })
  expect(report.checks.checksum).toEqual({ passed: 6, failed: 0 })
})

test('a trace of DepthCharge brings requests and their replies, pings and pongs, and what never came', async () => {
  const url = 'https://data-api.binance.vision/api/v3/depth?symbol=ABCUSDT&limit=100'
  const seed = '{"lastUpdateId":12,"bids":[["9.90","1.0"]],"asks":[["9.99","1.0"]]}'
  const lines = [
    JSON.stringify({
      ...TRACED[0],
      venue: 'binance',
      url: SOCKET.replace('stream.', 'data-stream.'),
      depth: undefined,
    }),
    traced({ rx_ns: 1_000_000, frame: depth(13) }),
    traced({
      rx_ns: 2_000_000,
      kind: 'rest',
      req: { url, status: 200, sent_ns: 500_000, recv_ns: 1_500_000 },
      frame: seed,
    }),
    traced({ rx_ns: 3_000_000, kind: 'rest', req: { url, status: 0, error: 'URLError: down' }, frame: 'null' }),
    traced({
      rx_ns: 4_000_000,
      kind: 'control',
      ctl: { op: 'ping', pong_ns: 3_999_000, payload_b64: 'MTIz' },
      frame: 'null',
    }),
    traced({ rx_ns: 5_000_000, frame: depth(14) }),
  ]
  const { records, report } = await imported('binance_d100ms.ndjson', `${lines.join('\n')}\n`)
  expect(records.slice(3)).toMatchObject([
    { kind: 'http', status: 200, url, body: seed, monoNs: 1_000_000 },
    { kind: 'http', status: 0, body: 'URLError: down' },
    { kind: 'ping', payload: '123' },
    { kind: 'pong', payload: '123' },
    { kind: 'frame', text: depth(14) },
  ])
  expect(report).toMatchObject({ updates: { applied: 2, expected: 2 }, errors: [] })
})

test('a recording of a venue that we do not speak is kept all the same, with a word on it', async () => {
  const file = text('v1.txt', ['wss://ws.kraken.com <-> 1', '2: {"event":"heartbeat"}'])
  const out = join(FOLDER, 'v1.ndjson.gz')
  const output = kept()
  expect(await importCapture(file, { out, progress: false }, output)).toBe(0)
  expect(output.notes.at(-1)).toMatch(/^it can be kept, but not played: .*is no address of/)
  expect([...openCapture(out).records()].slice(1)).toEqual([...openCapture(file).records()])
})

test.each([
  { name: 'cut off', content: parsed('15').slice(0, -50), says: 'as parsed JSON' },
  {
    name: 'of another shape',
    content: '{"init": {"channel": "trade"}, "updates": []}',
    says: "no message of Kraken's book channel",
  },
  { name: 'a trace with a line that is none', content: `${JSON.stringify(TRACED[0])}\n{"rx_ns": 1}\n`, says: 'line 2' },
  { name: 'a heading alone', content: `${JSON.stringify(TRACED[0])}\n`, says: 'no record after the heading' },
])('a document that is $name is refused, and leaves no file behind', async ({ name, content, says }) => {
  const file = join(FOLDER, `${name}.json`)
  writeFileSync(file, content)
  const out = join(FOLDER, `${name}.out.ndjson`)
  const refused = importCapture(file, { out, progress: false }, kept())
  await expect(refused).rejects.toThrow(says)
  expect(existsSync(out)).toBe(false)
})

test('interrupted, it says so and leaves a file that can be read', async () => {
  const file = text('long.ws.txt', [FRAMES[0]!, ...Array.from({ length: 50 }, (_, n) => `101.${n + 10}: ${depth(n)}`)])
  const out = join(FOLDER, 'interrupted.ndjson.gz')
  const output = kept()
  output.end()
  expect(await importCapture(file, { out, progress: false }, output)).toBe(1)
  expect(output.notes).toEqual([`interrupted: ${out} holds the first 2 records`])
  expect([...openCapture(out).records()].map(({ kind }) => kind)).toEqual(['header', 'open'])
})
