import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { atLeastOneFailure, fromPlaywright, fromVitest } from './reports.ts'
import { add, closing, failed, NOTHING, PASSED, RESULTS_DIR } from './tally.ts'

// `npm test`: every check and every test there is, one runner after the other, none stopping the rest; closes with the sum.
rmSync(RESULTS_DIR, { recursive: true, force: true })
mkdirSync(RESULTS_DIR, { recursive: true })

let total = NOTHING
for (const [name, command] of [
  ['lint', 'npx biome check --error-on-warnings .'],
  ['types', 'npx tsc -b'],
  ['svelte-check', 'npm run --silent check --workspace web'],
  ['knip', 'npx knip'],
  ['build', 'node web/build.ts'],
] as const) {
  const ok = run(command)
  console.log(`${ok ? 'ok' : 'FAILED'}: ${name} (${command})`)
  total = add(total, ok ? PASSED : failed(`${name} (${command})`))
}

const vitestJson = `${RESULTS_DIR}/vitest.json`
const vitestOk = run(`npx vitest run --reporter=default --reporter=json --outputFile=${vitestJson}`)
total = add(total, atLeastOneFailure(fromVitest(vitestJson), vitestOk, 'vitest'))

const playwrightJson = `${RESULTS_DIR}/playwright.json`
const playwrightOk = run('npx playwright test --config e2e/playwright.config.ts', {
  PLAYWRIGHT_JSON_OUTPUT_NAME: resolve(playwrightJson),
})
total = add(total, atLeastOneFailure(fromPlaywright(playwrightJson), playwrightOk, 'playwright'))

writeFileSync(`${RESULTS_DIR}/npm-test.tally.json`, JSON.stringify(total))
console.log(closing(total))
process.exit(total.failures.length === 0 ? 0 : 1)

function run(command: string, env: Record<string, string> = {}): boolean {
  return spawnSync(command, { shell: true, stdio: 'inherit', env: { ...process.env, ...env } }).status === 0
}
