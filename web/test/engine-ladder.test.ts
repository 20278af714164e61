import { expect, test } from 'vitest'
import { SYMBOL, stage } from './fakes/engine-stage.ts'
import { ASKS, BIDS, ladder, ROWS, shownLadder } from './fakes/ladder-stage.ts'

test('a panel asks for exactly its view, waits for the snapshot and shows it in the next frame', async () => {
  const on = await ladder()
  const subscribe = on.gateway.requests.find(({ name }) => name === 'subscribe')
  expect(subscribe?.body).toEqual({
    channel: 'book',
    symbols: [SYMBOL],
    depth: 25,
    grouping: 1,
    rateMs: 100,
    checksum: true,
  })
  expect(on.canvas.lines()).toEqual(['Snapshot\u2026'])
  on.gateway.book(SYMBOL, { seq: 107, bids: BIDS, asks: ASKS })
  await on.gateway.settle()
  expect(on.clock.framesAsked).toBe(1)
  on.clock.runFrame()
  expect(on.canvas.lines().slice(1, -1)).toEqual(ROWS)
})

test('messages between two frames are painted once, and without a message no frame is asked for', async () => {
  const on = await shownLadder()
  on.canvas.forgetCalls()
  const sub = on.gateway.sub('book', SYMBOL)
  for (let seq = 108; seq < 128; seq += 1) {
    on.gateway.send('update', {
      sub,
      epoch: 1,
      seq,
      prev: seq - 1,
      serverTime: 1,
      merged: 3,
      bids: [126_285, seq],
      asks: [],
    })
  }
  await on.gateway.settle()
  expect(on.clock.framesAsked).toBe(1)
  on.clock.runFrame()
  expect(on.canvas.texts.filter(({ text }) => text.startsWith('0.1'))).toHaveLength(2)
  await on.pass(5)
  expect(on.clock.framesAsked).toBe(0)
})

test('the report says what stands behind the picture', async () => {
  const on = await shownLadder()
  const report = on.report('ladder')
  expect(report).toMatchObject({
    symbol: SYMBOL,
    seq: 107,
    granted: { depth: 25, grouping: 1, rateMs: 100 },
    unseen: 0,
  })
  expect(report.verifiedAt).toBeGreaterThan(0)
  expect(report.bytesPerSecond).toBe(100)
  expect(report.paintP50).toBeLessThan(1)
})

test('where the server gave fewer levels than were asked for, it is the view that ends with them, not the book', async () => {
  const on = stage()
  await on.start()
  on.gateway.grants = { depth: 2 }
  const canvas = await on.open('ladder', { depth: 25 })
  on.gateway.book(SYMBOL, { bids: BIDS, asks: ASKS })
  await on.shown()
  const lines = canvas.lines()
  expect([lines[1], lines.at(-2)]).toEqual(['view ends \u00b7 2 levels', 'view ends \u00b7 2 levels'])
})

test('the table holds the very view on the canvas, in exact decimals', async () => {
  const on = await shownLadder()
  on.gateway.book(SYMBOL, { seq: 200, bids: BIDS, asks: [126_286, 220] })
  await on.gateway.settle()
  on.tell({ kind: 'panel-table', panel: 'ladder', request: 3 })
  expect(on.last('table')).toEqual({
    kind: 'table',
    panel: 'ladder',
    request: 3,
    symbol: SYMBOL,
    seq: 200,
    columns: ['Side', 'Price', 'Size', 'Total'],
    rows: [
      ['Ask', '63143.0', '0.220', '0.220'],
      ['Bid', '63142.5', '0.901', '0.901'],
      ['Bid', '63142.0', '1.730', '2.631'],
    ],
  })
  expect(on.canvas.lines()).toHaveLength(8)
})

test('another symbol shows nothing of the former one', async () => {
  const on = await shownLadder()
  on.tell({ kind: 'panel-symbol', panel: 'ladder', symbol: 'test:ETH-USD' })
  on.clock.runFrame()
  expect(on.canvas.lines()).toEqual(['Snapshot\u2026'])
  await on.gateway.settle()
  expect(on.gateway.follows('book', SYMBOL)).toBe(false)
  on.gateway.book('test:ETH-USD', { bids: [10, 1], asks: [11, 1] })
  await on.shown()
  expect(on.canvas.lines().slice(2, 5)).toEqual(['5.5 0.001 0.001', '0.5 \u00b7 952.38 bp', '5.0 0.001 0.001'])
})

