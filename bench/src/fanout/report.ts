import type { Report, Target } from '../bench.ts'
import { median } from '../measure.ts'
import type { Cell, Measuring, Result } from './cell.ts'
import { DOORS, NATS, NCHAN, SOCKETIO_BUFFER, SOCKETIO_JSON, SOCKETIO_MSGPACK, WS_PREPARED } from './contenders.ts'
import type { Workload, WorkloadName } from './workloads.ts'

type Findings = {
  readonly name: WorkloadName
  readonly workload: Workload
  readonly cell: Cell
  readonly results: readonly Result[]
  readonly conditions: readonly string[]
  readonly measuring: Measuring
}

const COLUMNS = [
  'contender',
  'update',
  'µs/update',
  'least … most',
  'to ours',
  'updates/core-s',
  'p50 ms',
  'p99 ms',
  'bytes',
  'encodes/tick',
  'writes/tick',
  'by io_uring',
  'server core',
  'load core',
]

/** What is compared with what: the first door is the one the targets are about. */
const OURS = DOORS[0]!.name

export function report({ name, workload, cell, results, conditions, measuring }: Findings): Report {
  const { repeats, seconds, confirm, sampled } = measuring
  const rates = cell.plays.map(
    (play) => `${round(play.perSecond)} ticks a second of ${play.to - play.from} × ${play.name}`,
  )
  return {
    title: `Fan-out, ${cell.clients} clients: ${workload.title}`,
    conditions: [
      ...conditions,
      `${rates.join(', ')}; ${repeats} rounds of ${seconds} s, all contenders connected and taking turns, medians; a ratio is the median of the rounds' ratios`,
      `server CPU is that of all its threads; a peer's payload has the size of our frame; latency from the stamp in a message, ${workload.sampled ?? sampled} clients sampled; our clients confirm by ${confirm}`,
    ],
    columns: COLUMNS,
    rows: results.map((result) => row(result, ours(results, result.play))),
    targets: [...TARGETS[name](results, cell), ...always(results)],
    measured: { cell, results },
  }
}

function row(result: Result, ours: Result | undefined): readonly string[] {
  const { counted } = result
  return [
    result.contender,
    result.play,
    fixed(result.microsPerUpdate),
    `${fixed(Math.min(...result.costs))} … ${fixed(Math.max(...result.costs))}`,
    ours === undefined ? '' : `${fixed(ratioOf(result, ours))} ×`,
    Math.round(1e6 / result.microsPerUpdate).toLocaleString('en'),
    fixed(result.p50),
    fixed(result.p99),
    result.bytesPerUpdate.toFixed(0),
    counted === undefined ? '' : round(counted.encodes),
    counted === undefined ? '' : round(counted.writes),
    counted === undefined ? '' : round(counted.together),
    percent(result.serverLoad),
    percent(result.clientLoad),
  ]
}

const TARGETS: Readonly<Record<WorkloadName, (results: readonly Result[], cell: Cell) => readonly Target[]>> = {
  one: (results, { plays, clients }) =>
    plays.flatMap(({ name }) => [
      ...atMost(results, name, 1.15, WS_PREPARED.name),
      ...atMost(results, name, 1, NCHAN.name),
      ...atMost(results, name, 1 / 1.5, SOCKETIO_MSGPACK.name),
      ...atMost(results, name, 1 / 3, SOCKETIO_BUFFER.name),
      ...encodesPerTick(results, name, 1),
      ...writesPerTick(results, name, clients),
    ]),
  symbols: (results, { channels, clients }) => [
    ...encodesPerTick(results, '300 B', 'spread' in channels ? channels.spread : 1),
    ...writesPerTick(results, '300 B', clients),
  ],
  views: (results, { channels, clients }) => [
    ...results
      .filter(({ contender }) => contender === OURS)
      .map(({ microsPerUpdate }) => ({
        claim: 'at most 0.6 µs of server CPU an update, 20 views in one tick',
        measured: `${fixed(microsPerUpdate)} µs`,
        met: microsPerUpdate <= 0.6,
      })),
    ...atMost(results, '300 B', 1 / 15, SOCKETIO_JSON.name),
    ...atMost(results, '300 B', 1 / 15, SOCKETIO_MSGPACK.name),
    ...atMost(results, '300 B', 1, NATS.name),
    ...encodesPerTick(results, '300 B', 'all' in channels ? channels.all : 1),
    ...writesPerTick(results, '300 B', clients),
  ],
  mixed: (results, { rates, plays }) => {
    const { perSecond } = plays[0]!
    const encodes = rates.reduce<number>((sum, rate) => sum + 1000 / Number(rate), 0) / perSecond
    return encodesPerTick(results, '300 B', encodes, STRADDLE)
  },
  slow: (results) =>
    results
      .filter(({ isOurs, contender }) => isOurs && contender.endsWith(', with slow clients'))
      .flatMap((slow) => {
        const well = results.find(({ contender }) => `${contender}, with slow clients` === slow.contender)
        if (well === undefined) return []
        return [
          {
            claim: `${well.contender}: p99 of the healthy within 10 % of the run without slow clients`,
            measured: `${fixed(slow.p99)} ms beside ${fixed(well.p99)} ms`,
            met: slow.p99 <= well.p99 * 1.1,
          },
        ]
      }),
}

