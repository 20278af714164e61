import { expect, test } from 'vitest'
import { BinanceProtocol } from '../src/venues/binance/protocol.ts'
import { pastTrade, seed, trade } from './binance-frames.ts'
import { Driver, instrument } from './driver.ts'

const BTC = instrument('binance', 'BTCUSDT', 'BTC', 'USDT')
const ETH = instrument('binance', 'ETHUSDT', 'ETH', 'USDT')
const SEED = seed(100, [['100.00', '1.000']], [['100.02', '2.000']])

/** Both books live at id 100. */
function live(): Driver {
  const driver = new Driver(new BinanceProtocol([BTC, ETH], 'http://venue'))
  return driver.open().answer('seed:BTCUSDT', SEED).answer('seed:ETHUSDT', SEED)
}

test('trades missed while disconnected are counted, trades seen twice are passed over', () => {
  const driver = live()
    .frame(trade('BTCUSDT', 7, true))
    .forget()
  driver.frame(trade('BTCUSDT', 7, true)).frame(trade('BTCUSDT', 6, true))
  expect(driver.kinds).toEqual([])
  driver.closed().open().forget()
  driver.frame(trade('BTCUSDT', 11, true))
  expect(driver.events).toMatchObject([
    { kind: 'gap', stream: 'trades', expected: 8, received: 11, lost: 3 },
    { kind: 'trade', tradeId: '11' },
  ])
})

test('trades that the stream skipped are fetched, once, and marked as older than what came before', () => {
  const driver = live()
    .frame(trade('BTCUSDT', 7, true))
    .frame(trade('BTCUSDT', 10, true))
    .forget()
    .wait(3_000)
  expect(fetches(driver)).toEqual(['http://venue/api/v3/trades?symbol=BTCUSDT&limit=103'])
  const past = [6, 7, 8, 9, 10, 11].map((id) => pastTrade(id, id === 8))
  driver.forget().answer('trades:BTCUSDT', past)
  expect(driver.events).toMatchObject([
    { kind: 'trade', tradeId: '8', side: 'sell', price: 10001, quantity: 500, backfilled: true },
    { kind: 'trade', tradeId: '9', side: 'buy', exchangeTime: 1_700_000_000_009_000, backfilled: true },
  ])
  driver.forget().wait(60_000)
  expect(fetches(driver)).toEqual([])
})

test.each([
  { name: 'an error', answer: 'busy', status: 500, error: ['FEED_TRANSPORT'] },
  { name: 'garbage', answer: '{"a":1}', status: 200, error: ['FEED_PROTOCOL'] },
  { name: 'other trades', answer: [pastTrade(1, true)], status: 200, error: [] },
])('a hole whose trades are answered with $name stays one, and is not asked for again', ({ answer, status, error }) => {
  const driver = live()
    .frame(trade('BTCUSDT', 7, true))
    .frame(trade('BTCUSDT', 10, true))
    .wait(3_000)
    .forget()
  driver.answer('trades:BTCUSDT', answer, status)
  expect(driver.errors).toEqual(error)
  expect(driver.kinds).toEqual([])
  driver.forget().wait(60_000)
  expect(fetches(driver)).toEqual([])
  driver.frame(trade('BTCUSDT', 11, true))
  expect(driver.kinds.filter((kind) => kind === 'gap')).toEqual([])
})

test('holes close to one another are asked for together, those beyond the last thousand trades not at all', () => {
  const near = live()
  for (const id of [100, 110, 120]) near.frame(trade('BTCUSDT', id, true))
  near.wait(5_000)
  expect(fetches(near)).toEqual(['http://venue/api/v3/trades?symbol=BTCUSDT&limit=120'])
  const far = live()
    .frame(trade('BTCUSDT', 100, true))
    .frame(trade('BTCUSDT', 110, true))
  for (let id = 111; id < 1_200; id++) far.frame(trade('BTCUSDT', id, true))
  expect(fetches(far.wait(5_000))).toEqual([])
  const wide = live()
    .frame(trade('BTCUSDT', 100, true))
    .frame(trade('BTCUSDT', 9_000, true))
    .wait(5_000)
  expect(fetches(wide)).toEqual(['http://venue/api/v3/trades?symbol=BTCUSDT&limit=1000'])
})

test('aggregated trades beside raw ones are passed over: they count in other ids', () => {
  const driver = live()
    .frame(trade('BTCUSDT', 7, true))
    .forget()
  const { data } = trade('BTCUSDT', 900, true)
  driver.frame({ data: { ...data, e: 'aggTrade', a: 900, t: undefined } }).frame(trade('BTCUSDT', 8, true))
  expect(driver.kinds).toEqual(['trade'])
})

function fetches(driver: Driver): string[] {
  return driver.requests.flatMap(({ id, url }) => (id.startsWith('trades:') ? [url] : []))
}
