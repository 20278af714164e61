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

/** Programs and styles that were fetched: `all` before anyone did anything, `dragging` when a hand came near a panel's header. */
type Sizes = {
  readonly shell: number
  readonly worker: number
  readonly chart: number
  readonly all: number
  readonly dragging: number
}

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
/** For what a hand brings. */
const TOUCH_MS = 1500

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
    const untouched = await loaded()
    if (arriving.isPhone !== true) await page.locator('.panel > header h2').first().hover()
    await page.waitForTimeout(TOUCH_MS)
    const dragging = total([...(await loaded())].filter(([path]) => !untouched.has(path)))
    return {
      firstQuoteMs: firstQuote,
      largestPaintMs: largestPaint,
      shifts,
      bytesPerSecond,
      sizes: { ...(await sizesOf(arriving.url, untouched)), dragging },
    }
  } finally {
    await visited.close()
  }
}

/**
 * The shell is the document and what it names, but for the worker, with what that imports; the worker what it has to have before it begins; the chart what is fetched
 * for it after the first quote. What is loaded later, or by need, is in the sum.
 */
async function sizesOf(url: string, loaded: ReadonlyMap<string, number>): Promise<Omit<Sizes, 'dragging'>> {
  const programs = [...loaded].filter(isProgram)
  const document = await (await fetch(url)).text()
  const named = [...document.matchAll(/(?:src|href)="(\/(?!assets\/\w+\.worker-)[^"]+\.(?:js|css))"/g)].map(
    ([, path = '']) => path,
  )
  const begins = (name: string) => programs.map(([path]) => path).filter((path) => path.includes(`/${name}-`))
  const totalOf = (paths: ReadonlySet<string>) => total(programs.filter(([path]) => paths.has(path)))
  return {
    shell: totalOf(await withImports(url, ['/', ...named])),
    worker: totalOf(await withImports(url, begins('feed.worker'))),
    chart: totalOf(new Set(begins('candle-chart'))),
    all: total(programs),
  }
}

type Loaded = readonly [path: string, bytes: number]

function isProgram([path]: Loaded): boolean {
  return path === '/' || /\.(js|css)$/.test(path)
}

function total(files: readonly Loaded[]): number {
  return files.filter(isProgram).reduce((sum, [, bytes]) => sum + bytes, 0)
}

async function withImports(url: string, paths: readonly string[], found = new Set<string>()): Promise<Set<string>> {
  for (const path of paths) {
    if (found.has(path)) continue
    found.add(path)
    if (!path.endsWith('.js')) continue
    const program = await (await fetch(new URL(path, url))).text()
    const imports = program.matchAll(/(?:\bfrom|\bimport)\s*["'`](\.{1,2}\/[^"'`]+\.js)["'`]/g)
    const next = [...imports].map(([, each = '']) => new URL(each, new URL(path, url)).pathname)
    await withImports(url, next, found)
  }
  return found
}