/** No client ever held a wrong book. */
function always(results: readonly Result[]): readonly Target[] {
  const ours = results.filter(({ isOurs }) => isOurs)
  if (ours.length === 0) return []
  const wrong = ours.reduce((sum, result) => sum + result.wrong, 0)
  const checked = ours.reduce((sum, result) => sum + result.checked, 0)
  const complaint = ours.find((result) => result.complaint !== undefined)?.complaint
  const gaps = ours.reduce((sum, result) => sum + result.gaps, 0)
  return [
    {
      claim: 'no wrong book',
      measured: `${wrong} of ${checked} messages broke a chain or a checksum, ${gaps} gaps told${complaint === undefined ? '' : ` (${complaint})`}`,
      met: wrong === 0 && checked > 0,
    },
  ]
}

function atMost(results: readonly Result[], play: string, factor: number, other: string): readonly Target[] {
  const mine = ours(results, play)
  const theirs = results.find((result) => result.contender === other && result.play === play)
  if (mine === undefined || theirs === undefined) return []
  const ratio = ratioOf(mine, theirs)
  const limit = factor < 1 ? `${round(1 / factor)} × cheaper than` : `at most ${factor} ×`
  return [
    {
      claim: `${play}: ${limit} ${other}`,
      measured: `${fixed(mine.microsPerUpdate)} beside ${fixed(theirs.microsPerUpdate)} µs, ${factor < 1 ? `${(1 / ratio).toFixed(2)} × cheaper` : `${ratio.toFixed(2)} ×`}`,
      met: ratio <= factor,
    },
  ]
}

/** What a neighbour on the machine does to one turn it does to the next as well, so each round is compared with itself. */
function ratioOf(mine: Result, theirs: Result): number {
  return median(mine.costs.map((cost, round) => cost / theirs.costs[round]!))
}

function encodesPerTick(results: readonly Result[], play: string, wanted: number, tolerance = 0): readonly Target[] {
  return eachOfOurs(results, play, { of: ({ encodes }) => encodes, wanted, what: 'encodes', tolerance })
}

function writesPerTick(results: readonly Result[], play: string, wanted: number): readonly Target[] {
  return eachOfOurs(results, play, { of: ({ writes }) => writes, wanted, what: 'writes', tolerance: HEARTBEATS })
}

/** A heartbeat a minute to each client is a write, too: a twentieth of the clients every three seconds. */
const HEARTBEATS = 0.02
/** Where a market moves more often than views are due, a turn holds a few rounds more or less of them. */
const STRADDLE = 0.1

type Count = {
  readonly of: (counted: NonNullable<Result['counted']>) => number
  readonly wanted: number
  readonly what: string
  /** Share of what is wanted that it may be off by. */
  readonly tolerance: number
}

function eachOfOurs(
  results: readonly Result[],
  play: string,
  { of, wanted, what, tolerance }: Count,
): readonly Target[] {
  const counts = results.flatMap((result) =>
    result.play === play && result.counted !== undefined ? [of(result.counted)] : [],
  )
  if (counts.length === 0) return []
  return [
    {
      claim: `${play}: ${round(wanted)} ${what} a tick at each door`,
      measured: counts.map(round).join(', '),
      met: counts.every((count) => Math.abs(count - wanted) <= wanted * tolerance),
    },
  ]
}

function ours(results: readonly Result[], play: string): Result | undefined {
  return results.find((result) => result.contender === OURS && result.play === play)
}

function fixed(number: number): string {
  return number.toFixed(2)
}

function round(number: number): string {
  return String(Number(number.toFixed(3)))
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}
