import { type Bench, BenchError, type Report, type Target, wholeNumbers } from './bench.ts'
import { type Contender, DOORS } from './fanout/contenders.ts'
import { startLoad } from './fanout/load.ts'
import { FLAGS } from './fanout/workloads.ts'
import { cpuMicros, requireMachine } from './processes.ts'

const VIEWS = 10
const BYTES = 300
const PLAY = { perSecond: 20, from: 0, to: VIEWS, bytes: BYTES }
const PLAYED_MS = 500
const SETTLE_MS = 1000
const LOOK_EVERY_MS = 50
const PATIENCE_MS = 60_000

/** Everyone comes back at once, saying where they were. */
export const stormBench: Bench = {
  name: 'storm',
  summary: 'everyone is cut and comes back at once with `since`: encodes of each view, and the time until all are live',
  flags: { returning: { placeholder: '<n>', fallback: '5000', help: 'Clients that come back.' } },
  async run(log, values) {
    const [clients] = wholeNumbers(values, 'returning') as [number]
    const conditions = requireMachine(clients)
    const doors = DOORS.filter(({ name }) => !name.endsWith('SSE'))
    const lines: Line[] = []
    for (const door of doors) {
      log(`${door.name}: ${clients} clients`)
      lines.push(...(await storm(door, clients)))
    }
    return [report(lines, clients, conditions)]
  },
}

type Line = {
  readonly door: string
  readonly moved: boolean
  readonly encodesPerView: number
  readonly messages: number
  readonly wanted: number
  readonly seconds: number
  readonly serverSeconds: number
  readonly wrong: number
}

/** Twice: once the books have not moved meanwhile, once each has. */
async function storm({ name, start, dialect }: Contender, clients: number): Promise<readonly Line[]> {
  const server = await start({ sizes: Array.from({ length: VIEWS }, () => BYTES), flags: FLAGS })
  const load = startLoad()
  try {
    const wish = { dialect, port: server.port, channels: { all: VIEWS }, rates: ['raw'], confirm: 'pong' } as const
    await load.connect({ ...wish, clients, sampled: 4 })
    server.play(PLAY)
    await after(PLAYED_MS)
    server.still()
    // The last update is on its way: who stands before it would be led on, and that is not this question.
    await after(SETTLE_MS)
    const { position } = await load.report()
    if (position === undefined) throw new BenchError('BENCH_VOID', `${name}: no client knows where it stands`)
    const lines: Line[] = []
    /** What everyone is told besides, such as each instrument's status. */
    let besides = 0
    for (const moved of [false, true]) {
      await load.cut()
      if (moved) server.once(PLAY)
      await after(SETTLE_MS)
      const encodes = (await server.stats())!.encodes
      await load.reset()
      const cpu = cpuMicros(server.pid)
      const begun = performance.now()
      await load.connect({ ...wish, clients, sampled: 4, since: position })
      const wanted = moved ? clients * VIEWS : 0
      const seconds = await arrival(() => load.report(), besides + wanted, begun)
      const serverSeconds = (cpuMicros(server.pid) - cpu) / 1e6
      await after(SETTLE_MS)
      const { messages, wrong } = await load.report()
      const encodesPerView = ((await server.stats())!.encodes - encodes) / VIEWS
      lines.push({
        door: name,
        moved,
        encodesPerView,
        messages: messages - besides,
        wanted,
        seconds,
        serverSeconds,
        wrong,
      })
      if (!moved) besides = messages
    }
    return lines
  } finally {
    await Promise.all([server.end(), load.end()])
  }
}

/** Seconds until so many messages are there. */
async function arrival(
  report: () => Promise<{ readonly messages: number }>,
  wanted: number,
  begun: number,
): Promise<number> {
  while ((await report()).messages < wanted && performance.now() - begun < PATIENCE_MS) await after(LOOK_EVERY_MS)
  return (performance.now() - begun) / 1000
}

function report(lines: readonly Line[], clients: number, conditions: readonly string[]): Report {
  return {
    title: `A reconnect storm: ${clients} clients, ${VIEWS} views each`,
    conditions: [
      ...conditions,
      `all cut at once, all back at once with the place of each view (since); live: everyone has its answer, and where the books moved meanwhile, a message of every view. The load client shakes 100 hands at a time`,
    ],
    columns: ['door', 'books', 'encodes/view', 'view messages', 'all live s', 'server CPU s', 'µs/client', 'wrong'],
    rows: lines.map((line) => [
      line.door,
      line.moved ? 'moved' : 'as they were',
      line.encodesPerView.toFixed(2),
      line.moved ? String(line.messages) : '',
      line.seconds.toFixed(2),
      line.serverSeconds.toFixed(2),
      ((line.serverSeconds / clients) * 1e6).toFixed(0),
      String(line.wrong),
    ]),
    targets: lines.flatMap((line) => targetsOf(line)),
    measured: { clients, lines },
  }
}

function targetsOf({ door, moved, encodesPerView, messages, wanted, wrong }: Line): readonly Target[] {
  const most = moved ? 1 : 0
  return [
    {
      claim: `${door}, ${moved ? 'books moved' : 'books as they were'}: ${most} encode${most === 1 ? '' : 's'} a view, everyone live, no wrong book`,
      measured: `${encodesPerView.toFixed(2)} encodes, ${moved ? `${messages} of ${wanted} messages of views` : 'nothing to say'}, ${wrong} wrong`,
      // A heartbeat may be among them.
      met: encodesPerView <= most && (!moved || messages >= wanted) && wrong === 0,
    },
  ]
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
