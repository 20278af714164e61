import type { UTCTimestamp } from 'lightweight-charts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CandleChart, type Look } from '../src/chart/candle-chart.ts'
import type { Legend } from '../src/chart/legend.ts'
import type { Bar, BarProof } from '../src/engine/messages.ts'
import { CHART_TYPES, INDICATOR_KINDS } from '../src/panels/options.ts'
import { TOKENS } from '../src/theme/palettes.ts'
import { countingChart } from './fakes/counting-chart.ts'
import { eventually } from './fakes/eventually.ts'

const MINUTE = 60_000
const START = Date.UTC(2026, 0, 1)
const DARK = { ...TOKENS.dark, sidesByShape: false }
const PLAIN: Look = { type: 'candles', indicators: [], volume: true, rateMs: 1 }
const ALL: Look = { ...PLAIN, indicators: INDICATOR_KINDS.map((kind) => ({ kind, periods: [] })) }

let container: HTMLElement
let chart: CandleChart
let library: ReturnType<typeof countingChart>
let legend: Legend | undefined
let paneTops: readonly number[]
let starts: number
const errors: unknown[] = []
const note = (event: ErrorEvent): void => void errors.push(event.error)

beforeEach(() => {
  errors.length = 0
  addEventListener('error', note)
  container = document.body.appendChild(document.createElement('div'))
  container.setAttribute('style', 'position: relative; width: 800px; height: 500px')
  library = countingChart()
  starts = 0
  paneTops = []
  chart = new CandleChart(container, {
    tokens: DARK,
    instrument: { id: 'a:B-C', tickSize: '0.01', lotSize: '0.001' },
    barMs: MINUTE,
    region: { locale: 'en', timeZone: 'UTC' },
    look: PLAIN,
    onStart: (isThere) => (starts += Number(isThere)),
    onLegend: (told) => (legend = told),
    onPanes: (tops) => (paneTops = tops),
    create: library.create,
  })
})

afterEach(() => {
  chart.close()
  container.remove()
  removeEventListener('error', note)
  expect(errors).toEqual([])
})

function bar(index: number, close: number, rev = 1): Bar {
  return {
    time: START + index * MINUTE,
    open: 100,
    high: Math.max(100, close) + 1,
    low: Math.min(100, close) - 1,
    close,
    volume: 1,
    rev,
    final: false,
  }
}

const bars = (from: number, to: number): Bar[] =>
  Array.from({ length: to - from }, (_, at) => bar(from + at, 100 + ((from + at) % 7)))
const HISTORY = bars(0, 300)

/** What was followed is drawn. */
async function drawn(close: number): Promise<void> {
  await eventually(() => expect(legend?.bar.close).toBe(close))
}

/** Both ends of what is in sight once it is drawn, in bars from `START`. */
async function sight(): Promise<readonly [number, number]> {
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame)
  const range = library.chart.timeScale().getVisibleLogicalRange()
  const first = chart.bars[0]?.time ?? 0
  if (range === null) throw new Error('nothing is in sight')
  const offset = (first - START) / MINUTE
  return [range.from + offset, range.to + offset]
}

describe('bars', () => {
  test('live bars go on where the history ends', async () => {
    chart.load(HISTORY)
    expect(legend?.bar.time).toBe(START + 299 * MINUTE)
    chart.follow([bar(299, 111, 2), bar(300, 112)])
    await drawn(112)
    expect(legend?.before?.close).toBe(111)
  })

  test.each(CHART_TYPES)(
    'as %s, late, doubled and foreign bars never throw and never set the newest back',
    async (type) => {
      chart.setLook({ ...ALL, type })
      chart.follow([bar(300, 112)])
      await drawn(112)
      chart.load(HISTORY)
      chart.follow([bar(298, 90, 5), bar(10, 80, 5), bar(300, 112), bar(-5, 70), bar(300, 1, 0), bar(301, 113)])
      await drawn(113)
      chart.follow([bar(303, 115), bar(302, 114), bar(300, 111, 9), bar(303, 116, 2)])
      await drawn(116)
      expect(legend?.before?.close).toBe(114)
      expect(chart.bars.map(({ close }) => close).slice(-4)).toEqual([111, 113, 114, 116])
    },
  )

  test('after a clear the old bars are gone, and older revisions count again', async () => {
    chart.load([bar(0, 101, 9), bar(1, 102, 9)])
    chart.clear()
    expect(legend).toBeUndefined()
    chart.follow([bar(1, 55, 1)])
    await drawn(55)
    expect(legend?.before).toBeUndefined()
  })
})