test('other options are asked for without a gap, and the book before stays until the new one is there', async () => {
  const on = await shownLadder()
  on.tell({ kind: 'panel-options', panel: 'ladder', options: { depth: 1, grouping: 10, rateMs: 500 } })
  await on.shown()
  expect(on.gateway.requests.findLast(({ name }) => name === 'modify')?.body).toMatchObject({
    depth: 1,
    grouping: 10,
    rateMs: 500,
  })
  expect(on.canvas.lines().slice(2, 5)).toEqual(['63,143.0 0.220 0.220', '0.5 \u00b7 0.08 bp', '63,142.5 0.901 0.901'])
  on.gateway.book(SYMBOL, { seq: 300, bids: [126_280, 2631], asks: [126_290, 1424] })
  await on.shown()
  expect(on.canvas.lines().slice(2, 5)).toEqual([
    '63,145.0 1.424 1.424',
    '\u2264 5.0 \u00b7 0.79 bp',
    '63,140.0 2.631 2.631',
  ])
  expect(on.report('ladder').granted).toEqual({ depth: 1, grouping: 10, rateMs: 500 })
})

test('the pointer is answered with the level under it, again when that changes, and with nothing when it leaves', async () => {
  const on = await shownLadder()
  on.tell({ kind: 'panel-hover', panel: 'ladder', at: { x: 5, y: 65 } })
  on.clock.runFrame()
  expect(on.last('hit')).toEqual({
    kind: 'hit',
    panel: 'ladder',
    hit: { at: { x: 0, y: 60 }, price: '63143.0', text: 'Ask 63,143.0 · 0.220 · Σ 0.220' },
  })
  on.gateway.book(SYMBOL, { seq: 500, bids: BIDS, asks: [126_286, 5] })
  await on.shown()
  expect(on.last('hit')).toMatchObject({ hit: { text: 'Ask 63,143.0 · 0.005 · Σ 0.005' } })
  on.tell({ kind: 'panel-hover', panel: 'ladder', at: undefined })
  on.clock.runFrame()
  expect(on.last('hit')).toEqual({ kind: 'hit', panel: 'ladder', hit: undefined })
})

test('a resized canvas gets its size and its picture in the same frame', async () => {
  const on = await shownLadder()
  on.tell({ kind: 'panel-resize', panel: 'ladder', width: 300, height: 120, dpr: 2 })
  expect(on.canvas.height).toBe(180)
  on.clock.runFrame()
  expect([on.canvas.width, on.canvas.height]).toEqual([600, 240])
  expect(on.canvas.lines().slice(1, 4)).toEqual([
    '\u2191 1 more 63,143.0 0.220 0.220',
    '0.5 \u00b7 0.08 bp',
    '63,142.5 0.901 0.901',
  ])
})

test('the text face is fetched once and everything is painted again with it', async () => {
  const on = stage()
  on.tell({ kind: 'connect', url: 'http://127.0.0.1:1', fontUrl: '/plex.woff2' })
  await on.start()
  const canvas = await on.open('ladder')
  on.clock.runFrame()
  expect(on.clock.fonts).toMatchObject([{ family: 'Test', url: '/plex.woff2' }])
  canvas.forgetCalls()
  on.clock.fonts[0]?.loaded()
  await on.shown()
  expect(canvas.texts.map(({ text }) => text)).toEqual(['Snapshot\u2026'])
})

test('sizes as what they are worth are reckoned at the price of their level and summed from the best, without asking the server anew', async () => {
  const on = await shownLadder()
  on.tell({
    kind: 'panel-options',
    panel: 'ladder',
    options: { depth: 25, grouping: 1, rateMs: 100, unit: 'quote' },
  })
  await on.shown()
  expect(on.gateway.requests.filter(({ name }) => name === 'modify')).toEqual([])
  // 63,142.5 × 0.901 = 56,891.3925 and 63,142 × 1.730 = 109,235.66.
  expect(on.canvas.lines().slice(1, -1)).toEqual([
    'book ends \u00b7 2 levels',
    '63,144.5 76.0K 89.9K',
    '63,143.0 13.9K 13.9K',
    '0.5 \u00b7 0.08 bp',
    '63,142.5 56.9K 56.9K',
    '63,142.0 109.2K 166.1K',
    'book ends \u00b7 2 levels',
  ])
  on.tell({ kind: 'panel-hover', panel: 'ladder', at: { x: 5, y: 125 } })
  on.clock.runFrame()
  expect(on.last('hit')?.hit?.text).toBe('Bid 63,142.0 · 109,235.7 · Σ 166,127.1')
  on.tell({ kind: 'panel-table', panel: 'ladder', request: 1 })
  expect(on.last('table')).toMatchObject({
    columns: ['Side', 'Price', 'Size', 'Total', 'Quote size', 'Quote total'],
    rows: [
      ['Ask', '63144.5', '1.204', '1.424', '76025.9780', '89917.4380'],
      ['Ask', '63143.0', '0.220', '0.220', '13891.4600', '13891.4600'],
      ['Bid', '63142.5', '0.901', '0.901', '56891.3925', '56891.3925'],
      ['Bid', '63142.0', '1.730', '2.631', '109235.6600', '166127.0525'],
    ],
  })
})

