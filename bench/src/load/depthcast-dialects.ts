import { decodeMsgpack, unpackBody } from '@depthcast/protocol'
import { symbolOf } from '../hosts/scripted-feed.ts'
import {
  type Dialect,
  type Heard,
  isBinary,
  isNotEnginePing,
  isText,
  type Packet,
  packet,
  request,
  text,
  until,
  upgrade,
  type Wish,
} from './dialect.ts'
import { BINARY, EventReader, FrameReader, TEXT } from './frames.ts'

/** The gateway's own doors. */
export const DEPTHCAST_DIALECTS = {
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
} as const satisfies Record<string, Dialect>

function subscribe({ channels, rate, since }: Wish): object {
  const symbols = channels.map(symbolOf)
  const view = { channel: 'book', symbols, depth: 'all', rateMs: rate }
  return since === undefined ? view : { ...view, since: symbols.map(() => since) }
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

function fieldOf(line: string): readonly [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')]
}