describe('what is in sight', () => {
  test('history goes before it without a jump, at the newest bar and far from it', async () => {
    chart.load(bars(500, 1000))
    const newest = await sight()
    chart.load(bars(0, 500))
    expect((await sight())[0]).toBeCloseTo(newest[0], 3)
    expect((await sight())[1]).toBeCloseTo(newest[1], 3)
    library.chart.timeScale().setVisibleLogicalRange({ from: 10, to: 90 })
    const past = await sight()
    chart.load(bars(-500, 0))
    expect((await sight())[0]).toBeCloseTo(past[0], 3)
    expect((await sight())[1]).toBeCloseTo(past[1], 3)
  })

  test('asks for more where the bars begin, and not before', async () => {
    chart.load(HISTORY)
    await new Promise(requestAnimationFrame)
    expect(starts).toBe(0)
    library.chart.timeScale().setVisibleLogicalRange({ from: 5, to: 100 })
    await eventually(() => expect(starts).toBeGreaterThan(0))
  })

  test('the newest bar stays in sight as bars begin, and whoever looks at the past is left there', async () => {
    chart.load(HISTORY)
    const [from, to] = await sight()
    chart.follow([bar(300, 104)])
    await drawn(104)
    expect((await sight())[1]).toBeCloseTo(to + 1, 3)
    expect((await sight())[0]).toBeCloseTo(from + 1, 3)
    library.chart.timeScale().setVisibleLogicalRange({ from: 50, to: 150 })
    chart.follow([bar(301, 105)])
    await drawn(105)
    expect((await sight())[0]).toBeCloseTo(50, 3)
    // Enough of them to be drawn as one.
    chart.follow(bars(302, 360))
    await drawn(100 + (359 % 7))
    expect((await sight())[0]).toBeCloseTo(50, 3)
  })
})

describe('what it costs', () => {
  test('a bar that moves costs the same with 5,000 loaded as with 50, and so does one that begins', async () => {
    chart.setLook(ALL)
    const cost = async (loaded: number): Promise<readonly [number, number]> => {
      chart.clear()
      chart.load(bars(0, loaded))
      library.count.points = 0
      chart.follow([bar(loaded - 1, 60, 2)])
      await drawn(60)
      const moved = library.count.points
      chart.follow([bar(loaded, 61)])
      await drawn(61)
      return [moved, library.count.points - moved]
    }
    const few = await cost(50)
    const many = await cost(4900)
    expect(many).toEqual(few)
    // Prices, volume, and the eleven lines of seven indicators.
    expect(many).toEqual([13, 13])
  })

  test('bars that come one by one, past as many as are held, are given to the library a few times each, not all again', async () => {
    chart.setLook({ ...PLAIN, rateMs: 0, indicators: [{ kind: 'ema', periods: [20] }] })
    chart.load(bars(0, 4900))
    library.count.points = 0
    for (let at = 4900; at < 5300; at += 20) {
      chart.follow(bars(at, at + 20))
      const { time } = bar(at + 19, 0)
      await eventually(() => expect(chart.bars.at(-1)?.time).toBe(time), { interval: 0 })
    }
    // Three drawings; each bar when it began and when it was laid to rest, and all of them once, when the oldest fifth made room.
    const began = 3 * 2 * 400
    const madeRoom = 3 * 5000
    expect(library.count.points).toBeLessThan(began + madeRoom)
    expect(chart.bars.length).toBeLessThanOrEqual(5000)
    // Half of the series hold all but the few newest: only those few are built anew when a bar moves.
    const sizes = library.chart.panes().flatMap((pane) => pane.getSeries().map((series) => series.data().length))
    expect(sizes.filter((size) => size <= 40)).toHaveLength(sizes.length / 2)
  })

  test('a late bar long at rest is drawn in its place, once', async () => {
    chart.load(bars(0, 3000))
    chart.follow([bar(3000, 50), bar(10, 170, 2)])
    await drawn(50)
    const drawings = library.chart.panes()[0]?.getSeries() ?? []
    const there = drawings.flatMap((series) => series.data().filter(({ time }) => time === bar(10, 0).time / 1000))
    expect(there).toMatchObject([{ close: 170 }])
  })

  test('a late bar among the newest draws only from there on', async () => {
    chart.setLook(ALL)
    chart.load(bars(0, 3000))
    chart.follow([bar(3000, 50), bar(3001, 51), bar(3002, 52)])
    await drawn(52)
    library.count.points = 0
    chart.follow([bar(3001, 70, 2), bar(3002, 53, 2)])
    await drawn(53)
    expect(library.count.points).toBeLessThanOrEqual(13 * 3)
    expect(legend?.before?.close).toBe(70)
  })
})

