import { beforeEach, expect, test } from 'vitest'
import type { BarProof } from '../src/engine/messages.ts'
import { bar, chartStage, MINUTE, NOON } from './fakes/chart-stage.ts'
import { SYMBOL } from './fakes/engine-stage.ts'

let on: ReturnType<typeof chartStage>

beforeEach(async () => {
  on = chartStage()
  await on.start()
})

const proofs = (): readonly BarProof[] =>
  on.posted.flatMap((message) => (message.kind === 'bars' ? message.proofs : []))

test('trades are followed only while the certificate is wanted', async () => {
  await on.openChart()
  expect(on.gateway.follows('trades', SYMBOL)).toBe(false)
  await on.choose({ certificate: true })
  expect(on.gateway.follows('trades', SYMBOL)).toBe(true)
  await on.choose({ certificate: false })
  expect(on.gateway.follows('trades', SYMBOL)).toBe(false)
  expect(on.gateway.follows('candles', SYMBOL)).toBe(true)
  await on.choose({ certificate: true })
  on.tell({ kind: 'bars-close', panel: 'chart-1' })
  await on.settled()
  expect(['trades', 'candles'].map((channel) => on.gateway.follows(channel, SYMBOL))).toEqual([false, false])
})

test('a bar that closed as its trades say is told as a match, and one that did not with what differs', async () => {
  await on.openChart({ certificate: true })
  await on.trades(1, 0.1, [0.05, 100])
  await on.bars([bar(0, 100, { final: false })], { at: 0.1 })
  await on.trades(2, 2.1, [1.2, 101], [2.05, 102])
  await on.bars([bar(1, 101), bar(2, 102, { final: false })], { at: 2.1 })
  expect(proofs()).toEqual([{ time: (NOON + MINUTE) / 1000, verdict: 'match', differs: [] }])
  await on.bars([bar(2, 103, { rev: 2 })], { at: 3.1 })
  await on.pass(10)
  expect(proofs().at(-1)).toMatchObject({
    verdict: 'unexplained',
    differs: [
      ['O', '51.0', '51.5'],
      ['H', '51.0', '51.5'],
      ['L', '51.0', '51.5'],
      ['C', '51.0', '51.5'],
    ],
  })
})

test('a chart that begins anew is told every verdict again', async () => {
  await on.openChart({ certificate: true })
  await on.trades(1, 0.1, [0.05, 100])
  await on.trades(2, 1.1, [1.05, 101])
  await on.bars([bar(1, 101)], { at: 2.1 })
  expect(proofs()).toHaveLength(1)
  await on.bars([bar(1, 101)], { at: 2.2, isWhole: true })
  expect(proofs()).toHaveLength(2)
})

test('a chart nobody sees is paused at the server, and with it its trades', async () => {
  const flows = () => ['candles', 'trades'].map((channel) => on.gateway.follows(channel, SYMBOL))
  await on.openChart({ certificate: true })
  await on.choose({ certificate: true, visible: false })
  expect(flows()).toEqual([false, false])
  on.tell({ kind: 'pause', paused: true })
  await on.choose({ certificate: true, visible: true })
  expect(flows()).toEqual([false, false])
  on.tell({ kind: 'pause', paused: false })
  await on.settled()
  expect(flows()).toEqual([true, true])
})

test('another rate is asked of the server, and the bars go on', async () => {
  await on.openChart()
  await on.choose({ rateMs: 1000 })
  const modified = on.gateway.requests.filter(({ name }) => name === 'modify')
  expect(modified.map(({ body }) => body.rateMs)).toEqual([1000])
  expect(on.gateway.follows('candles', SYMBOL)).toBe(true)
})

test('only another life of the gateway makes the bars before others', async () => {
  await on.openChart()
  await on.bars([bar(0, 100)], { isWhole: true })
  await on.bars([bar(0, 101, { rev: 2 })], { isWhole: true })
  await on.bars([bar(0, 100)], { isWhole: true, epoch: 2 })
  const heard = on.posted.flatMap((message) => (message.kind === 'bars' ? [[message.reset, message.isOther]] : []))
  expect(heard).toEqual([
    [true, false],
    [true, false],
    [true, true],
  ])
})
