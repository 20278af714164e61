import type { Report } from '../bench.ts'
import { startHost } from '../fanout/server.ts'
import { median } from '../measure.ts'
import type { Part } from '../web.ts'
import { type Visit, visit } from './browser.ts'
import { type Budget, budgetReport } from './budgets.ts'
import { REFERENCE } from './layouts.ts'
import { WATCH_SECONDS, type Watched, watch } from './pictures.ts'
import { type Soak, soak } from './soak.ts'

/** Some 1,000 order events a second of the busiest instrument, and with the quiet ones fifty rows in the watchlist. */
const PACE = 10
const QUIET = 39
/** The first seconds belong to the compilers. */
const WARM_MS = 15_000
const [WIDTH, HEIGHT] = [1440, 900]

/** The page under the reference load: with its thread free, with it blocked half of the time, paused, and for as long as asked. */
export async function loadReport({ browser, log, soakMinutes }: Part): Promise<Report> {
  log('load: starting the gateway and the page')
  const server = await startHost({ kind: 'dashboard', pace: PACE, quiet: QUIET })
  const visited = await visit(browser, {
    url: `http://127.0.0.1:${server.port}`,
    ...{ width: WIDTH, height: HEIGHT, workspaces: REFERENCE },
  })
  const { page } = visited
  try {
    await page.waitForTimeout(WARM_MS)
    const before = await server.stats()
    const start = performance.now()
    log(`load: watching for ${WATCH_SECONDS} s`)
    const free = await watch(visited)
    const seconds = (performance.now() - start) / 1000
    const frames = ((await server.stats())!.frames - before!.frames) / seconds
    log('load: the same with the page blocked half of the time')
    await page.evaluate('depthcastBench.block(true)')
    const blocked = await watch(visited)
    await page.evaluate('depthcastBench.block(false)')
    const interactions = await interact(visited)
    const paused = await pausedWork(visited)
    log(`load: ${soakMinutes} min of it`)
    const soaked = await soak(visited, soakMinutes)
    return report({ free, blocked, paused, soaked, frames, interactions, soakMinutes })
  } finally {
    await visited.close()
    await server.end()
  }
}

type Found = {
  readonly free: Watched
  readonly blocked: Watched
  readonly paused: { readonly busyMs: number; readonly framesAsked: number }
  readonly soaked: Soak
  /** Messages a second from the gateway. */
  readonly frames: number
  readonly interactions: number
  readonly soakMinutes: number
}

const PAUSED_WINDOWS = 6
const WINDOW_MS = 5000

/**
 * Paused, nothing moves: what the page still does in a second, the median of some windows. In the first of them V8 gives back, once, what the
 * load before had it take.
 */
async function pausedWork({ page, busyMs, noted }: Visit): Promise<Found['paused']> {
  await page.keyboard.press('Space')
  await page.waitForTimeout(2000)
  const askedBefore = (await noted()).framesAsked
  const windows: number[] = []
  for (let n = 0; n < PAUSED_WINDOWS; n += 1) {
    const busy = await busyMs()
    await page.waitForTimeout(WINDOW_MS)
    windows.push(((await busyMs()) - busy) / (WINDOW_MS / 1000))
  }
  const framesAsked = ((await noted()).framesAsked - askedBefore) / (PAUSED_WINDOWS * (WINDOW_MS / 1000))
  await page.keyboard.press('Space')
  return { busyMs: median(windows), framesAsked }
}

/** Keys that change what is shown: the slowest three quarters of them, ms from the key to the next picture; below 16 the browser counts none. */
async function interact({ page }: Visit): Promise<number> {
  await page.evaluate('depthcastBench.interactions.clear()')
  for (const key of [']', '[', '.', ',', 'i', 'i', 'f', 'f', 's', 'b', 'l', ']', '[']) {
    await page.keyboard.press(key)
    await page.waitForTimeout(300)
  }
  const slowest = await page.evaluate<number[]>('[...depthcastBench.interactions.values()].sort((a, b) => a - b)')
  return slowest[Math.ceil(slowest.length * 0.75) - 1] ?? 0
}

const MB = 1e6

function report({ free, blocked, paused, soaked, frames, interactions, soakMinutes }: Found): Report {
  const budgets: Budget[] = [
    { what: 'messages a second to the page', measured: frames, unit: '' },
    { what: 'painted panels', measured: free.panels, unit: '' },
    { what: 'emit to drawn, p50', measured: free.drawnP50, unit: 'ms', most: 8, decimals: 1 },
    { what: 'emit to drawn, p99', measured: free.drawnP99, unit: 'ms', most: 25, decimals: 1 },
    {
      what: 'emit to drawn with the page blocked half of the time, p99',
      measured: blocked.drawnP99,
      unit: 'ms',
      most: 60,
      decimals: 1,
    },
    { what: 'the chart, which the page itself draws, p99', measured: free.chartP99, unit: 'ms', decimals: 1 },
    { what: 'the chart while the page is blocked, p99', measured: blocked.chartP99, unit: 'ms', decimals: 1 },
    { what: 'main thread, of each second', measured: free.busyMs, unit: 'ms', most: 200 },
    {
      what: 'main thread while paused, of each second',
      measured: paused.busyMs,
      unit: 'ms',
      most: 5,
      decimals: 1,
    },
    { what: 'frames asked for a second while paused', measured: paused.framesAsked, unit: '', most: 0, decimals: 1 },
    { what: 'frames a second', measured: free.framesPerSecond, unit: '', least: 58, decimals: 1 },
    { what: 'gap between frames, p99', measured: free.frameGapP99, unit: 'ms', most: 20, decimals: 1 },
    { what: 'tasks longer than 50 ms', measured: free.longTasks, unit: '', most: 0 },
    { what: 'interaction to next picture, p75', measured: interactions, unit: 'ms', most: 100 },
    { what: `tasks longer than 50 ms in ${soakMinutes} min`, measured: soaked.longTasks, unit: '', most: 0 },
    {
      what: 'heap of page and worker',
      measured: (soaked.heapBytes.at(-1) ?? Number.NaN) / MB,
      unit: 'MB',
      most: 120,
      decimals: 1,
    },
    {
      what: 'growth of the heap, by its second half',
      measured: soaked.growthPerHour / MB,
      unit: 'MB/h',
      most: 5,
      decimals: 1,
    },
    { what: 'bytes a second under this load', measured: free.bytesPerSecond / 1000, unit: 'KB/s', decimals: 1 },
  ]
  const conditions = [
    `the simulated markets at ${PACE} × their pace and ${QUIET} quiet instruments; eight panels of the busiest one, ${WIDTH} × ${HEIGHT}, no GPU; gateway, browser and this program share the machine`,
    'emit is the gateway’s send, drawn the end of the paint in the worker: way (median) and paint, the worst panel’s p99; pictures reach the screen with the frame that follows',
  ]
  return budgetReport('Dashboard under the reference load', conditions, budgets, {
    free,
    blocked,
    paused,
    soaked,
    frames,
    interactions,
  })
}
