import type { Micros } from '@depthcast/market'

/** Off the wall clock by more than this and the clock makes up for it, µs. */
const SET_AGAIN_AFTER = 50_000

/** Milliseconds: since 1970, as the machine has it, and since whenever, without a jump. */
export type TimeSources = { readonly wall: () => number; readonly monotonic: () => number }

/**
 * Our clock: µs since 1970, with the resolution of the monotonic clock, and always running forwards.
 *
 * The wall clock alone jumps when it is set; the monotonic clock alone drifts away from it over days. So it runs on the second and follows the
 * first: set forwards it jumps along, set backwards it runs at half its pace until the time has caught up. It never stands still, or a venue
 * that fell silent meanwhile would not be noticed.
 */
export class Clock {
  readonly #sources: TimeSources
  #latest: number
  #readAt: number

  constructor(sources: TimeSources = { wall: () => Date.now(), monotonic: () => performance.now() }) {
    this.#sources = sources
    this.#latest = sources.wall() * 1000
    this.#readAt = sources.monotonic() * 1000
  }

  now(): Micros {
    const running = this.#sources.monotonic() * 1000
    const wall = this.#sources.wall() * 1000
    const passed = running - this.#readAt
    this.#readAt = running
    const ahead = this.#latest + passed - wall
    if (ahead < -SET_AGAIN_AFTER) this.#latest = wall
    else this.#latest += ahead > SET_AGAIN_AFTER ? passed / 2 : passed
    return Math.round(this.#latest) as Micros
  }
}
