import { readdirSync, readFileSync } from 'node:fs'
import { add, closingLine, RESULTS_DIR, type Tally } from './tally.ts'

// Adds up what the runners before this one left; no counts at all is a failure, never a quiet success.
const tallies = readdirSync(RESULTS_DIR).filter((name) => name.endsWith('.tally.json'))
const total = tallies
  .map((name) => JSON.parse(readFileSync(`${RESULTS_DIR}/${name}`, 'utf8')) as Tally)
  .reduce(add, { passed: 0, failed: tallies.length === 0 ? 1 : 0, skipped: 0 })
console.log(closingLine(total))
process.exit(total.failed === 0 ? 0 : 1)