test('keys go from level to level over the spread, begin at the best bid, and scroll where the next is out of sight', async () => {
  const on = await shownLadder()
  on.gateway.book(SYMBOL, { seq: 300, bids: ladderOf(-1), asks: ladderOf(1) })
  await on.shown()
  const step = (y: number): string | undefined => {
    on.tell({ kind: 'panel-step', panel: 'ladder', by: { x: 0, y } })
    on.clock.runFrame()
    return on.last('hit')?.hit?.text.split(' · ')[0]
  }
  expect(step(1)).toBe('Bid 63,000.0')
  expect(step(1)).toBe('Bid 62,999.5')
  expect(step(-1)).toBe('Bid 63,000.0')
  expect(step(-1)).toBe('Ask 63,001.0')
  expect(step(-10)).toBe('Ask 63,006.0')
  expect(step(-100)).toBe('Ask 63,010.5')
  expect(on.canvas.lines()[1]).toBe('63,010.5 0.001 0.020')
  expect(step(100)).toBe('Bid 62,990.5')
  expect(step(-1)).toBe('Bid 62,991.0')
  on.tell({ kind: 'panel-resume', panel: 'ladder' })
  on.clock.runFrame()
  expect(on.canvas.lines()).toContain('1.0 \u00b7 0.16 bp')
})

/** Twenty levels, a tick apart, from 63,000.0 down or 63,001.0 up. */
function ladderOf(direction: 1 | -1): number[] {
  const best = direction === 1 ? 126_002 : 126_000
  return Array.from({ length: 20 }).flatMap((_, at) => [best + direction * at, 1])
}

test('asked what is at a point the engine says it, at no point what the pointer is at, and first of all the best bid', async () => {
  const on = await shownLadder()
  const pick = (request: number, at?: { x: number; y: number }) => {
    on.tell({ kind: 'panel-pick', panel: 'ladder', request, at })
    return on.last('picked')
  }
  expect(pick(1, { x: 9, y: 45 })).toMatchObject({ panel: 'ladder', request: 1, hit: { price: '63144.5' } })
  expect(pick(2, { x: 9, y: 85 })).toMatchObject({ request: 2, hit: undefined })
  expect(pick(3)).toMatchObject({ request: 3, hit: { price: '63142.5' } })
  // What was picked is marked.
  on.clock.runFrame()
  expect(on.canvas.colourAt(2, 110)).toBe('hover')
  on.tell({ kind: 'panel-hover', panel: 'ladder', at: { x: 9, y: 125 } })
  expect(pick(4)).toMatchObject({ request: 4, hit: { price: '63142.0' } })
  on.tell({ kind: 'panel-pick', panel: 'nobody', request: 5, at: undefined })
  expect(on.last('picked')).toMatchObject({ request: 5, hit: undefined })
})

test('a picture is of what is there now, and of a panel that is not there is none', async () => {
  const on = await shownLadder()
  on.gateway.book(SYMBOL, { seq: 200, bids: BIDS, asks: [126_286, 5] })
  await on.gateway.settle()
  on.tell({ kind: 'panel-picture', panel: 'ladder', request: 8 })
  expect(on.canvas.lines()).toContain('63,143.0 0.005 0.005')
  await on.gateway.settle()
  expect(on.last('picture')).toMatchObject({ panel: 'ladder', request: 8, picture: on.canvas })
  on.tell({ kind: 'panel-picture', panel: 'nobody', request: 9 })
  expect(on.last('picture')).toMatchObject({ request: 9, picture: undefined })
})
