import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type CheckReport, check } from '../src/check.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'depthcast-check-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

const COINBASE = 'wss://ws-feed.exchange.coinbase.com <-> 50'
const SNAPSHOT =
  '50.1: {"type":"snapshot","product_id":"ABC-USD","bids":[["5.00","1.0"],["4.90","2.0"]],"asks":[["5.02","1.0"]]}'
const UPDATE =
  '50.2: {"type":"l2update","product_id":"ABC-USD","changes":[["buy","5.01","4.0"]],"time":"2023-11-14T22:13:20.000001Z"}'
const CROSSING =
  '50.3: {"type":"l2update","product_id":"ABC-USD","changes":[["buy","5.05","4.0"]],"time":"2023-11-14T22:13:20.000002Z"}'

const BINANCE = 'wss://stream.binance.us:9443/stream?streams=abcusdt@depth@100ms <-> 100'
const SEED = '{"lastUpdateId":12,"bids":[["9.90","1.0"]],"asks":[["9.99","1.0"]]}'

function depth(time: number, first: number, last: number, bid: string): string {
  const data = { e: 'depthUpdate', E: 1, s: 'ABCUSDT', U: first, u: last, b: [[bid, '1.00000000']], a: [] }
  return `${time}: ${JSON.stringify({ stream: 'abcusdt@depth@100ms', data })}`
}

