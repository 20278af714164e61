import { openExchange } from '@depthcast/feeds/simulation'
import { describe, expect, test } from 'vitest'
import { UpdateIds } from '../src/emulators/binance/update-ids.ts'
import { isoMicros } from '../src/emulators/decimal.ts'
import { Host } from '../src/emulators/host.ts'
import { EMULATORS } from '../src/emulators/index.ts'
import { inspect } from '../src/emulators/inspection.ts'
import { parseFault } from '../src/faults/spec.ts'
import { OPENED_AT } from './emulated.ts'

type Side = readonly (readonly [string, string])[]
type Body = { readonly seq: number; readonly at: number; readonly bids: Side; readonly asks: Side }

/** All venues on one exchange, played for so long, and what a tester asks them. */
class Tested {
  readonly host: Host
  /** What every socket heard, word for word. */
  readonly heard: string[] = []

  constructor({ faults = [] as readonly string[], venues = Object.keys(EMULATORS), kept = 20_000 } = {}) {
    this.host = new Host({
      exchange: openExchange({ seed: 7, preset: 'crypto', symbols: ['BTC-USD', 'ETH-USD'] }),
      openedAt: OPENED_AT,
      seed: 7,
      faults: faults.map(parseFault),
      emulators: venues.map((venue) => EMULATORS[venue]!),
      oracleKept: kept,
    })
  }

  play(ms: number): this {
    const until = this.host.now + ms * 1000
    while (this.host.now < until) this.host.advance(Math.min(until, this.host.now + 5_000))
    return this
  }

