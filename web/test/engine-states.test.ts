import { expect, test } from 'vitest'
import { BARS, SYMBOL, stage } from './fakes/engine-stage.ts'
import { ASKS, BIDS, ladder, ROWS, shownLadder } from './fakes/ladder-stage.ts'

const NOON = 1_700_000_000_000_000

test('a book without a checksum is shown, and never said to be verified', async () => {
  const on = await ladder()
  on.gateway.send('snapshot', {
    sub: on.gateway.sub('book', SYMBOL),
    seq: 5,
    epoch: 1,
    serverTime: 1,
    bids: BIDS,
    asks: ASKS,
  })
  await on.shown()
  expect(on.canvas.lines().slice(1, -1)).toEqual(ROWS)
  expect(on.report('ladder')).toMatchObject({ seq: 5, verifiedAt: 0 })
})

test('a book that fails its checksum is never shown: the last good one stays, marked wrong, until a good one comes', async () => {
  const on = await shownLadder()
  const sub = on.gateway.sub('book', SYMBOL)
  on.gateway.send('update', {
    sub,
    epoch: 1,
    seq: 108,
    prev: 107,
    serverTime: 1,
    merged: 1,
    bids: [126_285, 777],
    asks: [],
    checksum: 1,
  })
  await on.shown()
  expect(on.canvas.lines().slice(1, -1)).toEqual(ROWS)
  expect(on.canvas.colourAt(150, 0)).toBe('error')
  expect(on.canvas.coloursOf('0.901')).toEqual(['low', 'low'])
  expect(on.report('ladder')).toMatchObject({ state: { kind: 'invalid', reason: 'checksum mismatch' }, seq: 107 })
  await on.pass(5)
  on.gateway.book(SYMBOL, { seq: 120, bids: BIDS, asks: ASKS })
  await on.shown()
  expect(on.canvas.colourAt(150, 0)).toBe('background')
  expect(on.report('ladder')).toMatchObject({ seq: 120, state: { kind: 'live' } })
})

test('a crossed book is never shown', async () => {
  const on = await shownLadder()
  on.gateway.book(SYMBOL, { seq: 130, bids: [126_286, 5], asks: [126_286, 5] })
  await on.shown()
  expect(on.canvas.lines().slice(1, -1)).toEqual(ROWS)
  expect(on.canvas.colourAt(150, 0)).toBe('error')
  expect(on.report('ladder')).toMatchObject({
    seq: 107,
    state: { kind: 'invalid', reason: 'crossed book, bid 63143.0 not below ask 63143.0' },
  })
})

test('a book that stands frozen before a crossed one is not said to be verified again by it', async () => {
  const on = await shownLadder()
  const { verifiedAt } = on.report('ladder')
  expect(verifiedAt).toBeGreaterThan(0)
  on.gateway.book(SYMBOL, { seq: 108, bids: [126_287, 1], asks: ASKS })
  await on.shown()
  expect(on.report('ladder')).toMatchObject({ state: { kind: 'invalid' }, seq: 107, verifiedAt })
})

test('when the connection is lost the book stays and looks old, and is live again with the first fresh snapshot only', async () => {
  const on = await shownLadder()
  on.gateway.drop()
  await on.shown()
  expect(on.canvas.lines().slice(1, -1)).toEqual(ROWS)
  expect(on.canvas.colourAt(150, 0)).toBe('warn')
  on.clock.advance(100)
  expect(on.last('panels')?.reports[0]?.state).toMatchObject({
    kind: 'stale',
    retryInMs: 25,
    reason: 'the connection was lost',
  })
  expect(on.last('connection')).toMatchObject({ state: 'waiting', reason: 'the connection was lost' })
  on.clock.advance(100)
  await on.shown()
  expect(on.last('connection')).toMatchObject({ state: 'open' })
  expect(on.canvas.colourAt(150, 0)).toBe('warn')
  on.gateway.book(SYMBOL, { seq: 5, bids: [126_280, 1], asks: ASKS })
  await on.shown()
  expect(on.canvas.colourAt(150, 0)).toBe('background')
  expect(on.canvas.lines()).toContain('63,140.0 0.001 0.001')
})

test('a gap at the source makes the book look old until the source has it again', async () => {
  const on = await shownLadder()
  on.gateway.status(SYMBOL, 'resyncing', 'expected 5, received 7')
  await on.shown()
  expect(on.canvas.colourAt(150, 0)).toBe('warn')
  expect(on.report('ladder').state).toEqual({ kind: 'gap', from: 108 })
  on.gateway.status(SYMBOL, 'live')
  await on.shown()
  expect(on.canvas.colourAt(150, 0)).toBe('background')
})

