import { readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { GAP_REASONS, INSTRUMENT_STATES } from '@depthcast/market'
import {
  CHANNEL_NAMES,
  Decoder,
  decodeMsgpack,
  Encoder,
  encodeMsgpack,
  type Packet,
  PacketType,
  packMessage,
  parseAck,
  parseHandshake,
  parseList,
  parseModify,
  parsePing,
  parseResume,
  parseSubscribe,
  parseUnsubscribe,
  readResume,
  type ServerMessage,
  unpackBody,
} from '@depthcast/protocol'
import { decode as independentDecode } from '@msgpack/msgpack'
import official from 'socket.io-msgpack-parser'
import { Encoder as TextEncoder } from 'socket.io-parser'
import { expect, test } from 'vitest'
import { told } from './story.ts'

/**
 * `message` as msgpack, as a Socket.IO packet of the msgpack door, and as one of the JSON door. Requests have `event` and the `id` of their ack,
 * messages of the server a `type`; their msgpack is that of the packed body.
 */
type Golden = {
  readonly name: string
  readonly from: 'client' | 'server'
  readonly packetType: Packet['type']
  readonly event?: string
  readonly id?: number
  readonly message: Readonly<Record<string, unknown>> | readonly unknown[]
  readonly msgpack: string
  readonly packet: string
  readonly json: string
}

const frames = JSON.parse(readFileSync(new URL('./frames.json', import.meta.url), 'utf8')) as Golden[]
const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8')
const story = told()

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const fromHex = (text: string) => Buffer.from(text, 'hex')

test.each(frames)('$name is the same in msgpack, in our codec and in another', ({ message, msgpack }) => {
  const packed = packedOf(message)
  expect(hex(encodeMsgpack(packed))).toBe(msgpack)
  expect(decodeMsgpack(fromHex(msgpack))).toEqual(encodable(packed))
  expect(independentDecode(fromHex(msgpack))).toEqual(encodable(packed))
})

test.each(frames.filter(({ message }) => Array.isArray(packedOf(message)) && !Array.isArray(message)))(
  '$name is read from its array as it was',
  ({ message, msgpack }) => {
    const { type, ...body } = message as { type: string; epoch?: number }
    const want = type === 'update' ? { ...body, epoch: body.epoch! % 128 } : body
    expect(unpackBody(type, decodeMsgpack(fromHex(msgpack)))).toEqual(want)
  },
)

test.each(frames)('$name is the same packet to our parser and to the official one', (frame) => {
  const packet = packetOf(frame, packedOf(frame.message))
  expect(hex(new Encoder().encode(packet)[0]!)).toBe(frame.packet)
  for (const decoder of [new Decoder(), new official.Decoder()]) {
    const got: Packet[] = []
    decoder.on('decoded', (decoded: Packet) => got.push(decoded))
    decoder.add(fromHex(frame.packet))
    expect(got).toEqual([encodable(packet)])
  }
})

test.each(frames)('$name on the JSON door has decimal strings and is otherwise the same', (frame) => {
  const text = story.get(frame.name)?.text ?? frame.message
  expect(new TextEncoder().encode(packetOf(frame, bodyOf(text)) as never)).toEqual([frame.json])
})

test.each([...story])('%s is what the channel says of the story', (name, { message }) => {
  expect(frames.find((frame) => frame.name === name)?.message).toEqual(message)
})

test.each(frames.filter(({ event, name }) => event !== undefined && name !== 'refused request'))(
  '$name is a request the server takes',
  ({ event, message }) => {
    const parsers = {
      // One map of fields is one part; aliases are as many as they are, the last of these a bad one.
      subscribe: (value: unknown) => {
        const parts = parseSubscribe(value)
        return Array.isArray(value) && parts.some((part) => !('error' in part)) ? value : parts[0]
      },
      modify: parseModify,
      unsubscribe: parseUnsubscribe,
      list: parseList,
      ping: parsePing,
      ack: parseAck,
      resume: parseResume,
    }
    expect(parsers[event as keyof typeof parsers](message)).toStrictEqual(message)
  },
)

test.each(['connect', 'connect to resume'])('the handshake to %s is one the server takes', (name) => {
  const { message } = frames.find((frame) => frame.name === name)!
  expect(parseHandshake(message)).toStrictEqual(message)
})

test('the resume token has the position of every view it names', () => {
  const { message } = frames.find(({ name }) => name === 'resume ack')!
  const { positions } = readResume((message as { resume: string }).resume)
  const places = ['book update', 'trades update'].map((name) => frames.find((frame) => frame.name === name)!.message)
  const want = places.map((place) => place as Record<string, number>).map(({ sub, epoch, seq }) => [sub, [epoch, seq]])
  expect([...positions]).toEqual(want)
})

/** The compiler says when a message is missing here. */
const SERVER_TYPES: Readonly<Record<ServerMessage['type'], true>> = {
  welcome: true,
  snapshot: true,
  update: true,
  trades: true,
  ticker: true,
  candle: true,
  status: true,
  gap: true,
  config: true,
  heartbeat: true,
  shutdown: true,
  error: true,
}
const REQUESTS = ['subscribe', 'modify', 'unsubscribe', 'list', 'ping', 'resume', 'ack']

test('there is a golden frame of every message, each way', () => {
  const types = new Set(
    frames.map(({ message, packetType, from }) =>
      from === 'server' && packetType === PacketType.EVENT ? (message as { type: string }).type : undefined,
    ),
  )
  expect([...types].filter(Boolean).toSorted()).toEqual(Object.keys(SERVER_TYPES).toSorted())
  for (const request of REQUESTS) expect(frames.filter(({ event }) => event === request)).not.toEqual([])
})

test.each(frames)('docs/protocol.md shows $name as it is', ({ message, packet, json }) => {
  const packed = packedOf(message)
  const lines = [JSON.stringify(message), ...(Array.isArray(packed) && packed !== message ? [spelled(packed)] : [])]
  expect(page).toContain(`\n${[...lines, packet, json].join('\n')}\n`)
})

test('docs/protocol.md shows the first words of a raw WebSocket', () => {
  const { message } = frames.find(({ name }) => name === 'connect')!
  expect(page).toContain(`\n${JSON.stringify(['hello', message, 0])}\n`)
  expect(page).toContain(`\n${JSON.stringify(['reply', {}, 0])}\n`)
})

test('docs/protocol.md has a section for every message, and names every channel, state and reason', () => {
  for (const name of [...Object.keys(SERVER_TYPES), ...REQUESTS])
    expect(page).toMatch(new RegExp(`^### .*\`${name}\``, 'm'))
  for (const name of [...CHANNEL_NAMES, ...INSTRUMENT_STATES, ...GAP_REASONS]) expect(page).toContain(`\`${name}\``)
})

test('the worked checksum of docs/protocol.md is the one in the update', () => {
  const { checksum } = frames.find(({ name }) => name === 'book update')!.message as { checksum: number }
  const [, digits, result] = /CRC-32\("(\d+)"\) = (\d+)/.exec(page) ?? []
  expect(crc32(digits!)).toBe(Number(result))
  expect(Number(result)).toBe(checksum)
})

test('the worked level of docs/protocol.md is the best bid of the snapshot', () => {
  const [, bytes, bits = ''] = /is `([0-9a-f]+)`, in bits `([01 ]+)`/.exec(page) ?? []
  const { message } = frames.find(({ name }) => name === 'book snapshot')!
  const { bids } = message as { bids: number[] }
  const packed = packedOf({ ...message, bids: bids.slice(0, 2) }) as readonly unknown[]
  expect(hex(packed[5] as Uint8Array)).toBe(bytes)
  expect(BigInt(`0b${bits.replaceAll(' ', '')}`)).toBe(BigInt(`0x${bytes}`))
})

/** What stands in the place of the message in a packet of the msgpack door. */
function packedOf(message: Golden['message']): unknown {
  return 'type' in message ? packMessage(message as unknown as ServerMessage) : message
}

/** The same on the JSON door, where names stay. */
function bodyOf(message: unknown): unknown {
  const { type: _, ...body } = message as { type?: string }
  return Array.isArray(message) ? message : body
}

/** What a decoder gives back of it: nil for what is absent in an array, bytes of its own. */
function encodable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value)
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : encodable(item)))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encodable(item)]))
}

/** An array as docs/protocol.md writes it: JSON, but for bytes, which are h'…'. */
function spelled(value: unknown): string {
  if (value instanceof Uint8Array) return `h'${hex(value)}'`
  if (Array.isArray(value)) return `[${value.map(spelled).join(',')}]`
  return JSON.stringify(value ?? null)
}

function packetOf({ packetType, event, id, message }: Golden, body: unknown): Packet {
  const ends = id === undefined ? {} : { id }
  if (packetType === PacketType.ACK) return { type: packetType, nsp: '/', data: [body], ...ends }
  if (packetType !== PacketType.EVENT) return { type: packetType, nsp: '/', data: body }
  const name = event ?? (message as { type: string }).type
  return { type: packetType, nsp: '/', data: [name, body], ...ends }
}
