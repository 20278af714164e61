import { expect, test } from 'vitest'
import { BinanceProtocol } from '../src/venues/binance/protocol.ts'
import { binance } from '../src/venues/binance.ts'
import { depth, listing, seed } from './binance-frames.ts'
import { Driver, instrument } from './driver.ts'

const MANY = Array.from({ length: 50 }, (_, index) => instrument('binance', `T${index}USDT`, `T${index}`, 'USDT'))
const [BTC, ETH] = [instrument('binance', 'BTCUSDT', 'BTC', 'USDT'), instrument('binance', 'ETHUSDT', 'ETH', 'USDT')]
const SEED = seed(100, [['100.00', '1.000']], [['100.02', '2.000']])

test('no more than ten answers are waited for at a time', () => {
  const driver = new Driver(new BinanceProtocol(MANY, 'http://venue')).open().wait(10_000)
  expect(driver.requests).toHaveLength(10)
  driver.answer('seed:T0USDT', SEED)
  expect(driver.requests).toHaveLength(11)
})

test('a question that was put off asks for one time to be called again, not for ever more', () => {
  const driver = new Driver(new BinanceProtocol([BTC!], 'http://venue')).open()
  for (let n = 0; n < 5; n++) driver.answer('seed:BTCUSDT', 'busy', 500).wait(4_500)
  driver.forget().wait(60_000)
  expect(driver.outputs.filter(({ kind }) => kind === 'timer').length).toBeLessThanOrEqual(61)
})

test.each([{ status: 429 }, { status: 418 }])(
  'after HTTP $status nobody asks anything until the venue’s time is over',
  ({ status }) => {
    const driver = new Driver(new BinanceProtocol(MANY, 'http://venue')).open().forget()
    driver.answer('seed:T0USDT', 'busy', status, 120_000)
    expect(driver.errors).toEqual(['FEED_RATE_LIMITED'])
    driver.answer('seed:T1USDT', SEED).wait(119_000)
    expect(driver.requests).toEqual([])
    driver.wait(1_000)
    expect(driver.requests.length).toBeGreaterThan(0)
    while (!driver.requests.some(({ id }) => id === 'seed:T0USDT:0')) {
      const before = driver.requests.length
      for (const { id } of driver.requests) driver.answer(id, SEED)
      driver.wait(1_000)
      if (driver.requests.length === before) throw new Error('what was refused is not asked again')
    }
  },
)

test('a ban is not forgotten with the socket', () => {
  const driver = new Driver(new BinanceProtocol([BTC!], 'http://venue')).open()
  driver.answer('seed:BTCUSDT', 'banned', 418, 120_000).wait(10_000).closed().wait(1_000).forget().open()
  driver.wait(108_000)
  expect(driver.requests).toEqual([])
  driver.wait(2_000)
  expect(driver.requests.map(({ id }) => id)).toContain('seed:BTCUSDT:1')
})

test('deep books are begun with five thousand levels', () => {
  const [plan] = binance.plan([BTC!], { depth: 5_000 })
  const driver = new Driver(binance.protocol(plan!)).open()
  expect(driver.requests[0]?.url).toMatch(/symbol=BTCUSDT&limit=5000$/)
})

test('each connection keeps within a connection’s streams', () => {
  const plans = binance.plan([...MANY, BTC!], {})
  expect(plans).toHaveLength(2)
  for (const { url } of plans) expect(new URL(url!).searchParams.get('streams')!.split('/').length).toBeLessThan(1_024)
})

const SYMBOLS = '%5B%22BTCUSDT%22%2C%22ETHUSDT%22%5D'

test('what does not trade is halted until it does, whatever its book', () => {
  const driver = live().wait(5_000)
  expect(driver.requests.map(({ url }) => url)).toContain(
    `http://venue/api/v3/exchangeInfo?symbols=${SYMBOLS}&showPermissionSets=false`,
  )
  driver.answer('status::', listing({ BTCUSDT: 'BREAK', ETHUSDT: 'TRADING', XYZ: 'BREAK' }))
  expect(driver.events.at(-1)).toMatchObject({ kind: 'status', state: 'halted', reason: 'Binance says BREAK' })
  expect(driver.state(ETH!.id)).not.toBe('halted')
  driver.frame(depth('BTCUSDT', 101, 101, [['99.00', '1.000']]))
  expect(driver.state(BTC!.id)).toBe('halted')
  driver.forget().ping().wait(59_000).ping().wait(2_000)
  driver.answer('status::', listing({ BTCUSDT: 'TRADING', ETHUSDT: 'TRADING' }))
  expect(['live', 'quiet']).toContain(driver.state(BTC!.id))
})

test('whether all trade is asked every five minutes, and within one while a stream is silent', () => {
  const driver = live()
    .wait(5_000)
    .answer('status::', listing({ BTCUSDT: 'TRADING', ETHUSDT: 'TRADING' }))
    .forget()
  let id = 100
  for (let second = 0; second < 299; second++) beat(driver, ++id)
  expect(statuses(driver)).toBe(0)
  beat(driver, ++id)
  expect(statuses(driver)).toBe(1)
  driver.answer('status::', listing({}))
  for (let second = 0; second < 95; second++) driver.ping().wait(1_000)
  expect(statuses(driver)).toBe(2)
})

function beat(driver: Driver, id: number): void {
  for (const symbol of ['BTCUSDT', 'ETHUSDT']) driver.frame(depth(symbol, id, id, [['0.01', '0']]))
  driver.wait(1_000)
}

test('one unknown name in the question for all has each asked for alone, and only the unknown one refused', () => {
  const driver = live().wait(5_000).answer('status::', { code: -1121, msg: 'Invalid symbol.' }, 400)
  expect(driver.requests.map(({ id }) => id)).toEqual(expect.arrayContaining(['status:BTCUSDT:0', 'status:ETHUSDT:0']))
  driver.answer('status:BTCUSDT', { code: -1121, msg: 'Invalid symbol.' }, 400)
  driver.answer('status:ETHUSDT', listing({ ETHUSDT: 'TRADING' }))
  expect(driver.state(BTC!.id)).toBe('refused')
  expect(driver.state(ETH!.id)).not.toBe('refused')
})

function statuses(driver: Driver): number {
  return driver.requests.filter(({ id }) => id.startsWith('status:')).length
}

function live(): Driver {
  const driver = new Driver(new BinanceProtocol([BTC!, ETH!], 'http://venue'))
  return driver.open().answer('seed:BTCUSDT', SEED).answer('seed:ETHUSDT', SEED)
}
