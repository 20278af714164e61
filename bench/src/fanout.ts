import { type Bench, BenchError, namesOf, type Report, type Values, wholeNumbers } from './bench.ts'
import { type Measuring, runCell } from './fanout/cell.ts'
import type { Contender } from './fanout/contenders.ts'
import { report } from './fanout/report.ts'
import { WORKLOADS, type WorkloadName } from './fanout/workloads.ts'
import { requireMachine } from './processes.ts'

const NAMES = Object.keys(WORKLOADS) as WorkloadName[]

/** What it costs to bring one update to many clients: our doors beside what others do, in one run, all connected and taking turns. */
export const fanoutBench: Bench = {
  name: 'fanout',
  summary:
    'server CPU, latency and bytes of each update to many clients, at our doors, ws, Socket.IO, Nchan, NATS and Mosquitto',
  flags: {
    workloads: { placeholder: '<names>', fallback: 'one,views,mixed,slow', help: `Of ${NAMES.join(', ')}.` },
    clients: { placeholder: '<list>', fallback: '1000', help: 'How many clients, e.g. 100,1000,5000.' },
    full: { help: 'All workloads with 100, 1,000 and 5,000 clients; most of an hour.' },
    repeats: { placeholder: '<n>', fallback: '5', help: 'Rounds; the medians count.' },
    seconds: {
      placeholder: '<n>',
      fallback: '1',
      help: 'Seconds of each turn that are measured; two before them are not.',
    },
    only: { placeholder: '<text>', help: 'Only contenders with this in their name; several as a|b.' },
    confirm: {
      placeholder: '<how>',
      fallback: 'pong',
      help: 'Clients of ours answer pings (pong) or send ack, as the SDK does.',
    },
    prof: {
      placeholder: '<folder>',
      help: 'Writes a CPU profile of each server written for Node there; the numbers are then higher.',
    },
  },
  async run(log, values) {
    const clients = values.full === true ? [100, 1000, 5000] : wholeNumbers(values, 'clients')
    const names = values.full === true ? NAMES : namesOf(values, 'workloads', NAMES)
    const machine = requireMachine(Math.max(...clients))
    const reports: Report[] = []
    for (const name of names) {
      for (const count of clients) {
        const workload = WORKLOADS[name]
        log(`${name}, ${count} clients`)
        const { there, notes } = present(workload.contenders, values)
        const measuring = measuringOf(values, (line) => log(`${name}, ${count} clients: ${line}`))
        const cell = workload.cell(count)
        const sampled = workload.sampled ?? measuring.sampled
        const results = await runCell(cell, there, { ...measuring, sampled })
        reports.push(report({ name, workload, cell, results, conditions: [...machine, ...notes], measuring }))
      }
    }
    return reports
  },
}

/** Those that can be measured here, and why the others cannot. */
function present(contenders: readonly Contender[], { only }: Values) {
  const asked = contenders.filter(
    ({ name }) => typeof only !== 'string' || only.split('|').some((text) => name.includes(text)),
  )
  if (asked.length === 0)
    throw new BenchError(
      'BENCH_BAD_FLAG',
      `--only ${only} leaves nobody of ${contenders.map(({ name }) => name).join(', ')}`,
    )
  const reasons = asked.map((contender) => contender.missing?.())
  return {
    there: asked.filter((_, index) => reasons[index] === undefined),
    notes: reasons.flatMap((reason) => (reason === undefined ? [] : [`not measured: ${reason}`])),
  }
}

function measuringOf(values: Values, log: (line: string) => void): Measuring {
  const confirm = namesOf(values, 'confirm', ['pong', 'ack'])[0]!
  const { prof } = values
  return {
    repeats: wholeNumbers(values, 'repeats')[0]!,
    seconds: wholeNumbers(values, 'seconds')[0]!,
    sampled: 8,
    confirm,
    nodeFlags: typeof prof === 'string' ? ['--cpu-prof', `--cpu-prof-dir=${prof}`] : [],
    log,
  }
}
