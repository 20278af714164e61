import { writeFile } from 'node:fs/promises'
import { FAULT_VENUES } from '../simulators/src/faults/fault.ts'
import { faultsPage } from '../simulators/src/virtual/faults-page.ts'
import { complaints, matrix } from '../simulators/src/virtual/report.ts'

/** Writes docs/faults.md from a run of every fault at every venue, about half a minute; exits with 1 where one is not noticed. */
const rows = await matrix(FAULT_VENUES, ({ fault, cells }) => {
  const wrong = cells.flatMap((cell) => ('fault' in cell ? complaints(cell).map((one) => `${cell.venue}: ${one}`) : []))
  process.stderr.write(`${fault.padEnd(20)} ${wrong.length === 0 ? 'held' : wrong.join('; ')}\n`)
  if (wrong.length > 0) process.exitCode = 1
})
await writeFile(new URL('../docs/faults.md', import.meta.url), faultsPage(rows))
