import { beforeEach, expect, test } from 'vitest'
import type { BarsOptions, PanelReport, Receipt } from '../src/engine/messages.ts'
import { describeProof, describeState } from '../src/state/describe.ts'
import { receiptFacts, receiptJson } from '../src/state/receipt.ts'
import { bar, chartStage, MINUTE, NOON } from './fakes/chart-stage.ts'
import { BARS, SYMBOL } from './fakes/engine-stage.ts'

let on: ReturnType<typeof chartStage>

beforeEach(async () => {
  on = chartStage()
  await on.start()
})

async function open(options: Partial<BarsOptions> = {}): Promise<void> {
  await on.openChart(options)
  on.gateway.status(SYMBOL, 'live')
  await on.gateway.settle()
}

const report = (): PanelReport => on.report('chart-1' as 'ladder')

async function receiptOf(): Promise<Receipt> {
  on.posted.length = 0
  on.tell({ kind: 'panel-receipt', panel: 'chart-1', request: 1 })
  await expect.poll(() => on.last('receipt')).toBeDefined()
  const { receipt } = on.last('receipt') ?? {}
  if (receipt === undefined) throw new Error('no receipt')
  return receipt
}

function facts(receipt: Receipt): ReadonlyMap<string, string> {
  return new Map(receiptFacts(receipt, report()).map(({ name, value }) => [name, value]))
}

test('a chart is reported as other panels are: what it costs, what was merged, what was granted, and how it stands', async () => {
  await open()
  expect(report().state).toEqual({ kind: 'loading' })
  await on.bars([bar(0, 100, { final: false })], { isWhole: true })
  await on.bars([bar(0, 100, { rev: 15, trades: 14, final: false })], { by: 14, bytes: 250 })
  const { state, merged, bytesPerSecond, granted, asked } = report()
  expect({ state, merged, bytesPerSecond, granted, asked }).toEqual({
    state: { kind: 'live' },
    merged: 7.5,
    bytesPerSecond: 350,
    granted: { rateMs: 200 },
    asked: { rateMs: 200 },
  })
})

test('no trade is quiet, and counts from the last trade, not from the bar that closed since', async () => {
  await open()
  await on.bars([bar(0, 100, { final: false })], { isWhole: true })
  await on.bars([bar(0, 100, { rev: 2, trades: 2, final: false })])
  await on.pass(3)
  await on.bars([bar(0, 100, { rev: 3, trades: 2 })])
  await on.pass(2)
  const state = on.last('panels')?.reports.find(({ panel }) => panel === 'chart-1')?.state
  expect(state && describeState(state)).toEqual({ tone: 'calm', glyph: '✓', text: 'last trade 5.0 s ago' })
})

test('a hole in the bars’ numbers is a gap, and the connection’s loss is stale, as of any panel', async () => {
  await open()
  await on.bars([bar(0, 100, { final: false })], { isWhole: true })
  on.loses(3)
  await on.bars([bar(0, 101, { rev: 9, final: false })])
  const told = () => on.posted.flatMap((message) => (message.kind === 'panels' ? message.reports : []))
  on.clock.advance(100)
  expect(told().map((each) => each.state)).toContainEqual({ kind: 'gap', from: 2, to: 4 })
  on.gateway.isUp = false
  on.gateway.drop()
  await on.gateway.settle()
  expect(report().state).toMatchObject({ kind: 'stale' })
})

test('bars that came whole again are where the chain on the screen begins', async () => {
  await open()
  await on.bars([bar(0, 100, { final: false })], { isWhole: true })
  await on.bars([bar(0, 101, { rev: 2, final: false })])
  await on.bars([bar(0, 102, { rev: 9, final: false })], { by: 7, isWhole: true })
  await on.bars([bar(0, 103, { rev: 10, final: false })])
  expect((await receiptOf()).chain).toMatchObject({ epoch: 1, from: 9 })
})

test('what the certificate follows is the chart’s cost too, and stays so when it is turned off', async () => {
  await open({ certificate: true })
  await on.bars([bar(0, 100, { final: false })], { isWhole: true })
  await on.trades(1, 0.1, [0.05, 100])
  const cost = (await receiptOf()).bytes
  expect(cost).toBe(200)
  on.tell({ kind: 'bars-options', panel: 'chart-1', options: BARS })
  await on.settled()
  expect((await receiptOf()).bytes).toBe(200)
  expect(report().bytesPerSecond).toBeGreaterThanOrEqual(0)
})

test('a tape that follows the same trades takes its half of them', async () => {
  await open({ certificate: true })
  await on.open('tape', { rateMs: 200 })
  await on.bars([bar(0, 100, { final: false })], { isWhole: true })
  await on.trades(1, 0.1, [0.05, 100])
  const chart = report()
  const tape = on.last('panels')?.reports.find(({ panel }) => panel === 'tape')
  expect([chart.bytesPerSecond, tape?.bytesPerSecond]).toEqual([150, 50])
  expect(facts(await receiptOf()).get('Cost')).toContain('150 bytes so far, its part of 200 that others share')
})

