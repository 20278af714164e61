import { expect, onTestFinished, test } from 'vitest'
import type { FromEngine, ToEngine } from '../src/engine/messages.ts'
import { paintTheme } from '../src/theme/paint.ts'
import { TOKENS } from '../src/theme/palettes.ts'
import { eventually } from './fakes/eventually.ts'
import type { Script } from './fakes/scripted-engine.ts'
import { different, drawn, SYMBOL, threadedEngine } from './fakes/threaded-engine.ts'

const NOON = 1_700_000_000_000_000
const OPTIONS = { depth: 25, grouping: 1, rateMs: 100 }

/** A book that moves, from a seed. */
function* books(seed: number, count: number): Generator<Extract<Script, { kind: 'gateway-book' }>> {
  const random = drawn(seed)
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

test('a worker and the page itself paint the same book, pixel by pixel, live and stale', async () => {
  const places = [threadedEngine('worker'), threadedEngine('main')] as const
  for (const engine of places) {
    await engine.open('ladder', OPTIONS)
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
  const [gradual, whole] = [threadedEngine('main'), threadedEngine('main')] as const
  const all = [...books(11, 60)]
  await gradual.open('ladder', OPTIONS)
  for (const book of all) {
    gradual.send(book)
    await gradual.table('ladder')
  }
  await whole.open('ladder', OPTIONS)
  for (const book of all.slice(-1)) whole.send(book)
  await whole.table('ladder')
  expect(different(gradual.pixels('ladder'), whole.pixels('ladder'))).toBe(0)
})

test('a worker and the page itself paint the same tape', async () => {
  const places = [threadedEngine('worker'), threadedEngine('main')] as const
  const trades = Array.from({ length: 40 }, (_, at) => [
    `t${at}`,
    126_000 + at,
    1 + at * 977,
    at % 3 === 0 ? 1 : -1,
    NOON + at * 1_000_000,
  ])
  for (const engine of places) {
    await engine.open('tape', OPTIONS)
    engine.send({ kind: 'gateway-trades', symbol: SYMBOL, seq: 40, trades })
  }
  const [inWorker, onMain] = await Promise.all(places.map((engine) => engine.table('tape')))
  expect(inWorker?.rows).toHaveLength(40)
  expect({ ...inWorker, request: 0 }).toEqual({ ...onMain, request: 0 })
  await eventually(() => expect(different(places[0].pixels('tape'), places[1].pixels('tape'))).toBe(0))
})

test('a worker and the page itself fetch what paints a depth chart, and paint the same', async () => {
  const places = [threadedEngine('worker'), threadedEngine('main')] as const
  const last = [...books(5, 1)][0]
  for (const engine of places) {
    await engine.open('depth', OPTIONS)
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
  onTestFinished(() => worker.terminate())
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
