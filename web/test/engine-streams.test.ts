import { INSTRUMENT_STATES } from '@depthcast/market'
import { expect, test } from 'vitest'
import { QUOTE_FIELDS } from '../src/engine/messages.ts'
import { BARS, SYMBOL, stage } from './fakes/engine-stage.ts'

const NOON = 1_700_000_000_000_000
const trade = (n: number, lots = 1000) => [`t${n}`, 126_284 + n, lots, n % 2 === 0 ? 1 : -1, NOON + n * 1_000_000]

async function tape(minValue = '0') {
  const on = stage()
  await on.start()
  const canvas = await on.open('tape', { minValue })
  on.gateway.trades(SYMBOL, { seq: 2, trades: [trade(1), trade(2)] })
  await on.shown()
  const add = async (from: number, to: number): Promise<void> => {
    const trades = Array.from({ length: to - from + 1 }, (_, at) => trade(from + at))
    on.gateway.trades(SYMBOL, { seq: to, prev: from - 1, trades })
    await on.shown()
  }
  return { ...on, canvas, add }
}

test('trades come in from the top, each once', async () => {
  const on = await tape()
  await on.add(3, 4)
  expect(
    on.canvas
      .lines()
      .slice(1)
      .map((line) => line.split(' ')[1]),
  ).toEqual(['63,144.0', '63,143.5', '63,143.0', '63,142.5'])
  expect(on.report('tape')).toMatchObject({ seq: 4, verifiedAt: 0, unseen: 0 })
})

test('the age of the last trade is that of the trade, not of the message that told of it', async () => {
  const on = stage()
  await on.start()
  await on.open('tape')
  on.gateway.trades(SYMBOL, { seq: 2, serverTime: NOON + 62_000_000, trades: [trade(1), trade(2)] })
  await on.shown()
  await on.pass(3)
  expect(on.last('panels')?.reports[0]?.state).toEqual({ kind: 'quiet', ageMs: 63_000 })
  on.gateway.trades(SYMBOL, { seq: 3, prev: 2, trades: [trade(3)] })
  await on.shown()
  await on.pass(4)
  expect(on.last('panels')?.reports[0]?.state).toEqual({ kind: 'quiet', ageMs: 4000 })
})

test('scrolled away it stands still and counts what came, and loses none of it', async () => {
  const on = await tape()
  await on.add(3, 40)
  on.tell({ kind: 'panel-scroll', panel: 'tape', by: { x: 0, y: 100 } })
  on.clock.runFrame()
  const still = on.canvas.lines()
  await on.add(41, 60)
  expect(on.canvas.lines()).toEqual(still)
  expect(on.report('tape').unseen).toBe(20)
  on.tell({ kind: 'panel-scroll', panel: 'tape', by: { x: 0, y: -200 } })
  on.clock.runFrame()
  expect(on.report('tape').unseen).toBe(15)
  on.tell({ kind: 'panel-resume', panel: 'tape' })
  on.clock.runFrame()
  expect(on.canvas.lines()[1]).toContain('63,172.0')
  expect(on.report('tape').unseen).toBe(0)
  on.tell({ kind: 'panel-table', panel: 'tape', request: 1 })
  expect(on.last('table')?.rows.map(([, , price]) => price)).toEqual(
    Array.from({ length: 60 }, (_, at) => ((126_344 - at) / 2).toFixed(1)),
  )
})

test('what the ring has no room for is said, on the tape and in the table', async () => {
  const on = await tape()
  for (let from = 3; from < 5003; from += 500) await on.add(from, from + 499)
  on.tell({ kind: 'panel-scroll', panel: 'tape', by: { x: 0, y: 1e6 } })
  on.clock.runFrame()
  expect(on.canvas.lines().at(-1)).toBe('\u2014 2 older rows not kept')
  on.tell({ kind: 'panel-table', panel: 'tape', request: 1 })
  expect(on.last('table')?.rows.at(-1)?.[1]).toBe('\u2014 2 older rows not kept')
})

