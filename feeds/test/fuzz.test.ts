import type { Micros } from '@depthcast/market'
import { expect, test } from 'vitest'
import { FeedError } from '../src/errors.ts'
import type { Protocol } from '../src/venue.ts'
import { BinanceProtocol } from '../src/venues/binance/protocol.ts'
import { BitstampProtocol } from '../src/venues/bitstamp/protocol.ts'
import { CoinbaseProtocol } from '../src/venues/coinbase/protocol.ts'
import { KrakenProtocol } from '../src/venues/kraken/protocol.ts'
import { simulated } from '../src/venues/simulated.ts'
import { best20, depth, listing, pastTrade, seed, top, trade } from './binance-frames.ts'
import * as bitstamps from './bitstamp-frames.ts'
import { at, heartbeat, listed, match, snapshot, status, subscriptions, ticker, update } from './coinbase-frames.ts'
import { Driver, instrument, START } from './driver.ts'
import * as krakens from './kraken-frames.ts'

const FRAMES = 100_000
const ROUND = 40
const SEED = 20_231_114

/** What a venue's fuzzing needs: two live books, frames of the first, and how its broken book is healed so that later frames meet a live one. */
type Target = {
  readonly name: string
  readonly open: () => Driver
  readonly frames: (id: number) => readonly unknown[]
  readonly heal: (driver: Driver, id: number) => void
}

const BINANCE = [
  instrument('binance', 'BTCUSDT', 'BTC', 'USDT'),
  instrument('binance', 'ETHUSDT', 'ETH', 'USDT'),
] as const
const COINBASE = [
  instrument('coinbase', 'BTC-USD', 'BTC', 'USD'),
  instrument('coinbase', 'ETH-USD', 'ETH', 'USD'),
] as const
const BITSTAMP = [
  instrument('bitstamp', 'btcusd', 'BTC', 'USD'),
  instrument('bitstamp', 'ethusd', 'ETH', 'USD'),
] as const
const KRAKEN = [instrument('kraken', 'BTC/USD', 'BTC', 'USD'), instrument('kraken', 'ETH/USD', 'ETH', 'USD')] as const
const BIDS = [['100.00', '1.000']] as const
const ASKS = [['100.02', '2.000']] as const

