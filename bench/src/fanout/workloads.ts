import type { Cell } from './cell.ts'
import {
  type Contender,
  DOORS,
  MOSQUITTO,
  NATS,
  NCHAN,
  SOCKETIO_BUFFER,
  SOCKETIO_JSON,
  SOCKETIO_MSGPACK,
  WS_BATCH,
  WS_PREPARED,
  WS_SEND,
} from './contenders.ts'

export type WorkloadName = 'one' | 'symbols' | 'views' | 'mixed' | 'slow'

export type Workload = {
  readonly title: string
  readonly contenders: readonly Contender[]
  /** Clients that look into what they get; more where the latency is what is asked for. */
  readonly sampled?: number
  cell(clients: number): Cell
}

/**
 * About half of what a core can do: a server that is busy, as one is where its cost matters, and not full, so that nothing is put together that
 * would not be and the clients keep up. A third of it costs everyone more for each update: between two ticks the caches belong to others.
 */
const DELIVERIES_PER_SECOND = 60_000
const SMALL = 300
const LARGE = 3000
const SYMBOLS = 40
const VIEWS = 20
/** Heartbeats are no updates. All clients come from one address. What an update costs is asked, so none may be merged away under the load. */
export const FLAGS = [
  '--heartbeat',
  '60000',
  '--max-connections',
  '20000',
  '--max-connections-per-address',
  '20000',
  '--target-delay',
  '0',
  '--target-bytes',
  '0',
]

const [SOCKETIO_MSGPACK_DOOR, , WEBSOCKET_MSGPACK_DOOR] = DOORS as readonly [Contender, Contender, Contender]
const EVERYONE = [
  ...DOORS,
  WS_PREPARED,
  WS_SEND,
  SOCKETIO_JSON,
  SOCKETIO_MSGPACK,
  SOCKETIO_BUFFER,
  NCHAN,
  NATS,
  MOSQUITTO,
]

export const WORKLOADS: Readonly<Record<WorkloadName, Workload>> = {
  one: {
    title: 'one view, all clients',
    contenders: EVERYONE,
    cell: (clients) => ({
      clients,
      channels: { all: 2 },
      rates: ['raw'],
      sizes: [SMALL, LARGE],
      updatesPerTick: 1,
      flags: FLAGS,
      plays: [
        { name: '300 B', perSecond: pace(clients), from: 0, to: 1, bytes: SMALL },
        { name: '3 KB', perSecond: pace(clients), from: 1, to: 2, bytes: LARGE },
      ],
    }),
  },
  symbols: {
    title: `${SYMBOLS} symbols, each client one of them`,
    contenders: EVERYONE,
    cell: (clients) => ({
      clients,
      channels: { spread: SYMBOLS },
      rates: ['raw'],
      sizes: Array.from({ length: SYMBOLS }, () => SMALL),
      updatesPerTick: 1,
      flags: FLAGS,
      plays: [{ name: '300 B', perSecond: pace(clients), from: 0, to: SYMBOLS, bytes: SMALL }],
    }),
  },
  views: {
    title: `${VIEWS} views a client, all due in one tick`,
    contenders: [...DOORS, WS_PREPARED, WS_BATCH, SOCKETIO_JSON, SOCKETIO_MSGPACK, NATS],
    cell: (clients) => {
      const rate = clients > 1000 ? 500 : 50
      return {
        clients,
        channels: { all: VIEWS },
        rates: [rate],
        sizes: Array.from({ length: VIEWS }, () => SMALL),
        updatesPerTick: VIEWS,
        flags: FLAGS,
        // A little slower than the pacer, so that no two ticks of the market ever become one of ours.
        plays: [{ name: '300 B', perSecond: 800 / rate, from: 0, to: VIEWS, bytes: SMALL }],
      }
    },
  },
  mixed: {
    title: 'one book at 1,000 updates a second, clients at 50, 100 and 500 ms',
    contenders: DOORS,
    cell: (clients) => ({
      clients,
      channels: { all: 1 },
      rates: [50, 100, 500],
      sizes: [SMALL],
      updatesPerTick: 1,
      flags: FLAGS,
      plays: [{ name: '300 B', perSecond: 1000, from: 0, to: 1, bytes: SMALL }],
    }),
  },
  slow: {
    title: '5 % of the clients stalled and 5 % at 64 kbit/s',
    contenders: [SOCKETIO_MSGPACK_DOOR, WEBSOCKET_MSGPACK_DOOR, SOCKETIO_MSGPACK].flatMap((contender) => [
      contender,
      { ...contender, name: `${contender.name}, with slow clients`, hasSlowClients: true },
    ]),
    sampled: 50,
    cell: (clients) => ({
      clients,
      channels: { all: 1 },
      rates: ['raw'],
      sizes: [LARGE],
      updatesPerTick: 1,
      flags: FLAGS,
      slow: { stalled: Math.floor(clients / 20), trickling: Math.floor(clients / 20) },
      plays: [{ name: '3 KB', perSecond: pace(clients), from: 0, to: 1, bytes: LARGE }],
    }),
  },
}

function pace(clients: number): number {
  return Math.max(1, DELIVERIES_PER_SECOND / clients)
}
