import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { type CaptureRecord, writeRecord } from '@depthcast/feeds'
import type { Micros } from '@depthcast/market'
import { afterAll, expect, test } from 'vitest'
import { type CheckReport, check } from '../src/check.ts'
import { fromParsed } from './support/kraken-parsed.ts'
import { fromV1 } from './support/kraken-v1.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'depthcast-kraken-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

const AT = 1_700_000_000_000_000 as Micros

function v1(...texts: readonly string[]): CaptureRecord[] {
  const frames = texts.map((text) => ({ kind: 'frame', at: AT, connection: 'a', text }) as const)
  return [...fromV1([{ kind: 'open', at: AT, connection: 'a', url: 'wss://ws.kraken.com' }, ...frames])]
}

async function checked(records: Iterable<CaptureRecord>): Promise<{ code: number; report: CheckReport }> {
  const file = join(FOLDER, 'recording.ndjson')
  writeFileSync(file, [...records].map((record) => `${writeRecord(record)}\n`).join(''))
  const lines: string[] = []
  const code = await check([file], { json: true, write: (line) => lines.push(line) })
  return { code, report: JSON.parse(lines[0]!) }
}

const SUBSCRIBED =
  '{"channelID":7,"channelName":"book-1000","event":"subscriptionStatus","pair":"XBT/USD","status":"subscribed","subscription":{"depth":1000,"name":"book"}}'
const SNAPSHOT =
  '[7,{"as":[["100.20000","3.00000000","1.5"]],"bs":[["100.00000","1.00000000","1.5"],["99.90000","2.00000000","1.5"]]},"book-1000","XBT/USD"]'

/** Both objects of a frame in which both sides change, as v1 sends it. */
function twoSided(checksum: number): string {
  return `[7,{"a":[["100.20000","0.00000000","2.5"],["100.30000","1.00000000","2.5","r"]]},{"b":[["100.00000","4.00000000","2.5"]],"c":"${checksum}"},"book-1000","XBT/USD"]`
}

const AFTER = crc32('10030000100000000' + '10000000400000000' + '9990000200000000')

test('v1 is translated digit by digit, with both objects of a frame, and its checksums hold', async () => {
  const { code, report } = await checked(v1('{"event":"heartbeat"}', SUBSCRIBED, SNAPSHOT, twoSided(AFTER)))
  expect(report).toMatchObject({
    passed: true,
    updates: { applied: 1, expected: 1 },
    checks: { checksum: { passed: 1, failed: 0 } },
    finalBooks: { equal: 1, of: 1 },
    instruments: [{ id: 'kraken:BTC-USD', bestBid: '100.0', bestAsk: '100.3', bids: 2, asks: 1 }],
  })
  expect(code).toBe(0)
})

test('a v1 recording whose checksum is another fails', async () => {
  const { code, report } = await checked(v1(SUBSCRIBED, SNAPSHOT, twoSided(AFTER + 1)))
  expect([code, report.checks, report.resyncs]).toEqual([1, { checksum: { passed: 0, failed: 1 } }, 1])
})

const LEVELS = { symbol: 'BTC/USD', bids: [{ price: 100, qty: 1 }], asks: [{ price: 100.5, qty: 2 }] }
const ROUND = { init: { type: 'snapshot', data: [{ ...LEVELS, checksum: crc32('1005200000000' + '1000100000000') }] } }
const CHANGE = { symbol: 'BTC/USD', asks: [], timestamp: '2023-11-14T22:13:20.000001Z' }

test.each([
  { depth: 10, price: 1, name: 'as many zeros as there were', passed: 1 },
  { depth: 10, price: 2, name: 'zeros there never were', passed: 0 },
])('parsed JSON padded with $name: $passed of 1 snapshot holds', async ({ depth, price, passed }) => {
  const text = JSON.stringify({ ...ROUND, updates: [] })
  const { report } = await checked(fromParsed(text, { depth, price, qty: 8 }))
  expect(report.checks.checksum).toEqual({ passed, failed: 1 - passed })
})

test('its depth cuts the books of both readings alike', async () => {
  const lower = { ...CHANGE, bids: [{ price: 100.1, qty: 0.5 }], checksum: crc32('1005200000000' + '100150000000') }
  const text = JSON.stringify({ ...ROUND, updates: [{ type: 'update', data: [lower] }] })
  const { report } = await checked(fromParsed(text, { depth: 1, price: 1, qty: 8 }))
  expect(report).toMatchObject({
    passed: true,
    finalBooks: { equal: 1 },
    instruments: [{ bestBid: '100.1', bids: 1, asks: 1 }],
  })
  const uncut = await checked(fromParsed(text, { depth: 10, price: 1, qty: 8 }))
  expect(uncut.report.checks.checksum).toEqual({ passed: 1, failed: 1 })
})
