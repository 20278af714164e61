import { beforeEach, expect, test } from 'vitest'
import type { BarProof, BarsOptions } from '../src/engine/messages.ts'
import { BARS, SYMBOL, stage } from './fakes/engine-stage.ts'

const NOON = 1_700_000_000_000_000 - (1_700_000_000_000_000 % 60_000_000)
const MINUTE = 60_000_000

let on: ReturnType<typeof stage>
let seq = 0

beforeEach(async () => {
  on = stage()
  seq = 0
  await on.start()
})

async function open(options: Partial<BarsOptions> = {}): Promise<void> {
  on.tell({ kind: 'bars-open', panel: 'chart-1', symbol: SYMBOL, interval: '1m', options: { ...BARS, ...options } })
  await settled()
}

async function choose(options: Partial<BarsOptions>): Promise<void> {
  on.tell({ kind: 'bars-options', panel: 'chart-1', options: { ...BARS, ...options } })
  await settled()
}

/** The certificate's program comes by itself. */
async function settled(): Promise<void> {
  await import('../src/engine/certificate.ts')
  await on.gateway.settle()
}

/** A bar of one trade each, in ticks and lots. */
function bar(minute: number, price: number, { rev = 1, final = true, trades = 1 } = {}) {
  const openTime = NOON + minute * MINUTE
  return { openTime, open: price, high: price, low: price, close: price, volume: trades * 1000, trades, rev, final }
}

async function bars(candles: readonly unknown[], { epoch = 1, isWhole = false, at = 0 } = {}): Promise<void> {
  seq += 1
  const prev = isWhole || seq === 1 ? {} : { prev: seq - 1 }
  on.gateway.send('candle', {
    sub: on.gateway.sub('candles', SYMBOL),
    epoch,
    seq,
    ...prev,
    serverTime: NOON + at * MINUTE,
    candles,
  })
  await on.gateway.settle()
}

async function trades(
  first: number,
  prev: number | undefined,
  at: number,
  ...of: readonly (readonly [minute: number, price: number])[]
): Promise<void> {
  const told = of.map(([minute, price], index) => [`t${first + index}`, price, 1000, 1, NOON + minute * MINUTE])
  on.gateway.trades(SYMBOL, {
    seq: first + of.length - 1,
    ...(prev !== undefined && { prev }),
    trades: told,
    serverTime: NOON + at * MINUTE,
  })
  await on.gateway.settle()
}

const proofs = (): readonly BarProof[] =>
  on.posted.flatMap((message) => (message.kind === 'bars' ? message.proofs : []))

test('trades are followed only while the certificate is wanted', async () => {
  await open()
  expect(on.gateway.follows('trades', SYMBOL)).toBe(false)
  await choose({ certificate: true })
  expect(on.gateway.follows('trades', SYMBOL)).toBe(true)
  await choose({ certificate: false })
  expect(on.gateway.follows('trades', SYMBOL)).toBe(false)
  expect(on.gateway.follows('candles', SYMBOL)).toBe(true)
  await choose({ certificate: true })
  on.tell({ kind: 'bars-close', panel: 'chart-1' })
  await settled()
  expect(['trades', 'candles'].map((channel) => on.gateway.follows(channel, SYMBOL))).toEqual([false, false])
})

test('a bar that closed as its trades say is told as a match, and one that did not with what differs', async () => {
  await open({ certificate: true })
  await trades(1, undefined, 0.1, [0.05, 100])
  await bars([bar(0, 100, { final: false })], { at: 0.1 })
  await trades(2, 1, 2.1, [1.2, 101], [2.05, 102])
  await bars([bar(1, 101), bar(2, 102, { final: false })], { at: 2.1 })
  expect(proofs()).toEqual([{ time: (NOON + MINUTE) / 1000, verdict: 'match', differs: [] }])
  await bars([bar(2, 103, { rev: 2 })], { at: 3.1 })
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
  await open({ certificate: true })
  await trades(1, undefined, 0.1, [0.05, 100])
  await trades(2, 1, 1.1, [1.05, 101])
  await bars([bar(1, 101)], { at: 2.1 })
  expect(proofs()).toHaveLength(1)
  await bars([bar(1, 101)], { at: 2.2, isWhole: true })
  expect(proofs()).toHaveLength(2)
})

test('a chart nobody sees is paused at the server, and with it its trades', async () => {
  const flows = () => ['candles', 'trades'].map((channel) => on.gateway.follows(channel, SYMBOL))
  await open({ certificate: true })
  await choose({ certificate: true, visible: false })
  expect(flows()).toEqual([false, false])
  on.tell({ kind: 'pause', paused: true })
  await choose({ certificate: true, visible: true })
  expect(flows()).toEqual([false, false])
  on.tell({ kind: 'pause', paused: false })
  await settled()
  expect(flows()).toEqual([true, true])
})

test('another rate is asked of the server, and the bars go on', async () => {
  await open()
  await choose({ rateMs: 1000 })
  const modified = on.gateway.requests.filter(({ name }) => name === 'modify')
  expect(modified.map(({ body }) => body.rateMs)).toEqual([1000])
  expect(on.gateway.follows('candles', SYMBOL)).toBe(true)
})

test('only another life of the gateway makes the bars before others', async () => {
  await open()
  await bars([bar(0, 100)], { isWhole: true })
  await bars([bar(0, 101, { rev: 2 })], { isWhole: true })
  await bars([bar(0, 100)], { isWhole: true, epoch: 2 })
  const heard = on.posted.flatMap((message) => (message.kind === 'bars' ? [[message.reset, message.isOther]] : []))
  expect(heard).toEqual([
    [true, false],
    [true, false],
    [true, true],
  ])
})
