import { expect, test } from 'vitest'
import { eventually } from './fakes/eventually.ts'
import { different, drawn, SIZE, SYMBOL, type Thread, themed, threadedEngine } from './fakes/threaded-engine.ts'

const MS = 250
const NOON = 1_699_963_200_000_000
const MID = 126_280
/** Ticks a row, at this price and span. */
const STEP = 16

type Levels = readonly number[]

/** A heatmap on one thread, open and with the groups it asked for. */
async function heatmapOn(thread: Thread) {
  const picks: ((text: string) => void)[] = []
  const engine = threadedEngine(thread, (message) => {
    if (message.kind === 'picked') picks[message.request]?.(message.hit?.text ?? '')
  })
  const { send } = engine
  const table = () => engine.table('heatmap')
  let seq = 0
  const book = (column: number, bids: Levels, asks: Levels): void => {
    seq += 1
    send({ kind: 'gateway-book', symbol: SYMBOL, seq, bids, asks, serverTime: NOON + column * MS * 1000 })
  }
  await engine.open('heatmap', { rateMs: MS, span: 0.5 })
  book(0, [MID, 1], [MID + 1, 1])
  await table()
  return {
    send,
    table,
    book,
    pixels: () => engine.pixels('heatmap'),

    /** What is said of a point. */
    textAt(x: number, y: number): Promise<string> {
      return new Promise((resolve) => {
        const request = picks.push(resolve) - 1
        send({ kind: 'panel-pick', panel: 'heatmap', request, at: { x, y } })
      })
    },
  }
}

/** Books that move, from a seed, on the grid of the groups. */
function* books(seed: number, count: number): Generator<readonly [bids: Levels, asks: Levels]> {
  const random = drawn(seed)
  for (let at = 0; at < count; at += 1) {
    // Not so far that the prices in sight would become others, at a moment that depends on which frames there were.
    const mid = Math.round(MID / STEP) + random(13) - 6
    const side = (direction: 1 | -1): number[] => {
      let row = mid
      return Array.from({ length: 40 }).flatMap(() => {
        row += direction * (1 + random(2))
        return [row * STEP, 1 + random(100_000)]
      })
    }
    yield [side(-1), side(1)]
  }
}

function lightAt(pixels: Uint8ClampedArray, x: number, y: number): number {
  const at = (y * SIZE.width + x) * 4
  return 0.2126 * (pixels[at] ?? 0) + 0.7152 * (pixels[at + 1] ?? 0) + 0.0722 * (pixels[at + 2] ?? 0)
}

test('the table is the server\u2019s book, and the picture is bright where that has much', async () => {
  const heat = await heatmapOn('main')
  const wall = MID - (MID % STEP) - 10 * STEP
  const bids = Array.from({ length: 30 }, (_, at) => MID - (MID % STEP) - at * STEP).flatMap((ticks) => [
    ticks,
    ticks === wall ? 900_000 : 1000,
  ])
  const asks = Array.from({ length: 30 }, (_, at) => MID - (MID % STEP) + (at + 1) * STEP).flatMap((ticks) => [
    ticks,
    1000,
  ])
  for (let column = 1; column < 60; column += 1) heat.book(column, bids, asks)
  const { rows } = await heat.table()
  const levels = (flat: Levels, side: string): string[][] =>
    Array.from({ length: flat.length / 2 }, (_, at) => [
      side,
      ((flat[at * 2] ?? 0) / 2).toFixed(1),
      ((flat[at * 2 + 1] ?? 0) / 1000).toFixed(3),
    ])
  const told = [...levels(asks, 'Ask').reverse(), ...levels(bids, 'Bid')]
  expect(rows.map((row) => row.slice(0, 3))).toEqual(told)

  const x = 200
  const price = (wall / 2).toLocaleString('en', { minimumFractionDigits: 1 })
  let y = 0
  while (y < SIZE.height && !(await heat.textAt(x, y)).startsWith(price)) y += 2
  expect(await heat.textAt(x, y)).toContain('900.000')
  const pixels = heat.pixels()
  expect(lightAt(pixels, x, y + 1)).toBeGreaterThan(220)
  expect(lightAt(pixels, x, y + 20)).toBeLessThan(200)
})

test('painting only what changed ends in the same picture as painting all of it, on either thread', async () => {
  const [gradual, worker] = await Promise.all([heatmapOn('main'), heatmapOn('worker')])
  const all = [...books(11, 80)]
  for (const [at, [bids, asks]] of all.entries()) {
    for (const heat of [gradual, worker]) heat.book(at + 1, bids, asks)
    // Which prices are in sight, and how bright a size is, was found with the first paint.
    if (at === 0)
      await eventually(() => {
        expect(new Set(worker.pixels()).size).toBeGreaterThan(30)
        expect(different(gradual.pixels(), worker.pixels())).toBe(0)
      })
    // One that answers has painted, or is about to; some columns are painted alone, some with others.
    if (at % 3 === 0) await gradual.table()
  }
  await Promise.all([gradual.table(), worker.table()])
  await eventually(() => expect(different(gradual.pixels(), worker.pixels())).toBe(0))
  expect(new Set(gradual.pixels()).size).toBeGreaterThan(30)
  // Another theme and back: everything is painted anew.
  const before = gradual.pixels()
  gradual.send(themed('light'))
  await eventually(() => expect(different(gradual.pixels(), before)).toBeGreaterThan(10_000))
  gradual.send(themed('dark'))
  await eventually(() => expect(different(gradual.pixels(), before)).toBe(0))
})

test('a lost connection dims the picture, and blanks nothing', async () => {
  const [heat, whole] = await Promise.all([heatmapOn('worker'), heatmapOn('main')])
  const [[bids, asks]] = [...books(7, 1)] as [readonly [Levels, Levels]]
  // One book for all columns: how bright a size is holds still while little changes, so other books would end in a picture that depends on the frames there were.
  for (let column = 1; column <= 40; column += 1) {
    for (const each of [heat, whole]) each.book(column, bids, asks)
    if (column === 1)
      await eventually(() => {
        expect(new Set(heat.pixels()).size).toBeGreaterThan(30)
        expect(different(heat.pixels(), whole.pixels())).toBe(0)
      })
  }
  await Promise.all([heat.table(), whole.table()])
  await eventually(() => expect(different(heat.pixels(), whole.pixels())).toBe(0))
  const live = heat.pixels()
  heat.send({ kind: 'gateway-drop' })
  await eventually(() => expect(different(heat.pixels(), live)).toBeGreaterThan(10_000))
  const lights = (pixels: Uint8ClampedArray): number =>
    Array.from({ length: 80 }, (_, at) => lightAt(pixels, 200, 10 + at * 4)).reduce((sum, light) => sum + light, 0)
  expect(lights(heat.pixels())).toBeLessThan(lights(live) * 0.7)
  expect(new Set(heat.pixels()).size).toBeGreaterThan(20)
})