describe('the look', () => {
  test('another rate draws nothing anew', () => {
    chart.setLook(ALL)
    chart.load(HISTORY)
    library.count.calls = 0
    chart.setLook({ ...ALL, rateMs: 1000 })
    expect(library.count.calls).toBe(0)
  })

  test('another type, other indicators and no volume leave the view and the bars as they are', async () => {
    chart.load(HISTORY)
    library.chart.timeScale().setVisibleLogicalRange({ from: 50, to: 150 })
    await sight()
    for (const type of CHART_TYPES) {
      for (const look of [
        { ...ALL, type },
        { ...PLAIN, type, volume: false },
      ]) {
        chart.setLook(look)
        expect((await sight())[0]).toBeCloseTo(50, 3)
        expect(library.chart.panes()).toHaveLength(look.volume ? 5 : 1)
      }
    }
    expect(chart.bars).toHaveLength(300)
  })

  test('an average that is far away squeezes no candle', async () => {
    chart.load(Array.from({ length: 400 }, (_, index) => bar(index, index < 200 ? 900 : 101)))
    library.chart.timeScale().setVisibleLogicalRange({ from: 350, to: 400 })
    await sight()
    const range = () => library.chart.priceScale('right').getVisibleRange()
    const alone = range()
    chart.setLook({
      ...PLAIN,
      indicators: [
        { kind: 'sma', periods: [300] },
        { kind: 'vwap', periods: [] },
      ],
    })
    await sight()
    expect(range()).toEqual(alone)
  })

  test('no bar stands under what the legend takes of the pane', async () => {
    chart.load(HISTORY)
    // The panes have their heights with the first picture.
    await sight()
    chart.setHeadroom(90)
    const [from, to] = await sight()
    const highest = Math.max(...HISTORY.slice(Math.max(0, Math.ceil(from)), Math.ceil(to)).map(({ high }) => high))
    const top = library.chart.panes()[0]?.getSeries()[0]?.priceToCoordinate(highest)
    expect(top).toBeGreaterThanOrEqual(89)
  })

  test('each indicator’s value is said beside the bar, in the pane it is in', async () => {
    chart.setLook({ ...ALL, indicators: [...ALL.indicators, { kind: 'sma', periods: [3] }] })
    chart.load(HISTORY)
    const said = legend?.studies.map(({ label, pane, values }) => [label, pane, values.length])
    expect(said).toEqual([
      ['EMA 20', 0, 1],
      ['SMA 50', 0, 1],
      ['VWAP', 0, 1],
      ['BB 20 2', 0, 3],
      ['RSI 14', 2, 1],
      ['MACD 12 26 9', 3, 3],
      ['ATR 14', 4, 1],
      ['SMA 3', 0, 1],
    ])
    const mean = HISTORY.slice(-3).reduce((sum, { close }) => sum + close, 0) / 3
    expect(legend?.studies.at(-1)?.values[0]?.text).toBe(mean.toFixed(2))
    await eventually(() => expect(paneTops).toHaveLength(5))
    expect([...paneTops].sort((a, b) => a - b)).toEqual(paneTops)
  })

  test('a change of theme or region keeps what is drawn', () => {
    chart.setLook(ALL)
    chart.load(HISTORY)
    chart.setTokens({ ...TOKENS.light, sidesByShape: true })
    chart.setRegion({ locale: 'de', timeZone: 'Asia/Kolkata' })
    chart.load([])
    expect(legend?.bar.time).toBe(START + 299 * MINUTE)
    expect(chart.picture().width).toBeGreaterThan(700)
  })

  test('closed bars that were counted are marked, and the legend says so', () => {
    chart.load(HISTORY)
    const proof: BarProof = { time: START + 299 * MINUTE, verdict: 'unexplained', differs: [['C', '1.00', '2.00']] }
    chart.setProofs(new Map([[proof.time, proof]]))
    expect(legend?.proof).toBe(proof)
    chart.setProofs(new Map())
    expect(legend?.proof).toBeUndefined()
  })

  test('what is left of the bar stands beside the last price', () => {
    chart.load(HISTORY)
    chart.setCountdown('00:41')
    const lines = library.chart
      .panes()[0]
      ?.getSeries()
      .flatMap((series) => series.priceLines())
    expect(lines?.map((line) => line.options())).toMatchObject([{ title: '00:41', price: 100 + (299 % 7) }])
  })

  test('the attribution the chart library asks for is on the chart', () => {
    expect(container.querySelector<HTMLAnchorElement>('#tv-attr-logo')?.href).toContain('https://www.tradingview.com/')
  })
})

