import { expect, test } from 'vitest'
import { binanceEmulator } from '../../src/emulators/binance/emulator.ts'
import { coinbaseEmulator } from '../../src/emulators/coinbase/emulator.ts'
import type { Emulator, World } from '../../src/emulators/emulator.ts'
import { krakenEmulator } from '../../src/emulators/kraken/emulator.ts'
import { EmulatedWorld, OPENED_AT } from '../emulated.ts'
import { inSteps } from './facts.ts'

const HOUR_MS = 3_600_000
const OPENED_S = OPENED_AT / 1_000_000

function opened(emulator: (world: World) => Emulator) {
  return new EmulatedWorld({ emulator, pastHours: 24 })
}

test('a client of Binance that comes at the opening finds a day of trades, aggregates, candles and figures that agree', () => {
  const world = opened(binanceEmulator)
  const past = world.exchange.past('BTC-USD')
  const get = <Body>(target: string) => world.json(`/api/v3/${target}`) as Body
  const bars = get<unknown[][]>('klines?symbol=BTCUSDT&interval=1h')
  const opening = OPENED_AT / 1000 - 24 * HOUR_MS
  expect(bars.map(([time]) => time).slice(0, 24)).toEqual(Array.from({ length: 24 }, (_, i) => opening + i * HOUR_MS))
  expect(bars.reduce((sum, row) => sum + (row[8] as number), 0)).toBe(past.length)
  const day = get<{ count: number; lastId: number; volume: string }>('ticker/24hr?symbol=BTCUSDT')
  expect(day.lastId).toBe(past.length)
  const lots = past.slice(-day.count).reduce((sum, trade) => sum + trade.lots, 0)
  expect(inSteps(day.volume, 8)).toBe(lots)
  const trades = get<{ id: number; price: string }[]>('trades?symbol=BTCUSDT&limit=5')
  const aggregates = get<{ a: number; l: number; p: string }[]>('aggTrades?symbol=BTCUSDT&limit=5')
  expect(aggregates.map(({ l, p }) => [l, p])).toEqual(trades.map(({ id, price }) => [id, price]))
  expect(aggregates.map(({ a }) => a)).toEqual(aggregates.map((_, i) => aggregates[0]!.a + i))
  const client = world.client('/ws/btcusdt@trade/btcusdt@aggTrade')
  world.play(5_000)
  const [trade] = client.messages('"e":"trade"') as { t?: number }[]
  const [aggregate] = client.messages('"e":"aggTrade"') as { a?: number; f?: number }[]
  expect([trade!.t, aggregate!.f, aggregate!.a]).toEqual([past.length + 1, past.length + 1, aggregates.at(-1)!.a + 1])
})

test('a client of Coinbase that comes at the opening hears of the last match before it, in both channels', () => {
  const world = opened(coinbaseEmulator)
  const past = world.exchange.past('BTC-USD')
  const client = world
    .client('/')
    .send({ type: 'subscribe', product_ids: ['BTC-USD'], channels: ['matches', 'ticker', 'heartbeat'] })
  const [match] = client.messages('"last_match"')
  const [ticker] = client.messages('"ticker","sequence"')
  expect([match?.trade_id, ticker?.trade_id]).toEqual([past.length, past.length])
  expect(Date.parse(match!.time as string)).toBeLessThan(OPENED_AT / 1000)
  expect(ticker!.price).toBe(match!.price)
  expect([match!.side, ticker!.side].sort()).toEqual(['buy', 'sell'])
  expect(match!.maker_order_id).not.toBe(match!.taker_order_id)
  world.play(1_100)
  expect(client.messages('"type":"heartbeat"')[0]?.last_trade_id).toBeGreaterThanOrEqual(past.length)
  const rows = world.json('/products/BTC-USD/candles?granularity=3600') as number[][]
  expect(rows.map(([time]) => time).slice(1, 24)).toEqual(
    Array.from({ length: 23 }, (_, i) => OPENED_S - 3600 * (i + 1)),
  )
})

test('a client of Kraken that comes at the opening finds candles and the last fifty trades', () => {
  const world = opened(krakenEmulator)
  const past = world.exchange.past('BTC-USD')
  const { result } = world.json('/0/public/OHLC?pair=XBTUSD&interval=60') as { result: { XXBTZUSD: number[][] } }
  expect(result.XXBTZUSD.slice(0, 24).map(([time]) => time)).toEqual(
    Array.from({ length: 24 }, (_, i) => OPENED_S - 3600 * (24 - i)),
  )
  const client = world.client('/v2')
  const ask = (params: object) => client.send({ method: 'subscribe', params: { symbol: ['BTC/USD'], ...params } })
  ask({ channel: 'trade', snapshot: true })
  const [trades] = client.messages('"channel":"trade","type"') as { data?: { trade_id: number }[] }[]
  expect(trades!.data!.map(({ trade_id }) => trade_id)).toEqual(
    Array.from({ length: 50 }, (_, i) => past.length - 49 + i),
  )
  ask({ channel: 'ohlc', interval: 60 })
  const [candles] = client.messages('"channel":"ohlc","type"') as { data?: { trades: number }[] }[]
  expect(candles!.data!.reduce((sum, { trades: count }) => sum + count, 0)).toBe(past.length)
})

test('a past of three days is told whole by pages, and the day figures are of a day all the same', () => {
  const world = new EmulatedWorld({ emulator: binanceEmulator, pastHours: 72 })
  const past = world.exchange.past('BTC-USD')
  const get = <Body>(target: string) => world.json(`/api/v3/${target}`) as Body
  const bars: (readonly [time: number, ...texts: unknown[]])[] = []
  for (let end = OPENED_AT / 1000; ; end = bars[0]![0] - 1) {
    const page = get<typeof bars>(`klines?symbol=BTCUSDT&interval=1m&limit=1000&endTime=${end}`)
    if (page.length === 0) break
    bars.unshift(...page)
  }
  const first = OPENED_AT / 1000 - 72 * HOUR_MS
  expect(bars.map(([time]) => time).slice(0, 72 * 60)).toEqual(
    Array.from({ length: 72 * 60 }, (_, i) => first + i * 60_000),
  )
  expect(bars.reduce((sum, row) => sum + (row[8] as number), 0)).toBe(past.length)
  const { count } = get<{ count: number }>('ticker/24hr?symbol=BTCUSDT')
  const dayAgo = -24 * HOUR_MS * 1000
  expect(Math.abs(count - past.filter(({ at }) => at >= dayAgo).length)).toBeLessThanOrEqual(16)
  const coinbase = new EmulatedWorld({ emulator: coinbaseEmulator, pastHours: 72 })
  const span = (hours: number) => new Date((OPENED_S - hours * 3600) * 1000).toISOString()
  const rows = coinbase.json(
    `/products/BTC-USD/candles?granularity=300&start=${span(72)}&end=${span(48)}`,
  ) as number[][]
  expect(rows.map(([time]) => time).toReversed()).toEqual(
    Array.from({ length: 289 }, (_, i) => OPENED_S - 72 * 3600 + i * 300),
  )
})
