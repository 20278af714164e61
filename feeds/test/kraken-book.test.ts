import { Book, fromLots, fromTicks } from '@depthcast/market'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DepthBook } from '../src/venues/kraken/depth-book.ts'
import { KrakenProtocol } from '../src/venues/kraken/protocol.ts'
import { Driver, instrument } from './driver.ts'
import { ADDRESSES, ack, checksumOf, instruments, type Pairs, snapshot, update, VenueBook } from './kraken-frames.ts'

const BTC = instrument('kraken', 'BTC/USD', 'BTC', 'USD')
const ETH = instrument('kraken', 'ETH/USD', 'ETH', 'USD')
const BIDS: Pairs = [
  ['100.00', '1.000'],
  ['99.90', '2.000'],
]
const ASKS: Pairs = [['100.20', '3.000']]

function opened(depth = 10): Driver {
  const driver = new Driver(new KrakenProtocol([BTC, ETH], depth, ADDRESSES)).open()
  for (const symbol of ['BTC/USD', 'ETH/USD']) driver.frame(ack(symbol, { depth }))
  // What a second may hold has been sent by opening.
  return driver.wait(1_000)
}

function live(): Driver {
  return opened()
    .frame(snapshot('BTC/USD', BIDS, ASKS))
    .frame(snapshot('ETH/USD', BIDS, ASKS))
    .forget()
}

/** So many levels a side, 0.01 apart. */
function ladder(count: number): { bids: Pairs; asks: Pairs } {
  const side = (first: number, by: number): Pairs =>
    Array.from({ length: count }, (_, n) => [(first + n * by).toFixed(2), '1.000'])
  return { bids: side(100, -0.01), asks: side(100.01, 0.01) }
}

test('every message is checked, also of a book of fewer than ten levels, and the events say so', () => {
  const driver = live().frame(update('BTC/USD', [['99.90', '0.000']], [], checksumOf(BIDS.slice(0, 1), ASKS)))
  driver.frame(update('BTC/USD', [['100.00', '0.000']], [['100.20', '0.000']], checksumOf([], [])))
  expect(driver.checks('checksum')).toEqual([true, true])
  expect(driver.events).toMatchObject([
    { kind: 'book-delta', bids: [9990, 0], verified: 'checksum', exchangeTime: 1_700_000_000_000_001 },
    { kind: 'book-delta', bids: [10000, 0], asks: [10020, 0], verified: 'checksum' },
  ])
  expect(driver.book(BTC.id)).toEqual({ bids: [], asks: [] })
})

test('of a price named twice in one message the last stands, as one entry', () => {
  const after: Pairs = [...BIDS, ['99.50', '4.000']]
  const twice: Pairs = [
    ['99.50', '0.000'],
    ['99.50', '3.000'],
    ['99.50', '4.000'],
  ]
  const driver = live().frame(update('BTC/USD', twice, [], checksumOf(after, ASKS)))
  expect(driver.events).toMatchObject([{ kind: 'book-delta', bids: [9950, 4000], asks: [] }])
})

test('a level pushed out of the depth is deleted downstream, and one that comes back is there again', () => {
  const { bids, asks } = ladder(10)
  const driver = opened()
    .frame(snapshot('BTC/USD', bids, asks.slice(1).concat([['100.11', '1.000']])))
    .forget()
  driver.frame(update('BTC/USD', [], [['100.01', '2.000']], checksumOf(bids, [['100.01', '2.000'], ...asks.slice(1)])))
  expect(driver.events).toMatchObject([{ asks: [10001, 2000, 10011, 0] }])
  expect(driver.book(BTC.id)?.asks.slice(-2)).toEqual([10010, 1000])

  const gone: Pairs = [...asks.slice(1), ['100.11', '1.000']]
  const back: Pairs = [
    ['100.01', '0.000'],
    ['100.11', '1.000'],
  ]
  driver.forget().frame(update('BTC/USD', [], back, checksumOf(bids, gone)))
  expect(driver.events).toMatchObject([{ asks: [10001, 0, 10011, 1000] }])
  expect(driver.checks('checksum')).toEqual([true])
})

const MOVE = fc.tuple(fc.constantFrom<'bids' | 'asks'>('bids', 'asks'), fc.nat(39), fc.nat(3), fc.boolean())

