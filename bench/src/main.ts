import { mkdirSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Bench, BenchError, type Report, type Values } from './bench.ts'
import { bookBench } from './book.ts'
import { codecBench } from './codec.ts'
import { fanoutBench } from './fanout.ts'
import { marketBench } from './market.ts'
import { memoryBench } from './memory.ts'
import { help, machine, print } from './print.ts'
import { stormBench } from './storm.ts'
import { webBench } from './web.ts'

/** Every bench there is: one file, one line here. */
const BENCHES: readonly Bench[] = [bookBench, codecBench, fanoutBench, marketBench, memoryBench, stormBench, webBench]

process.exitCode = await main(process.argv.slice(2))

/** Runs the benches named, or all. Returns the exit code: 0 every target met, 1 one missed or void, 2 a wrong argument. */
async function main(args: readonly string[]): Promise<number> {
  const parsed = parse(args)
  if (typeof parsed === 'string') return complain(`${parsed}; npm run bench -- --help lists what there is`, 2)
  if (parsed.help) {
    console.log(help(BENCHES))
    return 0
  }
  const reports: { name: string; report: Report }[] = []
  try {
    for (const bench of parsed.benches) {
      const found = await bench.run((line) => console.error(`bench ${bench.name}: ${line}`), parsed.values)
      for (const report of found) print(report)
      reports.push(...found.map((report) => ({ name: bench.name, report })))
    }
  } catch (error) {
    if (!(error instanceof BenchError)) throw error
    return complain(`${error.code}: ${error.message}`, error.code === 'BENCH_BAD_FLAG' ? 2 : 1)
  }
  console.log(`\nresults: ${save(reports)}`)
  return reports.every(({ report }) => report.targets.every(({ met }) => met)) ? 0 : 1
}

type Arguments = { readonly help: boolean; readonly benches: readonly Bench[]; readonly values: Values }

/** The arguments, or what is wrong with them. */
function parse(args: readonly string[]): Arguments | string {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: options(), allowPositionals: true })
    const unknown = positionals.find((name) => !BENCHES.some((bench) => bench.name === name))
    if (unknown !== undefined)
      return `no bench is called ${unknown}, there is ${BENCHES.map(({ name }) => name).join(', ')}`
    const benches = BENCHES.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
    const foreign = Object.keys(values).find(
      (flag) => flag !== 'help' && !benches.some(({ flags }) => flag in (flags ?? {})),
    )
    if (foreign !== undefined) return `--${foreign} is no flag of ${benches.map(({ name }) => name).join(', ')}`
    return { help: values.help === true, benches, values: { ...fallbacks(benches), ...(values as Values) } }
  } catch (error) {
    return (error as Error).message.split('. ')[0]!
  }
}

function options() {
  const all = Object.assign({}, ...BENCHES.map(({ flags }) => flags ?? {})) as NonNullable<Bench['flags']>
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = {
    help: { type: 'boolean', short: 'h' },
  }
  for (const [name, { placeholder }] of Object.entries(all)) {
    options[name] = { type: placeholder === undefined ? 'boolean' : 'string' }
  }
  return options
}

function fallbacks(benches: readonly Bench[]): Values {
  const flags = benches.flatMap((bench) => Object.entries(bench.flags ?? {}))
  return Object.fromEntries(flags.map(([name, { fallback }]) => [name, fallback]))
}

function save(reports: readonly { readonly name: string; readonly report: Report }[]): string {
  const folder = new URL('../results/', import.meta.url)
  const at = new Date().toISOString()
  const names = [...new Set(reports.map(({ name }) => name))].join('+')
  const file = new URL(`${names}-${at.replaceAll(/[:.]/g, '-')}.json`, folder)
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, `${JSON.stringify({ at, machine: machine(), reports }, undefined, 2)}\n`)
  return relative(process.cwd(), fileURLToPath(file))
}

function complain(line: string, exitCode: number): number {
  console.error(`bench: ${line}`)
  return exitCode
}
