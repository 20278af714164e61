import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { add, closingLine, RESULTS_DIR, type Tally } from './tally.ts'

// `npm test`: every check and every test there is, one runner after the other, none stopping the rest; closes with the sum.
rmSync(RESULTS_DIR, { recursive: true, force: true })
mkdirSync(RESULTS_DIR, { recursive: true })

let total: Tally = { passed: 0, failed: 0, skipped: 0 }
for (const [name, command] of [
  ['lint', 'npx biome check --error-on-warnings .'],
  ['types', 'npx tsc -b'],
  ['svelte-check', 'npm run --silent check --workspace web'],
  ['knip', 'npx knip'],
  ['build', 'node web/build.ts'],
] as const) {
  const ok = run(command)
  console.log(`${ok ? 'ok' : 'FAILED'}: ${name} (${command})`)
  total = add(total, ok ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 })
}

const vitestJson = `${RESULTS_DIR}/vitest.json`
const vitestOk = run(`npx vitest run --reporter=default --reporter=json --outputFile=${vitestJson}`)
total = add(total, atLeastOneFailure(fromVitest(vitestJson), vitestOk))

const playwrightJson = `${RESULTS_DIR}/playwright.json`
const playwrightOk = run('npx playwright test --config e2e/playwright.config.ts', {
  PLAYWRIGHT_JSON_OUTPUT_NAME: resolve(playwrightJson),
})
total = add(total, atLeastOneFailure(fromPlaywright(playwrightJson), playwrightOk))

writeFileSync(`${RESULTS_DIR}/npm-test.tally.json`, JSON.stringify(total))
console.log(closingLine(total))
process.exit(total.failed === 0 ? 0 : 1)

function run(command: string, env: Record<string, string> = {}): boolean {
  return spawnSync(command, { shell: true, stdio: 'inherit', env: { ...process.env, ...env } }).status === 0
}

/** A runner that failed without naming a test (a crash, a broken config) must not vanish from the sum. */
function atLeastOneFailure(tally: Tally, ok: boolean): Tally {
  return ok || tally.failed > 0 ? tally : { ...tally, failed: 1 }
}

function fromVitest(path: string): Tally {
  const report = readReport<{ numPassedTests: number; numFailedTests: number; numPendingTests: number }>(path)
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 }
  return { passed: report.numPassedTests, failed: report.numFailedTests, skipped: report.numPendingTests }
}

function fromPlaywright(path: string): Tally {
  const report = readReport<{ stats: { expected: number; unexpected: number; flaky: number; skipped: number } }>(path)
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 }
  const { expected, unexpected, flaky, skipped } = report.stats
  return { passed: expected, failed: unexpected + flaky, skipped }
}

function readReport<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch {
    return undefined
  }
}
