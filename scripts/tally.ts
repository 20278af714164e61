/** Where the runners leave their counts, so that a later step can add them up. */
export const RESULTS_DIR = 'test-results'

export type Tally = { readonly passed: number; readonly failed: number; readonly skipped: number }

export function add(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }
}

/** The one line a reader (or a machine) looks for at the end of a run. */
export function closingLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
