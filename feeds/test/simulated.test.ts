import { Book, type Micros, type VenueEvent } from '@depthcast/market'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Output, Protocol, VenueOptions } from '../src/venue.ts'
import { simulated } from '../src/venues/simulated.ts'

const OPENING = 1_760_000_000_000_000
const MS = 1000
const SECOND = 1_000_000
const LISTED = simulated.directory({}).parse([])
const SYMBOLS = LISTED.map((instrument) => instrument.venueSymbol)
/** Fast, on a fine grid; middling, on a coarse one; slow, on a grid of 0.25. */
const THREE = ['BTC-USD', 'BTC-EUR', 'PAXG-USD']

test('an instrument opens with its past trades, then its book, its state and its ticker', () => {
  const events = open(SYMBOLS).events
  for (const { id } of LISTED) {
    const own = events.filter((event) => event.instrument === id)
    expect(own.slice(-3).map((event) => event.kind)).toEqual(['book-snapshot', 'status', 'ticker'])
    expect(own.at(-2)).toMatchObject({ state: 'live' })
    expect(own.slice(0, -3).every((event) => event.kind === 'trade' && event.backfilled === true)).toBe(true)
  }
})

test('the past fills 500 one-minute bars up to the opening, oldest first, no trade twice', () => {
  const trades = open(['PAXG-USD']).events.filter((event) => event.kind === 'trade')
  const times = trades.map((trade) => trade.exchangeTime ?? 0)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect(times.at(-1)).toBeLessThanOrEqual(OPENING)
  expect(new Set(times.map((time) => Math.floor((OPENING - time) / (60 * SECOND)))).size).toBeGreaterThanOrEqual(499)
  const first = Number(trades[0]?.tradeId)
  expect(trades.map((trade) => Number(trade.tradeId))).toEqual(trades.map((_, i) => first + i))
})

test('the past ends where the market opens: a chart does not jump when it goes live', () => {
  const { events } = open(SYMBOLS)
  for (const { id } of LISTED) {
    const own = events.filter((event) => event.instrument === id)
    const last = own.findLast((event) => event.kind === 'trade')?.price ?? 0
    const ticker = own.findLast((event) => event.kind === 'ticker')
    const mid = ((ticker?.bid ?? 0) + (ticker?.ask ?? 0)) / 2
    // Half a spread, at most a few ticks, apart.
    expect(Math.abs(last - mid), id).toBeLessThan(0.001 * mid + 3)
    expect(ticker?.last, id).toBe(last)
  }
})

test('bars continue: in all but a few minutes the first trade is near the last one of the minute before, wherever minutes begin', () => {
  const trades = open(['ETH-USD']).events.filter((event) => event.kind === 'trade')
  for (const phase of [0, 7, 22, 41]) {
    const bars = minuteBars(trades, phase * SECOND)
    const usual = median(bars.map((bar) => bar.high - bar.low))
    const gaps = bars.slice(1).map((bar, i) => Math.abs(bar.open - (bars[i]?.close ?? 0)))
    expect(median(gaps)).toBeLessThan(usual / 20)
    expect(gaps.filter((gap) => gap > usual / 4).length).toBeLessThan(bars.length / 20)
  }
})

test('what happens, and when, does not depend on when the clock ticks', () => {
  const whole = play(open(THREE, { seed: 11 }), [2 * SECOND, 4 * SECOND])
  const ticks = fc.array(fc.integer({ min: 1, max: 1500 * MS }), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(ticks, (steps) => {
      const times = upTo(4 * SECOND, steps)
      expect(unstamped(play(open(THREE, { seed: 11 }), times))).toEqual(unstamped(whole))
    }),
    { numRuns: 25 },
  )
  expect(whole.length).toBeGreaterThan(300)
})

