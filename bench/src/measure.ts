import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** One timed run: CPU seconds of the thread, what it allocated on the JavaScript heap, and the collections that ran meanwhile. */
export type Run = { readonly seconds: number; readonly bytes: number; readonly collections: number }

/**
 * Times a synchronous piece of work, on a heap just collected, so that no contender pays for another's garbage. The time is the CPU time of
 * this thread: what else runs on the machine then weighs little, and a collector's helper threads are not charged.
 *
 * `bytes` is V8's own count of all bytes ever allocated, so a collection in between does not hide any. V8 counts in buffers of some hundred
 * kilobytes: an empty piece of work reads as about half a million.
 */
export async function measure(work: () => void): Promise<Run> {
  collectGarbage()
  await settled()
  const collections = new CollectionCounter()
  const allocatedBefore = allocated()
  const cpuBefore = process.threadCpuUsage()
  const start = performance.now()
  work()
  const end = performance.now()
  const cpu = process.threadCpuUsage(cpuBefore)
  const bytes = allocated() - allocatedBefore
  await settled()
  return { seconds: (cpu.user + cpu.system) / 1e6, bytes, collections: collections.stop(start, end) }
}

/** The middle one; of an even number the upper middle. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted[sorted.length >> 1]
  if (middle === undefined) throw new RangeError('no numbers to take the median of')
  return middle
}

class CollectionCounter {
  readonly #times: number[] = []
  readonly #observer = new PerformanceObserver((list) => this.#take(list.getEntries()))

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  stop(from: number, to: number): number {
    this.#take(this.#observer.takeRecords())
    this.#observer.disconnect()
    return this.#times.filter((time) => time >= from && time <= to).length
  }

  #take(entries: readonly { readonly startTime: number }[]): void {
    for (const { startTime } of entries) this.#times.push(startTime)
  }
}

/** Observers hear of collections only once the event loop turns. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}

function allocated(): number {
  return getHeapStatistics().total_allocated_bytes
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
