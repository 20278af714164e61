import { expect, test } from 'vitest'
import type { PanelOptions } from '../src/engine/messages.ts'
import { SYMBOL, stage } from './fakes/engine-stage.ts'
import { eventually } from './fakes/eventually.ts'
import type { ScriptedGateway } from './fakes/scripted-gateway.ts'

/** Ten levels a side, ten ticks apart: the middle is 10,000 ticks of 0.5. */
const BIDS = Array.from({ length: 10 }).flatMap((_, at) => [9990 - 10 * at, 100])
const ASKS = Array.from({ length: 10 }).flatMap((_, at) => [10_010 + 10 * at, 200])

async function depth(options: Partial<PanelOptions> = {}) {
  const on = stage()
  await on.start()
  const canvas = await on.open('depth', { span: 2, rateMs: 500, ...options })
  await opened(on.gateway)
  on.clock.runFrame()
  const asked = (): unknown => on.gateway.requests.findLast(({ name }) => name !== 'ping')?.body
  return { ...on, canvas, asked }
}

/** The program of the first panel is fetched. */
async function opened(gateway: ScriptedGateway): Promise<void> {
  await eventually(async () => {
    await gateway.settle()
    expect(gateway.follows('book', SYMBOL)).toBe(true)
  })
}

async function shown(options: Partial<PanelOptions> = {}) {
  const on = await depth(options)
  on.gateway.book(SYMBOL, { seq: 5, bids: BIDS, asks: ASKS })
  await on.shown()
  return on
}

test('a depth chart follows as many fine levels as there are steps to show, and waits for them', async () => {
  const on = await depth()
  expect(on.asked()).toMatchObject({ channel: 'book', symbols: [SYMBOL], depth: 300, grouping: 1, rateMs: 500 })
  expect(on.canvas.lines()).toEqual(['Snapshot\u2026'])
  on.gateway.book(SYMBOL, { seq: 5, bids: BIDS, asks: ASKS })
  await on.shown()
  expect(on.canvas.lines()[0]).toBe('BTC mid 5,000.0')
  expect(on.report('depth')).toMatchObject({ state: { kind: 'live' }, seq: 5 })
})

test('where fine levels would not reach the end of the span coarser ones are asked for, once', async () => {
  const on = await depth()
  on.gateway.book(SYMBOL, { seq: 5, bids: [126_285, 901], asks: [126_286, 220] })
  await on.gateway.settle()
  // Two percent are 2526 ticks, of which 300 levels hold 10 each.
  expect(on.asked()).toMatchObject({ depth: 300, grouping: 10 })
  const requests = on.gateway.requests.length
  for (let seq = 6; seq < 10; seq += 1) on.gateway.book(SYMBOL, { seq, bids: [126_280, seq], asks: [126_290, 220] })
  await on.shown()
  expect(on.gateway.requests).toHaveLength(requests)
})

test('with fewer levels granted they are as coarse as those need', async () => {
  const on = stage()
  on.gateway.grants = { depth: 20 }
  await on.start()
  await on.open('depth', { span: 2, rateMs: 500 })
  await opened(on.gateway)
  on.gateway.book(SYMBOL, { seq: 5, bids: [126_285, 901], asks: [126_286, 220] })
  await on.gateway.settle()
  expect(on.gateway.requests.findLast(({ name }) => name === 'modify')?.body).toMatchObject({ grouping: 200 })
})

test('another span is asked for at once where it needs other levels, and only shown where it does not', async () => {
  const on = await shown()
  const requests = on.gateway.requests.length
  on.tell({ kind: 'panel-options', panel: 'depth', options: { span: 1, rateMs: 500 } })
  await on.shown()
  expect(on.gateway.requests).toHaveLength(requests)
  expect(on.canvas.lines().at(-1)).toContain('4,950.0')
  on.tell({ kind: 'panel-options', panel: 'depth', options: { span: 10, rateMs: 500 } })
  await on.shown()
  // Ten percent are a thousand ticks.
  expect(on.asked()).toMatchObject({ grouping: 5, rateMs: 500 })
  on.tell({ kind: 'panel-options', panel: 'depth', options: { span: 10, rateMs: 1000 } })
  await on.shown()
  expect(on.asked()).toMatchObject({ grouping: 5, rateMs: 1000 })
})

test('a change that is refused is not asked for again, and what there is ends where it ends', async () => {
  const on = await depth()
  on.gateway.modifyError = { code: 422, slug: 'unsupported', message: 'too coarse' }
  const levels = (direction: 1 | -1): number[] =>
    Array.from({ length: 300 }).flatMap((_, at) => [126_285 + direction * (1 + at), 1])
  for (const seq of [5, 6, 7]) {
    on.gateway.book(SYMBOL, { seq, bids: levels(-1), asks: levels(1) })
    await on.shown()
  }
  expect(on.gateway.requests.filter(({ name }) => name === 'modify')).toHaveLength(1)
  expect(on.canvas.lines().join(' ')).toContain('view ends')
  expect(on.report('depth').refusal).toBe('too coarse')
})