const TARGETS: readonly (Target & { readonly others: string; readonly make: () => Protocol })[] = [
  {
    name: 'binance',
    others: BINANCE[1].id,
    make: () => new BinanceProtocol(BINANCE, 'http://venue'),
    open: () => {
      const driver = new Driver(new BinanceProtocol(BINANCE, 'http://venue')).open()
      return driver.answer('seed:BTCUSDT', seed(100, BIDS, ASKS)).answer('seed:ETHUSDT', seed(100, BIDS, ASKS))
    },
    frames: (id) => [
      depth(
        'BTCUSDT',
        id + 1,
        id + 2,
        [
          ['99.00', '1.000'],
          ['98.50', '0.00000000'],
        ],
        [['101.00', '3.000']],
      ),
      best20('BTCUSDT', id + 2, [...BIDS, ['99.00', '1.000']], [...ASKS, ['101.00', '3.000']]),
      top('BTCUSDT', id + 2, ['100.00', '1.000'], ['100.02', '2.000']),
      trade('BTCUSDT', id, true),
      { stream: 'btcusdt@kline_1m', data: { e: 'kline', E: 1, s: 'BTCUSDT', k: {} } },
      { result: null, id: 1 },
      { error: { code: 2, msg: 'Invalid request' }, id: 1 },
    ],
    heal: (driver, id) => {
      driver.answer('seed:BTCUSDT', seed(id, BIDS, ASKS))
    },
  },
  {
    name: 'coinbase',
    others: COINBASE[1].id,
    make: () => new CoinbaseProtocol(COINBASE),
    open: () => {
      const driver = new Driver(new CoinbaseProtocol(COINBASE)).open().frame(subscriptions(['BTC-USD', 'ETH-USD']))
      return driver.frame(snapshot('BTC-USD', BIDS, ASKS)).frame(snapshot('ETH-USD', BIDS, ASKS))
    },
    frames: (id) => [
      update('BTC-USD', at(id % 1_000_000), [
        ['buy', '99.00', '1.000'],
        ['sell', '101.00', '0.00'],
      ]),
      snapshot('BTC-USD', BIDS, ASKS),
      match('BTC-USD', id, 'buy', at(id % 1_000_000)),
      ticker('BTC-USD', '100.00', '100.02', at(id % 1_000_000)),
      heartbeat('BTC-USD', id),
      subscriptions(['BTC-USD']),
      status(listed('BTC-USD', { post_only: id % 4 === 0 })),
      { type: 'error', message: 'Failed to subscribe', reason: 'nothing' },
    ],
    heal: (driver) => {
      driver.frame(snapshot('BTC-USD', BIDS, ASKS))
    },
  },
  {
    name: 'bitstamp',
    others: BITSTAMP[1].id,
    make: () => new BitstampProtocol(BITSTAMP, 'http://venue'),
    open: () => {
      const driver = new Driver(new BitstampProtocol(BITSTAMP, 'http://venue')).open()
      for (const pair of ['btcusd', 'ethusd']) {
        driver.frame(bitstamps.acknowledged(`diff_order_book_${pair}`))
        driver.answer(`book:${pair}`, bitstamps.levels(0, BIDS, ASKS))
      }
      return driver
    },
    frames: (id) => [
      bitstamps.diff('btcusd', id, [['99.00', '1.000']], [['101.00', '0.00000000']]),
      bitstamps.top('btcusd', id, BIDS, ASKS),
      bitstamps.trade('btcusd', id, 0, id),
      bitstamps.acknowledged('order_book_btcusd'),
      bitstamps.error('Nothing', 'diff_order_book_xyzusd'),
      { event: 'bts:heartbeat', channel: '', data: { status: 'success' } },
    ],
    heal: (driver, id) => {
      if (driver.book(BITSTAMP[0].id) !== undefined) return
      driver.frame(bitstamps.acknowledged('diff_order_book_btcusd'))
      driver.answer('book:btcusd', bitstamps.levels(id, BIDS, ASKS))
    },
  },
  {
    name: 'kraken',
    others: KRAKEN[1].id,
    make: () => new KrakenProtocol(KRAKEN, 10, krakens.ADDRESSES),
    open: () => {
      const driver = new Driver(new KrakenProtocol(KRAKEN, 10, krakens.ADDRESSES)).open()
      // Every request has its answer, so that no error can be taken for one about the other pair.
      for (const { venueSymbol } of KRAKEN)
        for (const id of [1, 2, 3, 4]) driver.frame(krakens.ack(venueSymbol, { id }))
      return driver.frame(krakens.snapshot('BTC/USD', BIDS, ASKS)).frame(krakens.snapshot('ETH/USD', BIDS, ASKS))
    },
    frames: (id) => [
      // Leaves the book as it is, so that its checksum holds whichever frames came before.
      krakens.update('BTC/USD', [['99.00', '0.000'], ...BIDS], ASKS, krakens.checksumOf(BIDS, ASKS), id % 1_000_000),
      krakens.snapshot('BTC/USD', BIDS, ASKS),
      krakens.trades('update', 'BTC/USD', [id, id + 1]),
      krakens.ticker('BTC/USD'),
      krakens.ack('BTC/USD'),
      krakens.instruments({ symbol: 'BTC/USD' }),
      krakens.refusal('Nothing', { symbol: 'XYZ/USD' }),
      krakens.HEARTBEAT,
    ],
    heal: (driver) => {
      driver.frame(krakens.snapshot('BTC/USD', BIDS, ASKS))
    },
  },
]

