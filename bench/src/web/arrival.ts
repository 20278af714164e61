import type { Browser } from '@playwright/test'
import { median } from '../measure.ts'
import { type Link, visit } from './browser.ts'

/** A visit until everything of the first layout is loaded; medians of several. Times in ms, sizes in bytes as compressed. */
export type Arrival = {
  readonly firstQuoteMs: number
  readonly largestPaintMs: number
  readonly shifts: number
  readonly bytesPerSecond: number
  readonly sizes: Sizes
}

/** Programs and styles that were fetched. */
type Sizes = { readonly shell: number; readonly worker: number; readonly chart: number; readonly all: number }

export type Arriving = {
  readonly url: string
  readonly width: number
  readonly height: number
  readonly isPhone?: boolean
  readonly link?: Link
  /** Bytes that the gateway has sent so far. */
  readonly sent: () => Promise<number>
}

/** For everything that loads after the first quote. */
const SETTLE_MS = 3000
/** For a rate of bytes that means something. */
const STAY_MS = 8000
const PATIENCE_MS = 30_000

export async function arrive(browser: Browser, arriving: Arriving, times: number): Promise<Arrival> {
  const visits: Arrival[] = []
  for (let time = 0; time < times; time += 1) visits.push(await arriveOnce(browser, arriving))
  const middle = (of: (arrival: Arrival) => number) => median(visits.map(of))
  return {
    firstQuoteMs: middle(({ firstQuoteMs }) => firstQuoteMs),
    largestPaintMs: middle(({ largestPaintMs }) => largestPaintMs),
    shifts: Math.max(...visits.map(({ shifts }) => shifts)),
    bytesPerSecond: middle(({ bytesPerSecond }) => bytesPerSecond),
    sizes: visits[0]!.sizes,
  }
}

async function arriveOnce(browser: Browser, arriving: Arriving): Promise<Arrival> {
  const visited = await visit(browser, arriving)
  const { page, noted, loaded } = visited
  try {
    await page.waitForFunction('depthcastBench.firstQuote !== undefined', undefined, { timeout: PATIENCE_MS })
    await page.waitForTimeout(SETTLE_MS)
    const [before, start] = [await arriving.sent(), performance.now()]
    await page.waitForTimeout(STAY_MS)
    const bytesPerSecond = ((await arriving.sent()) - before) / ((performance.now() - start) / 1000)
    const { firstQuote = Number.NaN, largestPaint, shifts } = await noted()
    return {
      firstQuoteMs: firstQuote,
      largestPaintMs: largestPaint,
      shifts,
      bytesPerSecond,
      sizes: sizesOf(await loaded()),
    }
  } finally {
    await visited.close()
  }
}

/** The shell is what the page itself names: its document and what that loads before anything is shown. */
function sizesOf(loaded: ReadonlyMap<string, number>): Sizes {
  const programs = [...loaded].filter(([path]) => path === '/' || /\.(js|css)$/.test(path))
  const total = (is: (path: string) => boolean) =>
    programs.filter(([path]) => is(path)).reduce((sum, [, bytes]) => sum + bytes, 0)
  return {
    shell: total((path) => SHELL.some((name) => path === '/' || path.includes(name))),
    worker: total((path) => WORKER.some((name) => path.includes(name))),
    chart: total((path) => CHART.some((name) => path.includes(name))),
    all: total(() => true),
  }
}

/** By the names that the build gives its files. */
const SHELL = ['/index-', '/preload-helper-', '/rolldown-runtime-', '/options-', '/workspace-', '/history-']
const WORKER = ['/feed.worker-']
const CHART = ['/candle-chart-', '/ChartPanel-', '/indicators-']
