import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { Cancel } from './clock.ts'

/** How late the event loop ran in some time, ms; 0 where nothing was late, or nothing was sampled. */
export type Delay = { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number }

/** A clock that is never set, in ms, and a timer on it. */
type Beat = { now(): number; every(ms: number, run: () => void): Cancel }

/**
 * Each look at a loop that sleeps wakes the process: a hundred a second would be a gateway's most work while nothing happens. A prime, so that it
 * does not keep step with what is published.
 */
const STEP_MS = 47
const MOST_US = 3_600_000_000
/** Two figures: a hundredth is near enough, and each more would cost each reader ten times the memory. */
const OPTIONS = { lowest: 1, highest: MOST_US, figures: 2 } as const

/**
 * How late this process's event loop runs: a timer that should come every 47 ms, and how much later than that it comes. So it is what someone finds
 * who comes at any time: what holds the loop for longer than that is always seen, what is shorter as often as anyone would meet it.
 *
 * One timer for all who want to know; each looks when it likes, and hears of what was since its own last look.
 */
export class LoopDelay {
  readonly #beat: Beat
  readonly #readers: RecordableHistogram[] = []
  #cancel: Cancel | undefined
  #at = 0

  constructor(beat: Beat = MACHINE) {
    this.#beat = beat
  }

  start(): void {
    this.#at = this.#beat.now()
    this.#cancel ??= this.#beat.every(STEP_MS, () => this.#sample())
  }

  close(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  /** Another who looks: each call gives what was since the call before. For as long as the loop is looked at. */
  reader(): () => Delay {
    const seen = createHistogram(OPTIONS)
    this.#readers.push(seen)
    return () => {
      const delay = delayOf(seen)
      seen.reset()
      return delay
    }
  }

  #sample(): void {
    const now = this.#beat.now()
    const lateUs = Math.round((now - this.#at - STEP_MS) * 1000)
    this.#at = now
    // A histogram has no 0: what is not late counts as 1 µs, which is 0 ms to whoever looks.
    const counted = Math.min(MOST_US, Math.max(1, lateUs))
    for (const seen of this.#readers) seen.record(counted)
  }
}

function delayOf(seen: RecordableHistogram): Delay {
  if (seen.count === 0) return { p50Ms: 0, p99Ms: 0, maxMs: 0 }
  return { p50Ms: ms(seen.percentile(50)), p99Ms: ms(seen.percentile(99)), maxMs: ms(seen.max) }
}

function ms(us: number): number {
  return us <= 1 ? 0 : us / 1000
}

const MACHINE: Beat = {
  now: () => performance.now(),
  every(intervalMs, run) {
    const timer = setInterval(run, intervalMs)
    timer.unref()
    return () => clearInterval(timer)
  },
}
