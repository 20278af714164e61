import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { type CaptureRecord, writeRecord } from '@depthcast/feeds'
import type { Micros } from '@depthcast/market'
import { afterAll, expect, test } from 'vitest'
import { type CheckReport, check } from '../src/check.ts'
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