  /** A socket at this path that says this. */
  listen(path: string, message: object): this {
    const client = this.host.connect(this.#question(path), (output) => {
      if (output.kind === 'frame') this.heard.push(output.text)
    })
    if (client === undefined || 'status' in client) throw new Error(`${path} was refused`)
    client.step({ kind: 'open', now: this.host.now })
    client.step({ kind: 'frame', now: this.host.now, text: JSON.stringify(message) })
    return this
  }

  messages(holding: string): readonly Record<string, never>[] {
    return this.heard.filter((text) => text.includes(holding)).map((text) => JSON.parse(text))
  }

  rest(target: string) {
    return JSON.parse(this.host.http(this.#question(target))?.body ?? 'null')
  }

  oracle(target: string) {
    const { status, body } = inspect(this.#question(`/oracle${target}`), this.host) ?? { status: 0, body: 'null' }
    return { status, body: JSON.parse(body) }
  }

  book(target: string): Body {
    const { status, body } = this.oracle(target)
    expect({ status, error: body.error }).toEqual({ status: 200 })
    return body
  }

  #question(target: string) {
    const { pathname, searchParams } = new URL(target, 'http://emulator')
    return { now: this.host.now, method: 'GET', path: pathname, query: searchParams, address: '127.0.0.1' }
  }
}

/** As numbers are compared that venues write with more zeros, or fewer. */
function plain(levels: readonly (readonly unknown[])[]): readonly string[] {
  return levels.map(([price, quantity]) => `${Number(price)} ${Number(quantity)}`)
}

test('with no number it is the book as it stands, with its number, its time and its ends', () => {
  const tested = new Tested().play(5_000)
  const last = tested.host.oracle.range('BTC-USD')!.last
  const book = tested.book('/btc-usd')
  expect(book).toMatchObject({ symbol: 'BTC-USD', seq: last })
  expect(book.at).toBeLessThanOrEqual(tested.host.now)
  expect(book).toHaveProperty('time', isoMicros(book.at))
  expect(book.bids[0]?.[0]).toMatch(/^\d+\.\d\d$/)
  expect(Number(book.bids[0]?.[0])).toBeLessThan(Number(book.asks[0]?.[0]))
  expect(tested.book('/BTC-USD?depth=3')).toEqual({ ...book, bids: book.bids.slice(0, 3), asks: book.asks.slice(0, 3) })
  for (const name of ['BTC/USD', 'BTC%2FUSD', 'BTCUSD', 'BTCUSDT']) expect(tested.book(`/${name}`)).toEqual(book)
  expect(tested.oracle('').body[0]).toEqual({ symbol: 'BTC-USD', first: 0, last })
})

test('a book of every update id Binance sends is the one its client has then', () => {
  const tested = new Tested({ faults: ['sequence-gap:binance:after=2s', 'sequence-reset:binance:after=4s'] })
  tested.listen('/ws/btcusdt@depth20@100ms', {}).listen('/ws/btcusdt@depth@100ms', {}).play(6_000)
  const books = tested.messages('lastUpdateId') as unknown as {
    lastUpdateId: number
    bids: Side
    asks: Side
  }[]
  expect(books.length).toBeGreaterThan(40)
  expect(books.some(({ lastUpdateId }, i) => lastUpdateId < (books[i - 1]?.lastUpdateId ?? 0))).toBe(true)
  for (const { lastUpdateId, bids, asks } of books.slice(-15)) {
    const truth = tested.book(`/BTC-USD?venue=binance&seq=${lastUpdateId}&depth=20`)
    expect(truth).toMatchObject({ venue: 'binance', sequence: lastUpdateId })
    expect([plain(bids), plain(asks)]).toEqual([plain(truth.bids), plain(truth.asks)])
  }
  const { lastUpdateId, bids } = tested.rest('/api/v3/depth?symbol=BTCUSDT&limit=5')
  expect(plain(tested.book(`/BTCUSDT?venue=binance&seq=${lastUpdateId}&depth=5`).bids)).toEqual(plain(bids))
})

test.each([
  { name: 'before the fault', id: 100, event: 100 },
  { name: 'of those that were skipped', id: 102, event: undefined },
  { name: 'of the batch that skipped them', id: 103, event: 100 },
  { name: 'after it', id: 140, event: 137 },
  { name: 'of the second beginning', id: 1, event: 150 },
  { name: 'after it, and yet to come', id: 12, event: undefined },
])('an update id $name is that of event $event', ({ id, event }) => {
  const ids = new UpdateIds()
  ids.begin(90, 90)
  ids.begin(103, 100)
  ids.begin(1, 150)
  expect(ids.eventAt(id, 160)).toBe(event)
})

test('a book of every sequence Coinbase sends is the one its client has then', () => {
  const tested = new Tested()
  for (let i = 0; i < 20; i++) {
    const { sequence, bids, asks } = tested.play(173).rest('/products/BTC-USD/book?level=2')
    const truth = tested.book(`/BTC-USD?venue=coinbase&seq=${sequence}`)
    expect([plain(bids), plain(asks)]).toEqual([plain(truth.bids), plain(truth.asks)])
  }
})

test('a match of Coinbase takes its size from the book at its own sequence, not before and not later', () => {
  const tested = new Tested({ venues: ['coinbase'] })
  tested.listen('/', { type: 'subscribe', product_ids: ['BTC-USD'], channels: ['matches'] }).play(10_000)
  const matches = tested.messages('"type":"match"') as unknown as Record<'price' | 'size' | 'sequence', string>[]
  expect(matches.length).toBeGreaterThan(5)
  for (const { price, size, sequence } of matches) {
    const at = (number: number) => {
      const { bids, asks } = tested.book(`/BTC-USD?venue=coinbase&seq=${number}`)
      return Number([...bids, ...asks].find(([one]) => Number(one) === Number(price))?.[1] ?? 0)
    }
    expect(at(Number(sequence) - 1) - at(Number(sequence))).toBeCloseTo(Number(size), 8)
  }
})

test("a book at a frame's time is the one Kraken sent, with its checksum", () => {
  const tested = new Tested()
  const params = { channel: 'book', symbol: ['BTC/USD'], depth: 10 }
  tested.listen('/v2', { method: 'subscribe', params }).play(5_000)
  const frames = tested.messages('"data":[{"symbol":"BTC/USD","bids"') as unknown as {
    data: { checksum: number; timestamp: string }[]
  }[]
  expect(frames.length).toBeGreaterThan(20)
  for (const { data } of frames) {
    const [frame] = data
    const truth = tested.book(`/BTC-USD?venue=kraken&at=${frame?.timestamp}&depth=1`)
    expect(truth).toMatchObject({ checksum: frame?.checksum, bids: [expect.anything()] })
  }
})

describe('what cannot be answered says so, with what is allowed:', () => {
  const tested = new Tested({ kept: 50 }).play(5_000)
  const { first, last } = tested.host.oracle.range('BTC-USD')!
  const later = isoMicros(tested.host.now + 1)
  test.each([
    ['/FOO-USD', 404, 'no-such-symbol', 'there is no market FOO-USD, allowed are BTC-USD, ETH-USD'],
    ['/BTC-USD?seq=x', 400, 'bad-request', 'seq=x is none, allowed is a whole number from 0'],
    ['/BTC-USD?seq=-1', 400, 'bad-request', 'seq=-1 is none'],
    ['/BTC-USD?seq=', 400, 'bad-request', 'seq= is none'],
    [`/BTC-USD?seq=${first - 1}`, 404, 'no-such-book', `allowed is seq=${first} to ${last}`],
    [`/BTC-USD?seq=${last + 1}`, 404, 'no-such-book', `no book of BTC-USD after event ${last + 1}, allowed is`],
    ['/BTC-USD?at=noon', 400, 'bad-request', 'allowed is such as 2026-01-01T12:00:00.123456Z, ms or µs since 1970'],
    [`/BTC-USD?at=${later}`, 404, 'no-such-book', `at ${later}: that is yet to come, allowed is at=2026-`],
    ['/BTC-USD?at=1', 404, 'no-such-book', 'that is longer ago than is known'],
    ['/BTC-USD?at=1&seq=1', 400, 'bad-request', 'seq= and at= both say when'],
    ['/BTC-USD?depth=0', 400, 'bad-request', 'a whole number from 1'],
    ['/BTC-USD?levels=5', 400, 'bad-request', 'there is no levels=, allowed are seq=, at=, venue=, depth='],
    ['/BTC-USD?venue=okx', 400, 'bad-request', 'no venue okx is served, allowed are kraken, binance, coinbase'],
    ['/BTC-USD?venue=kraken&seq=7', 400, 'bad-request', 'kraken does not number its books, allowed are at='],
    ['/BTC-USD?venue=binance&seq=999999999', 404, 'no-such-book', `allowed is at most ${last}`],
    [
      '/BTC-USD?venue=coinbase&seq=999999999',
      404,
      'no-such-book',
      'coinbase has no book of BTC-USD numbered 999999999',
    ],
  ])('%s', (target, code, slug, says) => {
    const { status, body } = tested.oracle(target)
    expect({ status, body }).toEqual({
      status: code,
      body: { error: { code, slug, message: expect.stringContaining(says), allowed: expect.any(Array) } },
    })
  })
})

test('a time is told as each venue stamps it', () => {
  const tested = new Tested().play(3_000)
  const at = OPENED_AT + 1_500_000
  const book = tested.book(`/BTC-USD?at=${at}`)
  expect(book.at).toBeLessThanOrEqual(at)
  for (const text of [
    at / 1000,
    '2026-01-01T00:00:01.5Z',
    '2026-01-01T00:00:01.500000Z',
    '2026-01-01T00:00:01.500000999Z',
  ]) {
    expect(tested.book(`/BTC-USD?at=${text}`)).toEqual(book)
  }
})
