import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { variableOf } from '../src/command-line.ts'
import { METRICS } from '../src/metric-table.ts'
import { SETTINGS } from '../src/settings.ts'

const PAGE = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')

/** The cells of every table row whose first cell is code. */
const ROWS = PAGE.split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('\\|', '|')),
  )

test('docs/operations.md lists every setting as the program does, and no other', () => {
  const expected = Object.values(SETTINGS).map((setting) => [
    `\`--${setting.flag}\``,
    `\`${variableOf(setting)}\``,
    setting.fallback === undefined ? '' : `\`${setting.fallback}\``,
    setting.help,
  ])
  expect(ROWS.filter(([name]) => name?.startsWith('`--'))).toEqual(expected)
})

test('docs/operations.md lists every metric as it is exposed, and no other', () => {
  const expected = Object.entries(METRICS).map(([name, { type, labels, help }]) => [
    `\`${name}\``,
    type,
    labels.join(', '),
    help,
  ])
  expect(ROWS.filter(([name]) => name?.startsWith('`depthcast_'))).toEqual(expected)
})
