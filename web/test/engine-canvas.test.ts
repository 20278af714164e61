import { expect, test } from 'vitest'
import type { Surface } from '../src/engine/messages.ts'
import { SYMBOL, stage } from './fakes/engine-stage.ts'
import { ASKS, BIDS, ROWS, shownLadder } from './fakes/ladder-stage.ts'
import { RecordingCanvas } from './fakes/recording-canvas.ts'

/** A browser tells of its canvases by these. */
type Losable = RecordingCanvas & { oncontextlost?: () => void; oncontextrestored?: () => void }

function open(on: ReturnType<typeof stage>, canvas: unknown): void {
  const surface: Surface = { canvas: canvas as OffscreenCanvas, width: 300, height: 180, dpr: 1 }
  const options = { depth: 25, grouping: 1, rateMs: 100 }
  on.tell({ kind: 'panel-open', panel: 'ladder', panelKind: 'ladder', symbol: SYMBOL, options, surface })
}

test('a canvas that gives nothing to paint with is told, asks the server for nothing and answers whoever asks', async () => {
  const on = stage()
  await on.start()
  open(on, Object.assign(new RecordingCanvas(), { getContext: () => null }))
  await on.gateway.settle()
  const reason = 'the browser gives no canvas to paint on'
  expect(on.last('panel-failed')).toEqual({ kind: 'panel-failed', panel: 'ladder', reason })
  expect(on.gateway.requests.filter(({ name }) => name === 'subscribe')).toEqual([])
  on.tell({ kind: 'panel-table', panel: 'ladder', request: 4 })
  expect(on.last('table')).toMatchObject({ request: 4, rows: [] })
  // What is done about it.
  on.tell({ kind: 'panel-close', panel: 'ladder' })
  const second = new RecordingCanvas()
  open(on, second)
  await on.gateway.settle()
  on.gateway.book(SYMBOL, { seq: 1, bids: BIDS, asks: ASKS })
  await on.shown()
  expect(second.lines().slice(1, -1)).toEqual(ROWS)
})

test('a canvas that was lost and is given back is painted all anew', async () => {
  const on = await shownLadder()
  const canvas = on.canvas as Losable
  canvas.oncontextlost?.()
  on.clock.advance(2000)
  canvas.forgetCalls()
  canvas.oncontextrestored?.()
  await on.shown()
  // Though nothing changed.
  expect(canvas.texts.map(({ text }) => text)).toEqual(expect.arrayContaining(['Price', 'Size', 'Total', 'Bids 65%']))
  expect(canvas.lines().slice(1, -1)).toEqual(ROWS)
  on.clock.advance(10_000)
  expect(on.last('panel-failed')).toBeUndefined()
})

test('a canvas that was lost for good is told after a while, and nothing more is sent for it', async () => {
  const on = await shownLadder()
  const canvas = on.canvas as Losable
  canvas.oncontextlost?.()
  on.clock.advance(2500)
  expect(on.last('panel-failed')).toBeUndefined()
  on.clock.advance(1000)
  expect(on.last('panel-failed')?.reason).toContain('took the canvas away')
  await on.gateway.settle()
  expect(on.gateway.follows('book', SYMBOL)).toBe(false)
})

test('a panel that cannot be painted is told, and the others are painted all the same', async () => {
  const on = await shownLadder()
  const broken = new RecordingCanvas()
  const surface: Surface = { canvas: broken as unknown as OffscreenCanvas, width: 300, height: 180, dpr: 1 }
  const options = { depth: 25, grouping: 1, rateMs: 100 }
  on.tell({ kind: 'panel-open', panel: 'other', panelKind: 'ladder', symbol: SYMBOL, options, surface })
  broken.fillRect = () => {
    throw new TypeError('cannot fill')
  }
  on.canvas.forgetCalls()
  on.gateway.book(SYMBOL, { seq: 108, bids: [126_285, 902], asks: ASKS })
  await on.shown()
  expect(on.last('panel-failed')).toEqual({ kind: 'panel-failed', panel: 'other', reason: 'cannot fill' })
  expect(on.canvas.lines()).toContain('63,142.5 0.902 0.902')
})