test('keys go from trade to trade, and past the last one in sight the tape scrolls', async () => {
  const on = await tape()
  await on.add(3, 40)
  const step = (y: number): string | undefined => {
    on.tell({ kind: 'panel-step', panel: 'tape', by: { x: 0, y } })
    on.clock.runFrame()
    return on.last('hit')?.hit?.price
  }
  expect(step(1)).toBe('63162.0')
  expect(step(1)).toBe('63161.5')
  expect(step(10)).toBe('63156.5')
  expect(on.canvas.lines()[1]).toContain('63,160.0')
  expect(step(-20)).toBe('63162.0')
  expect(on.canvas.lines()[1]).toContain('63,162.0')
})

test('trades that the server lost are noted where they are missing', async () => {
  const on = await tape()
  const sub = on.gateway.sub('trades', SYMBOL)
  on.gateway.send('trades', { sub, epoch: 1, seq: 12, prev: 2, serverTime: 1, lost: 9, trades: [trade(12)] })
  await on.shown()
  expect(on.canvas.lines()[2]).toBe('\u2014 9 trades missing here')
})

test('a filter hides the small, says when it hides all, and is undone without asking the server', async () => {
  const on = await tape('100000000')
  expect(on.canvas.lines()).toEqual(['No trades \u2265 100,000,000 in view. Lower filter'])
  const asked = on.gateway.requests.length
  on.tell({ kind: 'panel-options', panel: 'tape', options: { depth: 25, grouping: 1, rateMs: 100, minValue: '1' } })
  on.clock.runFrame()
  expect(on.canvas.lines()).toHaveLength(3)
  expect(on.gateway.requests).toHaveLength(asked)
})

test('quotes are one array in the order of the watch list, with what is unknown not a number', async () => {
  const on = stage()
  await on.start()
  on.tell({ kind: 'watch', symbols: ['test:ETH-USD', SYMBOL] })
  await on.gateway.settle()
  on.gateway.send('ticker', {
    sub: on.gateway.sub('ticker', SYMBOL),
    seq: 1,
    serverTime: 1,
    merged: 4,
    bid: 200,
    ask: 201,
    last: 201,
    volume24h: 12_500,
  })
  on.gateway.status(SYMBOL, 'live')
  await on.gateway.settle()
  on.clock.advance(100)
  const quotes = on.last('quotes')?.quotes ?? new Float64Array()
  const quote = (row: number) =>
    Object.fromEntries(QUOTE_FIELDS.map((field, at) => [field, quotes[row * QUOTE_FIELDS.length + at]]))
  expect(quote(0)).toMatchObject({ bid: Number.NaN, last: Number.NaN, stateIndex: -1 })
  expect(quote(1)).toMatchObject({ bid: 100, ask: 100.5, last: 100.5, open24h: Number.NaN, volume24h: 12.5 })
  expect(INSTRUMENT_STATES[quote(1).stateIndex ?? -1]).toBe('live')
  const before = on.posted.filter(({ kind }) => kind === 'quotes').length
  await on.pass(5)
  expect(on.posted.filter(({ kind }) => kind === 'quotes')).toHaveLength(before)
})

test('quotes that change one after another are told together, no oftener than they were asked for; a state at once', async () => {
  const on = stage()
  await on.start()
  const symbols = ['test:ETH-USD', SYMBOL]
  on.tell({ kind: 'watch', symbols })
  let seq = 0
  const tick = async (symbol: string): Promise<void> => {
    seq += 1
    const figures = { seq, serverTime: 1, merged: 1, last: 200 + seq }
    on.gateway.send('ticker', { sub: on.gateway.sub('ticker', symbol), ...figures })
    await on.gateway.settle()
    on.clock.advance(100)
  }
  await on.gateway.settle()
  for (const symbol of symbols) await tick(symbol)
  const told = (): Float64Array[] => on.posted.flatMap((each) => (each.kind === 'quotes' ? [each.quotes] : []))
  const before = told().length
  for (let n = 0; n < 20; n += 1) await tick(symbols[n % 2] ?? '')
  expect(told().length - before).toBeLessThanOrEqual(10)
  expect(told().length - before).toBeGreaterThanOrEqual(8)
  on.clock.advance(100)
  expect(told().at(-1)?.[QUOTE_FIELDS.length + 2]).toBe((200 + seq) / 2)
  await tick(SYMBOL)
  const calm = told().length
  on.gateway.status(SYMBOL, 'halted')
  await on.gateway.settle()
  on.clock.advance(100)
  expect(told().length).toBe(calm + 1)
})

