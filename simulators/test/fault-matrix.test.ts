import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { FAULT_VENUES } from '../src/faults/fault.ts'
import { FAULTS } from '../src/faults/table.ts'
import { faultsPage } from '../src/virtual/faults-page.ts'
import { complaints, matrix } from '../src/virtual/report.ts'

const rows = new Map((await matrix(FAULT_VENUES, () => {})).map((row) => [row.fault, row]))

test.each(FAULTS.map(({ name }) => ({ name })))(
  '$name is noticed, costs no other book, and every book is the true one again, at each venue where it can happen',
  ({ name }) => {
    const cells = rows.get(name)?.cells ?? []
    expect(cells).toHaveLength(FAULT_VENUES.length)
    expect(cells.flatMap((cell) => ('fault' in cell ? complaints(cell) : []))).toEqual([])
  },
)

test('docs/faults.md is what this run found: npm run faults writes it anew', async () => {
  const page = await readFile(new URL('../../docs/faults.md', import.meta.url), 'utf8')
  expect(page).toBe(faultsPage([...rows.values()]))
})
