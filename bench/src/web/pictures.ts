import type { Noted, Visit } from './browser.ts'

/** What the page did while it was watched. */
export type Watched = {
  /** Main-thread milliseconds in each second. */
  readonly busyMs: number
  readonly framesPerSecond: number
  readonly frameGapP99: number
  readonly longTasks: number
  readonly longestTaskMs: number
  /** From the gateway's send to the picture, over the panels that are painted: the median panel's median, the worst panel's 99th of 100. */
  readonly drawnP50: number
  readonly drawnP99: number
  /** The same of the worst chart, which is drawn on the page's own thread. */
  readonly chartP99: number
  readonly bytesPerSecond: number
  readonly panels: number
}

/** The engine's meters look back over ten seconds. */
export const WATCH_SECONDS = 12

export async function watch({ page, busyMs, noted }: Visit, seconds: number = WATCH_SECONDS): Promise<Watched> {
  await page.evaluate('depthcastBench.watchFrames(true); depthcastBench.longTasks.length = 0')
  const busy = await busyMs()
  const start = performance.now()
  await page.waitForTimeout(seconds * 1000)
  const took = (performance.now() - start) / 1000
  const worked = (await busyMs()) - busy
  const seen = await noted()
  await page.evaluate('depthcastBench.watchFrames(false)')
  return {
    busyMs: worked / took,
    ...framesOf(seen),
    longTasks: seen.longTasks.length,
    longestTaskMs: Math.max(0, ...seen.longTasks.map(([, length]) => length)),
    ...drawnOf(seen),
    bytesPerSecond: seen.connection?.bytesPerSecond ?? Number.NaN,
    panels: Object.keys(seen.reports).filter((panel) => !isChart(panel)).length,
  }
}

function framesOf({ frames }: Noted): Pick<Watched, 'framesPerSecond' | 'frameGapP99'> {
  const gaps = frames.slice(1).map((at, index) => at - (frames[index] as number))
  const all = gaps.reduce((sum, gap) => sum + gap, 0)
  return { framesPerSecond: (gaps.length * 1000) / all, frameGapP99: quantile(gaps, 0.99) }
}

/** Panels are called after their kind. */
const isChart = (panel: string): boolean => panel.startsWith('chart-')

function drawnOf({ reports }: Noted): Pick<Watched, 'drawnP50' | 'drawnP99' | 'chartP99'> {
  const all = Object.entries(reports).flatMap(([panel, { paintP50, paintP99, latency }]) => {
    if (paintP50 === null || paintP99 === null) return []
    const way = Math.max(0, latency?.way ?? 0)
    return [{ panel, p50: way + paintP50, p99: way + paintP99 }]
  })
  const drawn = all.filter(({ panel }) => !isChart(panel))
  const worst = (of: typeof all): number => (of.length === 0 ? Number.NaN : Math.max(...of.map(({ p99 }) => p99)))
  return {
    drawnP50: quantile(
      drawn.map(({ p50 }) => p50),
      0.5,
    ),
    drawnP99: worst(drawn),
    chartP99: worst(all.filter(({ panel }) => isChart(panel))),
  }
}

/** The value that this share of them does not exceed; NaN of none. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}
