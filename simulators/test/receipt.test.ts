import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checksum } from '@depthcast/market'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { runProgram } from '../src/program.ts'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'depthcast-receipt-'))
})
afterAll(() => rm(directory, { recursive: true }))

const MINUTE = 60_000_000
const NOON = 1_763_683_200_000_000
const [BIDS, ASKS] = [
  [100, 5, 99, 7],
  [101, 4, 103, 2],
]

function book(change: Readonly<Record<string, unknown>> = {}) {
  const levels = { bids: 2, asks: 2 }
  const of = {
    tick: '0.5',
    lot: '0.001',
    bids: BIDS,
    asks: ASKS,
    checksum: checksum(BIDS, ASKS, 100),
    levels,
    ...change,
  }
  const recheck = { sameView: 'http://127.0.0.1:1/v1/book/test%3ABTC-USD?depth=25&grouping=1' }
  return { receipt: 1, symbol: 'test:BTC-USD', view: { channel: 'book' }, epoch: 7, seq: 107, book: of, recheck }
}

const FIGURES = [100, 104, 99, 102, 5000, 9] as const

function bars(judged: readonly object[] = [], tally: object = {}) {
  const match = { openTime: NOON, verdict: 'match', ours: FIGURES, theirs: FIGURES }
  const counts = { match: 1, missed: 0, unexplained: 0, waiting: 0, before: 400, ...tally }
  const certificate = { tally: counts, bars: [match, ...judged] }
  const of = { interval: '1m', tick: '0.5', lot: '0.001', closed: 401, certificate }
  const recheck = { sameBars: 'http://127.0.0.1:1/v1/candles/test%3ABTC-USD?interval=1m' }
  return { receipt: 1, symbol: 'test:BTC-USD', view: { channel: 'candles' }, bars: of, recheck }
}

async function checked(receipt: unknown, ...flags: readonly string[]) {
  const file = join(directory, 'receipt.json')
  await writeFile(file, typeof receipt === 'string' ? receipt : JSON.stringify(receipt))
  const out: string[] = []
  const notes: string[] = []
  const output = { write: async (text: string) => void out.push(text), note: (line: string) => void notes.push(line) }
  const ended = new AbortController().signal
  const code = await runProgram(['receipt', ...flags, file], { ...output, ended })
  return { code, out: out.join(''), notes: notes.join() }
}

/** A gateway that answers this to everything, and where it was asked. */
async function gateway(body: unknown): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer(({ url = '' }, reply) => {
    asked.push(url)
    reply.setHeader('content-type', 'application/json').end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

test('a book whose levels have their checksum holds', async () => {
  expect(await checked(book())).toMatchObject({ code: 0, out: expect.stringContaining('It holds.') })
})

test.each([
  { what: 'one lot more', change: { bids: [100, 6, 99, 7] }, says: 'WRONG  checksum' },
  { what: 'a level left out', change: { asks: [101, 4] }, says: 'WRONG  2 bids and 1 asks' },
  { what: 'levels out of order', change: { bids: [99, 7, 100, 5] }, says: 'WRONG  each side is in order' },
  { what: 'a crossed book', change: { bids: [102, 5, 99, 7] }, says: 'WRONG  best bid 102' },
])('a book with $what does not', async ({ change, says }) => {
  expect(await checked(book(change))).toMatchObject({ code: 1, out: expect.stringContaining(says) })
})

test('bars that match in every figure hold, and those that differ are to differ', async () => {
  const other = [...FIGURES.slice(0, 3), 103, ...FIGURES.slice(4)]
  const differs = { openTime: NOON + MINUTE, verdict: 'unexplained', ours: FIGURES, theirs: other }
  expect(await checked(bars([differs], { unexplained: 1 }))).toMatchObject({ code: 0 })
  expect(await checked(bars([{ ...differs, theirs: FIGURES }], { unexplained: 1 }))).toMatchObject({ code: 1 })
  expect(await checked(bars([{ ...differs, verdict: 'match' }], { match: 2 }))).toMatchObject({ code: 1 })
  expect(await checked(bars([differs]))).toMatchObject({
    code: 1,
    out: expect.stringContaining('WRONG  1 bars that differ'),
  })
})

test('a bar between the times, or one that cannot be, does not hold', async () => {
  const bar = { openTime: NOON + MINUTE, verdict: 'match', ours: FIGURES, theirs: FIGURES }
  expect(await checked(bars([{ ...bar, openTime: NOON + 1 }], { match: 2 }))).toMatchObject({ code: 1 })
  const high = [100, 101, 99, 102, 5000, 9]
  expect(await checked(bars([{ ...bar, ours: high, theirs: high }], { match: 2 }))).toMatchObject({ code: 1 })
})

const CANDLE = { openTime: NOON, open: '50.0', high: '52.0', low: '49.5', close: '51.0', volume: '5.000', trades: 9 }

test('proven bars are held against the gateway’s, in its own decimals', async () => {
  const same = await gateway({ candles: [CANDLE] })
  const { code, out } = await checked(bars(), '--gateway', same.url)
  expect({ code, asked: same.asked }).toEqual({ code: 0, asked: ['/v1/candles/test%3ABTC-USD?interval=1m&limit=1500'] })
  expect(out).toContain('1 of 1 proven bars are the gateway’s now')
  const other = await gateway({ candles: [{ ...CANDLE, close: '51.5' }] })
  expect(await checked(bars(), '--gateway', other.url)).toMatchObject({ code: 1 })
  const gone = await gateway({ candles: [] })
  expect((await checked(bars(), '--gateway', gone.url)).out).toContain(
    '0 of 1 proven bars are the gateway’s now, 1 it keeps no more',
  )
})

test('a book of the same number is compared, one that moved on is not', async () => {
  const crc = checksum(BIDS, ASKS, 100)
  const at = (seq: number, sum: number) => gateway({ epoch: 7, seq, checksum: sum })
  expect(await checked(book(), '--gateway', (await at(107, crc)).url)).toMatchObject({ code: 0 })
  expect(await checked(book(), '--gateway', (await at(107, crc + 1)).url)).toMatchObject({ code: 1 })
  const { code, out } = await checked(book(), '--gateway', (await at(110, crc + 1)).url)
  expect({ code, out }).toEqual({
    code: 0,
    out: expect.stringContaining('moved on, from 107 to 110: nothing to compare'),
  })
})

test.each([
  { receipt: 'no json', says: 'it is no JSON' },
  { receipt: '{}', says: 'it is no receipt' },
  { receipt: { receipt: 1, view: { channel: 'ticker' } }, says: 'a view of ticker has nothing in it' },
  { receipt: { ...bars(), bars: { interval: '1m' } }, says: 'no certificate was counted' },
  { receipt: { ...book(), book: { bids: [1] } }, says: 'its book is not whole' },
])('$says: exit code 2', async ({ receipt, says }) => {
  expect(await checked(receipt)).toMatchObject({ code: 2, notes: expect.stringContaining(says) })
})

test('a gateway that cannot be asked is exit code 2, not a receipt that does not hold', async () => {
  expect(await checked(book(), '--ask')).toMatchObject({ code: 2, notes: expect.stringContaining('cannot be asked') })
})
