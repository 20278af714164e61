import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { SYMBOL, stage } from './fakes/engine-stage.ts'
import { PixelCanvas } from './fakes/pixel-canvas.ts'

beforeEach(() => vi.stubGlobal('OffscreenCanvas', PixelCanvas))
afterEach(() => vi.unstubAllGlobals())

const MS = 250
const NOON = 1_699_963_200_000_000
/** Levels on 16 ticks each: what half a percent of this price is shown in. */
const BIDS = [126_272, 901, 126_256, 1730, 126_208, 44]
const ASKS = [126_288, 220, 126_304, 1204]
/** Prices of eight characters, of six pixels each, and padding on both sides. */
const PLOT_WIDTH = 300 - 8 * 6 - 16
const OPTIONS = { rateMs: MS, span: 0.5 }

async function heatmap() {
  const on = stage()
  await on.start()
  const canvas = await on.open('heatmap', OPTIONS)
  // Its program is fetched.
  await vi.dynamicImportSettled()
  await on.gateway.settle()
  on.clock.runFrame()
  let seq = 0
  const book = async (column: number, bids = BIDS, asks = ASKS): Promise<void> => {
    seq += 1
    on.gateway.book(SYMBOL, { seq, bids, asks, serverTime: NOON + column * MS * 1000 })
    await on.shown()
  }
  const trade = (n: number, at: number, lots: number, side: 1 | -1 = 1): unknown => [`t${n}`, at, lots, side, NOON]
  const table = (): readonly (readonly string[])[] => {
    on.tell({ kind: 'panel-table', panel: 'heatmap', request: 1 })
    return on.last('table')?.rows ?? []
  }
  /** What is under a point, given in columns from the right edge and a price's row. */
  const hit = (back: number, y = 80): string | undefined => {
    on.tell({ kind: 'panel-hover', panel: 'heatmap', at: { x: PLOT_WIDTH - 1 - 2 * back, y } })
    on.clock.runFrame()
    return on.last('hit')?.hit?.text
  }
  return { ...on, canvas, book, trade, table, hit }
}

async function shown() {
  const on = await heatmap()
  await on.book(0, [126_285, 901], [126_286, 220])
  await on.gateway.settle()
  await on.book(1)
  return on
}

test('the first view tells how fine the rows are, and the book is asked for in such groups', async () => {
  const on = await heatmap()
  const asked = on.gateway.requests.filter(({ name }) => name === 'subscribe').map(({ body }) => body)
  expect(asked).toMatchObject([
    { channel: 'book', symbols: [SYMBOL], depth: 128, grouping: 1, rateMs: MS, checksum: true },
    { channel: 'trades', symbols: [SYMBOL], rateMs: MS },
  ])
  expect(on.canvas.lines()).toEqual(['Snapshot\u2026'])
  await on.book(0, [126_285, 901], [126_286, 220])
  expect(on.gateway.requests.at(-1)).toMatchObject({ name: 'modify', body: { grouping: 16 } })
  // Too fine for the rows: it is not painted, and not on the table.
  expect(on.canvas.lines()).toEqual(['Snapshot\u2026'])
  expect(on.table()).toEqual([])
  await on.book(1)
  expect(on.canvas.lines()).toContain('63,250.0')
})

test('the table is the newest column as the server told it, then the trades in sight', async () => {
  const on = await shown()
  on.gateway.trades(SYMBOL, { seq: 1, serverTime: NOON + 250_000, trades: [on.trade(1, 126_286, 5)] })
  await on.gateway.settle()
  on.gateway.trades(SYMBOL, {
    seq: 3,
    prev: 1,
    serverTime: NOON + 260_000,
    trades: [on.trade(2, 126_286, 7), on.trade(3, 126_285, 9, -1)],
  })
  await on.shown()
  expect(on.table()).toEqual([
    ['Ask', '63152.0', '1.204', '12:00:00.250'],
    ['Ask', '63144.0', '0.220', '12:00:00.250'],
    ['Bid', '63136.0', '0.901', '12:00:00.250'],
    ['Bid', '63128.0', '1.730', '12:00:00.250'],
    ['Bid', '63104.0', '0.044', '12:00:00.250'],
    ['Sold', '63142.5', '0.009', '12:00:00.250'],
    // The first batch is of before the first column.
    ['Bought', '63143.0', '0.007', '12:00:00.250'],
  ])
})

