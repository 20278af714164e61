import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Exchange,
  type ExchangeOptions,
  KNOWN,
  type OrderEvent,
  openExchange,
  SCENARIOS,
} from '../src/simulation/index.ts'

const SECOND = 1_000_000
const CRYPTO: ExchangeOptions = { seed: 7, preset: 'crypto', symbols: ['BTC-USD', 'ETH-USD', 'PAXG-USD'] }

test('the same options give the same bytes, however the time is cut', () => {
  const end = 3 * SECOND
  const whole = played(openExchange(CRYPTO), [end])
  const bytes = JSON.stringify(whole)
  expect(whole.length).toBeGreaterThan(300)
  const cut = fc.oneof(fc.integer({ min: 0, max: end }), fc.constantFrom(...whole.map(({ at }) => at)))
  fc.assert(
    fc.property(fc.array(cut, { maxLength: 40 }), (cuts) => {
      const times = [...cuts.toSorted((a, b) => a - b), end]
      expect(JSON.stringify(played(openExchange(CRYPTO), times))).toBe(bytes)
    }),
    { numRuns: 20 },
  )
  expect(JSON.stringify(played(openExchange({ ...CRYPTO, seed: 8 }), [end]))).not.toBe(bytes)
})

test('a market is the same whatever else trades', () => {
  const own = (symbols: readonly string[]) =>
    played(openExchange({ ...CRYPTO, symbols }), [3 * SECOND]).filter(({ symbol }) => symbol === 'ETH-USD')
  expect(own(KNOWN.crypto)).toEqual(own(['ETH-USD']))
})

test('on every path events are numbered without a hole, in time, of orders that rest, and never cross a book whose totals add up', () => {
  const any = {
    seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    market: fc.constantFrom(
      ...KNOWN.crypto.map((symbol) => ({ preset: 'crypto' as const, symbol })),
      ...KNOWN.equity.map((symbol) => ({ preset: 'equity' as const, symbol })),
      { preset: 'crypto' as const, symbol: 'XYZZY-USDT' },
      { preset: 'equity' as const, symbol: 'XYZZY-USD' },
    ),
    scenario: fc.constantFrom(...SCENARIOS),
    model: fc.constantFrom('hawkes' as const, 'poisson' as const),
    rate: fc.constantFrom(1, 4),
  }
  fc.assert(
    fc.property(fc.record(any), ({ market: { preset, symbol }, ...options }) => {
      const exchange = openExchange({ ...options, preset, symbols: [symbol] })
      const audit = new Audit(exchange, symbol)
      exchange.advance(100 * SECOND, (event) => audit.hear(event))
      audit.compareAll()
    }),
    { numRuns: 20 },
  )
})

test('a halt stops trading, and the market trades on when it is over', () => {
  const exchange = openExchange({ ...CRYPTO, symbols: ['BTC-USD'], scenario: 'halt' })
  const trades = { before: 0, during: 0, after: 0 }
  const controls: string[] = []
  exchange.advance(400 * SECOND, (event) => {
    if (event.kind === 'halt' || event.kind === 'resume') {
      controls.push(`${event.kind} ${event.at / SECOND}`)
      expect(exchange.isHalted('BTC-USD')).toBe(event.kind === 'halt')
    }
    if (exchange.isHalted('BTC-USD')) expect(['halt', 'cancel']).toContain(event.kind)
    if (event.kind !== 'fill') return
    trades[exchange.isHalted('BTC-USD') ? 'during' : event.at < 60 * SECOND ? 'before' : 'after'] += 1
  })
  expect(controls).toEqual(['halt 60', 'resume 90', 'halt 360', 'resume 390'])
  expect(trades.during).toBe(0)
  expect(Math.min(trades.before, trades.after)).toBeGreaterThan(50)
})

test('nothing that was on its way when trading stopped arrives while it is stopped, but owners may take back', () => {
  for (let seed = 1; seed <= 12; seed += 1) {
    const exchange = openExchange({ ...CRYPTO, seed, symbols: ['BTC-USD'], scenario: 'halt' })
    const during = new Set<string>()
    exchange.advance(90 * SECOND - 1, (event) => {
      if (exchange.isHalted('BTC-USD') && event.kind !== 'halt') during.add(event.kind)
    })
    expect([...during]).toEqual(['cancel'])
  }
})

