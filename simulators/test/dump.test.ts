import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FeedOptions, openFeeds } from '@depthcast/feeds'
import type { MarketEvent } from '@depthcast/market'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { type CheckReport, check } from '../src/check.ts'
import { tenLevels } from './ten-levels.ts'

// A book that fails a check leaves its last frames behind, and those show the same failure again.

const PRODUCT = { id: 'ABC-USD', base_currency: 'ABC', quote_currency: 'USD', status: 'online' }
const FILTERS = [
  { filterType: 'PRICE_FILTER', tickSize: '0.01' },
  { filterType: 'LOT_SIZE', stepSize: '0.001' },
]
const LISTED = { symbol: 'ABCUSDT', status: 'TRADING', baseAsset: 'ABC', quoteAsset: 'USDT', filters: FILTERS }
const change = (price: string, microsecond: number) => ({
  type: 'l2update',
  product_id: 'ABC-USD',
  changes: [['buy', price, '4.0']],
  time: `2023-11-14T22:13:20.${String(microsecond).padStart(6, '0')}Z`,
})
const depth = (first: number, last: number) => ({
  stream: 'abcusdt@depth@100ms',
  data: { e: 'depthUpdate', E: 1, s: 'ABCUSDT', U: first, u: last, b: [['9.91', `${last}.000`]], a: [] },
})

/** So many that the first of them are long dropped when the book fails. */
const MANY = Array.from({ length: 700 }, (_, index) => index)

const WRONG = 1

const TEN = tenLevels(MANY.length)

const difference = (bid: readonly [string, string], microsecond: number) => ({
  event: 'data',
  channel: 'diff_order_book_abcusd',
  data: { timestamp: '1700000000', microtimestamp: String(1_700_000_000_000_000 + microsecond), bids: [bid], asks: [] },
})

type Failure = {
  readonly name: string
  readonly feed: string
  readonly symbol: string
  readonly reason: string
  readonly code: string
  /** The failure's words. */
  readonly says: string
  readonly depth?: number
  readonly replies: { readonly [path: string]: unknown }
  readonly frames: readonly unknown[]
}

/** A book of Coinbase's that crosses in the end. */
const CROSSES = {
  feed: 'coinbase',
  symbol: 'ABC-USD',
  reason: 'crossed',
  code: 'FEED_CROSSED_BOOK',
  says: 'best bid 5.05 is not below best ask 5.02',
  replies: { '/products': [{ ...PRODUCT, base_increment: '0.001', quote_increment: '0.01' }] },
}
const COINBASE_SNAPSHOT = { type: 'snapshot', product_id: 'ABC-USD', bids: [['5.00', '1.0']], asks: [['5.02', '1.0']] }

/** A book of Binance's, of which an update is missing in the end. */
const GAP = {
  feed: 'binance',
  symbol: 'ABC-USDT',
  reason: 'sequence',
  code: 'FEED_SEQUENCE_GAP',
  replies: {
    '/api/v3/exchangeInfo': { symbols: [LISTED] },
    '/api/v3/depth': { lastUpdateId: 12, bids: [['9.90', '1.0']], asks: [['9.99', '1.0']] },
  },
}