test('while nothing is told the book stood still, and the next message fills in what passed', async () => {
  const on = await shown()
  await on.book(9, [126_272, 5], [126_288, 5])
  expect(on.hit(0)).toContain('12:00:02.250')
  expect(on.hit(5)).toContain('12:00:01.000')
  expect(on.hit(5)).not.toContain('gap')
})

test('a lost connection leaves a gap, an amber one, and what comes after it is not what was before', async () => {
  const on = await shown()
  on.gateway.drop()
  await on.gateway.settle()
  on.clock.advance(1000)
  on.clock.runFrame()
  expect(on.last('panels')?.reports[0]?.state.kind).toBe('stale')
  expect(on.canvas.colourAt(100, 80)).toBe('background99')
  on.clock.advance(2000)
  await on.gateway.settle()
  await on.book(9, [126_272, 5], [126_288, 5])
  expect(on.hit(0)).not.toContain('gap')
  for (const back of [1, 4, 7]) expect(on.hit(back)).toContain('gap')
  expect(on.hit(8)).not.toContain('gap')
  expect(on.hit(3)).toContain('12:00:01.500')
})

test('a gap the server tells of is one in the picture too', async () => {
  const on = await shown()
  on.gateway.send('gap', {
    sub: on.gateway.sub('book', SYMBOL),
    epoch: 1,
    reason: 'sequence',
    next: 'snapshot',
    from: 3,
    to: 9,
    serverTime: 1,
  })
  await on.gateway.settle()
  await on.book(6)
  expect(on.hit(0)).not.toContain('gap')
  expect(on.hit(2)).toContain('gap')
})

test('a crossed book is told, and is a gap', async () => {
  const on = await shown()
  await on.book(3, [126_304, 1], [126_288, 1])
  expect(on.report('heatmap').state).toMatchObject({ kind: 'invalid', reason: expect.stringContaining('crossed') })
  await on.book(6)
  expect(on.hit(1)).toContain('gap')
  expect(on.table().filter(([side]) => side === 'Bid')).toHaveLength(3)
})

test('scrolled back it stands still, counts the columns that came, and returns', async () => {
  const on = await shown()
  await on.book(400)
  on.tell({ kind: 'panel-scroll', panel: 'heatmap', by: { x: -40, y: 0 } })
  on.clock.runFrame()
  const there = on.hit(0)
  await on.book(410)
  expect(on.hit(0)).toBe(there)
  expect(on.report('heatmap').unseen).toBe(10)
  on.tell({ kind: 'panel-resume', panel: 'heatmap' })
  on.clock.runFrame()
  expect(on.hit(0)).toContain('12:01:42.500')
  expect(on.report('heatmap').unseen).toBe(0)
})

test('keys go from column to column and from price to price, and scroll past the oldest in sight', async () => {
  const on = await shown()
  await on.book(400, [126_272, 5], [126_288, 7])
  const step = (x: number, y: number): string => {
    on.tell({ kind: 'panel-step', panel: 'heatmap', by: { x, y } })
    on.clock.runFrame()
    return on.last('hit')?.hit?.text ?? ''
  }
  expect(step(0, 0)).toBe('63,144.0 \u00b7 0.007 \u00b7 12:01:40.000')
  expect(step(0, 1)).toBe('63,136.0 \u00b7 0.005 \u00b7 12:01:40.000')
  expect(step(-1, 0)).toBe('63,136.0 \u00b7 0.901 \u00b7 12:01:39.750')
  // 118 columns of two pixels are in sight.
  expect(step(-130, 0)).toContain('12:01:07.250')
  expect(on.report('heatmap').unseen).toBe(0)
  await on.book(405)
  expect(on.report('heatmap').unseen).toBe(5)
  expect(step(500, 0)).toContain('12:01:41.250')
  expect(on.report('heatmap').unseen).toBe(0)
})