test('in a flash crash the price falls by several percent within half a minute, and most of it comes back', () => {
  const exchange = openExchange({ ...CRYPTO, symbols: ['ETH-USD'], scenario: 'flash-crash' })
  const [before, low, later] = [60, 86, 220].map((second) => {
    exchange.advance(second * SECOND, () => {})
    return mid(exchange, 'ETH-USD')
  })
  expect((low ?? 0) / (before ?? 1)).toBeLessThan(0.96)
  expect(((later ?? 0) - (low ?? 0)) / ((before ?? 0) - (low ?? 0))).toBeGreaterThan(0.5)
})

test.each([
  { scenario: 'open', times: 1.5, wider: 1.2 },
  { scenario: 'thin-night', times: 0.4, wider: 1.5 },
  { scenario: 'news-burst', times: 1.5, wider: 1 },
] as const)('$scenario changes how busy markets are and how wide', ({ scenario, times, wider }) => {
  const [usual, changed] = (['none', scenario] as const).map((each) => {
    const exchange = openExchange({ seed: 3, preset: 'equity', symbols: ['AAPL-USD', 'MSFT-USD'], scenario: each })
    let events = 0
    let spreads = 0
    for (let second = 1; second <= 300; second += 1) {
      exchange.advance(second * SECOND, () => {
        events += 1
      })
      spreads += spread(exchange, 'AAPL-USD')
    }
    return { events, spreads }
  })
  const busier = (changed?.events ?? 0) / (usual?.events ?? 1)
  expect(times > 1 ? busier / times : times / busier).toBeGreaterThan(1)
  expect((changed?.spreads ?? 0) / (usual?.spreads ?? 1)).toBeGreaterThan(wider)
})

test('markets of one exchange move together', () => {
  const exchange = openExchange({ seed: 5, preset: 'crypto', symbols: ['BTC-USD', 'ETH-USD'] })
  const paths = { 'BTC-USD': [] as number[], 'ETH-USD': [] as number[] }
  for (let second = 0; second <= 3600; second += 10) {
    exchange.advance(second * SECOND, () => {})
    for (const symbol of ['BTC-USD', 'ETH-USD'] as const) paths[symbol].push(Math.log(mid(exchange, symbol)))
  }
  const [btc, eth] = Object.values(paths).map((path) => path.slice(1).map((log, i) => log - path[i]!)) as [
    number[],
    number[],
  ]
  const product = (a: number[], b: number[]) => a.reduce((sum, one, i) => sum + one * b[i]!, 0)
  expect(product(btc, eth) / Math.sqrt(product(btc, btc) * product(eth, eth))).toBeGreaterThan(0.2)
})

test('a listed price is where a market opens, any name is a market, and its price and grid come from its name', () => {
  const symbols = ['BTC-USD', 'BTC-USDT', 'ETH-BTC', 'QUUX-USD', 'BTC-GBP', 'USDC-USD']
  const exchange = openExchange({ seed: 1, preset: 'crypto', symbols })
  const price = (symbol: string) => {
    const listed = exchange.instruments.find((one) => one.symbol === symbol)!
    return (mid(exchange, symbol) * listed.tickSize.coefficient) / 10 ** listed.tickSize.decimals
  }
  expect(price('BTC-USD')).toBeCloseTo(96_500, -4)
  expect(price('BTC-USDT')).toBeCloseTo(96_500, -4)
  expect(price('ETH-BTC')).toBeCloseTo(0.0354, 3)
  expect(price('BTC-GBP')).toBeCloseTo(76_345, -4)
  expect(price('USDC-USD')).toBeCloseTo(1, 2)
  expect(openExchange({ seed: 2, preset: 'crypto', symbols }).instruments).toEqual(exchange.instruments)
})

test.each([
  { symbols: ['BTCUSD'], rate: 1, wrong: /BTCUSD/ },
  { symbols: ['btc-usd'], rate: 1, wrong: /btc-usd/ },
  { symbols: ['BTC-USD', 'BTC-USD'], rate: 1, wrong: /twice/ },
  { symbols: ['BTC-USD'], rate: 0, wrong: /rate 0/ },
])('an exchange of $symbols at rate $rate is refused by name', ({ symbols, rate, wrong }) => {
  expect(() => openExchange({ seed: 1, preset: 'crypto', symbols, rate })).toThrow(wrong)
})

test('a symbol that is not listed is refused with those that are', () => {
  const exchange = openExchange({ ...CRYPTO, symbols: ['BTC-USD'] })
  expect(() => exchange.levels('ETH-USD', 'bid')).toThrow("symbol 'ETH-USD' is not listed: BTC-USD are")
})

