import { decodeMsgpack, encodeMsgpack, unpackBody } from '@depthcast/protocol'
import { decode } from '@msgpack/msgpack'
import { symbolOf } from '../hosts/scripted-feed.ts'
import {
  BINARY,
  clientFrame,
  EventReader,
  type FrameListener,
  FrameReader,
  MqttReader,
  type Reader,
  TEXT,
} from './frames.ts'

export type DialectName =
  | 'depthcast-socketio-msgpack'
  | 'depthcast-socketio-json'
  | 'depthcast-websocket-msgpack'
  | 'depthcast-websocket-json'
  | 'depthcast-sse'
  | 'ws'
  | 'socketio-json'
  | 'socketio-msgpack'
  | 'nchan'
  | 'nats'
  | 'mqtt'

/** What one client wants. */
export type Wish = {
  readonly channels: readonly number[]
  readonly rate: number | 'raw'
  readonly since?: readonly [epoch: number, seq: number]
}

export type Heard = { readonly opcode: number; readonly payload: Buffer }
/** Says what the client says until it has what it wants; given each message that comes. */
type Talk = Generator<Buffer | undefined, void, Heard>

/** How one kind of server is spoken to, by hand. */
export type Dialect = {
  /** What the client opens its connection with, an HTTP request or the protocol's own. */
  open(wish: Wish): string | Buffer
  /** The client's part until it is subscribed; the first `next` comes when the connection is open. */
  talk(wish: Wish): Talk
  reader(listener: FrameListener): Reader
  /** Does the server begin with an HTTP response? */
  readonly http: boolean
  /** Type and body of one of our messages, answers and what is not a message left out. */
  read?(heard: Heard): readonly [type: string, body: unknown] | undefined
  /** Is a message of so many bytes one that carries data? Without it, all are. */
  isData?(opcode: number, length: number): boolean
  ack?(n: number): Buffer
}

