import type { CheckCounts } from './feed.ts'
import type { Check } from './venue.ts'

/** Counts verifications by kind and outcome. */
export class CheckTally {
  readonly #counts = new Map<Check, { passed: number; failed: number }>()

  add(check: Check, ok: boolean): void {
    let count = this.#counts.get(check)
    if (count === undefined) {
      count = { passed: 0, failed: 0 }
      this.#counts.set(check, count)
    }
    if (ok) count.passed++
    else count.failed++
  }

  counts(): CheckCounts {
    return Object.fromEntries([...this.#counts].map(([check, count]) => [check, { ...count }]))
  }
}