/** Follows every order of a symbol from its opening, and holds the exchange to it. */
class Audit {
  readonly #exchange: Exchange
  readonly #symbol: string
  /** What rests by side and price, and by order where it came after the opening. */
  readonly #totals = { bid: new Map<number, number>(), ask: new Map<number, number>() }
  readonly #orders = new Map<number, { ticks: number; lots: number; side: string }>()
  #firstId = Number.POSITIVE_INFINITY
  #seq = 0
  #at = 0
  #tradeId = 0

  constructor(exchange: Exchange, symbol: string) {
    this.#exchange = exchange
    this.#symbol = symbol
    for (const side of ['bid', 'ask'] as const) {
      const levels = exchange.levels(symbol, side)
      for (let i = 0; i < levels.length; i += 2) this.#totals[side].set(levels[i]!, levels[i + 1]!)
    }
  }

  hear(event: OrderEvent): void {
    if (event.seq !== this.#seq + 1 || event.at < this.#at) throw new Error(`${event.seq} after ${this.#seq}`)
    this.#seq = event.seq
    this.#at = event.at
    if (event.kind === 'halt' || event.kind === 'resume') return
    const totals = this.#totals[event.side]
    const before = totals.get(event.ticks) ?? 0
    const after = event.kind === 'rest' ? before + event.lots : before - event.lots
    if (event.lots < 1 || after !== event.total) throw new Error(`${JSON.stringify(event)} upon ${before}`)
    if (after === 0) totals.delete(event.ticks)
    else totals.set(event.ticks, after)
    this.#follow(event)
    if (event.kind === 'fill' && event.tradeId !== ++this.#tradeId) throw new Error(`trade ${event.tradeId}`)
    const [bid, ask] = (['bid', 'ask'] as const).map((side) => this.#exchange.levels(this.#symbol, side, 1)[0])
    if (bid === undefined || ask === undefined || bid >= ask) throw new Error(`crossed at ${this.#seq}: ${bid}, ${ask}`)
  }

  /** The whole books, the numbers and the number of levels, at last. */
  compareAll(): void {
    for (const side of ['bid', 'ask'] as const) {
      const sorted = [...this.#totals[side]].toSorted(([a], [b]) => (side === 'bid' ? b - a : a - b))
      expect(this.#exchange.levels(this.#symbol, side)).toEqual(sorted.flat())
      expect(this.#exchange.levels(this.#symbol, side, 3)).toEqual(sorted.slice(0, 3).flat())
      expect(sorted.length).toBeGreaterThanOrEqual(20)
    }
    expect(this.#exchange.seq(this.#symbol)).toBe(this.#seq)
    expect(this.#exchange.tradeId(this.#symbol)).toBe(this.#tradeId)
    expect(this.#seq).toBeGreaterThan(0)
  }

  /** No order is taken back or filled that does not rest, for more than it has, or at another price. */
  #follow(event: Extract<OrderEvent, { orderId: number }>): void {
    const order = this.#orders.get(event.orderId)
    if (event.kind === 'rest') {
      if (order !== undefined) throw new Error(`order ${event.orderId} came twice`)
      this.#firstId = Math.min(this.#firstId, event.orderId)
      this.#orders.set(event.orderId, { ticks: event.ticks, lots: event.lots, side: event.side })
      return
    }
    // Those from before the opening are known by their level alone.
    if (order === undefined) {
      if (event.orderId >= this.#firstId) throw new Error(`order ${event.orderId} never came`)
      return
    }
    if (order.ticks !== event.ticks || order.side !== event.side || order.lots < event.lots) {
      throw new Error(`${JSON.stringify(event)} of ${JSON.stringify(order)}`)
    }
    order.lots -= event.lots
  }
}

/** Everything that happened, each event kept as it was, and told by the call whose time it belongs to. */
function played(exchange: Exchange, times: readonly number[]): OrderEvent[] {
  const events: OrderEvent[] = []
  for (const time of times) {
    const before = exchange.now
    exchange.advance(time, (event) => {
      if (event.at <= before || event.at > time) throw new Error(`${event.at} told from ${before} to ${time}`)
      events.push({ ...event })
    })
    expect(exchange.now).toBe(time)
  }
  return events
}

function touch(exchange: Exchange, symbol: string): [bid: number, ask: number] {
  return [exchange.levels(symbol, 'bid', 1)[0]!, exchange.levels(symbol, 'ask', 1)[0]!]
}

function mid(exchange: Exchange, symbol: string): number {
  const [bid, ask] = touch(exchange, symbol)
  return (bid + ask) / 2
}

function spread(exchange: Exchange, symbol: string): number {
  const [bid, ask] = touch(exchange, symbol)
  return ask - bid
}