const FAILURES: readonly Failure[] = [
  {
    name: 'crosses',
    ...CROSSES,
    frames: [COINBASE_SNAPSHOT, change('5.01', 1), change('5.05', 2)],
  },
  {
    name: 'has a hole in its sequence',
    ...GAP,
    says: 'expected sequence 15, received 19',
    frames: [depth(11, 12), depth(13, 14), depth(19, 20)],
  },
  {
    name: 'crosses after hours',
    ...CROSSES,
    frames: [
      COINBASE_SNAPSHOT,
      ...MANY.map((index) => change(index % 2 === 0 ? '4.99' : '4.98', 1 + index)),
      change('5.05', 900),
    ],
  },
  {
    name: 'has a hole after hours',
    ...GAP,
    says: 'expected sequence 713, received 900',
    frames: [depth(11, 12), ...MANY.map((index) => depth(13 + index, 13 + index)), depth(900, 901)],
  },
  {
    name: 'crosses after hours, having been fetched,',
    feed: 'bitstamp',
    symbol: 'ABC-USD',
    reason: 'crossed',
    code: 'FEED_CROSSED_BOOK',
    says: 'best bid 5.05 is not below best ask 5.02',
    replies: {
      '/api/v2/trading-pairs-info/': [
        { name: 'ABC/USD', url_symbol: 'abcusd', base_decimals: 3, counter_decimals: 2, trading: 'Enabled' },
      ],
      '/api/v2/order_book/abcusd/': {
        timestamp: '1700000000',
        microtimestamp: '1700000000000000',
        bids: [['5.00', '1.000']],
        asks: [['5.02', '1.000']],
      },
    },
    frames: [
      { event: 'bts:subscription_succeeded', channel: 'diff_order_book_abcusd', data: {} },
      ...MANY.map((index) => difference([index % 2 === 0 ? '4.99' : '4.98', '4.000'], 1 + index)),
      difference(['5.05', '1.000'], 900),
    ],
  },
  {
    name: 'of ten levels has a wrong checksum after hours',
    feed: 'kraken',
    symbol: 'ABC-USD',
    reason: 'checksum',
    code: 'FEED_CHECKSUM_MISMATCH',
    says: `our book's checksum is ${TEN.checksum}, the venue's ${WRONG}`,
    depth: 10,
    replies: {
      '/0/public/AssetPairs': {
        error: [],
        result: { ABCUSD: { wsname: 'ABC/USD', pair_decimals: 1, lot_decimals: 1 } },
      },
    },
    frames: [
      ...TEN.frames,
      { channel: 'book', type: 'update', data: [{ symbol: 'ABC/USD', bids: [], asks: [], checksum: WRONG }] },
    ],
  },
]

test.each(FAILURES)('a book that $name is dumped, and the dump shows it when it is checked', async (failure) => {
  const dumpDir = mkdtempSync(join(tmpdir(), 'depthcast-dump-'))
  onTestFinished(() => rmSync(dumpDir, { recursive: true }))
  const file = await dumped(failure, dumpDir)
  expect(file.startsWith(join(dumpDir, `${failure.feed}-${failure.symbol}-`))).toBe(true)
  const lines: string[] = []
  await check([file], { json: true, write: (line) => lines.push(line) })
  const report = JSON.parse(lines[0] ?? '{}') as CheckReport
  expect(report).toMatchObject({ venues: [failure.feed], resyncs: 1, passed: false })
  expect(report.errors).toContainEqual(
    expect.stringContaining(`${failure.code} ${failure.feed}:${failure.symbol}: ${failure.says}`),
  )
  expect(report.errors).toHaveLength(1)
  expect(report.notes.at(-1)).toContain(`here the book failed its check (${failure.reason}): `)
  expect(report.notes.at(-1)).toContain(failure.says)
  // The sizes of the listing came along: nothing was inferred from the few numbers in the frames.
  expect(report.instruments).toMatchObject([{ id: `${failure.feed}:${failure.symbol}` }])
})

/** Runs the feed against a venue that says these frames, and gives the file that it left. */
async function dumped({ feed, symbol, replies, frames, reason, depth }: Failure, dumpDir: string) {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/\?.*/, '')
    response.writeHead(200).end(JSON.stringify(replies[path] ?? []))
  })
  const sockets = new WebSocketServer({ server })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const deep = depth === undefined ? {} : { depth }
  const origins = { wsUrl: `ws://127.0.0.1:${port}`, httpUrl: `http://127.0.0.1:${port}`, ...deep }
  // Each frame is sent when what the one before it brought about has been seen.
  const steps: (() => void)[] = []
  sockets.on('connection', (socket) => {
    for (const frame of frames) steps.push(() => socket.send(JSON.stringify(frame)))
    steps.shift()?.()
  })
  let opened: Awaited<ReturnType<typeof openFeeds>> | undefined
  const logged = new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
    const log: FeedOptions['log'] = (event, fields) => {
      if (event === 'feed.dumped') resolve(fields)
      if (event === 'feed.dump_failed') reject(new Error(String(fields.reason)))
    }
    const event = ({ kind }: MarketEvent): void => {
      if (kind === 'book-snapshot' || kind === 'book-delta') steps.shift()?.()
    }
    void openFeeds(feed, { symbols: [symbol], venues: { [feed]: origins }, dumpDir, log }).then((made) => {
      opened = made
      made.start({ instrument: () => {}, event })
    })
  })
  const fields = await logged
  await opened?.close()
  for (const socket of sockets.clients) socket.terminate()
  server.close()
  expect(fields).toMatchObject({ instrument: `${feed}:${symbol}`, reason })
  return String(fields.file)
}
