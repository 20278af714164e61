import { BenchError } from '../bench.ts'
import type { HostStats, Play } from '../hosts/order.ts'
import type { Connect, Received } from '../load/order.ts'
import { median } from '../measure.ts'
import { cpuMicros } from '../processes.ts'
import type { Contender } from './contenders.ts'
import { type Load, startLoad } from './load.ts'
import type { Server } from './server.ts'

/** One situation that all contenders are put in, taking turns. */
export type Cell = {
  readonly clients: number
  readonly channels: Connect['channels']
  readonly rates: Connect['rates']
  readonly sizes: readonly number[]
  readonly plays: readonly NamedPlay[]
  /** Updates a client gets in one tick of a play. */
  readonly updatesPerTick: number
  readonly flags?: readonly string[]
  /** Of the clients of a contender that has them: how many read nothing, and how many 8 KB a second, while it is measured. */
  readonly slow?: { readonly stalled: number; readonly trickling: number }
}

type NamedPlay = Play & { readonly name: string }

export type Measuring = {
  readonly repeats: number
  readonly seconds: number
  readonly sampled: number
  readonly confirm: 'ack' | 'pong'
  /** Node's own flags for the servers written for it. */
  readonly nodeFlags: readonly string[]
  readonly log: (line: string) => void
}

/** One contender in one play: medians over the repeats. */
export type Result = {
  readonly contender: string
  readonly play: string
  readonly isOurs: boolean
  /** Server CPU for each update that reached a client, µs. */
  readonly microsPerUpdate: number
  /** The same in each round. */
  readonly costs: readonly number[]
  readonly updatesPerSecond: number
  readonly p50: number
  readonly p99: number
  /** Bytes on the wire for each update, TCP and below left out. */
  readonly bytesPerUpdate: number
  /** Share of its core that the server used, and of its own that the load used. */
  readonly serverLoad: number
  readonly clientLoad: number
  readonly checked: number
  readonly wrong: number
  readonly complaint: string | undefined
  readonly gaps: number
  /** What the gateway counted for each tick of the play. */
  readonly counted: PerTick | undefined
}

type PerTick = {
  readonly encodes: number
  readonly frames: number
  readonly writes: number
  readonly together: number
  readonly marks: number
}

/**
 * Until the compilers are done with what a server does once an update, however many get it: that is thousands of updates, where what it does once a
 * client is compiled after one. A gateway that has been up for a minute is the one whose cost matters.
 */
const COMPILED_SECONDS = 20
/**
 * A turn begins after a while in which only the others were served: this long it runs without being measured, until the caches, TCP's windows and
 * ours are those of a server that serves.
 */
const WARM_MS = 2000
/** What is still on its way when a turn ends has arrived by then, once it has been published. */
const SETTLE_MS = 400
const DISTURBED_MS = 100
const MOST_DISTURBED = 3

/** Connects every contender's clients, then lets them take turns: all of them idle but one. */
export async function runCell(cell: Cell, contenders: readonly Contender[], measuring: Measuring): Promise<Result[]> {
  const seats: Seat[] = []
  try {
    for (const contender of contenders) {
      measuring.log(`${contender.name}: connecting ${cell.clients}`)
      const seat = await take(contender, cell, measuring)
      if (seat !== undefined) seats.push(seat)
    }
    const turns = new Map<string, Turn[]>()
    // The first round is for the compilers and is not counted.
    for (let round = 0; round <= measuring.repeats; round++) {
      const seconds = round === 0 ? Math.max(COMPILED_SECONDS, measuring.seconds) : measuring.seconds
      measuring.log(round === 0 ? 'warming up' : `round ${round} of ${measuring.repeats}`)
      for (const play of cell.plays) {
        for (const seat of seats) {
          const turn = await undisturbed(() => measure(seat, play, cell, seconds), measuring)
          const key = `${seat.contender.name}\n${play.name}`
          if (round > 0) turns.set(key, [...(turns.get(key) ?? []), turn])
        }
      }
    }
    return cell.plays.flatMap((play) =>
      seats.map(({ contender }) => summary(contender, play.name, turns.get(`${contender.name}\n${play.name}`)!)),
    )
  } finally {
    for (const { server, load } of seats) await Promise.all([server.end(), load.end()])
  }
}

type Seat = { readonly contender: Contender; readonly server: Server; readonly load: Load }