test('what is still watched is not asked for again', async () => {
  const on = stage()
  await on.start()
  on.tell({ kind: 'watch', symbols: [SYMBOL] })
  await on.gateway.settle()
  on.tell({ kind: 'watch', symbols: ['test:ETH-USD', SYMBOL] })
  await on.gateway.settle()
  const asked = on.gateway.requests.filter(({ name }) => name === 'subscribe').flatMap(({ body }) => body.symbols)
  expect(asked).toEqual([SYMBOL, 'test:ETH-USD'])
})

test('the figures say whose they are whenever those change, and another rate is asked for where they are', async () => {
  const on = stage()
  await on.start()
  const arrive = async (): Promise<unknown> => {
    await on.gateway.settle()
    on.clock.advance(100)
    return on.last('quotes')
  }
  on.tell({ kind: 'watch', symbols: ['test:ETH-USD', SYMBOL], ratesMs: [250, 1000] })
  expect(await arrive()).toMatchObject({ symbols: ['test:ETH-USD', SYMBOL] })
  on.gateway.send('ticker', { sub: on.gateway.sub('ticker', SYMBOL), seq: 1, serverTime: 1, merged: 1, last: 201 })
  expect(await arrive()).not.toHaveProperty('symbols')
  on.tell({ kind: 'watch', symbols: [SYMBOL], ratesMs: [100] })
  expect(await arrive()).toMatchObject({ symbols: [SYMBOL], quotes: { length: QUOTE_FIELDS.length } })
  const rates = on.gateway.requests.flatMap(({ name, body }) => (name === 'modify' ? [body.rateMs] : []))
  expect(rates).toEqual([100])
})

test('a chart hears all bars first, then those that change, and nothing of the chart before', async () => {
  const on = stage()
  await on.start()
  on.tell({ kind: 'bars-open', panel: 'chart-1', symbol: SYMBOL, interval: '1m', options: BARS })
  await on.gateway.settle()
  const sub = on.gateway.sub('candles', SYMBOL)
  const bar = (minute: number, close: number, rev: number) => ({
    openTime: NOON + minute * 60_000_000,
    open: 200,
    high: 210,
    low: 190,
    close,
    volume: 1500,
    trades: 3,
    rev,
    final: false,
  })
  on.gateway.send('candle', { sub, epoch: 1, seq: 2, serverTime: 1, candles: [bar(0, 204, 1), bar(1, 205, 1)] })
  await on.gateway.settle()
  expect(on.last('bars')).toMatchObject({
    panel: 'chart-1',
    symbol: SYMBOL,
    interval: '1m',
    reset: true,
    bars: [{ close: 102 }, { close: 102.5 }],
  })
  on.gateway.send('candle', { sub, epoch: 1, seq: 3, prev: 2, serverTime: 1, candles: [bar(1, 206, 2)] })
  await on.gateway.settle()
  expect(on.last('bars')).toMatchObject({
    reset: false,
    bars: [{ time: NOON / 1000 + 60_000, open: 100, close: 103, volume: 1.5, rev: 2 }],
  })
  const heard = on.posted.filter(({ kind }) => kind === 'bars').length
  on.tell({ kind: 'bars-close', panel: 'chart-1' })
  on.gateway.send('candle', { sub, epoch: 1, seq: 4, prev: 3, serverTime: 1, candles: [bar(1, 207, 3)] })
  await on.gateway.settle()
  expect(on.posted.filter(({ kind }) => kind === 'bars')).toHaveLength(heard)
})