test('another span asks for other groups, another column time for another rate, of both', async () => {
  const on = await shown()
  const told = on.gateway.requests.length
  on.tell({ kind: 'panel-options', panel: 'heatmap', options: { rateMs: MS, span: 2 } })
  await on.gateway.settle()
  expect(on.gateway.requests.slice(told)).toMatchObject([{ name: 'modify', body: { grouping: 64 } }])
  on.tell({ kind: 'panel-options', panel: 'heatmap', options: { rateMs: 1000, span: 2 } })
  await on.gateway.settle()
  const rates = on.gateway.requests.slice(told + 1).map(({ name, body }) => [name, body.rateMs])
  expect(rates).toEqual([
    ['modify', 1000],
    ['modify', 1000],
  ])
})

test('a wider span keeps what was seen, in the wider groups', async () => {
  const on = await shown()
  on.tell({ kind: 'panel-options', panel: 'heatmap', options: { rateMs: MS, span: 1 } })
  await on.gateway.settle()
  await on.book(2, [126_272, 12], [126_304, 4])
  const bid = (back: number): string | undefined =>
    Array.from({ length: 160 }, (_, y) => on.hit(back, y)).find((text) => text?.startsWith('63,136.0'))
  expect(bid(0)).toContain('0.012')
  expect(bid(1)).toContain('0.901')
})

test('two views are paused, and two are closed', async () => {
  const on = await shown()
  const follows = (): boolean[] => ['book', 'trades'].map((channel) => on.gateway.follows(channel, SYMBOL))
  expect(follows()).toEqual([true, true])
  on.tell({ kind: 'panel-visible', panel: 'heatmap', visible: false })
  await on.gateway.settle()
  expect(follows()).toEqual([false, false])
  on.tell({ kind: 'panel-visible', panel: 'heatmap', visible: true })
  await on.gateway.settle()
  expect(follows()).toEqual([true, true])
  on.tell({ kind: 'panel-close', panel: 'heatmap' })
  await on.gateway.settle()
  expect(follows()).toEqual([false, false])
})

test('the panel costs what both views cost', async () => {
  const on = await shown()
  on.report('heatmap')
  on.clock.advance(2000)
  on.gateway.trades(SYMBOL, { seq: 1, serverTime: NOON + 500_000, trades: [on.trade(1, 126_286, 5)] })
  await on.book(3)
  expect(on.report('heatmap').bytesPerSecond).toBe(200)
})

test('trades that are lost are said to be', async () => {
  const on = await shown()
  on.gateway.trades(SYMBOL, { seq: 1, serverTime: NOON + 250_000, trades: [on.trade(1, 126_286, 5)] })
  await on.gateway.settle()
  const sub = on.gateway.sub('trades', SYMBOL)
  const lost = {
    sub,
    epoch: 1,
    seq: 12,
    prev: 1,
    serverTime: NOON + 260_000,
    lost: 10,
    trades: [on.trade(12, 126_286, 5)],
  }
  on.gateway.send('trades', lost)
  await on.shown()
  expect(on.table()).toContainEqual(['Trades missing', '\u2014', '10', '12:00:00.250'])
})

test('another instrument shows nothing of the former', async () => {
  const on = await shown()
  on.tell({ kind: 'panel-symbol', panel: 'heatmap', symbol: 'test:ETH-USD' })
  await on.shown()
  expect(on.canvas.lines()).toEqual(['Snapshot\u2026'])
  expect(on.table()).toEqual([])
  expect(['book', 'trades'].map((channel) => on.gateway.follows(channel, SYMBOL))).toEqual([false, false])
})
