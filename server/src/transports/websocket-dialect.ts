import { decodeMsgpack, encodeMsgpack, ProtocolError, type ServerMessage } from '@depthcast/protocol'
import type { Encoding, Frame } from '../transport.ts'
import { bodyOf } from './body.ts'
import { webSocketFrame } from './frame.ts'

/** One request of a client; `id` is there when it wants an answer. */
type Said = { readonly name: string; readonly payload: unknown; readonly id: number | undefined }

/** How one subprotocol of the raw WebSocket door spells its arrays. */
export type Dialect = {
  readonly subprotocol: string
  readonly encoding: Encoding
  /** `["reply", answer, id]`, for one client. */
  reply(answer: unknown, id: number): Frame
  /** Throws ProtocolError 400 for anything but `[name, payload?, id?]`. */
  read(bytes: Buffer, isBinary: boolean): Said
}

const DIALECTS: readonly Dialect[] = [
  dialect('depthcast.v1.msgpack', {
    name: 'websocket-msgpack',
    text: false,
    spell: encodeMsgpack,
    parse: decodeMsgpack,
  }),
  dialect('depthcast.v1.json', { name: 'websocket-json', text: true, spell: JSON.stringify, parse: parseJson }),
]

/** For people: what may be offered. */
export const SUBPROTOCOLS = DIALECTS.map(({ subprotocol }) => subprotocol).join(' or ')

/** The first that the client offers and this gateway speaks. */
export function dialectOf(offered: Iterable<string>): Dialect | undefined {
  for (const name of offered) {
    const known = DIALECTS.find(({ subprotocol }) => subprotocol === name)
    if (known !== undefined) return known
  }
  return undefined
}

type Spelling = {
  readonly name: string
  readonly text: boolean
  spell(value: unknown): string | Uint8Array
  parse(bytes: Buffer): unknown
}

function dialect(subprotocol: string, { name, text, spell, parse }: Spelling): Dialect {
  const frame = (value: unknown): Frame => webSocketFrame(spell(value))
  return {
    subprotocol,
    encoding: {
      name,
      text,
      encode: (message: ServerMessage) => frame([message.type, bodyOf(message, text)]),
    },
    reply: (answer, id) => frame(['reply', answer, id]),
    read(bytes, isBinary) {
      if (isBinary === text) throw bad(`${subprotocol} is spoken in ${text ? 'text' : 'binary'} messages`)
      return requestOf(parse(bytes))
    },
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch (cause) {
    throw new ProtocolError('bad-request', 'the message is not JSON', { cause })
  }
}

function requestOf(value: unknown): Said {
  if (!Array.isArray(value) || value.length < 1 || value.length > 3) throw bad('a request is [name, payload, id?]')
  const [name, payload, id] = value as readonly unknown[]
  if (typeof name !== 'string') throw bad('the name of a request must be a string')
  if (id !== undefined && id !== null && !(Number.isSafeInteger(id) && (id as number) >= 0))
    throw bad('the id of a request must be a whole number')
  return { name, payload: payload ?? undefined, id: (id ?? undefined) as number | undefined }
}

function bad(message: string): ProtocolError {
  return new ProtocolError('bad-request', message)
}
