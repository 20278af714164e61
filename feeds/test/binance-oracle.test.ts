import { expect, test } from 'vitest'
import { BinanceProtocol } from '../src/venues/binance/protocol.ts'
import { best20, depth, type Pairs, seed, top } from './binance-frames.ts'
import { Driver, instrument } from './driver.ts'

const BTC = instrument('binance', 'BTCUSDT', 'BTC', 'USDT')
const ETH = instrument('binance', 'ETHUSDT', 'ETH', 'USDT')
const SEED = seed(100, [['100.00', '1.000']], [['100.02', '2.000']])

/** Both books live at id 100. */
function live(): Driver {
  const driver = new Driver(new BinanceProtocol([BTC, ETH], 'http://venue'))
  return driver.open().answer('seed:BTCUSDT', SEED).answer('seed:ETHUSDT', SEED)
}

test.each([
  { name: 'before its depth event', order: ['top', 'depth'] },
  { name: 'after its depth event', order: ['depth', 'top'] },
])('a bookTicker that comes $name is compared with the book of its id', ({ order }) => {
  const frames = {
    top: top('BTCUSDT', 102, ['100.01', '5.000'], ['100.02', '2.000']),
    depth: depth('BTCUSDT', 101, 102, [['100.01', '5.000']]),
  }
  const driver = live()
  for (const each of order) driver.frame(frames[each as 'top' | 'depth'])
  expect(driver.checks('oracle')).toEqual([true])
})

test('a bookTicker inside a batch says nothing about the book', () => {
  const driver = live().frame(top('BTCUSDT', 101, ['55.00', '5.000'], ['56.00', '2.000']))
  driver.frame(depth('BTCUSDT', 101, 102, [['100.01', '5.000']]))
  expect(driver.checks('oracle')).toEqual([])
})

test('one bookTicker that differs is a doubt, the next that agrees dispels it', () => {
  const driver = live()
    .frame(depth('BTCUSDT', 101, 101, [['99.00', '1.000']]))
    .forget()
  driver.frame(top('BTCUSDT', 101, ['100.00', '7.000'], ['100.02', '2.000']))
  expect(driver.state(BTC.id)).toBe('suspect')
  driver.frame(depth('BTCUSDT', 102, 102, [['100.00', '4.000']]))
  expect(driver.state(BTC.id)).toBe('suspect')
  driver.frame(top('BTCUSDT', 102, ['100.00', '4.000'], ['100.02', '2.000']))
  expect(driver.state(BTC.id)).toBe('live')
  expect(driver.kinds).not.toContain('gap')
})

test('a second bookTicker that differs breaks the book', () => {
  const driver = live()
  for (const id of [101, 102]) {
    driver.frame(depth('BTCUSDT', id, id, [['99.00', '1.000']]))
    driver.frame(top('BTCUSDT', id, ['100.00', '7.000'], ['100.02', '2.000']))
  }
  expect(driver.events.filter(({ kind }) => kind === 'gap')).toMatchObject([{ reason: 'oracle' }])
  expect(driver.state(BTC.id)).toBe('resyncing')
})

/** The book of SEED with one more bid. */
const BIDS: Pairs = [
  ['100.00', '1.000'],
  ['99.00', '1.000'],
]
const ASKS: Pairs = [['100.02', '2.000']]
const WRONG: Pairs = [
  ['100.00', '1.000'],
  ['99.00', '1.001'],
]

test.each([
  { name: 'before its depth event', order: ['best', 'depth'] },
  { name: 'after its depth event', order: ['depth', 'best'] },
])('the best 20 levels that come $name are compared with the book of their id', ({ order }) => {
  for (const [bids, ok] of [
    [BIDS, true],
    [WRONG, false],
  ] as const) {
    const frames = {
      best: best20('BTCUSDT', 102, bids, ASKS),
      depth: depth('BTCUSDT', 101, 102, [['99.00', '1.000']]),
    }
    const driver = live()
    for (const each of order) driver.frame(frames[each as 'best' | 'depth'])
    expect(driver.checks('oracle')).toEqual([ok])
    expect(driver.state(BTC.id)).toBe(ok ? 'live' : 'suspect')
    expect(driver.state(ETH.id)).toBe('live')
  }
})

