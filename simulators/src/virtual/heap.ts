import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: (() => void) | undefined

/**
 * Bytes of the heap that are in use, after everything else is collected. From the first call on code that has not run for a while is kept: V8 lets it
 * go by the megabyte, which hides what grows.
 */
export function heapBytes(): number {
  if (collect === undefined) {
    setFlagsFromString('--no-flush-bytecode')
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
  return process.memoryUsage().heapUsed
}

/** How far the heap of the last third of a run lies above that of the middle third, by their medians, as a fraction: the first third is for warming up. */
export function growthOf(heap: readonly number[]): number {
  const third = Math.floor(heap.length / 3)
  return median(heap.slice(-third)) / median(heap.slice(-2 * third, -third)) - 1
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}
