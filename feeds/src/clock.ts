import type { Micros } from '@depthcast/market'

/** Off the wall clock by more than this and the clock is set again, µs. */
const SET_AGAIN_AFTER = 50_000

/**
 * Our clock: µs since 1970, with the resolution of the monotonic clock, and never backwards.
 *
 * The wall clock alone jumps when it is set; the monotonic clock alone drifts away from it over days. So it runs on the second and is set by
 * the first when they differ by more than 50 ms; set backwards it stands still until the time has caught up.
 */
export class Clock {
  #offset = 0
  #latest = 0

  now(): Micros {
    const running = performance.now() * 1000
    const wall = Date.now() * 1000
    if (Math.abs(wall - (this.#offset + running)) > SET_AGAIN_AFTER) this.#offset = wall - running
    this.#latest = Math.max(this.#latest, Math.round(this.#offset + running))
    return this.#latest as Micros
  }
}
