import { afterEach, expect, test } from 'vitest'
import type { FromEngine, PanelKind, ToEngine } from '../src/engine/messages.ts'
import { paintTheme } from '../src/theme/paint.ts'
import { TOKENS } from '../src/theme/palettes.ts'
import { eventually } from './fakes/eventually.ts'
import { type Script, scriptedEngine } from './fakes/scripted-engine.ts'

const SYMBOL = 'test:BTC-USD'
const SIZE = { width: 320, height: 400, dpr: 1 }
const NOON = 1_700_000_000_000_000

type Table = Extract<FromEngine, { kind: 'table' }>

const undo: (() => void)[] = []
afterEach(() => {
  for (const each of undo.splice(0)) each()
})

/** One engine on one thread, with the canvases it paints in the page. */
function engineOn(place: 'worker' | 'main') {
  const canvases = new Map<PanelKind, HTMLCanvasElement>()
  const asked: ((table: Table) => void)[] = []
  const hear = (message: FromEngine): void => {
    if (message.kind === 'table') asked[message.request]?.(message)
  }
  let send: (message: ToEngine | Script, transfer?: Transferable[]) => void
  if (place === 'main') send = scriptedEngine(hear)
  else {
    const worker = new Worker(new URL('./fakes/scripted-engine.worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = (event: MessageEvent<FromEngine>) => hear(event.data)
    send = (message, transfer = []) => worker.postMessage(message, transfer)
    undo.push(() => worker.terminate())
  }
  send({ kind: 'theme', theme: paintTheme(TOKENS.dark, { density: 'normal' }), locale: 'en', timeZone: 'UTC' })
  send({ kind: 'connect', url: 'http://127.0.0.1:1' })

  function table(kind: PanelKind): Promise<Table> {
    return new Promise((resolve) => {
      const request = asked.push(resolve) - 1
      send({ kind: 'panel-table', panel: kind, request })
    })
  }

  return {
    send,
    table,

    async open(kind: PanelKind): Promise<void> {
      const canvas = document.createElement('canvas')
      document.body.append(canvas)
      undo.push(() => canvas.remove())
      canvases.set(kind, canvas)
      const surface = place === 'worker' ? canvas.transferControlToOffscreen() : canvas
      const options = { depth: 25, grouping: 1, rateMs: 100 }
      send(
        {
          kind: 'panel-open',
          panel: kind,
          panelKind: kind,
          symbol: SYMBOL,
          options,
          surface: { canvas: surface, ...SIZE },
        },
        place === 'worker' ? [surface as OffscreenCanvas] : [],
      )
      // The first answer comes with its program; what that asked the gateway for is granted by the second.
      await table(kind)
      await table(kind)
    },

    /** What stands on the page, as numbers. */
    pixels(kind: PanelKind): Uint8ClampedArray {
      const copy = new OffscreenCanvas(SIZE.width, SIZE.height)
      const ctx = copy.getContext('2d', { willReadFrequently: true })
      const canvas = canvases.get(kind)
      if (ctx === null || canvas === undefined || canvas.width !== SIZE.width) return new Uint8ClampedArray()
      ctx.drawImage(canvas, 0, 0)
      return ctx.getImageData(0, 0, SIZE.width, SIZE.height).data
    },
  }
}

/** A book that moves, from a seed. */
function* books(seed: number, count: number): Generator<Extract<Script, { kind: 'gateway-book' }>> {
  let state = seed
  const random = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
  for (let seq = 1; seq <= count; seq += 1) {
    const middle = 126_000 + random(100)
    const side = (direction: 1 | -1): number[] => {
      let ticks = middle
      return Array.from({ length: 12 }).flatMap(() => {
        ticks += direction * (1 + random(3))
        return [ticks, 1 + random(100_000)]
      })
    }
    yield { kind: 'gateway-book', symbol: SYMBOL, seq, bids: side(-1), asks: side(1) }
  }
}

function different(a: Uint8ClampedArray, b: Uint8ClampedArray): number {
  if (a.length === 0 || a.length !== b.length) return Number.NaN
  return a.reduce((count, value, at) => count + (value === b[at] ? 0 : 1), 0)
}

test('a worker and the page itself paint the same book, pixel by pixel, live and stale', async () => {
  const places = [engineOn('worker'), engineOn('main')] as const
  for (const engine of places) {
    await engine.open('ladder')
    for (const book of books(7, 40)) engine.send(book)
  }
  const [inWorker, onMain] = await Promise.all(places.map((engine) => engine.table('ladder')))
  expect(inWorker?.rows).toHaveLength(24)
  expect({ ...inWorker, request: 0 }).toEqual({ ...onMain, request: 0 })
  await eventually(() => expect(different(places[0].pixels('ladder'), places[1].pixels('ladder'))).toBe(0))
  const live = places[0].pixels('ladder')
  expect(new Set(live).size).toBeGreaterThan(20)

  for (const engine of places) engine.send({ kind: 'gateway-drop' })
  await eventually(() => expect(different(places[0].pixels('ladder'), live)).toBeGreaterThan(1000))
  await eventually(() => expect(different(places[0].pixels('ladder'), places[1].pixels('ladder'))).toBe(0))
})

test('painting only what changed ends in the same picture as painting all of it', async () => {
  const [gradual, whole] = [engineOn('main'), engineOn('main')] as const
  const all = [...books(11, 60)]
  await gradual.open('ladder')
  for (const book of all) {
    gradual.send(book)
    await gradual.table('ladder')
  }
  await whole.open('ladder')
  for (const book of all.slice(-1)) whole.send(book)
  await whole.table('ladder')
  expect(different(gradual.pixels('ladder'), whole.pixels('ladder'))).toBe(0)
})

test('a worker and the page itself paint the same tape', async () => {
  const places = [engineOn('worker'), engineOn('main')] as const
  const trades = Array.from({ length: 40 }, (_, at) => [
    `t${at}`,
    126_000 + at,
    1 + at * 977,
    at % 3 === 0 ? 1 : -1,
    NOON + at * 1_000_000,
  ])
  for (const engine of places) {
    await engine.open('tape')
    engine.send({ kind: 'gateway-trades', symbol: SYMBOL, seq: 40, trades })
  }
  const [inWorker, onMain] = await Promise.all(places.map((engine) => engine.table('tape')))
  expect(inWorker?.rows).toHaveLength(40)
  expect({ ...inWorker, request: 0 }).toEqual({ ...onMain, request: 0 })
  await eventually(() => expect(different(places[0].pixels('tape'), places[1].pixels('tape'))).toBe(0))
})

test('a worker and the page itself fetch what paints a depth chart, and paint the same', async () => {
  const places = [engineOn('worker'), engineOn('main')] as const
  const last = [...books(5, 1)][0]
  for (const engine of places) {
    await engine.open('depth')
    if (last !== undefined) engine.send(last)
  }
  const [inWorker, onMain] = await Promise.all(places.map((engine) => engine.table('depth')))
  expect(inWorker?.rows).toHaveLength(24)
  expect({ ...inWorker, request: 0 }).toEqual({ ...onMain, request: 0 })
  await eventually(() => expect(different(places[0].pixels('depth'), places[1].pixels('depth'))).toBe(0))
  expect(new Set(places[0].pixels('depth')).size).toBeGreaterThan(20)
})

test('the worker of the dashboard starts, and says that it cannot reach the gateway', async () => {
  const worker = new Worker(new URL('../src/feed.worker.ts', import.meta.url), { type: 'module' })
  undo.push(() => worker.terminate())
  const posted: FromEngine[] = []
  worker.onmessage = (event: MessageEvent<FromEngine>) => posted.push(event.data)
  const messages: ToEngine[] = [
    { kind: 'theme', theme: paintTheme(TOKENS.light, { density: 'normal' }), locale: 'de', timeZone: 'UTC' },
    { kind: 'connect', url: 'http://127.0.0.1:1' },
  ]
  for (const message of messages) worker.postMessage(message)
  // The first start of all has its program translated first.
  await eventually(() =>
    expect(posted.findLast(({ kind }) => kind === 'connection')).toMatchObject({ state: 'waiting' }),
  )
})