test('the same seed gives the same market, another seed another', () => {
  const first = JSON.stringify(play(open(THREE, { seed: 5 }), [SECOND]))
  expect(JSON.stringify(play(open(THREE, { seed: 5 }), [SECOND]))).toBe(first)
  expect(JSON.stringify(play(open(THREE, { seed: 6 }), [SECOND]))).not.toBe(first)
})

test('an instrument trades the same whatever else is asked for', () => {
  const own = (symbols: readonly string[]) => {
    const market = open(symbols)
    return [...market.events, ...play(market, upTo(2 * SECOND, [10 * MS]))].filter(
      (event) => event.instrument === 'simulated:ETH-USD',
    )
  }
  expect(own(SYMBOLS)).toEqual(own(['ETH-USD']))
})

test('on every path no book is crossed or empty, no level is negative, and a trade takes exactly what rested', () => {
  const symbols = fc.constantFrom(...SYMBOLS)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 }), symbols, fc.constantFrom(1, 10), (seed, symbol, rate) => {
      const market = open([symbol], { seed, rate })
      const book = bookAt(market.events)
      const taken = new Map<number, number>()
      let side: 'bid' | 'ask' = 'bid'
      for (const event of play(market, upTo(6 * SECOND, [10 * MS]))) {
        if (event.kind === 'trade') {
          side = event.side === 'buy' ? 'ask' : 'bid'
          expect(event.quantity).toBeGreaterThan(0)
          expect(event.price).toBe(bestLeft(book, side, taken))
          taken.set(event.price, (taken.get(event.price) ?? 0) + event.quantity)
        }
        if (event.kind !== 'book-delta') continue
        const left = [...taken].map(([price, lots]) => [price, book.lotsAt(side, price) - lots])
        book.apply(event.bids, event.asks)
        expect([...taken.keys()].map((price) => [price, book.lotsAt(side, price)])).toEqual(left)
        taken.clear()
        for (const levels of [event.bids, event.asks]) {
          const prices = levels.filter((_, i) => i % 2 === 0)
          expect(new Set(prices).size).toBe(prices.length)
        }
        expect([...event.bids, ...event.asks].every((n) => Number.isSafeInteger(n) && n >= 0)).toBe(true)
        expect(book.isCrossed()).toBe(false)
        expect(Math.min(book.bidCount, book.askCount)).toBeGreaterThanOrEqual(20)
      }
      expect(taken.size).toBe(0)
    }),
    { numRuns: 20 },
  )
})

test('every ticker shows the touch of the book and the price of the last trade', () => {
  const market = open(['ETH-USD'])
  const book = bookAt(market.events)
  let last = market.events.findLast((event) => event.kind === 'trade')?.price
  let tickers = 0
  for (const event of play(market, upTo(10 * SECOND, [10 * MS]))) {
    if (event.kind === 'trade') last = event.price
    if (event.kind === 'book-delta') book.apply(event.bids, event.asks)
    if (event.kind !== 'ticker') continue
    tickers += 1
    expect(event).toMatchObject({ bid: book.bestBid(), ask: book.bestAsk(), last })
    expect(event.bidQuantity).toBe(restingAt(book, event.bid ?? 0))
    expect(event.high24h).toBeGreaterThanOrEqual(event.low24h ?? Number.POSITIVE_INFINITY)
  }
  expect(tickers).toBeGreaterThan(50)
})

test('books are several hundred levels deep, on every grid', () => {
  for (const event of open(SYMBOLS).events) {
    if (event.kind !== 'book-snapshot') continue
    expect(Math.min(event.bids.length, event.asks.length) / 2, event.instrument).toBeGreaterThan(150)
  }
})

test('within a minute the price moves, both ways', () => {
  const prices = play(open(['BTC-USD']), upTo(60 * SECOND, [20 * MS])).flatMap((event) =>
    event.kind === 'trade' ? [event.price] : [],
  )
  const moves = prices.slice(1).map((price, i) => Math.sign(price - (prices[i] ?? price)))
  expect(prices.length).toBeGreaterThan(200)
  expect(new Set(prices).size).toBeGreaterThan(50)
  expect(new Set(moves)).toEqual(new Set([-1, 0, 1]))
})