test('a quiet book is called quiet for as long as heartbeats prove the server alive, and delayed when they stop', async () => {
  const on = await shownLadder()
  on.gateway.book(SYMBOL, { seq: 200, bids: BIDS, asks: ASKS, serverTime: NOON, exchangeTime: NOON - 3_000_000 })
  await on.shown()
  await on.pass(5)
  // It had not changed for 3 s when it came.
  expect(on.last('panels')?.reports[0]?.state).toEqual({ kind: 'quiet', ageMs: 8000 })
  on.clock.advance(1000)
  expect(on.last('panels')?.reports[0]?.state).toMatchObject({ kind: 'delayed' })
})

test('a snapshot without the time of its last change is quiet since nobody knows when', async () => {
  const on = await shownLadder()
  await on.pass(5)
  expect(on.last('panels')?.reports[0]?.state).toEqual({ kind: 'quiet' })
})

test('the report says what was asked for and granted once that is answered, and why a change was refused', async () => {
  const on = await shownLadder()
  const deep = { depth: 100, grouping: 1, rateMs: 100 }
  on.gateway.grants = { depth: 20 }
  on.tell({ kind: 'panel-options', panel: 'ladder', options: deep })
  expect(on.report('ladder').asked).toBeUndefined()
  await on.gateway.settle()
  expect(on.report('ladder')).toMatchObject({ asked: deep, granted: { depth: 20 }, refusal: undefined })
  on.gateway.modifyError = { code: 422, slug: 'not-allowed', message: 'grouping 3 is not allowed' }
  on.tell({ kind: 'panel-options', panel: 'ladder', options: { ...deep, grouping: 3 } })
  await on.gateway.settle()
  expect(on.report('ladder')).toMatchObject({
    granted: { depth: 20, grouping: 1 },
    refusal: 'grouping 3 is not allowed',
  })
})

test('a panel nobody sees is paused at the server and not painted, and starts afresh when it is seen', async () => {
  const on = await shownLadder()
  on.tell({ kind: 'panel-visible', panel: 'ladder', visible: false })
  await on.gateway.settle()
  expect(on.gateway.follows('book', SYMBOL)).toBe(false)
  await on.pass(60)
  expect(on.clock.framesAsked).toBe(0)
  on.tell({ kind: 'panel-visible', panel: 'ladder', visible: true })
  await on.shown()
  expect(on.canvas.coloursOf('0.901')).toEqual(['low', 'low'])
  expect(on.report('ladder').state).toEqual({ kind: 'loading' })
  on.gateway.book(SYMBOL, { seq: 400, bids: BIDS, asks: ASKS })
  await on.shown()
  expect(on.canvas.coloursOf('0.901')).toEqual(['high', 'text'])
})

test('a pause stops every stream at the server, says so, and leaves what was there to be read', async () => {
  const on = await shownLadder()
  on.tell({ kind: 'watch', symbols: [SYMBOL] })
  on.tell({ kind: 'bars-open', panel: 'chart-1', symbol: SYMBOL, interval: '1m', options: BARS })
  await on.gateway.settle()
  expect(['book', 'ticker', 'candles'].map((channel) => on.gateway.follows(channel, SYMBOL))).toEqual([
    true,
    true,
    true,
  ])
  on.tell({ kind: 'pause', paused: true })
  await on.shown()
  expect(['book', 'ticker', 'candles'].map((channel) => on.gateway.follows(channel, SYMBOL))).toEqual([
    false,
    false,
    false,
  ])
  expect(on.report('ladder').state).toEqual({ kind: 'paused' })
  expect(on.canvas.lines().slice(1, -1)).toEqual(ROWS)
  await on.pass(5)
  expect(on.clock.framesAsked).toBe(0)
  on.tell({ kind: 'pause', paused: false })
  await on.gateway.settle()
  expect(['book', 'ticker', 'candles'].map((channel) => on.gateway.follows(channel, SYMBOL))).toEqual([
    true,
    true,
    true,
  ])
})

test('one refused symbol says why in its panel', async () => {
  const on = stage()
  on.gateway.refusals.set(SYMBOL, { code: 404, slug: 'unknown-symbol', message: 'no feed carries test:BTC-USD' })
  await on.start()
  const canvas = await on.open('ladder')
  on.clock.runFrame()
  expect(canvas.lines()).toEqual(['no feed carries test:BTC-USD'])
  expect(on.report('ladder').state).toEqual({ kind: 'refused', code: 404, reason: 'no feed carries test:BTC-USD' })
})