export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  'depthcast-socketio-msgpack': {
    open: () => upgrade('/socket.io/?EIO=4&transport=websocket'),
    *talk(wish) {
      yield* until((heard) => heard.opcode === TEXT)
      yield packet({ type: 0, nsp: '/', data: { protocol: 1 } })
      yield* until(answers(this, 'welcome'))
      if (wish.channels.length === 0) return
      yield packet({ type: 2, nsp: '/', data: ['subscribe', subscribe(wish)], id: 1 })
      yield* until((heard) => {
        const { type, data } = decodeMsgpack(heard.payload) as Packet
        return type === 3 && granted(data[0])
      })
    },
    reader: (listener) => new FrameReader(listener),
    http: true,
    read({ opcode, payload }) {
      if (opcode !== BINARY) return undefined
      const { type, data } = decodeMsgpack(payload) as Packet
      return type === 2 ? [data[0] as string, unpackBody(data[0] as string, data[1])] : undefined
    },
    isData: isBinary,
    ack: (n) => packet({ type: 2, nsp: '/', data: ['ack', { n }] }),
  },
  'depthcast-socketio-json': {
    open: () => upgrade('/socket.io-json/?EIO=4&transport=websocket'),
    *talk(wish) {
      yield* until((heard) => heard.payload[0] === 0x30)
      yield text('40{"protocol":1}')
      yield* until(answers(this, 'welcome'))
      if (wish.channels.length === 0) return
      yield text(`421${JSON.stringify(['subscribe', subscribe(wish)])}`)
      yield* until(({ payload }) => {
        const said = String(payload)
        return said.startsWith('431') && granted((JSON.parse(said.slice(3)) as unknown[])[0])
      })
    },
    reader: (listener) => new FrameReader(listener),
    http: true,
    read({ payload }) {
      const said = String(payload)
      return said.startsWith('42[') ? (JSON.parse(said.slice(2)) as [string, unknown]) : undefined
    },
    isData: isNotEnginePing,
    ack: (n) => text(`42${JSON.stringify(['ack', { n }])}`),
  },
  'depthcast-websocket-msgpack': {
    open: () => upgrade('/v1/stream', 'depthcast.v1.msgpack'),
    *talk(wish) {
      yield packet(['hello', { protocol: 1 }])
      yield* until(answers(this, 'welcome'))
      if (wish.channels.length === 0) return
      yield packet(['subscribe', subscribe(wish), 1])
      yield* until(({ payload }) => isReply(decodeMsgpack(payload)))
    },
    reader: (listener) => new FrameReader(listener),
    http: true,
    read({ payload }) {
      const [type, body] = decodeMsgpack(payload) as [string, unknown]
      return type === 'reply' ? undefined : [type, unpackBody(type, body)]
    },
    isData: isBinary,
    ack: (n) => packet(['ack', { n }]),
  },
  'depthcast-websocket-json': {
    open: () => upgrade('/v1/stream', 'depthcast.v1.json'),
    *talk(wish) {
      yield text(JSON.stringify(['hello', { protocol: 1 }]))
      yield* until(answers(this, 'welcome'))
      if (wish.channels.length === 0) return
      yield text(JSON.stringify(['subscribe', subscribe(wish), 1]))
      yield* until(({ payload }) => isReply(JSON.parse(String(payload))))
    },
    reader: (listener) => new FrameReader(listener),
    http: true,
    read({ payload }) {
      const [type, body] = JSON.parse(String(payload)) as [string, unknown]
      return type === 'reply' ? undefined : [type, body]
    },
    isData: isText,
    ack: (n) => text(JSON.stringify(['ack', { n }])),
  },
  'depthcast-sse': {
    open: ({ channels, rate }) => {
      const pace = rate === 'raw' ? 'raw' : `${rate}ms`
      const aliases = channels.map((channel) => `subscribe=book.${symbolOf(channel)}.all.1.${pace}`)
      return request(`/v1/sse?${aliases.join('&')}`, ['Accept: text/event-stream'])
    },
    *talk() {
      yield* until(answers(this, 'snapshot'))
    },
    reader: (listener) => new EventReader(listener),
    http: true,
    read({ payload }) {
      const fields = Object.fromEntries(String(payload).split('\n').map(fieldOf))
      return fields.event === undefined ? undefined : [fields.event, JSON.parse(fields.data ?? 'null')]
    },
  },
  ws: {
    open: () => upgrade('/'),
    *talk({ channels }) {
      yield text(JSON.stringify(channels))
      yield* until(({ payload }) => String(payload) === 'subscribed')
    },
    reader: (listener) => new FrameReader(listener),
    http: true,
    isData: isBinary,
  },
  'socketio-json': {
    open: () => upgrade('/socket.io/?EIO=4&transport=websocket'),
    *talk({ channels }) {
      yield* until(({ payload }) => payload[0] === 0x30)
      yield text('40')
      yield* until(({ payload }) => String(payload).startsWith('40'))
      yield text(`421${JSON.stringify(['subscribe', channels])}`)
      yield* until(({ payload }) => String(payload).startsWith('431'))
    },
    reader: (listener) => new FrameReader(listener),
    http: true,
    isData: isNotEnginePing,
  },
  'socketio-msgpack': {
    open: () => upgrade('/socket.io/?EIO=4&transport=websocket'),
    *talk({ channels }) {
      yield* until((heard) => heard.opcode === TEXT)
      yield packet({ type: 0, nsp: '/' })
      yield* until(({ payload }) => (decode(payload) as Packet).type === 0)
      yield packet({ type: 2, nsp: '/', data: ['subscribe', channels], id: 1 })
      yield* until(({ payload }) => (decode(payload) as Packet).type === 3)
    },
    reader: (listener) => new FrameReader(listener),
    http: true,
    isData: isBinary,
  },
  nchan: {
    open: ({ channels }) => upgrade(`/sub/${(channels.length === 0 ? [0] : channels).map(nchanId).join(',')}`),
    // Nchan says nothing when it has subscribed.
    *talk() {},
    reader: (listener) => new FrameReader(listener),
    http: true,
  },
  nats: {
    open: () => upgrade('/'),
    *talk({ channels }) {
      yield* until(({ payload }) => payload.includes('INFO '))
      const subscriptions = channels.map((channel) => `SUB ${natsSubject(channel)} ${natsSid(channel)}\r\n`)
      yield clientFrame(BINARY, `CONNECT {"verbose":false,"pedantic":false}\r\n${subscriptions.join('')}PING\r\n`)
      yield* until(({ payload }) => payload.includes('PONG'))
    },
    reader: (listener) => new FrameReader(listener),
    http: true,
    isData: isBinary,
  },
  mqtt: {
    open: () => mqttPacket(0x10, [mqttText('MQTT'), Buffer.from([4, 2, 0, 0]), mqttText('')]),
    *talk({ channels }) {
      yield* until((heard) => heard.opcode >> 4 === 2)
      const topics = channels.map((channel) => Buffer.concat([mqttText(natsSubject(channel)), Buffer.from([0])]))
      yield mqttPacket(0x82, [Buffer.from([0, 1]), ...topics])
      yield* until((heard) => heard.opcode >> 4 === 9)
    },
    reader: (listener) => new MqttReader(listener),
    http: false,
    isData: (opcode) => opcode >> 4 === 3,
  },
}

