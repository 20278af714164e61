/** Calls `run` so many times a second, evenly, until stopped. What was missed by more than a tenth of a second is left out, not made up for. */
export function every(perSecond: number, run: () => void): () => void {
  const stepMs = 1000 / perSecond
  let due = performance.now() + stepMs
  let timer = setTimeout(turn, stepMs)
  return () => clearTimeout(timer)

  function turn(): void {
    const now = performance.now()
    if (now - due > 100) due = now
    for (; due <= now; due += stepMs) run()
    timer = setTimeout(turn, Math.max(0, due - performance.now()))
  }
}

/** µs of the machine's monotonic clock, the same in every process, moved to where the wall clock is: stamps are as long as real ones. */
export function stampMicros(): number {
  const [seconds, nanos] = process.hrtime()
  return ABOUT_NOW + seconds * 1e6 + Math.round(nanos / 1000)
}

const ABOUT_NOW = 1_790_000_000_000_000
