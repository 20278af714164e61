import { expect, test } from 'vitest'
import { OPENED_AT } from '../emulated.ts'
import { kraken } from '../kraken-client.ts'
import { type Fill, fillsOf, inSteps } from './facts.ts'

const MINUTE = 60_000_000

/** The lexeme of a number in a frame, in steps of the last of so many decimals. */
function stepsIn(text: string, name: string, decimals: number): number {
  return inSteps(new RegExp(`"${name}":(-?[0-9.]+)`).exec(text)![1]!, decimals)
}

function sums(fills: readonly Fill[]) {
  const ticks = fills.map((fill) => fill.ticks)
  const lots = fills.reduce((sum, fill) => sum + fill.lots, 0)
  const notional = fills.reduce((sum, fill) => sum + BigInt(fill.ticks) * BigInt(fill.lots), 0n)
  return {
    trades: fills.length,
    volume: lots,
    low: Math.min(...ticks),
    high: Math.max(...ticks),
    vwap: Number((2n * notional + BigInt(lots)) / (2n * BigInt(lots))),
  }
}

function sumsIn(text: string) {
  return {
    trades: stepsIn(text, 'trades', 0),
    volume: stepsIn(text, 'volume', 8),
    low: stepsIn(text, 'low', 2),
    high: stepsIn(text, 'high', 2),
    vwap: stepsIn(text, 'vwap', 2),
  }
}

test('what the ticker and the candles say are sums of the trades, and the candles are stamped in nanoseconds', () => {
  const world = kraken()
  const client = world.client('/v2')
  for (const channel of ['ticker', 'ohlc']) {
    client.send({ method: 'subscribe', params: { channel, symbol: ['BTC/USD'] } })
  }
  world.play(100_000)
  const fills = fillsOf({ seed: 7, symbol: 'BTC-USD', until: 100_000_000 })
  const ticker = client.frames('"channel":"ticker","type"').at(-1)!
  expect(sumsIn(ticker)).toEqual(sums(fills))
  expect(stepsIn(ticker, 'last', 2)).toBe(fills.at(-1)!.ticks)
  const candle = client.frames('"channel":"ohlc","type":"update"').at(-1)!
  expect(sumsIn(candle)).toEqual(sums(fills.filter(({ at }) => at >= MINUTE)))
  const [at, begin, end] = [...candle.matchAll(/"(?:timestamp|interval_begin)":"([^"]+)"/g)].map(([, text]) => text)
  const told = new Date((OPENED_AT + fills.at(-1)!.at) / 1000).toISOString().slice(0, 19)
  expect([at?.slice(0, 19), at?.length]).toEqual([told, 30])
  expect([begin, end]).toEqual(['2026-01-01T00:01:00.000000000Z', '2026-01-01T00:02:00.000000Z'])
})

test('a minute without a trade has a candle by REST and none on the socket', () => {
  const world = kraken({ rate: 0.01 }).play(15 * 60_000)
  const client = world.client('/v2')
  client.send({ method: 'subscribe', params: { channel: 'ohlc', symbol: ['BTC/USD'] } })
  const [snapshot] = client.messages('"channel":"ohlc","type":"snapshot"') as { data?: { trades: number }[] }[]
  const { result } = world.json('/0/public/OHLC?pair=XBTUSD') as { result: { XXBTZUSD: number[][] } }
  const counts = result.XXBTZUSD.map((row) => row[7]!)
  expect(counts).toContain(0)
  expect(snapshot!.data!.map(({ trades }) => trades)).toEqual(counts.filter((count) => count > 0))
})
