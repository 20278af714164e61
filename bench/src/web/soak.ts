import type { Visit } from './browser.ts'

/** The heaps of the page and its worker after each minute, their garbage collected, and what the page stuttered meanwhile. */
export type Soak = {
  readonly heapBytes: readonly number[]
  /** By the straight line through the second half of them: the first half fills rings and caches. */
  readonly growthPerHour: number
  readonly longTasks: number
  readonly longestTaskMs: number
}

const SAMPLES_A_MINUTE = 2

export async function soak({ page, heapBytes, noted }: Visit, minutes: number): Promise<Soak> {
  await page.evaluate('depthcastBench.longTasks.length = 0')
  const heap: number[] = []
  let longTasks: (readonly [number, number])[] = []
  for (let sample = 0; sample < minutes * SAMPLES_A_MINUTE; sample += 1) {
    await page.waitForTimeout(60_000 / SAMPLES_A_MINUTE)
    longTasks = [...longTasks, ...(await noted()).longTasks]
    heap.push(await heapBytes())
    // Collecting everything at once is our doing, and takes its time.
    await page.evaluate(
      'new Promise((done) => setTimeout(done, 100)).then(() => { depthcastBench.longTasks.length = 0 })',
    )
  }
  const late = heap.slice(Math.floor(heap.length / 2))
  return {
    heapBytes: heap,
    growthPerHour: slope(late) * SAMPLES_A_MINUTE * 60,
    longTasks: longTasks.length,
    longestTaskMs: Math.max(0, ...longTasks.map(([, length]) => length)),
  }
}

/** Least squares, in units a step. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  let [over, under] = [0, 0]
  values.forEach((value, at) => {
    over += (at - middle) * (value - mean)
    under += (at - middle) ** 2
  })
  return under === 0 ? 0 : over / under
}