type Packet = { readonly type: number; readonly data: readonly unknown[] }

export const nchanId = (channel: number) => `c${channel}`
export const natsSubject = (channel: number) => `c${String(channel).padStart(2, '0')}`
const natsSid = (channel: number) => 10 + channel
/** What a NATS message has besides its payload: subject and id are of one length for all channels. */
export const natsOverhead = (bytes: number) => `MSG c00 10 ${bytes}\r\n\r\n`.length

export function mqttPacket(first: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const size: number[] = []
  for (let rest = body.length; ; rest >>= 7) {
    size.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
    if (rest <= 0x7f) break
  }
  return Buffer.concat([Buffer.from([first, ...size]), body])
}

export function mqttText(value: string): Buffer {
  return Buffer.concat([Buffer.from([value.length >> 8, value.length & 0xff]), Buffer.from(value)])
}

function subscribe({ channels, rate, since }: Wish): object {
  const symbols = channels.map(symbolOf)
  const view = { channel: 'book', symbols, depth: 'all', rateMs: rate }
  return since === undefined ? view : { ...view, since: symbols.map(() => since) }
}

function* until(is: (heard: Heard) => boolean): Talk {
  while (!is(yield undefined)) {}
}

function answers(dialect: Dialect, wanted: string): (heard: Heard) => boolean {
  return (heard) => dialect.read?.(heard)?.[0] === wanted
}

/** Throws where any symbol was refused: a client without what it wants measures nothing. */
function granted(answer: unknown): boolean {
  const { results, error } = answer as { results?: readonly { error?: unknown }[]; error?: unknown }
  const refusal = error ?? results?.find((result) => result.error !== undefined)?.error
  if (refusal !== undefined) throw new Error(`subscribe refused: ${JSON.stringify(refusal)}`)
  return true
}

function isReply(message: unknown): boolean {
  const [type, answer] = message as [string, unknown]
  return type === 'reply' && granted(answer)
}

function isBinary(opcode: number): boolean {
  return opcode === BINARY
}

function isText(opcode: number): boolean {
  return opcode === TEXT
}

function isNotEnginePing(_opcode: number, length: number): boolean {
  return length > 1
}

function fieldOf(line: string): readonly [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')]
}

function packet(value: unknown): Buffer {
  return clientFrame(BINARY, encodeMsgpack(value))
}

function text(value: string): Buffer {
  return clientFrame(TEXT, value)
}

function upgrade(path: string, subprotocol?: string): string {
  return request(path, [
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    ...(subprotocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
  ])
}

function request(path: string, headers: readonly string[]): string {
  return [`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...headers, '', ''].join('\r\n')
}
