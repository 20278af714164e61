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
  expect(on.canvas.lines()).toHaveLength(6)
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
  expect(on.canvas.lines().slice(1, 4)).toEqual(['5.5 0.001 0.001', '0.5 \u00b7 952.38 bp', '5.0 0.001 0.001'])
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
  expect(on.canvas.lines().slice(1, 4)).toEqual(['63,143.0 0.220 0.220', '0.5 \u00b7 0.08 bp', '63,142.5 0.901 0.901'])
  on.gateway.book(SYMBOL, { seq: 300, bids: [126_280, 2631], asks: [126_290, 1424] })
  await on.shown()
  expect(on.canvas.lines().slice(1, 4)).toEqual(['63,145.0 1.424 1.424', '5.0 \u00b7 0.79 bp', '63,140.0 2.631 2.631'])
  expect(on.report('ladder').granted).toEqual({ depth: 1, grouping: 10, rateMs: 500 })
})

test('the pointer is answered with the level under it, again when that changes, and with nothing when it leaves', async () => {
  const on = await shownLadder()
  on.tell({ kind: 'panel-hover', panel: 'ladder', at: { x: 5, y: 65 } })
  on.clock.runFrame()
  expect(on.last('hit')).toEqual({
    kind: 'hit',
    panel: 'ladder',
    hit: { at: { x: 0, y: 60 }, price: '63143.0', text: '63,143.0 · 0.220 · Σ 0.220' },
  })
  on.gateway.book(SYMBOL, { seq: 500, bids: BIDS, asks: [126_286, 5] })
  await on.shown()
  expect(on.last('hit')).toMatchObject({ hit: { text: '63,143.0 · 0.005 · Σ 0.005' } })
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
