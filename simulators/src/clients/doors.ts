import { decodeMsgpack, encodeMsgpack, type Packet, PacketType, unpackBody, type WireError } from '@depthcast/protocol'
import { BINARY, clientFrame, EventReader, type FrameListener, FrameReader, type Reader, TEXT } from './frames.ts'

export type Heard = { readonly opcode: number; readonly payload: Buffer }

/** What a gateway says, whatever the envelope. */
export type Said =
  /** The line is open: the gateway waits for `hello`. */
  | { readonly kind: 'greeting' }
  | { readonly kind: 'message'; readonly type: string; readonly body: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'refused'; readonly error: WireError }

export type Opening = { readonly host: string; readonly path: string; readonly token?: string }

/** One of the gateway's doors, by hand: the bytes a client sends, and what those it gets mean. docs/protocol.md has each. */
export type Door = {
  readonly title: string
  /** Numbers of view messages: integers of ticks and lots, or decimal strings. */
  readonly numbers: 'integers' | 'text'
  /** The HTTP request that opens the line. A door without `subscribe` takes what is wanted in it, as aliases. */
  open(opening: Opening, aliases: readonly string[]): string
  reader(listener: FrameListener): Reader
  /** The client's first words; a door that has a greeting waits for it with them. */
  readonly hello?: { readonly waits: boolean; say(token?: string): Buffer }
  subscribe?(what: unknown, id: number): Buffer
  ack?(messages: number): Buffer
  /** Undefined for what is not for a program to know, such as pings. */
  hear(heard: Heard): Said | undefined
  /** Is a frame of so many bytes a message, once everything asked for is answered? */
  isMessage(opcode: number, length: number): boolean
}

export const DOORS = {
  socketio: {
    title: 'Socket.IO, msgpack',
    numbers: 'integers',
    open: (opening) => upgrade({ ...opening, path: `${opening.path}/socket.io/?EIO=4&transport=websocket` }),
    reader: (listener) => new FrameReader(listener),
    hello: { waits: true, say: (token) => binary({ type: PacketType.CONNECT, nsp: '/', data: auth(token) }) },
    subscribe: (what, id) => binary({ type: PacketType.EVENT, nsp: '/', data: ['subscribe', what], id }),
    ack: (n) => binary({ type: PacketType.EVENT, nsp: '/', data: ['ack', { n }] }),
    hear({ opcode, payload }) {
      if (opcode === TEXT) return payload[0] === OPEN ? { kind: 'greeting' } : undefined
      return packetSaid(decodeMsgpack(payload) as Packet)
    },
    isMessage: (opcode) => opcode === BINARY,
  },
  'socketio-json': {
    title: 'Socket.IO, JSON',
    numbers: 'text',
    open: (opening) => upgrade({ ...opening, path: `${opening.path}/socket.io-json/?EIO=4&transport=websocket` }),
    reader: (listener) => new FrameReader(listener),
    hello: { waits: true, say: (token) => text(`40${JSON.stringify(auth(token))}`) },
    subscribe: (what, id) => text(`42${id}${JSON.stringify(['subscribe', what])}`),
    ack: (n) => text(`42${JSON.stringify(['ack', { n }])}`),
    hear({ payload }) {
      const said = String(payload)
      if (payload[0] === OPEN) return { kind: 'greeting' }
      const [, type, id, data] = /^4(\d)(\d*)(.+)$/s.exec(said) ?? []
      if (type === undefined || data === undefined) return undefined
      return packetSaid({
        type: Number(type),
        nsp: '/',
        data: JSON.parse(data),
        ...(id && { id: Number(id) }),
      } as Packet)
    },
    isMessage: (_opcode, length) => length > 1,
  },
  websocket: {
    title: 'WebSocket, msgpack',
    numbers: 'integers',
    open: (opening) => upgrade({ ...opening, path: `${opening.path}/v1/stream` }, 'depthcast.v1.msgpack'),
    reader: (listener) => new FrameReader(listener),
    hello: { waits: false, say: (token) => binary(['hello', auth(token)]) },
    subscribe: (what, id) => binary(['subscribe', what, id]),
    ack: (n) => binary(['ack', { n }]),
    hear: ({ opcode, payload }) => (opcode === BINARY ? pairSaid(decodeMsgpack(payload)) : undefined),
    isMessage: (opcode) => opcode === BINARY,
  },
  'websocket-json': {
    title: 'WebSocket, JSON',
    numbers: 'text',
    open: (opening) => upgrade({ ...opening, path: `${opening.path}/v1/stream` }, 'depthcast.v1.json'),
    reader: (listener) => new FrameReader(listener),
    hello: { waits: false, say: (token) => text(JSON.stringify(['hello', auth(token)])) },
    subscribe: (what, id) => text(JSON.stringify(['subscribe', what, id])),
    ack: (n) => text(JSON.stringify(['ack', { n }])),
    hear: ({ opcode, payload }) => (opcode === TEXT ? pairSaid(JSON.parse(String(payload))) : undefined),
    isMessage: (opcode) => opcode === TEXT,
  },
  sse: {
    title: 'Server-Sent Events',
    numbers: 'text',
    open({ host, path, token }, aliases) {
      const query = aliases.map((alias) => `subscribe=${encodeURIComponent(alias)}`).join('&')
      const bearer = token === undefined ? [] : [`Authorization: Bearer ${token}`]
      return request(host, `${path}/v1/sse?${query}`, ['Accept: text/event-stream', ...bearer])
    },
    reader: (listener) => new EventReader(listener),
    hear({ payload }) {
      const fields = new Map(String(payload).split('\n').map(fieldOf))
      const type = fields.get('event')
      if (type === undefined) return undefined
      const body: unknown = JSON.parse(fields.get('data') ?? 'null')
      return type === 'subscribed' ? { kind: 'answer', id: 1, answer: body } : { kind: 'message', type, body }
    },
    isMessage: () => true,
  },
} as const satisfies Record<string, Door>

