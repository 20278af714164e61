import { Book } from '@depthcast/market'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CoinbaseProtocol } from '../src/venues/coinbase/protocol.ts'
import { at, heartbeat, iso, snapshot, subscriptions, update } from './coinbase-frames.ts'
import { Driver, instrument } from './driver.ts'

// A busy product's book is one frame of up to 20 MB. It is read a part at a time, and everything else has its turn between two parts.

const BTC = instrument('coinbase', 'BTC-USD', 'BTC', 'USD')
const ETH = instrument('coinbase', 'ETH-USD', 'ETH', 'USD')
const LEVELS = 60_000
const side = (from: number, sign: 1 | -1): [string, string][] =>
  Array.from({ length: LEVELS }, (_, index) => [((from + sign * index) / 100).toFixed(2), '1.000'])
const [BIDS, ASKS] = [side(100_000, -1), side(100_001, 1)]
const BIG = JSON.stringify(snapshot('BTC-USD', BIDS, ASKS))
const SMALL = snapshot('ETH-USD', [['100.00', '1.000']], [['100.02', '2.000']])
const tick = (driver: Driver) => driver.step({ kind: 'tick', now: driver.now })

/** Both are asked for, ETH is live, and nothing has come of BTC. */
function waiting(): Driver {
  return new Driver(new CoinbaseProtocol([BTC, ETH], { wsUrl: 'ws://venue', httpUrl: 'http://venue' }))
    .open()
    .frame(subscriptions(['BTC-USD', 'ETH-USD']))
    .frame(SMALL)
    .forget()
}

/** The book that a client of these frames should hold. */
function folded(changes: readonly (readonly [side: string, ticks: number, lots: number])[]) {
  const book = new Book()
  const whole = (sign: 1 | -1) =>
    Array.from({ length: 2 * LEVELS }, (_, at) =>
      at % 2 === 1 ? 1000 : sign < 0 ? 100_000 - at / 2 : 100_001 + at / 2,
    )
  book.replace(whole(-1), whole(1))
  for (const [side, ticks, lots] of changes) book.set(side === 'buy' ? 'bid' : 'ask', ticks, lots)
  return { bids: book.bids(), asks: book.asks() }
}

test('a big book is read in parts, told when it is whole and not before, and others have their turn meanwhile', () => {
  const driver = waiting().frame(BIG)
  let parts = 1
  for (; driver.book(BTC.id) === undefined; parts++) {
    driver.frame(update('ETH-USD', at(parts), [['buy', '99.00', `${parts}.000`]]))
    expect(driver.kinds).toEqual(Array.from({ length: parts }, () => 'book-delta'))
    tick(driver)
  }
  expect(parts).toBeGreaterThanOrEqual(4)
  expect(driver.kinds.slice(parts - 1)).toEqual(['book-snapshot', 'status live'])
  expect(driver.book(BTC.id)).toEqual(folded([]))
})

test('what changes while it is read comes right behind it, in order', () => {
  const level = fc.tuple(fc.constantFrom('buy', 'sell'), fc.nat(99), fc.nat(3))
  fc.assert(
    fc.property(fc.array(fc.option(level, { freq: 3 }), { maxLength: 60 }), (moves) => {
      const driver = waiting().frame(BIG)
      const changes: [string, number, number][] = []
      for (const [index, move] of moves.entries()) {
        if (move === null) tick(driver)
        else {
          const [side, depth, size] = move
          const ticks = side === 'buy' ? 100_000 - 1 - depth : 100_001 + 1 + depth
          changes.push([side, ticks, size * 1000])
          driver.frame(update('BTC-USD', at(index), [[side, (ticks / 100).toFixed(2), `${size}.000`]]))
        }
      }
      driver.wait(0)
      const kinds = driver.events.filter(({ kind }) => kind.startsWith('book')).map(({ kind }) => kind)
      expect(kinds).toEqual(['book-snapshot', ...changes.map(() => 'book-delta')])
      expect(driver.book(BTC.id)).toEqual(folded(changes))
      expect(driver.errors).toEqual([])
    }),
    { numRuns: 10 },
  )
})

