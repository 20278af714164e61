import type { Report, Target } from '../bench.ts'
import { type Contender, DOORS, NATS, NCHAN, SOCKETIO_JSON, SOCKETIO_MSGPACK, WS_SEND } from '../fanout/contenders.ts'
import { startLoad } from '../fanout/load.ts'
import { FLAGS } from '../fanout/workloads.ts'
import { median } from '../measure.ts'
import { residentBytes } from '../processes.ts'

type Options = {
  readonly connections: number
  readonly times: number
  readonly conditions: readonly string[]
  readonly log: (line: string) => void
}

const [SOCKETIO_MSGPACK_DOOR, SOCKETIO_JSON_DOOR, WEBSOCKET_DOOR] = DOORS as readonly [Contender, Contender, Contender]
const CONTENDERS = [
  SOCKETIO_MSGPACK_DOOR,
  SOCKETIO_JSON_DOOR,
  WEBSOCKET_DOOR,
  SOCKETIO_JSON,
  SOCKETIO_MSGPACK,
  WS_SEND,
  NCHAN,
  NATS,
]

/** There before it counts: what a server needs once, whoever comes. */
const BEFORE = 500
const SETTLE_MS = 1500

type Line = {
  readonly name: string
  /** Of the first so many connections: with what a server's memory grows by once, such as V8's young generation. */
  readonly first: number
  /** Of as many more. */
  readonly further: number
  readonly held: number | undefined
  readonly all: readonly number[]
}

/** Bytes of a connection that has shaken hands, subscribed to nothing, and waits. */
export async function idleReport({ connections, times, conditions, log }: Options): Promise<Report> {
  const there = CONTENDERS.filter((contender) => contender.missing?.() === undefined)
  const notes = CONTENDERS.flatMap((contender) => contender.missing?.() ?? []).map(
    (reason) => `not measured: ${reason}`,
  )
  const found = new Map<Contender, Reading[]>(there.map((contender) => [contender, []]))
  for (let time = 1; time <= times; time++) {
    for (const [contender, readings] of found) {
      log(`${contender.name}: ${connections} idle, ${time} of ${times}`)
      readings.push(await fill(contender, connections))
    }
  }
  const lines = [...found].map(([{ name }, readings]): Line => {
    const all = readings.map(({ further }) => further)
    const held = readings.flatMap((reading) => reading.held ?? [])
    const first = median(readings.map((reading) => reading.first))
    return { name, first, further: median(all), held: held.length === 0 ? undefined : median(held), all }
  })
  return {
    title: `Memory of an idle connection, ${connections} and as many more`,
    conditions: [
      ...conditions,
      ...notes,
      `resident memory from ${BEFORE} connections to ${connections} more, and from there to ${connections} more, divided by ${connections}; after a collection and ${SETTLE_MS} ms; medians of ${times} fresh servers. The first ones pay for what a process grows by once: V8's young generation is 32 MB more as soon as there is something to do. What the kernel holds for a socket is in none of it`,
    ],
    columns: ['server', 'KB of the first', 'KB of a further one', 'least … most', 'to ours', 'held KB'],
    rows: lines.map(({ name, first, further, held, all }) => [
      name,
      kilobytes(first),
      kilobytes(further),
      `${kilobytes(Math.min(...all))} … ${kilobytes(Math.max(...all))}`,
      `${(further / lines[0]!.further).toFixed(2)} ×`,
      held === undefined ? '' : kilobytes(held),
    ]),
    targets: [...targets(lines, SOCKETIO_MSGPACK_DOOR.name, 12), ...targets(lines, WEBSOCKET_DOOR.name, 8.5)],
    measured: { connections, lines },
  }
}

type Reading = { readonly first: number; readonly further: number; readonly held: number | undefined }

async function fill({ start, dialect }: Contender, connections: number): Promise<Reading> {
  const server = await start({ sizes: [300], flags: FLAGS })
  const load = startLoad()
  const wish = { channels: { none: true }, rates: ['raw'], sampled: 0, confirm: 'pong' } as const
  const connect = async (clients: number) => {
    await load.connect({ dialect, port: server.port, ...wish, clients })
    await after(SETTLE_MS)
    const held = await server.collect()
    await after(SETTLE_MS)
    return { held, resident: residentBytes(server.pid) }
  }
  try {
    const before = await connect(BEFORE)
    const half = await connect(connections)
    const full = await connect(connections)
    return {
      first: (half.resident - before.resident) / connections,
      further: (full.resident - half.resident) / connections,
      held: full.held === undefined || half.held === undefined ? undefined : (full.held - half.held) / connections,
    }
  } finally {
    await Promise.all([server.end(), load.end()])
  }
}

function targets(lines: readonly Line[], name: string, limit: number): readonly Target[] {
  const line = lines.find((each) => each.name === name)
  const target = (which: string, bytes: number | undefined) => ({
    claim: `${name}: at most ${limit} KB resident, ${which}`,
    measured: bytes === undefined ? 'not measured' : `${kilobytes(bytes)} KB`,
    met: bytes !== undefined && bytes <= limit * 1024,
  })
  return [target('each of the first', line?.first), target('each further one', line?.further)]
}

function kilobytes(bytes: number): string {
  return (bytes / 1024).toFixed(1)
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