test('a slow market is quiet after ten seconds without an order, and live with the next', () => {
  const events = play(open(['PAXG-USD']), upTo(300 * SECOND, [SECOND]))
  const told = events.filter((event) => event.kind === 'status' || event.kind === 'book-delta')
  const quiet = told.filter((event) => event.kind === 'status' && event.state === 'quiet')
  expect(quiet.length).toBeGreaterThan(3)
  for (const event of quiet) {
    const [before, next, afterNext] = [-1, 1, 2].map((offset) => told[told.indexOf(event) + offset])
    if (before) expect((event.exchangeTime ?? 0) - (before.exchangeTime ?? 0)).toBe(10 * SECOND)
    if (next) expect(next).toMatchObject({ kind: 'status', state: 'live' })
    if (afterNext) expect(afterNext).toMatchObject({ kind: 'book-delta', exchangeTime: next?.exchangeTime })
  }
})

test('updates are numbered without a hole, never dated after their arrival, never back in time', () => {
  const market = open(['BTC-USD'])
  const snapshot = market.events.find((event) => event.kind === 'book-snapshot')
  let sequence = snapshot?.venueSeq?.[1] ?? 0
  let time = 0
  for (const event of play(market, upTo(3 * SECOND, [17 * MS]))) {
    expect(event.exchangeTime).toBeGreaterThanOrEqual(time)
    expect(event.exchangeTime).toBeLessThanOrEqual(event.receivedAt)
    time = event.exchangeTime ?? 0
    if (event.kind !== 'book-delta') continue
    const [first = 0, last = 0] = event.venueSeq ?? []
    expect(first).toBe(sequence + 1)
    expect(last).toBeGreaterThanOrEqual(first)
    sequence = last
  }
})

test('an hour asleep is not traded: two seconds are made good and the market goes on where it stood', () => {
  const rested = open(['BTC-USD'])
  const slept = open(['BTC-USD'])
  const expected = play(rested, [SECOND, 3 * SECOND, 4 * SECOND])
  const hour = 3600 * SECOND
  const woken = play(slept, [SECOND, hour, hour + SECOND])
  const bare = (events: readonly VenueEvent[]) =>
    unstamped(events).map((event) => ({ ...event, exchangeTime: undefined }))
  expect(bare(woken)).toEqual(bare(expected))
  expect(woken.at(-1)?.exchangeTime).toBeGreaterThan(OPENING + hour)
})

test('a clock that steps back changes nothing and asks for another tick', () => {
  const market = open(['BTC-USD'])
  play(market, [SECOND])
  const outputs = market.protocol.step({ kind: 'tick', now: at(-SECOND) })
  expect(outputs.map((output) => output.kind)).toEqual(['timer'])
})

test('rate multiplies the orders, not the volatility', () => {
  const [usual, busy] = [1, 50].map((rate) => {
    const paths = [1, 2, 3, 4].map((seed) => play(open(['LTC-USD'], { seed, rate }), upTo(250 * SECOND, [SECOND])))
    const updates = paths.flat().filter((event) => event.kind === 'book-delta').length
    return { updates, variance: paths.reduce((sum, path) => sum + variance(path), 0) }
  })
  const updates = (busy?.updates ?? 0) / (usual?.updates ?? 0)
  expect(updates).toBeGreaterThan(30)
  expect(updates).toBeLessThan(60)
  const volatility = Math.sqrt((busy?.variance ?? 0) / (usual?.variance ?? 0))
  expect(volatility).toBeGreaterThan(0.6)
  expect(volatility).toBeLessThan(1.7)
})