export type DoorName = keyof typeof DOORS
export const DOOR_NAMES = Object.keys(DOORS) as readonly DoorName[]

/** Engine.IO's first packet, and its ping and pong. */
const OPEN = 0x30
export const ENGINE_PING = 0x32
export const ENGINE_PONG = clientFrame(TEXT, '3')

export function upgrade({ host, path }: Opening, subprotocol?: string): string {
  return request(host, path, [
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    ...(subprotocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
  ])
}

function request(host: string, path: string, headers: readonly string[]): string {
  return [`GET ${path} HTTP/1.1`, `Host: ${host}`, ...headers, '', ''].join('\r\n')
}

export function binary(value: unknown): Buffer {
  return clientFrame(BINARY, encodeMsgpack(value))
}

export function text(value: string): Buffer {
  return clientFrame(TEXT, value)
}

function auth(token: string | undefined): object {
  return { protocol: 1, client: 'depthcast-sim', ...(token !== undefined && { token }) }
}

function packetSaid({ type, data, id }: Packet): Said | undefined {
  switch (type) {
    case PacketType.EVENT: {
      const [name, body] = data as readonly [string, unknown]
      return { kind: 'message', type: name, body: unpackBody(name, body) }
    }
    case PacketType.ACK:
      return { kind: 'answer', id: id ?? 0, answer: (data as readonly unknown[])[0] }
    case PacketType.CONNECT_ERROR:
      return { kind: 'refused', error: (data as { readonly data?: WireError }).data ?? (data as unknown as WireError) }
    default:
      return undefined
  }
}

function pairSaid(pair: unknown): Said {
  const [type, body, id] = pair as readonly [string, unknown, number?]
  if (type === 'reply') return { kind: 'answer', id: id ?? 0, answer: body }
  const { re } = (type === 'error' ? body : {}) as { readonly re?: string }
  if (re === 'hello') return { kind: 'refused', error: body as WireError }
  return { kind: 'message', type, body: unpackBody(type, body) }
}

function fieldOf(line: string): readonly [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')]
}