test('a live book goes on while another whole one is read, and gives way to it at once', () => {
  const driver = waiting().frame(BIG).wait(0).forget()
  driver.frame(BIG).frame(update('BTC-USD', at(1), [['buy', '1000.00', '7.000']]))
  expect(driver.kinds).toEqual(['book-delta'])
  driver.wait(0)
  expect(driver.kinds).toEqual(['book-delta', 'gap', 'book-snapshot', 'book-delta'])
  expect(driver.book(BTC.id)).toEqual(folded([['buy', 100_000, 7000]]))
})

test('a book whose socket goes while it is read is not told', () => {
  const driver = waiting().frame(BIG)
  tick(driver).closed().wait(0)
  expect(driver.book(BTC.id)).toBeUndefined()
  driver.open().wait(0)
  expect(driver.book(BTC.id)).toBeUndefined()
})

test('a change that cannot be read ends the reading: the book is asked for again, and only what comes then is told', () => {
  const driver = waiting()
    .frame(BIG)
    .frame(update('BTC-USD', at(1), [['neither', '1000.00', '7.000']]))
    .wait(0)
  expect(driver.errors).toEqual(['FEED_PROTOCOL'])
  expect(driver.sent).toHaveLength(2)
  expect(driver.book(BTC.id)).toBeUndefined()
  driver.frame(BIG).wait(0)
  expect(driver.book(BTC.id)).toEqual(folded([]))
})

test('a level that is no level, far down a big book, breaks it as it would a small one', () => {
  const odd = BIG.replace(BIDS.at(-1)?.join('","') ?? '', 'x","1')
  expect(odd).not.toBe(BIG)
  const driver = waiting().frame(odd).wait(0)
  expect(driver.errors).toEqual(['FEED_PROTOCOL'])
  expect([driver.state(BTC.id), driver.sent.length]).toEqual(['syncing', 2])
})

test('more changes than are kept meanwhile are too many: the book is asked for again', () => {
  const driver = waiting().frame(BIG)
  for (let n = 0; n <= 2000; n++) driver.frame(update('BTC-USD', at(n), [['buy', '1000.00', '7.000']]))
  expect(driver.errors).toEqual(['FEED_OVERFLOW'])
  driver.wait(0)
  expect(driver.book(BTC.id)).toBeUndefined()
})

test('reading in parts leaves one tick a second', () => {
  const driver = waiting().frame(BIG).wait(0).forget().wait(2_500)
  expect(driver.outputs.filter(({ kind }) => kind === 'timer')).toHaveLength(2)
})

test('a fresh book to compare with is read in parts as well, and what changes meanwhile is not held against ours', () => {
  const driver = waiting().frame(BIG).wait(0)
  let probe: { readonly id: string } | undefined
  for (let second = 0; second < 600 && probe === undefined; second++) {
    driver.wait(1_000)
    for (const product of ['BTC-USD', 'ETH-USD']) driver.frame(heartbeat(product, 1, iso(driver.now)))
    probe = driver.outputs.find((output) => output.kind === 'probe' && output.about === BTC.id) as typeof probe
  }
  const { id } = probe ?? { id: '' }
  const told = (frame: unknown) =>
    driver.step({ kind: 'probe', now: driver.now, id, text: typeof frame === 'string' ? frame : JSON.stringify(frame) })
  driver.forget()
  told(BIG)
  const change = update('BTC-USD', iso(driver.now), [['buy', '999.00', '0.000']])
  told(change)
  driver.frame(change)
  expect(driver.checks('oracle')).toEqual([])
  driver.wait(0)
  expect(driver.checks('oracle')).toEqual([true])
  expect(driver.outputs.filter(({ kind }) => kind === 'probe-done')).toHaveLength(1)
})
