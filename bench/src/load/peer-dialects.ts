import { BINARY, binary, clientFrame, FrameReader, TEXT, text, upgrade } from '@depthcast/simulators/clients'
import { decode } from '@msgpack/msgpack'
import { type Dialect, isBinary, isNotEnginePing, type Packet, until } from './dialect.ts'
import { MqttReader } from './mqtt-reader.ts'

const HOST = '127.0.0.1'

/** Those of the servers others wrote. */
export const PEER_DIALECTS = {
  ws: {
    open: () => upgrade({ host: HOST, path: '/' }),
    *talk({ channels }) {
      yield text(JSON.stringify(channels))
      yield* until(({ payload }) => String(payload) === 'subscribed')
    },
    reader: (listener) => new FrameReader(listener),
    http: true,
    isData: isBinary,
  },
  'socketio-json': {
    open: () => upgrade({ host: HOST, path: '/socket.io/?EIO=4&transport=websocket' }),
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
    open: () => upgrade({ host: HOST, path: '/socket.io/?EIO=4&transport=websocket' }),
    *talk({ channels }) {
      yield* until((heard) => heard.opcode === TEXT)
      yield binary({ type: 0, nsp: '/' })
      yield* until(({ payload }) => (decode(payload) as Packet).type === 0)
      yield binary({ type: 2, nsp: '/', data: ['subscribe', channels], id: 1 })
      yield* until(({ payload }) => (decode(payload) as Packet).type === 3)
    },
    reader: (listener) => new FrameReader(listener),
    http: true,
    isData: isBinary,
  },
  nchan: {
    open: ({ channels }) =>
      upgrade({ host: HOST, path: `/sub/${(channels.length === 0 ? [0] : channels).map(nchanId).join(',')}` }),
    // Nchan says nothing when it has subscribed.
    *talk() {},
    reader: (listener) => new FrameReader(listener),
    http: true,
  },
  nats: {
    open: () => upgrade({ host: HOST, path: '/' }),
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
} as const satisfies Record<string, Dialect>

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