test('two charts live side by side: each hears its own interval, and the end of one is not the end of the other', async () => {
  const on = stage()
  await on.start()
  on.tell({ kind: 'bars-open', panel: 'chart-1', symbol: SYMBOL, interval: '1m', options: BARS })
  on.tell({ kind: 'bars-open', panel: 'chart-2', symbol: 'test:ETH-USD', interval: '1h', options: BARS })
  await on.gateway.settle()
  const candle = {
    openTime: NOON,
    open: 200,
    high: 210,
    low: 190,
    close: 204,
    volume: 1,
    trades: 1,
    rev: 1,
    final: false,
  }
  const send = (symbol: string, seq: number): void =>
    on.gateway.send('candle', {
      sub: on.gateway.sub('candles', symbol),
      epoch: 1,
      seq,
      serverTime: 1,
      candles: [candle],
    })
  for (const symbol of [SYMBOL, 'test:ETH-USD']) send(symbol, 1)
  await on.gateway.settle()
  const heard = on.posted.filter((message) => message.kind === 'bars')
  expect(heard.map(({ panel, symbol, interval }) => [panel, symbol, interval])).toEqual([
    ['chart-1', SYMBOL, '1m'],
    ['chart-2', 'test:ETH-USD', '1h'],
  ])
  on.tell({ kind: 'bars-close', panel: 'chart-1' })
  await on.gateway.settle()
  expect([SYMBOL, 'test:ETH-USD'].map((symbol) => on.gateway.follows('candles', symbol))).toEqual([false, true])
})

test('two charts of the same thing are sent it once', async () => {
  const on = stage()
  await on.start()
  for (const panel of ['chart-1', 'chart-2'])
    on.tell({ kind: 'bars-open', panel, symbol: SYMBOL, interval: '1m', options: BARS })
  await on.gateway.settle()
  expect(on.gateway.requests.filter(({ name }) => name === 'subscribe')).toHaveLength(1)
  on.tell({ kind: 'bars-close', panel: 'chart-1' })
  await on.gateway.settle()
  expect(on.gateway.follows('candles', SYMBOL)).toBe(true)
})

test('a page that is paused hears once a second of its connection, and of its panels nothing', async () => {
  const on = stage()
  await on.start()
  await on.open('tape')
  on.tell({ kind: 'pause', paused: true })
  await on.pass(20)
  const before = on.posted.length
  await on.pass(10)
  const kinds = on.posted.slice(before).map(({ kind }) => kind)
  expect(kinds).toEqual(Array.from({ length: 10 }, () => 'connection'))
})

test('a quiet panel is told of once a second though its age grows, one that changes its state at once', async () => {
  const on = await tape()
  await on.pass(20)
  const before = on.posted.length
  await on.pass(3)
  const quiet = on.posted.slice(before).flatMap((message) => (message.kind === 'panels' ? message.reports : []))
  expect(quiet.map(({ state }) => state.kind)).toEqual(['quiet', 'quiet', 'quiet'])
  on.tell({ kind: 'pause', paused: true })
  on.clock.advance(100)
  expect(on.last('panels')?.reports[0]?.state).toEqual({ kind: 'paused' })
})

test('figures that change with every message are told twice a second', async () => {
  const on = await tape()
  await on.pass(1)
  const before = on.posted.length
  for (let n = 3; n < 33; n += 1) {
    await on.add(n, n)
    on.clock.advance(100)
  }
  const told = on.posted.slice(before).flatMap((message) => (message.kind === 'panels' ? message.reports : []))
  expect(told.length).toBeLessThanOrEqual(7)
  expect(told.map(({ seq }) => seq)).toEqual(expect.arrayContaining([12, 22, 32]))
})

test('a page that was paused hears of its figures until they have run out', async () => {
  const on = await tape()
  await on.add(3, 30)
  on.clock.advance(500)
  on.tell({ kind: 'pause', paused: true })
  on.clock.advance(100)
  expect(on.report('tape').bytesPerSecond).toBeGreaterThan(0)
  const before = on.posted.length
  await on.pass(20)
  const told = on.posted.slice(before).flatMap((message) => (message.kind === 'panels' ? message.reports : []))
  expect(told.length).toBeGreaterThan(0)
  expect(told.length).toBeLessThanOrEqual(11)
  expect(told.at(-1)).toMatchObject({ bytesPerSecond: 0, paintP99: Number.NaN, state: { kind: 'paused' } })
})

test('pictures of the last second are all of them', async () => {
  const on = await tape()
  for (let n = 3; n < 103; n += 1) {
    await on.add(n, n)
    on.clock.advance(20)
  }
  on.clock.advance(0)
  expect(on.last('connection')?.framesPerSecond).toBe(50)
})
