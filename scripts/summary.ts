import { readdirSync, readFileSync } from 'node:fs'
import { add, closing, failed, NOTHING, RESULTS_DIR, type Tally } from './tally.ts'

// Adds up what the runners before this one left; no counts at all is a failure, never a quiet success.
const tallies = readdirSync(RESULTS_DIR).filter((name) => name.endsWith('.tally.json'))
const total = tallies
  .map((name) => JSON.parse(readFileSync(`${RESULTS_DIR}/${name}`, 'utf8')) as Tally)
  .reduce(add, tallies.length === 0 ? failed(`no counts in ${RESULTS_DIR}`) : NOTHING)
console.log(closing(total))
process.exit(total.failures.length === 0 ? 0 : 1)
