import { expect, test, vi } from 'vitest'
import { SYMBOL, stage } from './fakes/engine-stage.ts'
import { ASKS, BIDS, shownLadder } from './fakes/ladder-stage.ts'
import { RecordingCanvas } from './fakes/recording-canvas.ts'

test('a panel that finds its view already here asks for the levels it then needs', async () => {
  const on = stage()
  await on.start()
  await on.open('depth', { span: 0.01 })
  await vi.dynamicImportSettled()
  await on.gateway.settle()
  on.gateway.book(SYMBOL, { bids: BIDS, asks: ASKS })
  await on.shown()
  const canvas = new RecordingCanvas()
  const surface = { canvas: canvas as unknown as OffscreenCanvas, width: 300, height: 180, dpr: 1 }
  const options = { rateMs: 100, span: 5 }
  on.tell({ kind: 'panel-open', panel: 'depth-2', panelKind: 'depth', symbol: SYMBOL, options, surface })
  await on.shown()
  const { body } = on.gateway.requests.findLast(({ name }) => name === 'subscribe') ?? {}
  expect(body).toMatchObject({ symbols: [SYMBOL], grouping: 50 })
  expect(canvas.lines().join(' ')).toContain('mid')
  on.tell({ kind: 'panel-symbol', panel: 'depth', symbol: 'test:ETH-USD' })
  await on.gateway.settle()
  on.tell({ kind: 'panel-options', panel: 'depth', options })
  on.gateway.book('test:ETH-USD', { bids: [200, 5], asks: [201, 5] })
  await on.shown()
  on.clock.advance(1000)
  expect(on.last('panels')?.reports[0]?.refusal).toBeUndefined()
})

test('a break of the instrument before is not told of the one after it', async () => {
  const on = await shownLadder()
  const sub = on.gateway.sub('book', SYMBOL)
  const gap = { sub, epoch: 1, reason: 'sequence', next: 'snapshot', from: 107, to: 109, serverTime: 1 }
  on.gateway.send('gap', gap)
  await on.gateway.settle()
  on.tell({ kind: 'panel-symbol', panel: 'ladder', symbol: 'test:ETH-USD' })
  await on.gateway.settle()
  on.clock.advance(100)
  expect(on.last('panels')?.reports[0]).toMatchObject({ symbol: 'test:ETH-USD', state: { kind: 'loading' } })
})

test('the time a panel is out of sight is not how late its pictures are', async () => {
  const on = await shownLadder()
  on.gateway.book(SYMBOL, { seq: 108, bids: BIDS, asks: ASKS })
  await on.gateway.settle()
  on.tell({ kind: 'panel-visible', panel: 'ladder', visible: false })
  await on.pass(30)
  on.tell({ kind: 'panel-visible', panel: 'ladder', visible: true })
  on.clock.runFrame()
  await on.gateway.settle()
  on.gateway.book(SYMBOL, { seq: 109, bids: BIDS, asks: ASKS })
  await on.shown()
  const { paintP99 } = on.report('ladder')
  expect(paintP99).toBeLessThan(1)
})