describe('the crosshair that keys put on a bar', () => {
  const press = (key: string): string | undefined =>
    chart.press({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false })

  /** Where the library was last told to draw it, and how far from the left its bar stood then. */
  function watched() {
    const scale = library.chart.timeScale()
    const x = (): number => Math.round(scale.timeToCoordinate((last.at / 1000) as UTCTimestamp) ?? Number.NaN)
    const last = { price: Number.NaN, at: Number.NaN, x: Number.NaN, now: x }
    const { setCrosshairPosition } = library.chart
    library.chart.setCrosshairPosition = (price, time, series) => {
      setCrosshairPosition.call(library.chart, price, time, series)
      Object.assign(last, { price, at: Number(time) * 1000 })
      last.x = x()
    }
    return last
  }

  test('stands on the close of its bar, and goes with it when bars begin, the view moves or the chart is another size', async () => {
    chart.load(HISTORY)
    await sight()
    const crosshair = watched()
    for (const key of ['ArrowLeft', 'ArrowLeft', 'ArrowLeft']) press(key)
    const chosen = HISTORY[297]
    expect([crosshair.price, crosshair.at]).toEqual([chosen?.close, chosen?.time])
    const began = crosshair.x
    chart.follow([bar(300, 111), bar(301, 112), bar(302, 113)])
    await eventually(() => expect(chart.bars.at(-1)?.close).toBe(113))
    await sight()
    expect(crosshair.now()).toBeLessThan(began)
    expect(crosshair.x).toBe(crosshair.now())
    press('+')
    await sight()
    expect([crosshair.at, crosshair.x]).toEqual([chosen?.time, crosshair.now()])
    container.style.width = '500px'
    await eventually(() => expect(crosshair.now()).toBeLessThan(500))
    await sight()
    expect([crosshair.at, crosshair.x]).toEqual([chosen?.time, crosshair.now()])
  })

  test('is no trouble where its bar, or every bar, is out of sight or gone', async () => {
    chart.load(HISTORY)
    await sight()
    press('ArrowLeft')
    library.chart.timeScale().setVisibleLogicalRange({ from: 400, to: 450 })
    await sight()
    press('Enter')
    await sight()
    container.style.width = '0px'
    chart.follow([bar(300, 111)])
    await eventually(() => expect(chart.bars.at(-1)?.close).toBe(111))
    await new Promise(requestAnimationFrame)
    press('ArrowLeft')
    container.style.width = '800px'
    await new Promise(requestAnimationFrame)
    chart.clear()
    await new Promise(requestAnimationFrame)
    expect(press('ArrowLeft')).toBeUndefined()
    chart.load(bars(400, 500))
    chart.clear()
    // The bar that was pointed at is among them again.
    chart.load(HISTORY)
    await sight()
    expect(press('ArrowLeft')).toContain('close')
  })
})
