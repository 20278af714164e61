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
  parseHandshake,
  parseList,
  parseModify,
  parsePing,
  parseSubscribe,
  parseUnsubscribe,
  type ServerMessage,
} from '@depthcast/protocol'
import { decode as independentDecode } from '@msgpack/msgpack'
import official from 'socket.io-msgpack-parser'
import { Encoder as TextEncoder } from 'socket.io-parser'
import { expect, test } from 'vitest'
import { told } from './story.ts'

/** `message` as msgpack, as a Socket.IO packet of the msgpack door, and as one of the JSON door. Requests have `event` and the `id` of their ack. */
type Golden = {
  readonly name: string
  readonly from: 'client' | 'server'
  readonly packetType: Packet['type']
  readonly event?: string
  readonly id?: number
  readonly message: Record<string, unknown>
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
  expect(hex(encodeMsgpack(message))).toBe(msgpack)
  expect(decodeMsgpack(fromHex(msgpack))).toStrictEqual(message)
  expect(independentDecode(fromHex(msgpack))).toStrictEqual(message)
})

test.each(frames)('$name is the same packet to our parser and to the official one', (frame) => {
  const packet = packetOf(frame, frame.message)
  expect(hex(new Encoder().encode(packet)[0]!)).toBe(frame.packet)
  for (const decoder of [new Decoder(), new official.Decoder()]) {
    const got: Packet[] = []
    decoder.on('decoded', (decoded: Packet) => got.push(decoded))
    decoder.add(fromHex(frame.packet))
    expect(got).toEqual([packet])
  }
})

test.each(frames)('$name on the JSON door has decimal strings and is otherwise the same', (frame) => {
  const text = (story.get(frame.name)?.text ?? frame.message) as Record<string, unknown>
  expect(new TextEncoder().encode(packetOf(frame, text) as never)).toEqual([frame.json])
})

test.each([...story])('%s is what the channel says of the story', (name, { message }) => {
  expect(frames.find((frame) => frame.name === name)?.message).toEqual(message)
})

test.each(frames.filter(({ event, name }) => event !== undefined && name !== 'refused request'))(
  '$name is a request the server takes',
  ({ event, message }) => {
    const parsers = {
      subscribe: parseSubscribe,
      modify: parseModify,
      unsubscribe: parseUnsubscribe,
      list: parseList,
      ping: parsePing,
    }
    expect(parsers[event as keyof typeof parsers](message)).toStrictEqual(message)
  },
)

test('the handshake is one the server takes', () => {
  const { message } = frames.find(({ name }) => name === 'connect')!
  expect(parseHandshake(message)).toStrictEqual(message)
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
const REQUESTS = ['subscribe', 'modify', 'unsubscribe', 'list', 'ping']

test('there is a golden frame of every message, each way', () => {
  const types = new Set(
    frames.map(({ message, packetType, from }) =>
      from === 'server' && packetType === PacketType.EVENT ? message.type : undefined,
    ),
  )
  expect([...types].filter(Boolean).toSorted()).toEqual(Object.keys(SERVER_TYPES).toSorted())
  for (const request of REQUESTS) expect(frames.filter(({ event }) => event === request)).not.toEqual([])
})

test.each(frames)('docs/protocol.md shows $name as it is', ({ message, packet, json }) => {
  expect(page).toContain(`\n${JSON.stringify(message)}\n`)
  expect(page).toContain(packet)
  expect(page).toContain(json)
})

test('docs/protocol.md has a section for every message, and names every channel, state and reason', () => {
  for (const name of [...Object.keys(SERVER_TYPES), ...REQUESTS])
    expect(page).toMatch(new RegExp(`^### .*\`${name}\``, 'm'))
  for (const name of [...CHANNEL_NAMES, ...INSTRUMENT_STATES, ...GAP_REASONS]) expect(page).toContain(`\`${name}\``)
})

test('the worked checksum of docs/protocol.md is the one in the update', () => {
  const { checksum } = frames.find(({ name }) => name === 'book update')!.message
  const [, digits, result] = /CRC-32\("(\d+)"\) = (\d+)/.exec(page) ?? []
  expect(crc32(digits!)).toBe(Number(result))
  expect(Number(result)).toBe(checksum)
})

function packetOf({ packetType, event, id }: Golden, message: Record<string, unknown>): Packet {
  const ends = id === undefined ? {} : { id }
  if (packetType === PacketType.ACK) return { type: packetType, nsp: '/', data: [message], ...ends }
  if (packetType !== PacketType.EVENT) return { type: packetType, nsp: '/', data: message }
  if (event !== undefined) return { type: packetType, nsp: '/', data: [event, message], ...ends }
  const { type, ...body } = message
  return { type: packetType, nsp: '/', data: [type, body] }
}