test.each(TARGETS)(
  `${FRAMES} mutated frames give $name only typed errors, and leave the other book alone (seed ${SEED})`,
  (target) => {
    const random = mulberry32(SEED)
    let errors = 0
    let deltas = 0
    // A book that broke five times is given up for ten minutes, so each round has a fresh protocol.
    for (let round = 0; round < FRAMES / ROUND; round++) {
      const driver = target.open()
      const before = driver.book(target.others)
      let id = 100
      for (let n = 0; n < ROUND; n++) {
        driver.forget()
        const frames = target.frames(id)
        const pick = Math.floor(random() ** 2 * frames.length)
        const chosen = frames[pick]
        const frame = typeof chosen === 'string' ? chosen : JSON.stringify(chosen)
        driver.frame(random() < 0.5 ? frame : mutate(frame, random))
        if (pick === 0) id += 2
        for (const output of driver.outputs) {
          if (output.kind === 'error' || output.kind === 'reconnect') {
            errors++
            if (!(output.error instanceof FeedError)) throw new Error(`an untyped error: ${String(output.error)}`)
          }
          if (output.kind !== 'event') continue
          if (output.event.kind === 'book-delta') deltas++
          if (output.event.instrument === target.others) throw new Error(`${frame} leaked into ${target.others}`)
        }
        if (n % 5 === 4) target.heal(driver, id)
      }
      expect(driver.book(target.others)).toEqual(before)
    }
    expect(errors).toBeGreaterThan(10_000)
    expect(deltas).toBeGreaterThan(5_000)
  },
)

test.each(TARGETS)('random bytes, and JSON of any shape, are only ever FEED_PROTOCOL to $name', (target) => {
  const random = mulberry32(SEED + 1)
  const driver = new Driver(target.make()).open()
  for (let n = 0; n < 20_000; n++) {
    driver.forget().frame(n % 2 === 0 ? bytes(random) : JSON.stringify(shape(random, 0)))
    for (const output of driver.outputs) {
      if (output.kind === 'error') expect(output.error.code).toBe('FEED_PROTOCOL')
      else throw new Error(`garbage became ${JSON.stringify(output)}`)
    }
  }
})

test(`${FRAMES} frames of garbage change nothing of the simulated market, which reads none`, () => {
  const random = mulberry32(SEED + 3)
  const instruments = simulated.directory({}).parse([])
  const [plan] = simulated.plan(instruments, { seed: 1 })
  const protocol = simulated.protocol(plan!)
  const undisturbed = simulated.protocol(plan!)
  expect(protocol.step({ kind: 'open', now: START })).toEqual(undisturbed.step({ kind: 'open', now: START }))
  for (let n = 0; n < FRAMES; n++) expect(protocol.step({ kind: 'frame', now: START, text: bytes(random) })).toEqual([])
  const now = (START + 500_000) as Micros
  expect(protocol.step({ kind: 'tick', now })).toEqual(undisturbed.step({ kind: 'tick', now }))
})

const REPLIES = [
  {
    id: 'seed:ETHUSDT',
    good: seed(100, BIDS, ASKS),
    kinds: ['book-snapshot', 'status live', 'status refused', 'status resyncing'],
  },
  { id: 'probe:BTCUSDT', good: seed(100, BIDS, ASKS), kinds: ['status suspect'] },
  { id: 'status::', good: listing({ BTCUSDT: 'TRADING', ETHUSDT: 'TRADING' }), kinds: ['status halted'] },
  { id: 'trades:BTCUSDT', good: [pastTrade(8, true), pastTrade(9, false)], kinds: ['trade'] },
] as const

test.each(REPLIES)('garbage in answers to $id is only ever a typed error', ({ id, good, kinds }) => {
  const random = mulberry32(SEED + 2)
  for (let n = 0; n < 2_000; n++) {
    const driver = new Driver(new BinanceProtocol(BINANCE, 'http://venue')).open()
    driver.answer('seed:BTCUSDT', seed(100, BIDS, ASKS)).frame(trade('BTCUSDT', 7, true))
    driver
      .frame(trade('BTCUSDT', 10, true))
      .wait(12_000)
      .forget()
    const body = n % 3 === 0 ? bytes(random) : mutate(JSON.stringify(good), random)
    driver.answer(id, body, n % 7 === 0 ? Math.floor(random() * 600) : 200)
    for (const kind of driver.kinds) expect(kinds).toContain(kind)
    expect(driver.outputs.every((output) => output.kind !== 'error' || output.error instanceof FeedError)).toBe(true)
  }
})

