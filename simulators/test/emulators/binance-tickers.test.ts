import { expect, test } from 'vitest'
import { binanceEmulator } from '../../src/emulators/binance/emulator.ts'
import { EmulatedWorld, OPENED_AT } from '../emulated.ts'
import { type Fill, fillsOf, inSteps } from './facts.ts'

const MINUTE = 60_000_000
const SYMBOLS = ['BTC-USD', 'ETH-USD']

function opened(options: { symbols?: readonly string[]; rate?: number } = {}) {
  return new EmulatedWorld({ emulator: binanceEmulator, symbols: SYMBOLS, ...options })
}

type Figures = { n: number; F: number; L: number; O: number; C: number } & Record<
  's' | 'e' | 'o' | 'c' | 'h' | 'l' | 'v' | 'p' | 'w',
  string
>
type RestFigures = { firstId: number; lastId: number; count: number; openTime: number; closeTime: number } & Record<
  'openPrice' | 'lastPrice' | 'highPrice' | 'lowPrice' | 'volume' | 'priceChange',
  string
>

function sums(fills: readonly Fill[]) {
  const ticks = fills.map((fill) => fill.ticks)
  return {
    count: fills.length,
    first: fills[0]!.tradeId,
    last: fills.at(-1)!.tradeId,
    open: ticks[0],
    close: ticks.at(-1),
    high: Math.max(...ticks),
    low: Math.min(...ticks),
    lots: fills.reduce((sum, { lots }) => sum + lots, 0),
  }
}

function sumsOf({ n, F, L, o, c, h, l, v }: Figures) {
  const [open, close, high, low] = [o, c, h, l].map((price) => inSteps(price, 2))
  return { count: n, first: F, last: L, open, close, high, low, lots: inSteps(v, 8) }
}

function restSums(one: RestFigures) {
  const { firstId, lastId, count, openPrice, lastPrice, highPrice, lowPrice, volume } = one
  const [open, close, high, low] = [openPrice, lastPrice, highPrice, lowPrice].map((price) => inSteps(price, 2))
  return { count, first: firstId, last: lastId, open, close, high, low, lots: inSteps(volume, 8) }
}

test('a rolling ticker is of a window that begins on a minute, and so is that by REST', () => {
  const world = opened().play(3 * 60_000 + 30_000)
  const client = world.client('/ws/btcusdt@ticker_1h')
  world.play(1_100)
  const until = world.now - OPENED_AT
  const fills = fillsOf({ seed: 7, symbol: 'BTC-USD', until })
  const told = client.messages().at(-1) as unknown as Figures
  const at = told.C * 1000
  expect([told.e, told.O]).toEqual(['1hTicker', (at - (at % MINUTE)) / 1000 - 3_600_000])
  expect(sumsOf(told)).toEqual(sums(fills.filter((fill) => OPENED_AT + fill.at < at)))
  expect(inSteps(told.w, 8) / 1e6 / fills[0]!.ticks).toBeCloseTo(1, 1)
  const rest = world.json('/api/v3/ticker?symbol=BTCUSDT&windowSize=2m') as RestFigures
  expect([rest.openTime, rest.closeTime]).toEqual([OPENED_AT / 1000 + 60_000, Math.floor(world.now / 1000)])
  const within = fills.filter(({ at }) => at >= MINUTE)
  expect(within.length).toBeLessThan(fills.length)
  expect(restSums(rest)).toEqual(sums(within))
})

test('the streams of all symbols list those that changed in the second before, and no others', () => {
  const world = opened({ rate: 0.2 }).play(5_000)
  const names = ['!miniTicker@arr', '!ticker@arr', '!ticker_4h@arr']
  const client = world.client(`/stream?streams=${names.join('/')}`)
  const single = world.client('/stream?streams=btcusdt@ticker')
  world.play(30_000)
  const lists = (name: string) =>
    client.messages(`"stream":"${name}"`).map(({ data }) => data as (Figures & { E: number })[])
  for (const name of names) expect(lists(name).length).toBeGreaterThan(10)
  const full = lists('!ticker@arr')
  expect(full[0]!.map(({ s }) => s)).toEqual(['BTCUSD', 'BTCUSDT', 'ETHUSD', 'ETHUSDT'])
  const counts = new Set(lists('!miniTicker@arr').map((list) => list.length))
  expect(counts).toEqual(new Set([4, 2]))
  for (const list of lists('!miniTicker@arr')) for (const { e } of list) expect(e).toBe('24hrMiniTicker')
  for (const list of lists('!ticker_4h@arr')) for (const { e } of list) expect(e).toBe('4hTicker')
  const mine = full.flat().filter(({ s }) => s === 'BTCUSDT')
  const other = single.messages().map(({ data }) => data as Figures & { E: number })
  for (const one of other) expect(mine).toContainEqual(one)
})

test('a raw socket hears of all symbols as a list, and of nothing once it has left', () => {
  const world = opened()
  const client = world.client('/ws/!miniTicker@arr')
  world.play(2_100)
  expect(Array.isArray(client.messages()[0])).toBe(true)
  client.send({ method: 'UNSUBSCRIBE', params: ['!miniTicker@arr'], id: 1 }).forget()
  world.play(3_000)
  expect(client.frames()).toEqual([])
})

test.each(['!bookTicker', '!ticker_2h@arr', '!nope@arr', 'btcusdt@ticker_2h', 'btcusdt@kline_1d@+09:00'])(
  '%s is no stream, and silent',
  (stream) => {
    const world = opened()
    const client = world.client(`/ws/${stream}`)
    world.play(3_000)
    expect(client.frames()).toEqual([])
  },
)

