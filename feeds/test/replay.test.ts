import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MarketEvent } from '@depthcast/market'
import { afterAll, expect, test } from 'vitest'
import { FeedConfigError, openFeeds } from '../src/index.ts'
import { depth, seed, top } from './binance-frames.ts'
import { at, snapshot, update } from './coinbase-frames.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'depthcast-replay-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

function file(name: string, lines: readonly string[]): string {
  const path = join(FOLDER, name)
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

const STREAM = 'wss://stream.binance.com:9443/stream?streams=abcusdt@depth@100ms'
const DEPTH = 'https://api.binance.com/api/v3/depth?symbol=ABCUSDT&limit=1000'

const binanceFile = file('binance.ws.txt', [
  `${STREAM} <-> 100`,
  `100.1: ${JSON.stringify(depth('ABCUSDT', 11, 12, [['9.90', '1.0']]))}`,
  `100.2: ${JSON.stringify(depth('ABCUSDT', 13, 13, [['9.91', '2.0']]))}`,
  `100.4: ${JSON.stringify(top('ABCUSDT', 14, ['9.92', '3.0'], ['9.99', '1.0']))}`,
  `100.5: ${JSON.stringify(depth('ABCUSDT', 14, 14, [['9.92', '3.0']]))}`,
])
file('binance.http.txt', [`${DEPTH} -> 100.3: ${JSON.stringify(seed(12, [['9.90', '1.0']], [['9.99', '1.0']]))}`])

const coinbaseFile = file('coinbase.txt', [
  'wss://ws-feed.exchange.coinbase.com <-> 50',
  `50.1: ${JSON.stringify(snapshot('ABC-USD', [['5.00', '1.0']], [['5.02', '1.0']]))}`,
  `50.2: ${JSON.stringify(snapshot('DEF-USD', [['7.00', '1.0']], [['7.02', '1.0']]))}`,
  `50.3: ${JSON.stringify(update('ABC-USD', at(1), [['buy', '5.01', '4.0']]))}`,
])

/** Plays to the end and gives what reached the sink, without the epochs that depend on today's clock. */
async function played(text: string, options: Parameters<typeof openFeeds>[1] = { speed: 'max' }) {
  const feed = await openFeeds(text, options)
  const events: MarketEvent[] = []
  const instruments: string[] = []
  const verified: string[] = []
  await new Promise<void>((resolve) => {
    let ended = 0
    feed.start({
      verified: (id, at) => verified.push(`${id} at ${at / 1000}`),
      instrument: ({ id }) => instruments.push(id),
      event(event) {
        events.push(event)
        if (event.kind === 'status' && event.state === 'ended' && ++ended === instruments.length) resolve()
      },
    })
  })
  const health = feed.health()
  await feed.close()
  return { events, instruments, verified, health }
}

test('a request is answered by the recorded reply, no earlier than it came', async () => {
  const { events } = await played(`replay:${binanceFile}`)
  const image = events.find(({ kind }) => kind === 'book-snapshot')
  expect(image).toMatchObject({ receivedAt: 100_300_000, venueSeq: [12, 12], seq: 1 })
  expect(events.filter(({ kind }) => kind === 'book-delta')).toMatchObject([
    { receivedAt: 100_300_000, venueSeq: [13, 13], seq: 2 },
    { receivedAt: 100_500_000, venueSeq: [14, 14], seq: 3 },
  ])
})

test('a book so big that it is read in parts is told, though the recording ends with it', async () => {
  const side = (from: number, sign: number): [string, string][] =>
    Array.from({ length: 30_000 }, (_, index) => [((from + sign * index) / 100).toFixed(2), '1.0'])
  const big = snapshot('ABC-USD', side(50_000, -1), side(50_001, 1))
  const ends = file('big.txt', ['wss://ws-feed.exchange.coinbase.com <-> 50', `50.1: ${JSON.stringify(big)}`])
  const { events } = await played(`replay:${ends}`)
  const told = events.find(({ kind }) => kind === 'book-snapshot')
  expect(told).toMatchObject({ receivedAt: 50_100_000 })
  expect(told?.kind === 'book-snapshot' && [told.bids.length, told.asks.length]).toEqual([60_000, 60_000])
})

test('a request made for later is not answered before then, though the reply is there', async () => {
  const path = file('late.ws.txt', [
    `${STREAM} <-> 100`,
    `100.1: ${JSON.stringify(depth('ABCUSDT', 11, 12, [['9.90', '1.0']]))}`,
    `103: ${JSON.stringify(depth('ABCUSDT', 13, 13, []))}`,
  ])
  const reply = (time: number, id: number) => `${DEPTH} -> ${time}: ${JSON.stringify(seed(id, [['9.80', '1.0']], []))}`
  file('late.http.txt', [reply(100.2, 5), reply(100.3, 11)])
  const { events } = await played(`replay:${path}`)
  // The first reply is too old at 100.2 s, and the next try is a second later.
  expect(events.find(({ kind }) => kind === 'book-snapshot')).toMatchObject({
    receivedAt: 101_200_000,
    venueSeq: [11, 11],
  })
})

test('when it is over every instrument says so, and the feed tells what it verified', async () => {
  const { events, instruments, verified, health } = await played(`replay:${binanceFile},${coinbaseFile}`)
  expect(instruments).toEqual(['binance:ABC-USDT', 'coinbase:ABC-USD', 'coinbase:DEF-USD'])
  // By the recorder's clock, when the second source spoke of the book.
  expect(verified).toEqual(['binance:ABC-USDT at 100500'])
  for (const id of instruments) {
    expect(events.findLast(({ instrument }) => instrument === id)).toMatchObject({ kind: 'status', state: 'ended' })
  }
  expect(health).toMatchObject([
    {
      name: 'replay:binance.ws.txt',
      state: 'ended',
      frames: 4,
      checks: { sequence: { passed: 2, failed: 0 }, oracle: { passed: 1, failed: 0 } },
    },
    { name: 'replay:coinbase.txt', state: 'ended', frames: 3 },
  ])
})

test('the pace changes nothing but the pace', async () => {
  const strip = ({ events }: { events: MarketEvent[] }) => events.map(({ epoch: _, ...event }) => event)
  expect(strip(await played(`replay:${coinbaseFile}`, { speed: 50 }))).toEqual(
    strip(await played(`replay:${coinbaseFile}`)),
  )
})

test('only the symbols asked for are played', async () => {
  const { instruments, events } = await played(`replay:${coinbaseFile}`, { speed: 'max', symbols: ['def-usd'] })
  expect(instruments).toEqual(['coinbase:DEF-USD'])
  expect(new Set(events.map(({ instrument }) => instrument))).toEqual(new Set(['coinbase:DEF-USD']))
})

test.each([
  {
    name: 'of a venue we do not speak',
    text: () => file('k.txt', ['wss://ws.kraken.com <-> 1', '2: {}']),
    words: 'no address of binance or coinbase',
  },
  { name: 'without a socket', text: () => file('n.txt', ['2: {}']), words: 'no socket was opened' },
  {
    name: 'without an instrument',
    text: () => file('i.txt', ['wss://ws-feed.exchange.coinbase.com <-> 1', '2: {}']),
    words: 'no instrument',
  },
  { name: 'named twice', text: () => `${coinbaseFile},${coinbaseFile}`, words: 'replay one of them' },
])('a recording $name is refused before anything starts', async ({ text, words }) => {
  const refused = openFeeds(`replay:${text()}`)
  await expect(refused).rejects.toThrow(FeedConfigError)
  await expect(refused).rejects.toThrow(words)
})

test.each([
  { options: { symbols: ['XYZ-USD'] }, words: 'they hold coinbase:ABC-USD, coinbase:DEF-USD' },
  { options: { speed: 0 }, words: "neither a number above 0 nor 'max'" },
])('a replay with $options is refused, naming what is allowed', async ({ options, words }) => {
  await expect(openFeeds(`replay:${coinbaseFile}`, options)).rejects.toThrow(words)
})

test('closed, a replay says nothing more', async () => {
  const feed = await openFeeds(`replay:${coinbaseFile}`, { speed: 'max' })
  const events: MarketEvent[] = []
  feed.start({ instrument: () => undefined, event: (event) => events.push(event) })
  await feed.close()
  await new Promise((resolve) => setImmediate(resolve))
  expect(events).toEqual([])
})

test('a question asked beside the stream is no part of it, and its answer makes no book', async () => {
  const opened = (connection: string, more: object = {}) => ({
    v: 1,
    t: 'open',
    conn: connection,
    wallNs: 50e9,
    url: 'ws://127.0.0.1:9/',
    venue: 'coinbase',
    ...more,
  })
  const came = (connection: string, at: number, frame: object) => ({
    v: 1,
    t: 'rx',
    conn: connection,
    wallNs: at * 1e9,
    frame: JSON.stringify(frame),
  })
  const path = file(
    'probe.ndjson',
    [
      opened('main'),
      came('main', 51, snapshot('ABC-USD', [['5.00', '1.0']], [['5.02', '1.0']])),
      opened('beside', { wallNs: 52e9, probe: { of: 'main', id: 'fresh-1' } }),
      came('beside', 53, snapshot('ABC-USD', [['4.00', '1.0']], [['5.02', '1.0']])),
      came('main', 54, update('ABC-USD', at(1), [['buy', '5.01', '4.0']])),
    ].map((line) => JSON.stringify(line)),
  )
  const { events, health } = await played(`replay:${path}`)
  expect(events.filter(({ kind }) => kind === 'book-snapshot')).toHaveLength(1)
  expect(events.filter(({ kind }) => kind === 'book-delta')).toMatchObject([{ bids: [501, 4] }])
  expect(health).toMatchObject([{ frames: 2 }])
})

test.each([
  { name: 'was closed and opened again', isTold: true },
  { name: 'is opened again without a word on its end', isTold: false },
])('a socket that $name goes on as the same one, lost once', async ({ isTold }) => {
  const socket = 'wss://ws-feed.exchange.coinbase.com'
  const line = (t: string, at: number, more: object = {}) =>
    JSON.stringify({ v: 1, t, conn: 'main', wallNs: at * 1e9, ...more })
  const book = { frame: JSON.stringify(snapshot('ABC-USD', [['5.00', '1.0']], [['5.02', '1.0']])) }
  const path = file(`again-${isTold}.ndjson`, [
    line('open', 50, { url: socket }),
    line('rx', 51, book),
    ...(isTold ? [line('close', 52, { code: 1012, reason: 'restart' })] : []),
    line('open', 53, { url: socket }),
    line('rx', 54, book),
  ])
  const { events } = await played(`replay:${path}`)
  const kinds = events.map((event) => (event.kind === 'status' ? event.state : event.kind))
  expect(kinds.filter((kind) => kind === 'book-snapshot')).toHaveLength(2)
  expect(kinds.filter((kind) => kind === 'gap')).toHaveLength(1)
  expect(kinds.filter((kind) => kind === 'stale')).toHaveLength(1)
})
