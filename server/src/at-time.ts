import type { Cancel, Clock } from './clock.ts'

/** Timers cannot wait longer than 2^31 − 1 ms, and fire at once instead. */
const LONGEST_MS = 2 ** 31 - 1

/** Runs `run` once, no sooner than `at`, µs since 1970, however far that is. */
export function atTime(clock: Clock, at: number, run: () => void): Cancel {
  let cancel: Cancel
  const arm = (): void => {
    const waitMs = Math.max(0, Math.ceil((at - clock.now()) / 1000))
    cancel = clock.after(Math.min(waitMs, LONGEST_MS), () => (clock.now() >= at ? run() : arm()))
  }
  arm()
  return () => cancel()
}