test('a crossed book of coarser levels leaves the fine one as it is', async () => {
  const on = await shown()
  on.tell({ kind: 'panel-options', panel: 'depth', options: { span: 10, rateMs: 500 } })
  await on.shown()
  on.gateway.book(SYMBOL, { seq: 6, bids: [10_020, 1], asks: [10_010, 1] })
  await on.shown()
  expect(on.canvas.lines()[0]).toBe('BTC mid 5,000.0')
  on.gateway.book(SYMBOL, { seq: 7, bids: BIDS, asks: ASKS })
  await on.shown()
  expect(on.canvas.lines()[0]).toBe('BTC mid \u2248 5,000.0')
})

test('the table holds the steps of the picture, in exact decimals', async () => {
  const on = await shown({ span: 0.5 })
  on.tell({ kind: 'panel-table', panel: 'depth', request: 1 })
  // Half a percent are 50 ticks: five levels a side.
  expect(on.last('table')?.rows).toHaveLength(10)
  expect(on.last('table')).toMatchObject({
    seq: 5,
    columns: ['Side', 'Price', 'Size', 'Total', 'Quote size', 'Quote total'],
    rows: [
      ['Ask', '5025.0', '0.200', '1.000', '1005.0000', '5015.0000'],
      ['Ask', '5020.0', '0.200', '0.800', '1004.0000', '4010.0000'],
      ['Ask', '5015.0', '0.200', '0.600', '1003.0000', '3006.0000'],
      ['Ask', '5010.0', '0.200', '0.400', '1002.0000', '2003.0000'],
      ['Ask', '5005.0', '0.200', '0.200', '1001.0000', '1001.0000'],
      ['Bid', '4995.0', '0.100', '0.100', '499.5000', '499.5000'],
      ['Bid', '4990.0', '0.100', '0.200', '499.0000', '998.5000'],
      ['Bid', '4985.0', '0.100', '0.300', '498.5000', '1497.0000'],
      ['Bid', '4980.0', '0.100', '0.400', '498.0000', '1995.0000'],
      ['Bid', '4975.0', '0.100', '0.500', '497.5000', '2492.5000'],
    ],
  })
})

test('the pointer is told price, sum and worth of both sides, as far from the middle', async () => {
  const on = await shown()
  on.tell({ kind: 'panel-hover', panel: 'depth', at: { x: 112.5, y: 50 } })
  on.clock.runFrame()
  // A quarter of the span: 50 ticks below the middle, and above.
  expect(on.last('hit')?.hit).toMatchObject({
    price: '4975.0',
    text: 'Bid 4,975.0 · Σ 0.500 BTC · 2,492.5 USD\nAsk 5,025.0 · Σ 1.000 BTC · 5,015.0 USD',
  })
})

test('keys begin at the best bid, go along the prices, and leave up and down alone', async () => {
  const on = await shown()
  const step = (x: number, y = 0): string | undefined => {
    on.tell({ kind: 'panel-step', panel: 'depth', by: { x, y } })
    on.clock.runFrame()
    return on.last('hit')?.hit?.price
  }
  expect(step(1)).toBe('4995.0')
  const next = step(-10)
  expect(Number(next)).toBeLessThan(4980)
  expect(step(0, 1)).toBe(next)
  expect(step(-1000)).toBe('4900.0')
  expect(step(1000)).toMatch(/^5(100|099)\./)
  on.tell({ kind: 'panel-pick', panel: 'depth', request: 1, at: { x: 112.5, y: 0 } })
  expect(on.last('picked')?.hit?.price).toBe('4975.0')
})

test('a crossed book is never shown, a lost connection only makes it look old, another symbol shows nothing of it', async () => {
  const on = await shown()
  const before = on.canvas.lines()
  on.gateway.book(SYMBOL, { seq: 6, bids: [10_020, 1], asks: [10_010, 1] })
  await on.shown()
  expect(on.canvas.lines()).toEqual(before)
  expect(on.report('depth').state.kind).toBe('invalid')
  on.gateway.book(SYMBOL, { seq: 7, bids: BIDS, asks: ASKS })
  await on.shown()
  on.gateway.drop()
  await on.shown()
  on.report('depth')
  on.clock.runFrame()
  expect(on.canvas.lines()).toEqual(before)
  expect(on.canvas.colourAt(150, 0)).toBe('warn')
  on.tell({ kind: 'panel-symbol', panel: 'depth', symbol: 'test:ETH-USD' })
  await on.shown()
  expect(on.canvas.lines()).not.toContain('mid 5,000.0')
})