test.each([10, 25])('whatever the market does, a book of depth %i is the venue’s after every message', (depth) => {
  fc.assert(
    fc.property(fc.array(MOVE, { minLength: 1, maxLength: 120 }), (moves) => {
      const driver = opened(depth)
      const { messages, view, first } = play(depth, moves)
      driver.frame(first)
      for (const { frame } of messages) driver.frame(frame)
      expect(driver.checks('checksum')).not.toContain(false)
      expect(driver.checks('checksum')).toHaveLength(messages.length + 1)
      const book = driver.book(BTC.id)
      expect(worded(book?.bids ?? [])).toEqual(view.bids)
      expect(worded(book?.asks ?? [])).toEqual(view.asks)
    }),
  )
})

test('not cut to its depth, a book fails its checksums: so cutting is what they prove', () => {
  const random = generator(7)
  const moves = Array.from({ length: 600 }, (): Move => {
    return [random() < 0.5 ? 'bids' : 'asks', Math.floor(random() * 40), Math.floor(random() * 4), random() < 0.5]
  })
  const { messages, start } = play(10, moves)
  const right = (depth: number): number => {
    const book = new Book()
    const held = new DepthBook(book, depth)
    book.replace(ints(start.bids), ints(start.asks))
    return messages.filter(({ bids, asks, checksum }) => {
      held.fold(ints(bids), ints(asks))
      return held.checksum() === checksum
    }).length
  }
  expect(right(10)).toBe(messages.length)
  expect(right(1000)).toBeLessThan(messages.length / 2)
})

type Move = readonly [side: 'bids' | 'asks', place: number, qty: number, nearTouch: boolean]
type Message = { readonly frame: string; readonly bids: Pairs; readonly asks: Pairs; readonly checksum: number }

/** A market of its own that starts with thirty levels a side and never crosses, and what a subscription is sent of it. */
function play(depth: number, moves: readonly Move[]) {
  const view = new VenueBook('BTC/USD', depth)
  const { bids, asks } = ladder(30)
  for (const [price, qty] of bids) view.change('bids', price, qty)
  for (const [price, qty] of asks) view.change('asks', price, qty)
  const start = { bids: view.bids, asks: view.asks }
  const first = view.snapshot()
  const messages: Message[] = []
  for (const [side, place, qty, nearTouch] of moves) {
    const steps = nearTouch ? place % 5 : place
    const price = side === 'bids' ? 100 - steps * 0.01 : 100.01 + steps * 0.01
    const levels = view.change(side, price.toFixed(2), `${qty}.000`)
    if (levels.length === 0) continue
    const [b, a] = side === 'bids' ? [levels, []] : [[], levels]
    messages.push({ frame: update('BTC/USD', b, a, view.checksum), bids: b, asks: a, checksum: view.checksum })
  }
  return { view, start, first, messages }
}

function ints(pairs: Pairs): number[] {
  return pairs.flatMap(([price, qty]) => [Number(price.replace('.', '')), Number(qty.replace('.', ''))])
}

function worded(levels: readonly number[]): Pairs {
  const pairs: [string, string][] = []
  for (let at = 0; at < levels.length; at += 2)
    pairs.push([fromTicks(levels[at]!, BTC.tickSize), fromLots(levels[at + 1]!, BTC.lotSize)])
  return pairs
}

function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state / 0x80000000
  }
}

test('the depth is the one the venue acknowledges, however few levels come', () => {
  const driver = new Driver(new KrakenProtocol([BTC], 1000, ADDRESSES)).open().frame(ack('BTC/USD', { depth: 10 }))
  const { bids, asks } = ladder(10)
  driver.frame(snapshot('BTC/USD', bids.slice(1), asks)).forget()
  driver.frame(
    update(
      'BTC/USD',
      [
        ['100.00', '1.000'],
        ['99.80', '1.000'],
      ],
      [],
      checksumOf(bids, asks),
    ),
  )
  expect(driver.events).toMatchObject([{ bids: [10000, 1000, 9980, 0] }])
})

test('a wrong checksum is told as a gap first, and that pair alone is unsubscribed by its depth and subscribed again', () => {
  const driver = live().frame(update('BTC/USD', [['99.50', '1.000']], [], 42))
  expect(driver.checks('checksum')).toEqual([false])
  expect(driver.events[0]).toMatchObject({ kind: 'gap', stream: 'book', reason: 'checksum', instrument: BTC.id })
  expect(driver.kinds).toEqual(['gap', 'status resyncing'])
  expect(driver.errors).toEqual(['FEED_CHECKSUM_MISMATCH'])
  expect(driver.sent).toMatchObject([
    { method: 'unsubscribe', params: { channel: 'book', symbol: ['BTC/USD'], depth: 10 } },
    { method: 'subscribe', params: { channel: 'book', symbol: ['BTC/USD'], depth: 10, snapshot: true } },
  ])
  expect(driver.state(ETH.id)).toBe('live')
})

