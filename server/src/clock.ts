import type { Micros } from '@depthcast/market'

/** Undoes a timer; after it ran, nothing. */
export type Cancel = () => void

/** The only source of time in the gateway, so that a test can hold it still. */
export type Clock = {
  /** µs since 1970. */
  now(): Micros
  /** Runs `run` once, no sooner than `ms` milliseconds from now. Does not keep the process alive. */
  after(ms: number, run: () => void): Cancel
}

/** Further than this from the wall clock means that the wall clock was set, and we follow it. */
const DRIFT_MS = 2

/** The machine's clock: as fine as the monotonic one, never further than a few milliseconds from the wall clock. */
export function systemClock(): Clock {
  let offset = Date.now() - performance.now()
  return {
    now() {
      const wall = Date.now()
      const monotonic = performance.now()
      if (Math.abs(monotonic + offset - wall) > DRIFT_MS) offset = wall - monotonic
      return Math.round((monotonic + offset) * 1000) as Micros
    },
    after(ms, run) {
      const timer = setTimeout(run, ms)
      timer.unref()
      return () => clearTimeout(timer)
    },
  }
}