test('how late the picture is counts until the page says that it was drawn', async () => {
  await open()
  // The clocks are compared by pings.
  await on.flow(600)
  await on.bars([bar(0, 100, { final: false })], { isWhole: true, at: 1 })
  on.clock.advance(40)
  on.tell({ kind: 'bars-drawn', panel: 'chart-1' })
  expect(report().paintP50).toBeGreaterThanOrEqual(40)
  expect(report().paintP50).toBeLessThan(45)
})

test('the receipt says which bars are proven by which trades, which are not, and why', async () => {
  await open({ certificate: true })
  await on.bars([bar(-2, 98), bar(-1, 99), bar(0, 100, { final: false })], { isWhole: true, at: 0.1 })
  await on.trades(1, 0.1, [0.05, 100])
  await on.trades(2, 2.1, [1.2, 101], [2.05, 102])
  await on.bars([bar(0, 100, { rev: 2 }), bar(1, 101), bar(2, 103, { rev: 2 })], { at: 3.1 })
  await on.pass(10)
  const receipt = await receiptOf()
  const said = facts(receipt)
  expect(said.get('Certificate')).toBe('2 ✓ as their trades say, counted here · 1 ≠')
  expect(said.get('Not proven')).toBe('2 of before their trades were heard here')
  expect(said.get('Trades counted')).toMatch(/^3, numbered 1 to 3 since \d\d:\d\d:\d\d UTC, none missing · epoch 1$/)
  expect([...said].find(([name]) => name.startsWith('≠'))?.[1]).toContain('C 51.0 here, 51.5 from the server')
  expect(receipt.bars?.certificate?.bars.map(({ verdict }) => verdict)).toEqual(['match', 'match', 'unexplained'])
  expect(describeProof(report(), 0)).toBe('seq 2 · 2 of 3 bars proven')
})

test('without a certificate nothing is called proven', async () => {
  await open()
  await on.bars([bar(0, 100), bar(1, 100, { final: false })], { isWhole: true })
  const receipt = await receiptOf()
  const lines = receiptFacts(receipt, report())
  expect(lines.find(({ name }) => name === 'Certificate')).toMatchObject({ isDoubt: true })
  expect(lines.map(({ value }) => value).join()).not.toMatch(/✓|\bok\b/)
})

test('the copy can be checked again: figures on both sides, their units, and where the same bars are', async () => {
  await open({ certificate: true })
  await on.bars([bar(0, 100, { final: false })], { isWhole: true, at: 0.1 })
  await on.trades(1, 0.1, [0.05, 100])
  await on.trades(2, 1.1, [1.05, 101])
  await on.bars([bar(1, 101)], { at: 2.1 })
  const json = JSON.parse(receiptJson(await receiptOf(), 'http://gateway.test'))
  expect(json.view).toEqual({ channel: 'candles', interval: '1m', rateMs: 200 })
  expect(json.bars).toMatchObject({ tick: '0.5', lot: '0.001' })
  expect(json.bars.certificate.bars).toEqual([
    {
      openTime: NOON + MINUTE,
      verdict: 'match',
      ours: [101, 101, 101, 101, 1000, 1],
      theirs: [101, 101, 101, 101, 1000, 1],
    },
  ])
  expect(json.recheck.sameBars).toBe('http://gateway.test/v1/candles/test%3ABTC-USD?interval=1m')
})

test('a chart whose program cannot be had says so, and goes on once it can', async () => {
  const { Charts } = await import('../src/engine/charts.ts')
  const program = await import('../src/engine/chart-bars.ts')
  let isThere = false
  const told: unknown[] = []
  const opened: string[] = []
  const charts = new Charts({
    post: (message: unknown) => told.push(message),
    source: {
      load: async () => {
        if (!isThere) throw new Error('404')
        return { ...program, ChartBars: Fake }
      },
    },
  } as unknown as ConstructorParameters<typeof Charts>[0])
  class Fake {
    setPaused(): void {}
    show(symbol: string): void {
      opened.push(symbol)
    }
  }
  charts.handle({ kind: 'bars-open', panel: 'chart-1', symbol: 'one', interval: '1m', options: BARS })
  await expect.poll(() => told).toEqual([{ kind: 'panel-failed', panel: 'chart-1', reason: '404' }])
  charts.handle({ kind: 'bars-open', panel: 'chart-2', symbol: 'two', interval: '1m', options: BARS })
  charts.handle({ kind: 'bars-close', panel: 'chart-2' })
  await expect.poll(() => told.length).toBeGreaterThan(1)
  isThere = true
  charts.handle({ kind: 'bars-retry', panel: 'chart-1' })
  await expect.poll(() => opened).toEqual(['one'])
})
