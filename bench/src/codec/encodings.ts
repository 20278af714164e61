import { decodeMsgpack, encodeMsgpack, levelsToText, PacketType, packMessage, unpackBody } from '@depthcast/protocol'
import { decode, encode } from '@msgpack/msgpack'
import { Packr } from 'msgpackr'
import type { BookMessage, Sample } from './messages.ts'

/** A way to say a book message. `of` makes what is encoded from the message, and is not counted. */
export type Encoding = {
  readonly name: string
  of(sample: Sample): unknown
  encode(value: never): Uint8Array | string
  decode(bytes: never): unknown
}

const packr = new Packr({ useRecords: false, variableMapSize: true, int64AsType: 'number' })

/** What the others are measured against: field names, prices and quantities as decimal strings. */
export const JSON_TEXT: Encoding = {
  name: 'JSON, decimal strings',
  of: asText,
  encode: JSON.stringify,
  decode: JSON.parse,
}

export const ENCODINGS: readonly Encoding[] = [
  JSON_TEXT,
  { name: 'JSON, numbers', of: asFloats, encode: JSON.stringify, decode: JSON.parse },
  { name: 'msgpackr, decimal strings', of: asText, encode: pack, decode: unpack },
  { name: 'msgpackr, floats', of: asFloats, encode: pack, decode: unpack },
  { name: 'msgpackr, flat integers', of: asIntegers, encode: pack, decode: unpack },
  { name: '@msgpack/msgpack, flat integers', of: asIntegers, encode, decode: decode as (bytes: never) => unknown },
  {
    name: 'Depthcast msgpack',
    of: ({ message }) => message,
    encode: (message: BookMessage) => encodeMsgpack([message.type, packMessage(message)]),
    decode(bytes: Uint8Array) {
      const [type, body] = decodeMsgpack(bytes) as [string, unknown]
      return unpackBody(type, body)
    },
  } as Encoding,
]

/** The frame each door makes of a message, everything that TCP carries for it. */
export const FRAMES: readonly { readonly name: string; bytes(sample: Sample): number }[] = [
  {
    name: 'Socket.IO msgpack',
    bytes: ({ message }) =>
      framed(encodeMsgpack({ type: PacketType.EVENT, nsp: '/', data: [message.type, packMessage(message)] }).length),
  },
  {
    name: 'WebSocket msgpack',
    bytes: ({ message }) => framed(encodeMsgpack([message.type, packMessage(message)]).length),
  },
  { name: 'Socket.IO JSON', bytes: (sample) => framed(`42${named(sample)}`.length) },
  { name: 'WebSocket JSON', bytes: (sample) => framed(named(sample).length) },
  {
    name: 'SSE, without ids',
    bytes: (sample) => `event: ${sample.message.type}\ndata: ${JSON.stringify(body(asText(sample)))}\n\n`.length,
  },
]

function named(sample: Sample): string {
  return JSON.stringify([sample.message.type, body(asText(sample))])
}

function body({ type: _type, ...rest }: { readonly type: string }): object {
  return rest
}

/** RFC 6455, section 5.2. */
function framed(length: number): number {
  return length + (length < 126 ? 2 : length < 65_536 ? 4 : 10)
}

function asText({ message, instrument }: Sample): BookMessage {
  return { ...message, bids: levelsToText(message.bids, instrument), asks: levelsToText(message.asks, instrument) }
}

function asFloats(sample: Sample): object {
  const { bids, asks, ...rest } = asText(sample)
  const numbers = (levels: BookMessage['bids']) =>
    (levels as readonly (readonly [string, string])[]).map((each) => each.map(Number))
  return { ...rest, bids: numbers(bids), asks: numbers(asks) }
}

function asIntegers({ message }: Sample): BookMessage {
  return message
}

function pack(value: unknown): Uint8Array {
  return packr.pack(value)
}

function unpack(bytes: never): unknown {
  return packr.unpack(bytes)
}