test('a day in the time zone of a stream or a question begins at its midnight', () => {
  const world = opened()
  const client = world.client('/stream?streams=btcusdt@kline_1d/btcusdt@kline_1d@+08:00')
  world.play(4_100)
  const begins = client.messages().map(({ stream, data }) => [stream, (data as { k: { t: number } }).k.t])
  expect(begins).toContainEqual(['btcusdt@kline_1d', OPENED_AT / 1000])
  expect(begins).toContainEqual(['btcusdt@kline_1d@+08:00', OPENED_AT / 1000 - 8 * 3_600_000])
  const day = (zone: string) =>
    (world.json(`/api/v3/klines?symbol=BTCUSDT&interval=1d${zone}`) as [number, ...unknown[]][]).map((row) => [
      row[0],
      row[6],
    ])
  const hours = (count: number) => OPENED_AT / 1000 + count * 3_600_000
  expect(day('')).toEqual([[hours(0), hours(24) - 1]])
  expect(day('&timeZone=8')).toEqual([[hours(-8), hours(16) - 1]])
  expect(day('&timeZone=-1:30')).toEqual([[hours(-22.5), hours(1.5) - 1]])
  const { openTime, closeTime } = world.json('/api/v3/ticker/tradingDay?symbol=BTCUSDT&timeZone=05:45') as RestFigures
  expect([openTime, closeTime]).toEqual([hours(-5.75), hours(18.25) - 1])
})

test('candles begin at the start that is asked for or later', () => {
  const world = opened().play(5 * 60_000)
  const begins = (start: number) =>
    (
      world.json(`/api/v3/uiKlines?symbol=BTCUSDT&interval=1m&startTime=${start}&limit=2`) as [number, ...unknown[]][]
    ).map(([begin]) => begin)
  const at = (minute: number) => OPENED_AT / 1000 + minute * 60_000
  expect(begins(at(2))).toEqual([at(2), at(3)])
  expect(begins(at(2) + 1)).toEqual([at(3), at(4)])
})

test.each([
  ['ticker', -1102, "Param 'symbol' or 'symbols' must be sent, but both were empty/null!"],
  ['ticker?symbol=BTCUSDT&windowSize=1w', -1130, "Data sent for parameter 'windowSize' is not valid."],
  ['ticker?symbol=BTCUSDT&windowSize=24h', -1130, "Data sent for parameter 'windowSize' is not valid."],
  ['ticker/24hr?type=HUGE', -1139, 'Invalid ticker type.'],
  ['klines?symbol=BTCUSDT&interval=1m&timeZone=15', -1130, "Data sent for parameter 'timeZone' is not valid."],
  ['depth?symbol=BTCUSDT&symbolStatus=HALT', -1220, "The symbol's status does not match the requested symbolStatus."],
  ['depth?symbol=BTCUSDT&symbolStatus=CLOSED', -1122, 'Invalid symbolStatus.'],
  ['exchangeInfo?symbol=BTCUSDT&permissions=SPOT', -1128, 'Combination of optional parameters invalid.'],
])('%s is refused with code %i', (target, code, msg) => {
  const answer = opened().get(`/api/v3/${target}`)!
  expect([answer.status, JSON.parse(answer.body)]).toEqual([400, { code, msg }])
})

test.each([
  ['uiKlines?symbol=BTCUSDT&interval=1m', 2],
  ['ticker?symbols=["BTCUSDT","ETHUSDT"]', 8],
  ['ticker/tradingDay?symbol=BTCUSDT', 4],
  ['ticker/price?symbol=BTCUSDT', 2],
  ['ticker/price?symbols=["BTCUSDT"]', 4],
])('%s weighs %i', (target, weight) => {
  expect(opened().get(`/api/v3/${target}`)).toMatchObject({
    status: 200,
    headers: { 'x-mbx-used-weight-1m': String(weight) },
  })
})

test('many symbols of a window weigh 200 at most, and more than a hundred are refused', () => {
  const ask = (count: number) => {
    const symbols = JSON.stringify(Array.from({ length: count }, () => 'BTCUSDT'))
    return opened().get(`/api/v3/ticker?symbols=${symbols}`)!
  }
  expect(ask(49).headers?.['x-mbx-used-weight-1m']).toBe('196')
  expect(ask(60).headers?.['x-mbx-used-weight-1m']).toBe('200')
  expect([ask(100).status, ask(101).status]).toEqual([200, 400])
})

test('what version 1 had is there under its name too, weighed and answered alike', () => {
  const world = opened()
  const [one, three] = [1, 3].map((version) => world.get(`/api/v${version}/depth?symbol=BTCUSDT&limit=1000`)!)
  expect([one!.status, one!.headers?.['x-mbx-used-weight-1m'], one!.body]).toEqual([200, '50', three!.body])
  expect(world.get('/api/v1/avgPrice?symbol=BTCUSDT')).toBeUndefined()
})

test('lists have the symbols of the permission and the status asked for', () => {
  const world = opened()
  const symbols = (query: string) =>
    (world.json(`/api/v3/exchangeInfo?${query}`) as { symbols: { permissionSets: unknown }[] }).symbols
  expect(symbols('permissions=["SPOT","MARGIN"]&symbolStatus=TRADING').length).toBe(4)
  expect(symbols('permissions=LEVERAGED')).toEqual([])
  expect(symbols('symbolStatus=BREAK')).toEqual([])
  expect(symbols('showPermissionSets=false')[0]?.permissionSets).toEqual([])
  expect(world.json('/api/v3/ticker/price?symbolStatus=BREAK')).toEqual([])
})