const SECOND_SOCKETS = [
  {
    name: 'coinbase',
    open: () => {
      const driver = new Driver(new CoinbaseProtocol([COINBASE[0]])).open().frame(subscriptions(['BTC-USD']))
      return driver.frame(snapshot('BTC-USD', BIDS, ASKS))
    },
    heartbeats: heartbeat('BTC-USD', 1),
    frames: [snapshot('BTC-USD', BIDS, ASKS), update('BTC-USD', at(1), [['buy', '99.00', '1.000']])],
  },
  {
    name: 'kraken',
    open: () => {
      const driver = new Driver(new KrakenProtocol([KRAKEN[0]], 25, krakens.ADDRESSES)).open()
      return driver.frame(krakens.ack('BTC/USD', { depth: 25 })).frame(krakens.snapshot('BTC/USD', BIDS, ASKS))
    },
    heartbeats: krakens.HEARTBEAT,
    frames: [
      krakens.ack('BTC/USD', { depth: 25 }),
      krakens.snapshot('BTC/USD', BIDS, ASKS),
      krakens.update('BTC/USD', BIDS, ASKS, krakens.checksumOf(BIDS, ASKS)),
    ],
  },
]

test.each(SECOND_SOCKETS)(
  'garbage on the second socket is only ever a typed error, and touches no book: $name',
  ({ open, heartbeats, frames }) => {
    const random = mulberry32(SEED + 4)
    let errors = 0
    for (let round = 0; round < 500; round++) {
      const driver = open()
      const isAsked = (): boolean => driver.outputs.some((output) => output.kind === 'probe')
      while (!isAsked()) driver.wait(1_000).frame(heartbeats)
      const id = driver.outputs.findLast((output) => output.kind === 'probe')?.id ?? ''
      driver.forget()
      for (const frame of frames) {
        const text = mutate(typeof frame === 'string' ? frame : JSON.stringify(frame), random)
        driver.step({ kind: 'probe', now: driver.now, id, text: random() < 0.1 ? bytes(random) : text })
      }
      expect(driver.events).toEqual([])
      errors += driver.errors.length
    }
    expect(errors).toBeGreaterThan(100)
  },
)

const VALUES = [
  'null',
  '-1',
  '1e400',
  '9007199254740993',
  '""',
  '"0"',
  '"-1.5"',
  '"1e5"',
  '"99999999999999999999.5"',
  '[]',
  '{}',
  'true',
  '"NaN"',
  '[[]]',
]

function mutate(frame: string, random: () => number): string {
  const at = Math.floor(random() * frame.length)
  const length = 1 + Math.floor(random() * 12)
  switch (Math.floor(random() * 6)) {
    case 0:
      return frame.slice(0, at)
    case 1:
      return frame.slice(0, at) + frame.slice(at + length)
    case 2:
      return frame.slice(0, at) + String.fromCharCode(Math.floor(random() * 256)) + frame.slice(at + 1)
    case 3:
      return frame.slice(0, at + length) + frame.slice(at)
    default: {
      // One JSON value for another.
      const values = [...frame.matchAll(/:("[^"]*"|-?\d+|true|false|null)/g)]
      const value = values[Math.floor(random() * values.length)]
      if (value === undefined) return frame
      const start = value.index + 1
      return (
        frame.slice(0, start) + VALUES[Math.floor(random() * VALUES.length)] + frame.slice(start + value[1]!.length)
      )
    }
  }
}

function bytes(random: () => number): string {
  return Array.from({ length: Math.floor(random() * 60) }, () =>
    String.fromCharCode(Math.floor(random() * 0x3000)),
  ).join('')
}

const KEYS = [
  'type',
  'product_id',
  'channel',
  'method',
  'symbol',
  'data',
  'e',
  's',
  'u',
  'U',
  'b',
  'a',
  'changes',
  'channels',
  'stream',
  'x',
]

function shape(random: () => number, deep: number): unknown {
  const pick = Math.floor(random() * (deep > 3 ? 4 : 6))
  if (pick === 0) return null
  if (pick === 1) return random() * 1e20
  if (pick === 2) return bytes(random)
  if (pick === 3) return random() < 0.5
  const many = Array.from({ length: Math.floor(random() * 4) }, () => shape(random, deep + 1))
  return pick === 4 ? many : Object.fromEntries(many.map((value) => [KEYS[Math.floor(random() * KEYS.length)], value]))
}

/** A small seeded generator: the same seed fuzzes the same frames. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