test('each tick asks for the next, and nothing else is ever wanted', () => {
  const { protocol } = open(THREE)
  const outputs = protocol.step({ kind: 'tick', now: at(15 * MS) })
  expect(outputs.filter((output) => output.kind !== 'event')).toEqual([{ kind: 'timer', at: at(25 * MS) }])
  expect(protocol.step({ kind: 'frame', now: at(20 * MS), text: '{}' })).toEqual([])
  expect(protocol.step({ kind: 'closed', now: at(20 * MS), code: 1006, reason: '' })).toEqual([])
})

type Opened = { readonly protocol: Protocol; readonly events: readonly VenueEvent[] }

function at(us: number): Micros {
  return (OPENING + us) as Micros
}

function open(symbols: readonly string[], options: VenueOptions = {}): Opened {
  const wanted = LISTED.filter((instrument) => symbols.includes(instrument.venueSymbol))
  const [plan] = simulated.plan(wanted, options)
  if (plan === undefined) throw new Error(`nothing to open of ${symbols.join(', ')}`)
  const protocol = simulated.protocol(plan)
  return { protocol, events: eventsOf(protocol.step({ kind: 'open', now: at(0) })) }
}

/** What ticks at these times, in µs from the opening, bring. */
function play(market: Opened, times: readonly number[]): VenueEvent[] {
  return times.flatMap((time) => eventsOf(market.protocol.step({ kind: 'tick', now: at(time) })))
}

/** Times up to `end`, the steps between them repeated as often as needed. */
function upTo(end: number, steps: readonly number[]): number[] {
  const times: number[] = []
  for (let time = 0, i = 0; time < end; i += 1) {
    time = Math.min(end, time + (steps[i % steps.length] ?? end))
    times.push(time)
  }
  return times
}

function eventsOf(outputs: readonly Output[]): VenueEvent[] {
  return outputs.flatMap((output) => (output.kind === 'event' ? [output.event] : []))
}

function unstamped(events: readonly VenueEvent[]): object[] {
  return events.map((event) => ({ ...event, receivedAt: undefined }))
}

function bookAt(events: readonly VenueEvent[]): Book {
  const book = new Book()
  const snapshot = events.find((event) => event.kind === 'book-snapshot')
  book.replace(snapshot?.bids ?? [], snapshot?.asks ?? [])
  return book
}

/** Mean square of the bid's log return over ten seconds. */
function variance(events: readonly VenueEvent[]): number {
  const bids = new Map<number, number>()
  for (const event of events) {
    if (event.kind === 'ticker') bids.set(Math.floor((event.receivedAt - OPENING) / (10 * SECOND)), event.bid ?? 0)
  }
  const logs = [...bids.values()].map(Math.log)
  const squares = logs.slice(1).map((log, i) => (log - (logs[i] ?? log)) ** 2)
  return squares.reduce((a, b) => a + b, 0) / squares.length
}

/** Lots at a price, on whichever side they rest. */
function restingAt(book: Book, ticks: number): number {
  return book.lotsAt('bid', ticks) + book.lotsAt('ask', ticks)
}

/** The best price of a side that trades since the last update have not used up. */
function bestLeft(book: Book, side: 'bid' | 'ask', taken: ReadonlyMap<number, number>): number | undefined {
  const levels = side === 'bid' ? book.bids(40) : book.asks(40)
  return levels.find((ticks, i) => i % 2 === 0 && (levels[i + 1] ?? 0) > (taken.get(ticks) ?? 0))
}

type MinuteBar = { minute: number; open: number; high: number; low: number; close: number }

function minuteBars(
  trades: readonly { exchangeTime?: number | undefined; price: number }[],
  phase: number,
): MinuteBar[] {
  const bars: MinuteBar[] = []
  for (const { exchangeTime = 0, price } of trades) {
    const minute = Math.floor((exchangeTime + phase) / (60 * SECOND))
    const bar = bars.at(-1)
    if (bar?.minute !== minute) bars.push({ minute, open: price, high: price, low: price, close: price })
    else Object.assign(bar, { high: Math.max(bar.high, price), low: Math.min(bar.low, price), close: price })
  }
  return bars
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
