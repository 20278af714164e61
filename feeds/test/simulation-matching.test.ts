import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Order } from '../src/simulation/book-side.ts'
import { Expiries } from '../src/simulation/expiries.ts'
import { MatchingEngine } from '../src/simulation/matching-engine.ts'

type Told =
  | { kind: 'rest' | 'cancel'; id: number; side: string; ticks: number; lots: number; total: number }
  | { kind: 'fill'; id: number; taker: number; side: string; ticks: number; lots: number; total: number }

/** An engine that writes down what it tells. */
function watched(keep = 0): { engine: MatchingEngine; told: Told[]; resting: Map<number, Order> } {
  const told: Told[] = []
  const resting = new Map<number, Order>()
  const level = ({ level: { side, ticks, lots } }: Order) => ({ side, ticks, total: lots })
  const engine = new MatchingEngine(
    {
      rested(order) {
        resting.set(order.id, order)
        told.push({ kind: 'rest', id: order.id, lots: order.lots, ...level(order) })
      },
      cancelled: (order, lots) => told.push({ kind: 'cancel', id: order.id, lots, ...level(order) }),
      filled: (order, lots, taker) => told.push({ kind: 'fill', id: order.id, taker, lots, ...level(order) }),
    },
    keep,
  )
  return { engine, told, resting }
}

type Plain = { readonly id: number; readonly side: 'bid' | 'ask'; readonly ticks: number; lots: number }

/** The rules word for word, and nothing for speed: a list of orders, sorted anew for every taker. */
class NaiveEngine {
  orders: Plain[] = []
  readonly told: Told[] = []
  #lastId = 0

  order(side: 'bid' | 'ask', ticks: number, lots: number, rests: boolean): void {
    const id = ++this.#lastId
    let left = lots
    const better = side === 'bid' ? 1 : -1
    const takable = this.orders
      .filter((order) => order.side !== side && (ticks - order.ticks) * better >= 0)
      .toSorted((a, b) => (a.ticks - b.ticks) * better || a.id - b.id)
    for (const order of takable) {
      const filled = Math.min(left, order.lots)
      if (filled === 0) break
      left -= filled
      order.lots -= filled
      this.#tell({ kind: 'fill', id: order.id, taker: id, lots: filled, ...this.#level(order) })
    }
    if (left === 0 || !rests) return
    const order = { id, side, ticks, lots: left }
    this.orders.push(order)
    this.#tell({ kind: 'rest', id, lots: left, ...this.#level(order) })
  }

  cancel(id: number, lots: number): void {
    const order = this.orders.find((one) => one.id === id)!
    order.lots -= lots
    this.#tell({ kind: 'cancel', id, lots, ...this.#level(order) })
  }

  levels(side: 'bid' | 'ask'): number[] {
    const prices = [...new Set(this.orders.filter((order) => order.side === side).map((order) => order.ticks))]
    const best = prices.toSorted((a, b) => (side === 'bid' ? b - a : a - b))
    return best.flatMap((ticks) => [ticks, this.#total(side, ticks)])
  }

  #tell(told: Told): void {
    this.told.push(told)
    this.orders = this.orders.filter((order) => order.lots > 0)
  }

  #level({ side, ticks }: Plain): { side: string; ticks: number; total: number } {
    return { side, ticks, total: this.#total(side, ticks) }
  }

  #total(side: 'bid' | 'ask', ticks: number): number {
    const there = this.orders.filter((order) => order.side === side && order.ticks === ticks)
    return there.reduce((sum, order) => sum + order.lots, 0)
  }
}

const side = fc.constantFrom('bid' as const, 'ask' as const)
const ticks = fc.integer({ min: 1, max: 12 })
const lots = fc.integer({ min: 1, max: 9 })
const action = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('submit' as const), side, ticks, lots }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('take' as const), side, ticks, lots }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('cancel' as const),
      which: fc.nat({ max: 20 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
)

test('orders match by price, then time, exactly as a plain list of orders would, and no book is ever crossed', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
      const { engine, told, resting } = watched()
      const naive = new NaiveEngine()
      for (const act of actions) {
        if (act.do === 'cancel') {
          const order = naive.orders[act.which]
          if (order === undefined) continue
          const part = Math.max(1, Math.ceil(order.lots * act.share))
          engine.cancel(resting.get(order.id)!, part)
          naive.cancel(order.id, part)
        } else if (act.do === 'submit') {
          engine.submit(act.side, act.ticks, act.lots)
          naive.order(act.side, act.ticks, act.lots, true)
        } else {
          engine.take(act.side, act.ticks, act.lots)
          naive.order(act.side, act.ticks, act.lots, false)
        }
        expect(told).toEqual(naive.told)
        expect(engine.bids.flat(100)).toEqual(naive.levels('bid'))
        expect(engine.asks.flat(100)).toEqual(naive.levels('ask'))
        expect(engine.bids.best?.ticks ?? 0).toBeLessThan(engine.asks.best?.ticks ?? Number.POSITIVE_INFINITY)
      }
    }),
    { numRuns: 1000 },
  )
})

test('what was not filled of an immediate order is told to whoever sent it', () => {
  const { engine } = watched()
  engine.submit('ask', 10, 5)
  expect(engine.take('bid', 9, 3)).toBe(3)
  expect(engine.take('bid', 10, 8)).toBe(3)
  expect(engine.asks.levels).toBe(0)
})

test('no taker gets at the last levels that are kept, and none rests across them', () => {
  const { engine } = watched(2)
  for (let price = 1; price <= 5; price += 1) engine.submit('ask', price, 10)
  expect(engine.submit('bid', 100, 1000)).toBeUndefined()
  expect(engine.asks.flat(9)).toEqual([4, 10, 5, 10])
  expect(engine.bids.levels).toBe(0)
})

test('more than an order has left cannot be taken back', () => {
  const { engine, resting } = watched()
  engine.submit('bid', 10, 5)
  const order = resting.get(1)!
  expect(() => engine.cancel(order, 6)).toThrow(RangeError)
  engine.cancel(order)
  expect(() => engine.cancel(order)).toThrow(RangeError)
})

test('orders expire in the order of their times, of one time the older first', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 50 }), fc.nat({ max: 50 }), (times, early) => {
      const { engine } = watched()
      const expiries = new Expiries()
      let waiting: { at: number; id: number }[] = []
      const expected = () => {
        waiting = waiting.toSorted((a, b) => a.at - b.at || a.id - b.id)
        expect(expiries.nextAt).toBe(waiting[0]?.at ?? Number.POSITIVE_INFINITY)
        expect(expiries.pop()?.id).toBe(waiting.shift()?.id)
      }
      for (const [i, at] of times.entries()) {
        const order = engine.submit('bid', 1, 1)!
        expiries.push(at, order)
        waiting.push({ at, id: order.id })
        if (i === early) expected()
      }
      for (let left = waiting.length; left >= 0; left -= 1) expected()
    }),
  )
})
