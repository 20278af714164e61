import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { add, failed, failure, type Tally } from './tally.ts'

type VitestReport = {
  readonly numPassedTests: number
  readonly numPendingTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages: readonly string[] | null
    }[]
  }[]
}

type PlaywrightSuite = {
  readonly suites?: readonly PlaywrightSuite[]
  readonly specs?: readonly {
    readonly title: string
    readonly file: string
    readonly line: number
    readonly tests: readonly {
      readonly status: string
      readonly results: readonly { readonly errors: readonly { readonly message?: string }[] }[]
    }[]
  }[]
}
type PlaywrightReport = PlaywrightSuite & { readonly stats: { readonly expected: number; readonly skipped: number } }

/** What `vitest --reporter=json` wrote. A file that could not even be loaded is a failure of its own. */
export function fromVitest(path: string): Tally {
  const report = readReport<VitestReport>(path)
  if (report === undefined) return failed(`vitest left no report at ${path}`)
  const failures = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative('', name)
    const tests = assertionResults.filter((test) => test.status === 'failed')
    if (tests.length === 0) return status === 'failed' ? [failure(file, message)] : []
    return tests.map((test) => failure(`${file} › ${test.fullName}`, test.failureMessages?.join('\n') ?? ''))
  })
  return { passed: report.numPassedTests, skipped: report.numPendingTests, failures }
}

/** What Playwright's `json` reporter wrote. A test that passed at another try has failed. */
export function fromPlaywright(path: string): Tally {
  const report = readReport<PlaywrightReport>(path)
  if (report === undefined) return failed(`playwright left no report at ${path}`)
  return { passed: report.stats.expected, skipped: report.stats.skipped, failures: failuresIn(report) }
}

/** A runner that failed without naming a test (a crash, a broken config, an error in nobody's test) must not vanish from the sum. */
export function atLeastOneFailure(tally: Tally, isOk: boolean, runner: string): Tally {
  if (isOk || tally.failures.length > 0) return tally
  return add(tally, failed(`${runner} ended badly, though none of its tests failed: see what it printed`))
}

function failuresIn({ suites, specs }: PlaywrightSuite): string[] {
  const own = (specs ?? []).flatMap(({ title, file, line, tests }) =>
    tests
      .filter(({ status }) => status === 'unexpected' || status === 'flaky')
      .map(({ results }) => {
        const said = results.flatMap(({ errors }) => errors.map(({ message }) => message ?? '')).join('\n')
        return failure(`${file}:${line} › ${title}`, said)
      }),
  )
  return [...own, ...(suites ?? []).flatMap(failuresIn)]
}

function readReport<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch {
    return undefined
  }
}
