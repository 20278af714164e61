import type { Lots, Micros, Ticks, Trade } from '@depthcast/market'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Output } from '../src/venue.ts'
import { TradeChain } from '../src/venues/trade-chain.ts'
import { instrument, START } from './driver.ts'

const BTC = instrument('binance', 'BTCUSDT', 'BTC', 'USDT')

function trade(id: number, at?: number): Trade {
  return {
    kind: 'trade',
    instrument: BTC.id,
    tradeId: String(id),
    price: 100 as Ticks,
    quantity: 1 as Lots,
    side: 'buy',
    exchangeTime: at === undefined ? undefined : ((START + at) as Micros),
    receivedAt: (START + id) as Micros,
  }
}

/** `7` a trade, `7*` one marked as backfilled, `gap 5` a hole of five. */
function told(out: readonly Output[]): string[] {
  return out.flatMap((output) => {
    if (output.kind !== 'event') return []
    if (output.event.kind === 'gap') return [`gap ${output.event.lost ?? output.event.reason}`]
    return output.event.kind === 'trade' ? [`${output.event.tradeId}${output.event.backfilled ? '*' : ''}`] : []
  })
}

test('a hole is told before the trade behind it, and filled in order with what is fetched', () => {
  const chain = new TradeChain(BTC)
  const out: Output[] = []
  chain.add(trade(5), 5, out)
  chain.add(trade(9), 9, out)
  expect(chain.holes).toEqual([{ from: 6, to: 8 }])
  chain.fill(
    [10, 8, 6, 5, 9, 6].map((id) => ({ id, trade: trade(id) })),
    out,
  )
  expect(told(out)).toEqual(['5', 'gap 3', '9', '6*', '8*'])
  expect(chain.holes).toEqual([{ from: 7, to: 7 }])
})

test('a trade that comes late fills its hole once', () => {
  const chain = new TradeChain(BTC)
  const out: Output[] = []
  for (const id of [5, 7, 6, 6, 7, 5]) chain.add(trade(id), id, out)
  expect(told(out)).toEqual(['5', 'gap 1', '7', '6*'])
  expect(chain.holes).toEqual([])
})

test('newer trades under lower ids: the venue counts anew, which is told, and none of them is lost', () => {
  const chain = new TradeChain(BTC)
  const out: Output[] = []
  for (const [id, at] of [
    [500, 1],
    [503, 2],
    [1, 3],
    [2, 3],
    [4, 5],
    [3, 4],
  ] as const)
    chain.add(trade(id, at), id, out)
  expect(told(out)).toEqual(['500', 'gap 2', '503', 'gap restart', '1', '2', 'gap 1', '4', '3*'])
  expect(chain.holes).toEqual([])
})

test.each([
  { name: 'comes again', id: 7, at: 2 },
  { name: 'is older than the newest', id: 3, at: 1 },
  { name: 'has no time', id: 3, at: undefined },
])('a trade of a lower id that $name is no new count', ({ id, at }) => {
  const chain = new TradeChain(BTC)
  const out: Output[] = []
  chain.add(trade(7, 2), 7, out)
  chain.add(trade(id, at), id, out)
  expect(told(out)).toEqual(['7'])
})

test('a late trade that fills a hole is no new count, however its time is', () => {
  const chain = new TradeChain(BTC)
  const out: Output[] = []
  for (const [id, at] of [
    [5, 1],
    [7, 2],
    [6, 3],
  ] as const)
    chain.add(trade(id, at), id, out)
  expect(told(out)).toEqual(['5', 'gap 1', '7', '6*'])
})

test('each hole is given to be asked for once, oldest first', () => {
  const chain = new TradeChain(BTC)
  for (const id of [1, 3, 6]) chain.add(trade(id), id, [])
  expect(chain.ask()).toEqual({ from: 2, to: 2 })
  chain.reached(9, START, [])
  expect([chain.ask(), chain.ask(), chain.ask()]).toEqual([{ from: 4, to: 5 }, { from: 7, to: 9 }, undefined])
})

test('only the newest sixteen holes are kept', () => {
  const chain = new TradeChain(BTC)
  for (let id = 1; id <= 41; id += 2) chain.add(trade(id), id, [])
  expect(chain.holes).toHaveLength(16)
  expect(chain.holes[0]).toEqual({ from: 10, to: 10 })
})

test('in whatever order trades come and are fetched, each is published once, and what is lost is what was not', () => {
  const ids = fc.array(fc.record({ id: fc.integer({ min: 1, max: 30 }), fetched: fc.boolean() }), { maxLength: 60 })
  fc.assert(
    fc.property(ids, (steps) => {
      const chain = new TradeChain(BTC)
      const out: Output[] = []
      chain.add(trade(0), 0, out)
      for (const { id, fetched } of steps) {
        if (fetched) chain.fill([{ id, trade: trade(id) }], out)
        else chain.add(trade(id), id, out)
      }
      const published = told(out).flatMap((each) => (each.startsWith('gap') ? [] : [Number.parseInt(each, 10)]))
      const missing = chain.holes.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, n) => from + n))
      const upTo = chain.lastId ?? 0
      expect([...published, ...missing].sort((a, b) => a - b)).toEqual(Array.from({ length: upTo + 1 }, (_, n) => n))
    }),
    { numRuns: 300 },
  )
})
