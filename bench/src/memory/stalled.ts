import type { Report, Target } from '../bench.ts'
import { type Contender, DOORS, SOCKETIO_MSGPACK, WS_SEND } from '../fanout/contenders.ts'
import { type Load, startLoad } from '../fanout/load.ts'
import type { Server } from '../fanout/server.ts'
import { FLAGS } from '../fanout/workloads.ts'
import type { Woken } from '../load/order.ts'
import { residentBytes } from '../processes.ts'

type Options = {
  readonly seconds: number
  readonly conditions: readonly string[]
  readonly log: (line: string) => void
}

const VIEWS = 20
const BYTES = 3000
const PER_SECOND = 10
const EARLY_S = 10
/** Many, so that what each holds stands out of what the process does anyway; few of those that keep everything. */
const OURS_STALLED = 100
const THEIRS_STALLED = 10
const HEALTHY = 5
/** Looking into every message of all of them would keep the load client busy, and that would be measured. */
const SAMPLED = 10
const SETTLE_MS = 2000
const WAKING_MS = 3000

/** Bytes for each stalled client. */
type Memory = {
  readonly early: number
  readonly late: number
  readonly residentEarly: number
  readonly residentLate: number
}

type Line = Memory & {
  readonly name: string
  readonly isOurs: boolean
  /** False at the door that cannot hear what arrived: what the network takes for the client is not seen there. */
  readonly hasEcho: boolean
  readonly woken: readonly Woken[]
  readonly wrong: number
  readonly checked: number
  readonly lost: number
}

/** Clients with 20 views at full rate that stop reading: what each costs after ten seconds and after a minute, and what it gets when it wakes. */
export async function stalledReport({ seconds, conditions, log }: Options): Promise<Report> {
  const doors = DOORS.filter(({ name }) => !name.endsWith('WebSocket JSON'))
  const lines: Line[] = []
  // One after the other: where six share a core, the network still takes what each holds when it has long been full for one alone.
  for (const contender of [...doors, SOCKETIO_MSGPACK, WS_SEND]) {
    log(`${contender.name}: connecting`)
    const seat = await sit(contender)
    try {
      log(`${contender.name}: stalled for ${seconds} s`)
      lines.push(await wake(seat, await stall(seat, seconds)))
    } finally {
      await Promise.all([seat.server.end(), seat.load.end()])
    }
  }
  return report(lines, seconds, conditions)
}

type Seat = { readonly contender: Contender; readonly server: Server; readonly load: Load; readonly stalled: number }

async function sit(contender: Contender): Promise<Seat> {
  const server = await contender.start({ sizes: Array.from({ length: VIEWS }, () => BYTES), flags: FLAGS })
  const load = startLoad()
  const stalled = contender.isOurs ? OURS_STALLED : THEIRS_STALLED
  const clients = stalled + HEALTHY
  const { dialect } = contender
  const wish = { channels: { all: VIEWS }, rates: ['raw'], confirm: 'pong' } as const
  await load.connect({ dialect, port: server.port, clients, ...wish, sampled: SAMPLED })
  return { contender, server, load, stalled }
}

async function stall({ server, load, stalled }: Seat, seconds: number): Promise<Memory> {
  const held = async () => (await server.collect()) ?? 0
  const play = { perSecond: PER_SECOND, from: 0, to: VIEWS, bytes: BYTES }
  server.play(play)
  await after(SETTLE_MS)
  const [idle, residentIdle] = [await held(), residentBytes(server.pid)]
  await load.slow(stalled, 0)
  await after(EARLY_S * 1000)
  const [early, residentEarly] = [await held(), residentBytes(server.pid)]
  await after((seconds - EARLY_S) * 1000)
  const [late, residentLate] = [await held(), residentBytes(server.pid)]
  const each = (bytes: number) => Math.max(0, bytes) / stalled
  return {
    early: each(early - idle),
    late: each(late - idle),
    residentEarly: each(residentEarly - residentIdle),
    residentLate: each(residentLate - residentIdle),
  }
}

async function wake({ contender, load }: Seat, memory: Memory): Promise<Line> {
  await load.wake()
  await after(WAKING_MS)
  const { woken, wrong, checked, lost } = await load.report()
  const { name, isOurs, dialect } = contender
  return { name, isOurs, hasEcho: dialect !== 'depthcast-sse', ...memory, woken, wrong, checked, lost }
}

function report(lines: readonly Line[], seconds: number, conditions: readonly string[]): Report {
  const worst = (line: Line, of: (woken: Woken) => number) => Math.max(...line.woken.map(of))
  const ours = lines.filter(({ isOurs }) => isOurs)
  return {
    title: `A client stalled for ${seconds} s with ${VIEWS} views at full rate`,
    conditions: [
      ...conditions,
      `${VIEWS} views × ${PER_SECOND} updates a second of ${BYTES} bytes each, ${OURS_STALLED} clients stalled at each of our doors, ${THEIRS_STALLED} at each of theirs, ${HEALTHY} reading; bytes held on the heap and in buffers after a collection, above what was held before, for each stalled client`,
      `on waking: the oldest thing it reads is what the network held; the first thing sent after waking is the one after the longest pause in what it gets; worst of all stalled clients`,
    ],
    columns: [
      'server',
      `KB at ${EARLY_S} s`,
      `KB at ${seconds} s`,
      'resident KB at both',
      'oldest read s',
      'first sent ms old',
      'granted ms',
      'left out s',
      'cut',
    ],
    rows: lines.map((line) => [
      line.name,
      kilobytes(line.early),
      kilobytes(line.late),
      `${kilobytes(line.residentEarly)}, ${kilobytes(line.residentLate)}`,
      (worst(line, ({ oldestMs }) => oldestMs) / 1000).toFixed(1),
      worst(line, ({ firstSentMs }) => firstSentMs).toFixed(0),
      String(worst(line, ({ slowedToMs }) => slowedToMs) || 'raw'),
      (worst(line, ({ leftOutMs }) => leftOutMs) / 1000).toFixed(1),
      String(line.lost),
    ]),
    targets: ours.flatMap((line) => targetsOf(line, seconds)),
    measured: { lines },
  }
}

const MOST_BYTES = 64 * 1024
/** Two heaps are never equal to the byte. */
const SAME_BYTES = 8 * 1024

function targetsOf(line: Line, seconds: number): readonly Target[] {
  const { name, early, late, hasEcho, woken, wrong, checked } = line
  const interval = Math.max(1000 / PER_SECOND, ...woken.map(({ slowedToMs }) => slowedToMs))
  const oldest = Math.max(...woken.map(({ firstSentMs }) => firstSentMs))
  const current = {
    claim: `${name}: the first thing sent on waking is at most one interval old`,
    measured: `${oldest.toFixed(0)} ms at a granted ${interval} ms, ${woken.length} clients`,
    met: woken.length > 0 && oldest <= interval,
  }
  return [
    {
      claim: `${name}: at most 64 KB above idle`,
      measured: `${kilobytes(Math.max(early, late))} KB`,
      met: Math.max(early, late) <= MOST_BYTES,
    },
    {
      claim: `${name}: the same at ${EARLY_S} s and at ${seconds} s`,
      measured: `${kilobytes(early)} and ${kilobytes(late)} KB`,
      met: Math.abs(late - early) <= SAME_BYTES,
    },
    ...(hasEcho ? [current] : []),
    { claim: `${name}: no wrong book`, measured: `${wrong} of ${checked}`, met: wrong === 0 && checked > 0 },
  ]
}

function kilobytes(bytes: number): string {
  return (bytes / 1024).toFixed(1)
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