function file(name: string, ...lines: readonly string[]): string {
  const path = join(FOLDER, name)
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

async function checked(...files: readonly string[]): Promise<{ code: number; reports: CheckReport[] }> {
  const lines: string[] = []
  const code = await check(files, { json: true, write: (line) => lines.push(line) })
  return { code, reports: lines.map((line) => JSON.parse(line)) }
}

test('a sound coinbase recording passes, with every update applied and its final book equal', async () => {
  const { code, reports } = await checked(file('good.txt', COINBASE, SNAPSHOT, UPDATE))
  expect(code).toBe(0)
  expect(reports).toMatchObject([
    {
      passed: true,
      frames: 2,
      updates: { applied: 1, expected: 1 },
      crossedBooks: 0,
      resyncs: 0,
      finalBooks: { equal: 1, of: 1 },
      instruments: [{ id: 'coinbase:ABC-USD', bestBid: '5.01', bestAsk: '5.02', bids: 3, asks: 1, equal: true }],
    },
  ])
})

function bitstamp(time: number, channel: string, us: number, bid: readonly string[], ...asks: string[][]): string {
  const data = { timestamp: '100', microtimestamp: String(100_000_000 + us), bids: [bid], asks }
  return `${time}: ${JSON.stringify({ event: 'data', channel, data })}`
}

test('a bitstamp recording is joined to the replies beside it by their time, and its tops prove it', async () => {
  const path = file(
    'bitstamp.ws.txt',
    'wss://ws.bitstamp.net <-> 100',
    '100.01: {"event":"bts:subscription_succeeded","channel":"diff_order_book_abcusd","data":{}}',
    bitstamp(100.1, 'diff_order_book_abcusd', 1, ['9.90', '7.00000000']),
    bitstamp(100.3, 'diff_order_book_abcusd', 5, ['9.80', '2.00000000']),
    bitstamp(100.4, 'diff_order_book_abcusd', 6, ['9.90', '0.00000000']),
    bitstamp(100.5, 'order_book_abcusd', 6, ['9.80', '2.00000000'], ['9.99', '1.00000000']),
  )
  const seed = { timestamp: '100', microtimestamp: '100000003', bids: [['9.90', '1.0']], asks: [['9.99', '1.0']] }
  file('bitstamp.http.txt', `https://www.bitstamp.net/api/v2/order_book/abcusd/ -> 100.2: ${JSON.stringify(seed)}`)
  const { code, reports } = await checked(path)
  expect(code).toBe(0)
  expect(reports).toMatchObject([
    {
      updates: { applied: 2, expected: 2 },
      checks: { oracle: { passed: 1, failed: 0 } },
      instruments: [{ id: 'bitstamp:ABC-USD', bestBid: '9.80', bestAsk: '9.99', equal: true }],
    },
  ])
})

test('a binance recording is joined to the replies beside it', async () => {
  const path = file(
    'b.ws.txt',
    BINANCE,
    depth(100.1, 11, 12, '9.80'),
    depth(100.2, 13, 14, '9.91'),
    depth(100.4, 15, 15, '9.92'),
  )
  file('b.http.txt', `https://api.binance.us/api/v3/depth?symbol=ABCUSDT&limit=1000 -> 100.3: ${SEED}`)
  const { code, reports } = await checked(path)
  expect(code).toBe(0)
  expect(reports).toMatchObject([
    {
      updates: { applied: 2, expected: 2 },
      checks: { sequence: { passed: 2, failed: 0 }, seed: { passed: 1, failed: 0 } },
      instruments: [{ id: 'binance:ABC-USDT', bestBid: '9.92', bids: 3, equal: true }],
    },
  ])
})

test.each([
  {
    name: 'a missing update',
    lines: () => {
      const path = file('hole.ws.txt', BINANCE, depth(100.1, 11, 12, '9.80'), depth(100.4, 15, 15, '9.92'))
      file('hole.http.txt', `https://api.binance.us/api/v3/depth?symbol=ABCUSDT&limit=1000 -> 100.3: ${SEED}`)
      return path
    },
    want: { checks: { sequence: { passed: 0, failed: 1 } }, resyncs: 1, finalBooks: { equal: 0, of: 1 } },
  },
  {
    name: 'a crossed book',
    lines: () => file('crossed.txt', COINBASE, SNAPSHOT, CROSSING),
    want: { crossedBooks: 1, resyncs: 1, finalBooks: { equal: 0, of: 1 } },
  },
  {
    name: 'a frame that cannot be read',
    lines: () => file('cut.txt', COINBASE, SNAPSHOT, UPDATE, '50.3: {"type":"match"'),
    want: { errors: [expect.stringContaining('FEED_PROTOCOL')], finalBooks: { equal: 1, of: 1 } },
  },
])('$name fails the recording', async ({ lines, want }) => {
  const { code, reports } = await checked(lines())
  expect(code).toBe(1)
  expect(reports).toMatchObject([{ passed: false, ...want }])
})

test('a file that cannot be read is exit code 2, and the others are still checked', async () => {
  const { code, reports } = await checked(join(FOLDER, 'none.txt'), file('fine.txt', COINBASE, SNAPSHOT))
  expect(code).toBe(2)
  expect(reports).toMatchObject([{ error: expect.stringContaining('no such recording') }, { passed: true }])
})

test('for people it says the counts and the best prices of each instrument', async () => {
  const lines: string[] = []
  await check([file('words.txt', COINBASE, SNAPSHOT, UPDATE)], { json: false, write: (line) => lines.push(line) })
  expect(lines[0]).toContain('passed (coinbase, 1 instruments)')
  expect(lines).toContain('  updates applied        1 of 1')
  expect(lines.at(-1)).toBe('    coinbase:ABC-USD  5.01 / 5.02  (3 bids, 1 asks)')
})

test('it waits for each line to be taken before it writes the next', async () => {
  let pending = 0
  let most = 0
  const write = async () => {
    most = Math.max(most, ++pending)
    await Promise.resolve()
    pending--
  }
  await check([file('slow.txt', COINBASE, SNAPSHOT, UPDATE)], { json: false, write })
  expect(most).toBe(1)
})

test('what cannot be read is named once, without its control characters', async () => {
  const path = file('binary.txt', '\u001b[31m\u0000red')
  const lines: string[] = []
  await check([path, join(FOLDER, 'none.txt')], { json: false, write: (line) => lines.push(line) })
  expect(lines).toEqual([
    expect.stringMatching(/^cannot check: \P{Cc}*binary\.txt \P{Cc}*red$/u),
    `cannot check: no such recording: ${join(FOLDER, 'none.txt')}`,
  ])
})

test('an instrument whose snapshot never came says how far it got', async () => {
  const lines: string[] = []
  const path = file('seedless.ws.txt', BINANCE, depth(100.1, 11, 12, '9.80'))
  const code = await check([path], { json: false, write: (line) => lines.push(line) })
  expect([code, lines.at(-1)]).toEqual([
    1,
    '    binance:ABC-USDT  no bids / no asks  (0 bids, 0 asks, syncing, DIFFERS)',
  ])
})

test('interrupted, it says that it was not checked to its end, and fails', async () => {
  const lines: string[] = []
  const ended = AbortSignal.abort()
  const path = file('interrupted.txt', COINBASE, SNAPSHOT, UPDATE)
  expect(await check([path, path], { json: false, write: (line) => lines.push(line), ended })).toBe(1)
  expect(lines).toEqual([`${path}: interrupted: not checked to its end`])
})
