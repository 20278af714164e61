/** Where the runners leave their counts, so that a later step can add them up. */
export const RESULTS_DIR = 'test-results'

export type Tally = {
  readonly passed: number
  readonly skipped: number
  /** What failed, each by its name, with what it said under it. */
  readonly failures: readonly string[]
}

export const NOTHING: Tally = { passed: 0, skipped: 0, failures: [] }
export const PASSED: Tally = { ...NOTHING, passed: 1 }

export function failed(...failures: readonly string[]): Tally {
  return { ...NOTHING, failures }
}

/** `said` under the name, its first lines: enough to know what to look for, where nobody kept the rest of the output. */
export function failure(name: string, said: string): string {
  const lines = said
    .replaceAll(ESCAPES, '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !OTHERS.test(line))
  return [name, ...lines.slice(0, LINES).map((line) => `    ${line}`)].join('\n')
}

export function add(a: Tally, b: Tally): Tally {
  return {
    passed: a.passed + b.passed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures],
  }
}

/** What failed, and then the one line a reader (or a machine) looks for at the end of a run. */
export function closing({ passed, skipped, failures }: Tally): string {
  const line = `${passed} passed, ${failures.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
  return [...failures.map((each) => `FAILED: ${each}`), line].join('\n')
}

const LINES = 16
/** Places in the runner, not in the test. */
const OTHERS = /^\s+at .*(node_modules|<anonymous>)/
/** Colours of a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with one
const ESCAPES = /\u001b\[[0-9;]*m/g
