/** The wall's time in µs that never goes back and has µs: the wall is read once, a monotonic clock carries it on. */
export class WallClock {
  readonly #start = performance.now()
  readonly openedAt = Date.now() * 1000

  now(): number {
    return this.openedAt + Math.floor((performance.now() - this.#start) * 1000)
  }
}
