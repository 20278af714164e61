/** Times are milliseconds of one monotonic clock. Nothing here allocates after construction: the meters run on every message. */

const SLOT_MS = 100
const SLOTS = 10

/** Sums of the last second in tenths; what is older drops out as time passes, also when nothing arrives. */
export class SecondMeter {
  readonly #sums = new Float64Array(SLOTS)
  #slot = 0

  add(value: number, now: number): void {
    this.#turnTo(now)
    const at = this.#slot % SLOTS
    this.#sums[at] = (this.#sums[at] ?? 0) + value
  }

  /** What was added in the last second. */
  perSecond(now: number): number {
    this.#turnTo(now)
    let sum = 0
    for (let at = 0; at < SLOTS; at += 1) sum += this.#sums[at] ?? 0
    return sum
  }

  #turnTo(now: number): void {
    const slot = Math.floor(now / SLOT_MS)
    const steps = Math.min(slot - this.#slot, SLOTS)
    for (let step = 1; step <= steps; step += 1) {
      this.#sums[(slot - steps + step) % SLOTS] = 0
    }
    if (slot > this.#slot) this.#slot = slot
  }
}

const REMEMBERED_SECONDS = 30
/** More than two heartbeats: by then a pause as long as one was seen, if there are any. */
const KNOWN_AFTER_MS = 5_000

/** The longest pause between two events in the last half minute; undefined before there was time to see one. */
export class PauseMeter {
  readonly #longest = new Float64Array(REMEMBERED_SECONDS)
  #second = 0
  #first = Number.NaN
  #last = Number.NaN

  mark(now: number): void {
    this.#turnTo(now)
    const at = this.#second % REMEMBERED_SECONDS
    if (Number.isNaN(this.#first)) this.#first = now
    else this.#longest[at] = Math.max(this.#longest[at] ?? 0, now - this.#last)
    this.#last = now
  }

  longestMs(now: number): number | undefined {
    this.#turnTo(now)
    return now - this.#first >= KNOWN_AFTER_MS ? Math.max(...this.#longest) : undefined
  }

  #turnTo(now: number): void {
    const second = Math.floor(now / 1000)
    const steps = Math.min(second - this.#second, REMEMBERED_SECONDS)
    for (let step = 1; step <= steps; step += 1) this.#longest[(second - steps + step) % REMEMBERED_SECONDS] = 0
    if (second > this.#second) this.#second = second
  }
}