test('until its snapshot a broken book takes nothing, and then it is exact again', () => {
  const driver = live().frame(update('BTC/USD', [['99.50', '1.000']], [], 42))
  driver
    .frame(ack('BTC/USD', { method: 'unsubscribe', id: 5 }))
    .frame(ack('BTC/USD', { id: 6 }))
    .forget()
  driver.frame(update('BTC/USD', [['99.40', '1.000']], [], 43))
  expect(driver.outputs).toEqual([])
  driver.frame(snapshot('BTC/USD', BIDS, ASKS))
  expect(driver.kinds).toEqual(['book-snapshot', 'status live'])
  expect(driver.book(BTC.id)).toEqual({ bids: [10000, 1000, 9990, 2000], asks: [10020, 3000] })
})

test('a snapshot with a wrong checksum is never published', () => {
  const driver = opened()
    .forget()
    .frame(snapshot('BTC/USD', BIDS, ASKS, 42))
  expect(driver.checks('checksum')).toEqual([false])
  expect(driver.book(BTC.id)).toBeUndefined()
  expect(driver.sent).toMatchObject([{ method: 'unsubscribe' }, { method: 'subscribe' }])
})

test('a snapshot without a checksum is taken unproven', () => {
  const frame = JSON.parse(snapshot('BTC/USD', BIDS, ASKS))
  delete frame.data[0].checksum
  delete frame.data[0].timestamp
  const driver = opened().forget().frame(frame)
  expect(driver.events[0]).toMatchObject({ kind: 'book-snapshot', verified: 'none', exchangeTime: undefined })
})

test('a snapshot nobody asked for replaces the book behind a gap', () => {
  const driver = live().frame(snapshot('BTC/USD', [['50.00', '1.000']], []))
  expect(driver.kinds).toEqual(['gap', 'book-snapshot'])
  expect(driver.book(BTC.id)).toEqual({ bids: [5000, 1000], asks: [] })
})

test('a book that is right by its checksum and crossed all the same is asked for again', () => {
  const bids: Pairs = [['100.30', '1.000'], ...BIDS]
  const driver = live().frame(update('BTC/USD', [['100.30', '1.000']], [], checksumOf(bids, ASKS)))
  expect(driver.events[0]).toMatchObject({ kind: 'gap', reason: 'crossed' })
})

test('with a decimal less on the wire the book is asked for again, and its checksums hold', () => {
  const driver = live().frame(instruments({ symbol: 'BTC/USD', price: 1, qty: 2 }))
  expect(driver.kinds).toEqual(['gap', 'status resyncing'])
  expect(driver.errors).toEqual(['FEED_PROTOCOL'])
  const bids: Pairs = [['100.1', '1.00']]
  driver.frame(ack('BTC/USD')).frame(snapshot('BTC/USD', bids, []))
  driver.frame(update('BTC/USD', [['100.0', '2.50']], [], checksumOf([...bids, ['100.0', '2.50']], [])))
  expect(driver.checks('checksum')).toEqual([true, true])
  expect(driver.book(BTC.id)?.bids).toEqual([10010, 1000, 10000, 2500])
})

test('decimals that our ticks do not have are borne while they are zeros, and then the pair is refused in words', () => {
  const driver = live().frame(instruments({ symbol: 'BTC/USD', price: 3 }, { symbol: 'ETH/USD' }))
  expect(driver.errors).toEqual(['FEED_PROTOCOL'])
  const bids: Pairs = [['100.010', '1.000']]
  driver.frame(ack('BTC/USD')).frame(snapshot('BTC/USD', bids, []))
  const both: Pairs = [...bids, ['100.000', '2.000']]
  driver.frame(update('BTC/USD', [['100.000', '2.000']], [], checksumOf(both, [])))
  expect(driver.checks('checksum')).toEqual([true, true])
  driver.forget().frame(update('BTC/USD', [['100.001', '1.000']], [], 1))
  expect(driver.errors).toEqual(['FEED_SUBSCRIBE_REFUSED'])
  expect(driver.events).toMatchObject([
    { kind: 'gap', instrument: BTC.id },
    { state: 'refused', reason: expect.stringContaining('in 3 price and 3 quantity decimals now, we in 2 and 3') },
  ])
  expect(driver.state(ETH.id)).toBe('live')
})

test('the same precision, listed again and again, changes nothing', () => {
  const driver = live()
  for (let times = 0; times < 3; times++) driver.frame(instruments({ symbol: 'BTC/USD' }, { symbol: 'ETH/USD' }))
  expect(driver.outputs).toEqual([])
})