test('the best 20 levels of a moment that the book has passed, or that no event ends at, say nothing', () => {
  const driver = live()
    .frame(best20('BTCUSDT', 99, WRONG, ASKS))
    .frame(best20('BTCUSDT', 101, WRONG, ASKS))
  driver.frame(depth('BTCUSDT', 101, 102, [['99.00', '1.000']]))
  expect(driver.checks('oracle')).toEqual([])
})

test.each([
  { name: 'a quantity', bids: WRONG, asks: ASKS },
  { name: 'a level too many', bids: [...BIDS, ['98.00', '1.000']] as Pairs, asks: ASKS },
  { name: 'a level too few', bids: BIDS.slice(0, 1), asks: ASKS },
  { name: 'an empty side', bids: BIDS, asks: [] },
])('best levels that differ in $name twice break the book, told before anything else', ({ bids, asks }) => {
  const driver = live()
    .frame(depth('BTCUSDT', 101, 101, [['99.00', '1.000']]))
    .frame(best20('BTCUSDT', 101, bids, asks))
  expect(driver.state(BTC.id)).toBe('suspect')
  driver.frame(depth('BTCUSDT', 102, 102, [['1.00', '1.000']])).frame(depth('BTCUSDT', 103, 103, [['1.00', '0']]))
  driver.forget().frame(best20('BTCUSDT', 103, bids, asks))
  expect(driver.kinds).toEqual(['gap', 'status resyncing'])
  expect(driver.errors).toEqual(['FEED_ORACLE_MISMATCH'])
  expect(driver.requests.map(({ id }) => id)).toEqual(['seed:BTCUSDT:0'])
  expect(driver.book(ETH.id)).toBeDefined()
})

test('only 20 levels a side are compared, whatever the book holds below', () => {
  const bids = Array.from({ length: 25 }, (_, index) => [`${100 - index}.00`, '1.000'] as const)
  const driver = new Driver(new BinanceProtocol([BTC], 'http://venue')).open()
  driver.answer('seed:BTCUSDT', seed(100, bids, []))
  driver.frame(best20('BTCUSDT', 100, bids.slice(0, 20), []))
  expect(driver.checks('oracle')).toEqual([true])
})

test('a top that agrees does not dispel a doubt about what is below it', () => {
  const driver = live().frame(depth('BTCUSDT', 101, 101, [['99.00', '1.000']]))
  driver.frame(best20('BTCUSDT', 101, WRONG, ASKS))
  driver.frame(top('BTCUSDT', 101, ['100.00', '1.000'], ['100.02', '2.000']))
  expect(driver.state(BTC.id)).toBe('suspect')
  driver.frame(depth('BTCUSDT', 102, 102, [['1.00', '1.000']]))
  driver.frame(best20('BTCUSDT', 102, [...BIDS, ['1.00', '1.000']], ASKS))
  expect(driver.state(BTC.id)).toBe('live')
  expect(driver.kinds).not.toContain('gap')
})

test('best levels that cannot be read cost their own frame, not the book', () => {
  const driver = live().forget()
  driver.frame(best20('BTCUSDT', 100, [['99.001', '1.000']], ASKS))
  driver.frame({ data: best20('BTCUSDT', 100, BIDS, ASKS).data })
  driver.frame(best20('XYZUSDT', 100, BIDS, ASKS))
  expect(driver.errors).toEqual(['FEED_PROTOCOL', 'FEED_PROTOCOL', 'FEED_PROTOCOL'])
  expect(driver.kinds).toEqual([])
})

test.each([
  { name: 'a hundred', after: 99, checks: [true] },
  { name: 'more than a hundred', after: 100, checks: [] },
])('of the best levels that wait for the book, $name statements are kept', ({ after, checks }) => {
  const driver = live().frame(best20('BTCUSDT', 102, BIDS, ASKS))
  for (let n = 0; n < after; n++) driver.frame(best20('BTCUSDT', 900, WRONG, ASKS))
  driver.frame(depth('BTCUSDT', 101, 102, [['99.00', '1.000']]))
  expect(driver.checks('oracle')).toEqual(checks)
})
