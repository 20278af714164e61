import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { CandleChart } from '../src/chart/candle-chart.ts'
import type { Bar } from '../src/engine/messages.ts'
import { TOKENS } from '../src/theme/palettes.ts'

const MINUTE = 60_000
const START = Date.UTC(2026, 0, 1)

let container: HTMLElement
let chart: CandleChart
let legend: Bar | undefined
let before: Bar | undefined

beforeEach(() => {
  container = document.body.appendChild(document.createElement('div'))
  container.setAttribute('style', 'width: 800px; height: 400px')
  chart = new CandleChart(container, {
    tokens: TOKENS.dark,
    decimals: 2,
    tick: 0.01,
    locale: 'en',
    onStart: () => {},
    onLegend: (bar, previous) => {
      legend = bar
      before = previous
    },
  })
})

afterEach(() => {
  chart.close()
  container.remove()
})

function bar(index: number, close: number, rev = 1): Bar {
  return {
    time: START + index * MINUTE,
    open: 100,
    high: Math.max(100, close),
    low: Math.min(100, close),
    close,
    volume: 1,
    rev,
    final: false,
  }
}

const HISTORY = Array.from({ length: 300 }, (_, index) => bar(index, 100 + (index % 7)))

test('live bars go on where the history ends', async () => {
  chart.load(HISTORY)
  expect(legend?.time).toBe(START + 299 * MINUTE)
  chart.follow([bar(299, 111, 2), bar(300, 112)])
  await vi.waitFor(() => expect(legend?.close).toBe(112))
  expect(before?.close).toBe(111)
})

test('late, doubled and foreign bars never throw and never set the newest back', async () => {
  const errors: unknown[] = []
  const note = (event: ErrorEvent): void => void errors.push(event.error)
  addEventListener('error', note)
  chart.follow([bar(300, 112)])
  await vi.waitFor(() => expect(legend?.close).toBe(112))
  chart.load(HISTORY)
  chart.follow([bar(298, 90, 5), bar(10, 80, 5), bar(300, 112), bar(-5, 70), bar(300, 1, 0), bar(301, 113)])
  await vi.waitFor(() => expect(legend?.close).toBe(113))
  expect(before?.close).toBe(112)
  removeEventListener('error', note)
  expect(errors).toEqual([])
})

test('after a clear the old bars are gone, and older revisions count again', async () => {
  chart.load([bar(0, 101, 9), bar(1, 102, 9)])
  chart.clear()
  chart.follow([bar(1, 55, 1)])
  await vi.waitFor(() => expect(legend?.close).toBe(55))
  expect(before).toBeUndefined()
})

test('a change of theme keeps what is drawn', () => {
  chart.load(HISTORY)
  expect(() => chart.setTokens(TOKENS.light)).not.toThrow()
  chart.load([])
  expect(legend?.time).toBe(START + 299 * MINUTE)
})

test('the attribution the chart library asks for is on the chart', () => {
  expect(container.querySelector<HTMLAnchorElement>('#tv-attr-logo')?.href).toContain('https://www.tradingview.com/')
})
