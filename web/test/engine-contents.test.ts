import { expect, test } from 'vitest'
import type { MakePanel } from '../src/engine/contents.ts'
import { MAKERS, SYMBOL, stage } from './fakes/engine-stage.ts'
import { ASKS, BIDS, ROWS } from './fakes/ladder-stage.ts'

/** The ladder's program as one that has to be fetched, which comes when the test says. */
function fetched() {
  const asked: PromiseWithResolvers<MakePanel>[] = []
  const load = (): Promise<MakePanel> => {
    const answer = Promise.withResolvers<MakePanel>()
    asked.push(answer)
    return answer.promise
  }
  return {
    asked,
    contents: { ...MAKERS, ladder: { load } },
    arrive: () => asked.at(-1)?.resolve(MAKERS.ladder),
    fail: () => asked.at(-1)?.reject(new TypeError('Failed to fetch')),
  }
}

async function opening() {
  const program = fetched()
  const on = stage({ contents: program.contents })
  await on.start()
  const canvas = await on.open('ladder')
  return { ...on, program, canvas }
}

test('a panel whose program is fetched opens when that came, with all that was said to it since', async () => {
  const on = await opening()
  expect(on.gateway.requests.filter(({ name }) => name === 'subscribe')).toEqual([])
  on.tell({ kind: 'panel-symbol', panel: 'ladder', symbol: 'test:ETH-USD' })
  on.tell({ kind: 'panel-symbol', panel: 'ladder', symbol: SYMBOL })
  on.tell({ kind: 'panel-options', panel: 'ladder', options: { depth: 5, grouping: 1, rateMs: 500 } })
  on.tell({ kind: 'panel-resize', panel: 'ladder', width: 400, height: 180, dpr: 1 })
  on.tell({ kind: 'panel-table', panel: 'ladder', request: 7 })
  on.program.arrive()
  await on.gateway.settle()
  expect(on.gateway.follows('book', 'test:ETH-USD')).toBe(false)
  expect(on.gateway.requests.findLast(({ name }) => name === 'subscribe')?.body).toMatchObject({
    symbols: [SYMBOL],
    depth: 5,
    rateMs: 500,
  })
  expect(on.last('table')).toMatchObject({ request: 7, symbol: SYMBOL, rows: [] })
  on.gateway.book(SYMBOL, { seq: 1, bids: BIDS, asks: ASKS })
  await on.shown()
  expect(on.canvas.width).toBe(400)
  expect(on.canvas.lines().slice(1, -1)).toEqual(ROWS)
})

test('what is asked while a program is fetched is answered in its turn', async () => {
  const on = await opening()
  on.tell({ kind: 'panel-table', panel: 'ladder', request: 1 })
  on.tell({ kind: 'panel-symbol', panel: 'ladder', symbol: 'test:ETH-USD' })
  on.tell({ kind: 'panel-table', panel: 'ladder', request: 2 })
  on.program.arrive()
  await on.gateway.settle()
  const answers = on.posted.flatMap((message) => (message.kind === 'table' ? [[message.request, message.symbol]] : []))
  expect(answers).toEqual([
    [1, SYMBOL],
    [2, 'test:ETH-USD'],
  ])
})

test('a panel that is hidden or paused before its program came asks the server to send nothing', async () => {
  for (const before of ['panel-visible', 'pause'] as const) {
    const on = await opening()
    on.tell(
      before === 'pause' ? { kind: 'pause', paused: true } : { kind: 'panel-visible', panel: 'ladder', visible: false },
    )
    on.program.arrive()
    await on.gateway.settle()
    expect(on.report('ladder').state).toEqual({ kind: 'paused' })
  }
})

test('a panel closed before its program came opens nothing, and who asked for its table is answered', async () => {
  const on = await opening()
  on.tell({ kind: 'panel-table', panel: 'ladder', request: 3 })
  on.tell({ kind: 'panel-close', panel: 'ladder' })
  expect(on.last('table')).toMatchObject({ request: 3, rows: [] })
  on.program.arrive()
  await on.shown()
  expect(on.gateway.requests.filter(({ name }) => name === 'subscribe')).toEqual([])
  expect(on.canvas.lines()).toEqual([])
  on.clock.advance(1000)
  expect(on.last('panels')).toBeUndefined()
})

test('an engine that was closed meanwhile opens nothing either', async () => {
  const on = await opening()
  on.engine.close()
  on.program.arrive()
  await on.shown()
  expect(on.gateway.requests.filter(({ name }) => name === 'subscribe')).toEqual([])
})

test('opened anew before the program came there is one panel, on the new canvas', async () => {
  const on = await opening()
  const second = await on.open('ladder')
  on.program.asked[0]?.resolve(MAKERS.ladder)
  on.program.arrive()
  await on.shown()
  expect(on.gateway.requests.filter(({ name }) => name === 'subscribe')).toHaveLength(1)
  on.gateway.book(SYMBOL, { seq: 1, bids: BIDS, asks: ASKS })
  await on.shown()
  expect(on.canvas.lines()).toEqual([])
  expect(second.lines().slice(1, -1)).toEqual(ROWS)
})

test('who asks a panel that is opened anew, or failed to open, is answered', async () => {
  const on = await opening()
  on.tell({ kind: 'panel-table', panel: 'ladder', request: 1 })
  await on.open('ladder')
  expect(on.last('table')).toMatchObject({ request: 1, rows: [] })
  on.program.fail()
  await on.shown()
  on.tell({ kind: 'panel-table', panel: 'ladder', request: 2 })
  expect(on.last('table')).toMatchObject({ request: 2, rows: [] })
})

test('a program that cannot be fetched is told, and fetched again for the next canvas', async () => {
  const on = await opening()
  on.tell({ kind: 'panel-table', panel: 'ladder', request: 1 })
  on.program.fail()
  await on.shown()
  expect(on.last('panel-failed')).toEqual({ kind: 'panel-failed', panel: 'ladder', reason: 'Failed to fetch' })
  expect(on.last('table')).toMatchObject({ request: 1, rows: [] })
  const second = await on.open('ladder')
  expect(on.program.asked).toHaveLength(2)
  on.program.arrive()
  await on.shown()
  expect(on.canvas.lines()).toEqual([])
  expect(second.lines()).toEqual(['Snapshot\u2026'])
  expect(on.gateway.follows('book', SYMBOL)).toBe(true)
})

test('with a program that came once the next panel of its kind opens at once', async () => {
  const on = await opening()
  on.program.arrive()
  await on.gateway.settle()
  on.tell({ kind: 'panel-close', panel: 'ladder' })
  await on.open('ladder')
  expect(on.program.asked).toHaveLength(1)
  expect(on.gateway.follows('book', SYMBOL)).toBe(true)
})
