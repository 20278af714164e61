/** What the client needs from where it runs: time, timers and chance. Tests bring their own. */
export type Host = {
  /** Wall clock, ms since 1970: what is shown and compared with other clocks. */
  now(): number
  /** A clock that never jumps, ms with fractions, of any origin: what durations are measured with. */
  precise(): number
  /** Calls `run` once after `ms`; the returned function cancels. */
  after(ms: number, run: () => void): () => void
  /** 0 and up, below 1. */
  random(): number
}

export const systemHost: Host = {
  now: () => Date.now(),
  precise: () => performance.timeOrigin + performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
}
