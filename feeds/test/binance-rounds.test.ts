import { expect, test } from 'vitest'
import { BinanceProtocol } from '../src/venues/binance/protocol.ts'
import { depth, type Pairs, seed, trade } from './binance-frames.ts'
import { Driver, instrument } from './driver.ts'

const BTC = instrument('binance', 'BTCUSDT', 'BTC', 'USDT')
const SEED = seed(100, [['100.00', '1.000']], [['100.02', '2.000']])

/** Live at id 100. */
function live(): Driver {
  return new Driver(new BinanceProtocol([BTC], 'http://venue')).open().answer('seed:BTCUSDT', SEED)
}

test('after two minutes the live book is held against a whole snapshot brought to the same id', () => {
  const driver = live().frame(depth('BTCUSDT', 101, 101, [['99.00', '1.000']]))
  let id = pass(driver, 2, 101)
  expect(driver.requests.map(({ url }) => url)).toContain('http://venue/api/v3/depth?symbol=BTCUSDT&limit=1000')
  driver.forget().frame(depth('BTCUSDT', ++id, id, [['98.00', '1.000']]))
  const image: Pairs = [
    ['100.00', '1.000'],
    ['99.00', '1.000'],
    ['98.00', '1.000'],
    ['97.00', '2.000'],
  ]
  driver.answer('compare:BTCUSDT', seed(id + 2, image, [['100.02', '2.000']]))
  expect(driver.checks('oracle')).toEqual([])
  driver.frame(depth('BTCUSDT', id + 1, id + 3, [['97.00', '3.000']]))
  expect(driver.checks('oracle')).toEqual([true])
  expect(driver.kinds).not.toContain('gap')
})

test('a book that differs below the top from two whole snapshots is broken, however its sequence looked', () => {
  const driver = live()
  const id = pass(driver, 2, 100)
  const image = seed(
    id,
    [
      ['100.00', '1.000'],
      ['99.99', '5.000'],
    ],
    [['100.02', '2.000']],
  )
  driver.forget().answer('compare:BTCUSDT', image)
  expect(driver.checks('oracle')).toEqual([false])
  expect(driver.state(BTC.id)).toBe('suspect')
  driver.wait(4_000).answer('reseed:BTCUSDT', image)
  expect(driver.events.filter(({ kind }) => kind === 'gap')).toMatchObject([{ reason: 'oracle', instrument: BTC.id }])
})

test('a doubt that a second snapshot dispels costs nothing', () => {
  const driver = live()
  const id = pass(driver, 2, 100)
  driver.answer('compare:BTCUSDT', seed(id, [['100.00', '9.000']], [['100.02', '2.000']]))
  driver.wait(4_000).answer('reseed:BTCUSDT', seed(id, [['100.00', '1.000']], [['100.02', '2.000']]))
  expect(['live', 'quiet']).toContain(driver.state(BTC.id))
  expect(driver.kinds).not.toContain('gap')
})

test('a cached snapshot, older than the question, is no reason for doubt', () => {
  const driver = live()
  pass(driver, 2, 100)
  driver.forget().answer('compare:BTCUSDT', seed(50, [['90.00', '1.000']], []))
  expect(driver.checks('oracle')).toEqual([])
  expect(driver.kinds).toEqual([])
})

test('a wrong level far below the best 20 is found in the book’s turn, and the book is asked for again', () => {
  const bids = Array.from({ length: 400 }, (_, index): Pairs[number] => [(100 - index / 100).toFixed(2), '1.000'])
  const driver = new Driver(new BinanceProtocol([BTC], 'http://venue')).open()
  driver.answer('seed:BTCUSDT', seed(100, bids, []))
  const id = pass(driver, 2, 100)
  const theirs = seed(id, bids.toSpliced(350, 1, ['96.50', '1.001']), [])
  driver.answer('compare:BTCUSDT', theirs)
  expect(driver.state(BTC.id)).toBe('suspect')
  driver.wait(4_000).answer('reseed:BTCUSDT', theirs)
  expect(driver.state(BTC.id)).toBe('resyncing')
  expect(driver.requests.at(-1)?.id).toBe('seed:BTCUSDT:0')
})

test('a whole snapshot to compare with may wait for everything else, and says what it weighs; a book’s first may not', () => {
  const driver = live()
  pass(driver, 2, 100)
  const requests = driver.requests.filter(({ url }) => url.includes('limit=1000'))
  expect(requests.map(({ weight, canWait }) => [weight, canWait])).toEqual([
    [50, undefined],
    [50, true],
  ])
})

test('many books take turns, one question at a time, and nobody is passed over', () => {
  const names = Array.from({ length: 60 }, (_, index) => `T${index}USDT`)
  const many = names.map((name) => instrument('binance', name, name.slice(0, -4), 'USDT'))
  const driver = new Driver(new BinanceProtocol(many, 'http://venue')).open()
  for (const name of names) driver.answer(`seed:${name}`, SEED)
  const counts = new Map<string, number>()
  let id = 100
  for (let second = 0; second < 900; second++) {
    if (second % 10 === 0) for (const name of names) driver.frame(depth(name, id + 1, id + 1, [['0.01', '0']]))
    if (second % 10 === 0) id++
    driver.forget().ping().wait(1_000)
    const asked = driver.requests.filter(({ id }) => id.startsWith('compare:'))
    expect(asked.length).toBeLessThanOrEqual(1)
    for (const { id: question } of asked) {
      const name = question.split(':')[1]!
      counts.set(name, (counts.get(name) ?? 0) + 1)
      driver.wait(2_500).answer(question, seed(id, [['100.00', '1.000']], [['100.02', '2.000']]))
    }
  }
  expect(counts.size).toBe(60)
  expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(1)
})

const TOLD = depth('BTCUSDT', 106, 106, [['99.50', '0']])

test.each([
  { name: 'at a price where the book has nothing', price: '99.50', told: undefined, is: 'brought forward' },
  { name: 'at a price where the book has an order', price: '100.00', told: undefined, is: 'as ever' },
  { name: 'with an order that the next event tells of', price: '99.50', told: TOLD, is: 'as ever' },
])('after a trade $name the comparison is $is', ({ price, told, is }) => {
  const driver = live()
  pass(driver, 1, 100)
  driver
    .frame(depth('BTCUSDT', 104, 105, [['0.01', '0']]))
    .frame(trade('BTCUSDT', 1, true, price))
    .wait(100)
  if (told !== undefined) driver.frame(told)
  driver.wait(5_000)
  expect(driver.requests.some(({ id }) => id.startsWith('compare:'))).toBe(is === 'brought forward')
})

/** Minutes on a socket that pings, with an event of the book every 20 s that changes nothing; gives the last id. */
function pass(driver: Driver, minutes: number, lastId: number): number {
  let id = lastId
  for (let third = 0; third < minutes * 3; third++) {
    driver
      .ping()
      .frame(depth('BTCUSDT', ++id, id, [['0.01', '0']]))
      .wait(20_000)
  }
  return id
}
