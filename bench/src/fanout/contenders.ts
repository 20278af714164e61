import type { DoorName } from '../hosts/order.ts'
import type { DialectName } from '../load/dialects.ts'
import type { Received } from '../load/order.ts'
import { natsOverhead } from '../load/peer-dialects.ts'
import { missing, type PeerKind, startPeer } from './peers.ts'
import { type Server, startHost } from './server.ts'

/** A way to bring one update to many clients. */
export type Contender = {
  readonly name: string
  readonly isOurs: boolean
  /** Some of its clients are slow, where the cell has such. */
  readonly hasSlowClients?: boolean
  readonly dialect: DialectName
  /** Starts it; `sizes` are the bytes of an update's frame on each channel, `flags` are the gateway's, `nodeFlags` Node's. */
  start(options: StartOptions): Promise<Server>
  /** Why it cannot be measured here. */
  readonly missing?: () => string | undefined
  /** Updates in what the clients received, where they are not one a message; `updates` were in each tick for each client. */
  updates?(received: Received, tick: { readonly updates: number; readonly bytes: number }): number
}

type StartOptions = {
  readonly sizes: readonly number[]
  readonly flags?: readonly string[]
  readonly nodeFlags?: readonly string[]
}

/** The gateway's doors. */
export const DOORS: readonly Contender[] = [
  door('Depthcast Socket.IO msgpack', 'socketio-msgpack', 'depthcast-socketio-msgpack'),
  door('Depthcast Socket.IO JSON', 'socketio-json', 'depthcast-socketio-json'),
  door('Depthcast WebSocket msgpack', 'websocket-msgpack', 'depthcast-websocket-msgpack'),
  door('Depthcast WebSocket JSON', 'websocket-json', 'depthcast-websocket-json'),
  door('Depthcast SSE', 'sse', 'depthcast-sse'),
]

export const WS_PREPARED: Contender = {
  name: 'ws, one prepared frame',
  isOurs: false,
  dialect: 'ws',
  start: ({ nodeFlags }) => startHost({ kind: 'ws-prepared' }, nodeFlags),
}

export const WS_SEND: Contender = {
  name: 'ws, send to each',
  isOurs: false,
  dialect: 'ws',
  start: ({ nodeFlags }) => startHost({ kind: 'ws-send' }, nodeFlags),
}

export const WS_BATCH: Contender = {
  name: 'ws, a batch packed for each',
  isOurs: false,
  dialect: 'ws',
  start: ({ nodeFlags }) => startHost({ kind: 'ws-batch' }, nodeFlags),
  updates: ({ messages }, { updates }) => messages * updates,
}

export const SOCKETIO_JSON: Contender = {
  name: 'Socket.IO room, JSON',
  isOurs: false,
  dialect: 'socketio-json',
  start: ({ nodeFlags }) => startHost({ kind: 'socketio-json' }, nodeFlags),
}

export const SOCKETIO_BUFFER: Contender = {
  name: 'Socket.IO room, Buffer',
  isOurs: false,
  dialect: 'socketio-json',
  start: ({ nodeFlags }) => startHost({ kind: 'socketio-buffer' }, nodeFlags),
  // Two frames each: a placeholder, then the bytes.
  updates: ({ messages }) => messages / 2,
}

export const SOCKETIO_MSGPACK: Contender = {
  name: 'Socket.IO room, msgpack parser',
  isOurs: false,
  dialect: 'socketio-msgpack',
  start: ({ nodeFlags }) => startHost({ kind: 'socketio-msgpack' }, nodeFlags),
}

export const NCHAN: Contender = peer('Nchan (nginx, C)', 'nchan', 'nchan')
export const NATS: Contender = {
  ...peer('nats-server (Go) over WebSocket', 'nats', 'nats'),
  // Several may be in one frame; all are of one size.
  updates: ({ payloadBytes }, { bytes }) => Math.round(payloadBytes / (bytes + natsOverhead(bytes))),
}
/** Debian's build has no WebSocket in it. */
export const MOSQUITTO: Contender = peer('Mosquitto (C), MQTT over plain TCP', 'mosquitto', 'mqtt')

function door(name: string, door: DoorName, dialect: DialectName): Contender {
  return {
    name,
    isOurs: true,
    dialect,
    start: ({ sizes, flags = [], nodeFlags = [] }) => startHost({ kind: 'gateway', sizes, door, flags }, nodeFlags),
  }
}

function peer(name: string, kind: PeerKind, dialect: DialectName): Contender {
  return { name, isOurs: false, dialect, start: () => startPeer(kind), missing: () => missing(kind) }
}
