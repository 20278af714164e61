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
  readonly resident: number
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
    const all = readings.map(({ resident }) => resident)
    const held = readings.flatMap((reading) => reading.held ?? [])
    return { name, resident: median(all), held: held.length === 0 ? undefined : median(held), all }
  })
  return {
    title: `Memory of an idle connection, ${connections} of them`,
    conditions: [
      ...conditions,
      ...notes,
      `growth from ${BEFORE} to ${connections + BEFORE} connections, divided by ${connections}; after a collection and ${SETTLE_MS} ms; medians of ${times} fresh servers. What the kernel holds for a socket is in none of it`,
    ],
    columns: ['server', 'resident KB', 'least … most', 'to ours', 'held KB'],
    rows: lines.map(({ name, resident, held, all }) => [
      name,
      kilobytes(resident),
      `${kilobytes(Math.min(...all))} … ${kilobytes(Math.max(...all))}`,
      `${(resident / lines[0]!.resident).toFixed(2)} ×`,
      held === undefined ? '' : kilobytes(held),
    ]),
    targets: [target(lines, SOCKETIO_MSGPACK_DOOR.name, 12), target(lines, WEBSOCKET_DOOR.name, 8.5)],
    measured: { connections, lines },
  }
}

type Reading = { readonly resident: number; readonly held: number | undefined }

async function fill({ start, dialect }: Contender, connections: number): Promise<Reading> {
  const server = await start({ sizes: [300], flags: FLAGS })
  const load = startLoad()
  try {
    const idle = {
      dialect,
      port: server.port,
      channels: { none: true },
      rates: ['raw'],
      sampled: 0,
      confirm: 'pong',
    } as const
    const read = async () => {
      await after(SETTLE_MS)
      const held = await server.collect()
      await after(SETTLE_MS)
      return { held, resident: residentBytes(server.pid) }
    }
    await load.connect({ ...idle, clients: BEFORE })
    const before = await read()
    await load.connect({ ...idle, clients: connections })
    const filled = await read()
    return {
      resident: (filled.resident - before.resident) / connections,
      held:
        filled.held === undefined || before.held === undefined ? undefined : (filled.held - before.held) / connections,
    }
  } finally {
    await Promise.all([server.end(), load.end()])
  }
}

function target(lines: readonly Line[], name: string, limit: number): Target {
  const line = lines.find((each) => each.name === name)
  return {
    claim: `${name}: at most ${limit} KB resident`,
    measured: line === undefined ? 'not measured' : `${kilobytes(line.resident)} KB`,
    met: line !== undefined && line.resident <= limit * 1024,
  }
}

function kilobytes(bytes: number): string {
  return (bytes / 1024).toFixed(1)
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