/** Undefined, and a word in the log, where it does not start or a client is refused: the table then has no line for it. */
async function take(contender: Contender, cell: Cell, measuring: Measuring): Promise<Seat | undefined> {
  const { sizes, flags = [], clients, channels, rates } = cell
  const { sampled, confirm, nodeFlags, log } = measuring
  const opened: { end(): Promise<void> }[] = []
  try {
    const server = await contender.start({ sizes, flags: [...flags], nodeFlags })
    opened.push(server)
    const load = startLoad()
    opened.push(load)
    await load.connect({ dialect: contender.dialect, port: server.port, clients, channels, rates, sampled, confirm })
    return { contender, server, load }
  } catch (error) {
    for (const each of opened) await each.end()
    if (!(error instanceof BenchError)) throw error
    log(`${contender.name} is left out: ${error.message}`)
    return undefined
  }
}

type Turn = {
  /** By how much the end of the turn came too late. */
  readonly lateMs: number
  readonly micros: number
  readonly updates: number
  readonly wallSeconds: number
  readonly clientMicros: number
  readonly received: Received
  readonly counted: PerTick | undefined
}

async function measure({ contender, server, load }: Seat, play: NamedPlay, cell: Cell, seconds: number): Promise<Turn> {
  const before = await server.stats()
  if (contender.hasSlowClients && cell.slow !== undefined) await load.slow(cell.slow.stalled, cell.slow.trickling)
  server.play(play)
  await after(WARM_MS)
  await load.reset()
  const cpu = cpuMicros(server.pid)
  const clientCpu = cpuMicros(load.pid)
  const start = performance.now()
  await after(seconds * 1000)
  const lateMs = performance.now() - start - seconds * 1000
  const received = await load.report()
  const micros = cpuMicros(server.pid) - cpu
  const wallSeconds = (performance.now() - start) / 1000
  const clientMicros = cpuMicros(load.pid) - clientCpu
  server.still()
  await after(settleMs(cell))
  // A tick is published when its rate is due: only now has every one of them been.
  const stats = await server.stats()
  await load.wake()
  await after(SETTLE_MS)
  const tick = { updates: cell.updatesPerTick, bytes: play.bytes }
  const updates = contender.updates?.(received, tick) ?? received.messages
  if (updates === 0) throw new BenchError('BENCH_VOID', `${contender.name} delivered nothing in a turn of ${play.name}`)
  const counted = perTick(before, stats)
  return { lateMs, micros, updates, wallSeconds, clientMicros, received, counted }
}

function settleMs({ rates }: Cell): number {
  return SETTLE_MS + Math.max(...rates.map((rate) => (rate === 'raw' ? 0 : rate)))
}

/** Where others keep the machine busy, even the timer of a turn rings late, and clients that do not run look slow. Such a turn is done again. */
async function undisturbed(take: () => Promise<Turn>, { log }: Measuring): Promise<Turn> {
  for (let again = MOST_DISTURBED; ; again--) {
    const turn = await take()
    if (turn.lateMs < DISTURBED_MS || again === 0) return turn
    log(`a turn was ${turn.lateMs.toFixed(0)} ms late: something else runs on this machine`)
  }
}

function perTick(before: HostStats | undefined, now: HostStats | undefined): PerTick | undefined {
  if (before === undefined || now === undefined || now.frames === 0) return undefined
  const each = (name: keyof HostStats) => (now[name] - before[name]) / (now.ticks - before.ticks)
  return {
    encodes: each('encodes'),
    frames: each('frames'),
    writes: each('writes'),
    together: each('together'),
    marks: each('marks'),
  }
}

function summary({ name, isOurs }: Contender, play: string, turns: readonly Turn[]): Result {
  const costs = turns.map(({ micros, updates }) => micros / updates)
  const middle = (of: (turn: Turn) => number) => median(turns.map(of))
  const last = turns.at(-1)!.received
  return {
    contender: name,
    play,
    isOurs,
    microsPerUpdate: median(costs),
    costs,
    updatesPerSecond: middle(({ updates, wallSeconds }) => updates / wallSeconds),
    p50: middle(({ received }) => received.latency.p50 ?? Number.NaN),
    p99: middle(({ received }) => received.latency.p99 ?? Number.NaN),
    bytesPerUpdate: middle(({ received, updates }) => received.bytes / updates),
    serverLoad: middle(({ micros, wallSeconds }) => micros / 1e6 / wallSeconds),
    clientLoad: middle(({ clientMicros, wallSeconds }) => clientMicros / 1e6 / wallSeconds),
    checked: last.checked,
    wrong: last.wrong,
    complaint: last.complaint,
    gaps: turns.reduce((sum, { received }) => sum + received.gaps, 0),
    counted: turns.at(-1)!.counted,
  }
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
