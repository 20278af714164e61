import { cpus } from 'node:os'
import type { Bench, Report } from './bench.ts'

/** What `--help` prints. */
export function help(benches: readonly Bench[]): string {
  const width = Math.max(...benches.map(({ name }) => name.length))
  return [
    'npm run bench                 every bench',
    'npm run bench -- <name>…      only these:',
    ...benches.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    ...benches.filter(({ flags }) => flags !== undefined).flatMap(flagLines),
    '',
    'Prints tables and writes all numbers to bench/results/. Exit code 0: every target met; 1: one missed, or nothing could be compared.',
  ].join('\n')
}

function flagLines({ name, flags = {} }: Bench): string[] {
  const rows = Object.entries(flags).map(([flag, { placeholder, fallback, help }]) => [
    `--${flag}${placeholder === undefined ? '' : ` ${placeholder}`}`,
    `${help}${fallback === undefined ? '' : ` Default: ${fallback}.`}`,
  ])
  const width = Math.max(...rows.map(([left]) => left!.length))
  return ['', `Flags of ${name}:`, ...rows.map(([left, right]) => `  ${left!.padEnd(width)}  ${right}`)]
}

export function print({ title, conditions, columns, rows, targets }: Report): void {
  console.log(`\n${title}\n${machine()}`)
  for (const condition of conditions) console.log(condition)
  console.log('')
  for (const line of aligned([columns, ...rows])) console.log(line)
  console.log('')
  for (const { claim, measured, met } of targets) console.log(`${met ? 'met   ' : 'MISSED'}  ${claim}: ${measured}`)
}

/** The rows of a table as lines: the first column to the left, the others to the right. */
export function aligned(table: readonly (readonly string[])[]): readonly string[] {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  return table.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  '),
  )
}

export function machine(): string {
  const cores = cpus()
  return `Node ${process.versions.node}, V8 ${process.versions.v8}, ${cores.length} × ${cores[0]?.model.trim() ?? 'unknown CPU'}`
}
