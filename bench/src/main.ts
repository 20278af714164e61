import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Bench, BenchError, type Report } from './bench.ts'
import { bookBench } from './book.ts'

/** Every bench there is: one file, one line here. */
const BENCHES: readonly Bench[] = [bookBench]

process.exitCode = await main(process.argv.slice(2))

/** Runs the benches named, or all. Returns the exit code: 0 every target met, 1 one missed or void, 2 a wrong argument. */
async function main(args: readonly string[]): Promise<number> {
  const parsed = parse(args)
  if (typeof parsed === 'string') return complain(`${parsed}; npm run bench -- --help lists what there is`, 2)
  if (parsed.help) {
    console.log(help())
    return 0
  }
  const reports: { name: string; report: Report }[] = []
  try {
    for (const { name, run } of parsed.benches) {
      const report = await run((line) => console.error(`bench ${name}: ${line}`))
      print(report)
      reports.push({ name, report })
    }
  } catch (error) {
    if (error instanceof BenchError) return complain(`${error.code}: ${error.message}`, 1)
    throw error
  }
  console.log(`\nresults: ${save(reports)}`)
  return reports.every(({ report }) => report.targets.every(({ met }) => met)) ? 0 : 1
}

type Arguments = { readonly help: boolean; readonly benches: readonly Bench[] }

/** The arguments, or what is wrong with them. */
function parse(args: readonly string[]): Arguments | string {
  try {
    const options = { help: { type: 'boolean', short: 'h', default: false } } as const
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const unknown = positionals.find((name) => !BENCHES.some((bench) => bench.name === name))
    if (unknown !== undefined)
      return `no bench is called ${unknown}, there is ${BENCHES.map(({ name }) => name).join(', ')}`
    const benches = BENCHES.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
    return { help: values.help, benches }
  } catch (error) {
    return (error as Error).message.split('. ')[0]!
  }
}

function help(): string {
  const width = Math.max(...BENCHES.map(({ name }) => name.length))
  return [
    'npm run bench                 every bench',
    'npm run bench -- <name>…      only these:',
    ...BENCHES.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'Prints tables and writes all numbers to bench/results/. Exit code 0: every target met; 1: one missed, or nothing could be compared.',
  ].join('\n')
}

function print({ title, conditions, columns, rows, targets }: Report): void {
  const table = [columns, ...rows]
  const widths = columns.map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  console.log(`\n${title}\n${machine()}`)
  for (const condition of conditions) console.log(condition)
  console.log('')
  for (const row of table) {
    console.log(
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  '),
    )
  }
  console.log('')
  for (const { claim, measured, met } of targets) console.log(`${met ? 'met   ' : 'MISSED'}  ${claim}: ${measured}`)
}

function save(reports: readonly { readonly name: string; readonly report: Report }[]): string {
  const folder = new URL('../results/', import.meta.url)
  const at = new Date().toISOString()
  const file = new URL(`${reports.map(({ name }) => name).join('+')}-${at.replaceAll(/[:.]/g, '-')}.json`, folder)
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, `${JSON.stringify({ at, machine: machine(), reports }, undefined, 2)}\n`)
  return relative(process.cwd(), fileURLToPath(file))
}

function machine(): string {
  const cores = cpus()
  return `Node ${process.versions.node}, V8 ${process.versions.v8}, ${cores.length} × ${cores[0]?.model.trim() ?? 'unknown CPU'}`
}

function complain(line: string, exitCode: number): number {
  console.error(`bench: ${line}`)
  return exitCode
}
