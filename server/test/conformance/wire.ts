import { CHANNELS, type ChannelName, type ServerMessage, unpackBody, type WireError } from '@depthcast/protocol'
import { instrument } from '../fakes/feed.ts'

/** What a door can do; a case names what it needs. */
export type Need =
  /** The server says things by itself, from `welcome` on. */
  | 'stream'
  /** The client asks for things on the same connection, and is answered. */
  | 'requests'

/** What a client says when it comes. `subscribe` is for doors that hear nothing later. */
export type Coming = {
  readonly protocol?: number
  readonly token?: string
  readonly resume?: string
  readonly subscribe: readonly string[]
}

/** What a door's client hears. Messages have their fields under their names, and decimal strings, whatever the door carries. */
export type Ears = {
  message(message: ServerMessage): void
  /** The answer to a request, at its place among the messages. */
  answer(request: string, answer: unknown): void
  closed(code: number | undefined): void
}

/** One client's connection, from its side. */
export type Wire = {
  /** Sends a request without waiting: its answer comes to the ears. Doors without requests throw. */
  request(name: string, payload: unknown): void
  /** Sends a request that wants no answer. */
  tell(name: string, payload: unknown): void
  /** Sends a message as it is. */
  send(message: string | Uint8Array): void
  /** Reads on, or reads nothing until it does: what is sent meanwhile lies in the kernels between. Doors without requests throw. */
  reads(isReading: boolean): void
  /** The session's resume token as of everything heard so far. */
  token(): Promise<string>
  leave(): void
}

/** A door as its clients see it. */
export type DoorKit = {
  readonly name: string
  /** As metrics call what it says. */
  readonly encoding: string
  readonly can: readonly Need[]
  /** Something that cannot be read at this door; undefined where a client sends nothing after its request. */
  readonly malformed: string | Uint8Array | undefined
  /** Resolves once the client is in. Rejects with Refused. */
  connect(url: string, coming: Coming, ears: Ears): Promise<Wire>
}

/** The client was not let in. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly wire: WireError
  /** The close code, where the door has those. */
  readonly closeCode: number | undefined

  constructor(wire: WireError, closeCode?: number) {
    super(wire.message)
    this.wire = wire
    this.closeCode = closeCode
  }
}

const CHANNEL_OF: Readonly<Record<string, ChannelName>> = {
  snapshot: 'book',
  update: 'book',
  trades: 'trades',
  ticker: 'ticker',
  candle: 'candles',
}

/** All instruments of the tests have this grid. */
const GRID = instrument('ANY')

/** A message as a msgpack door carried it, as the JSON doors would have. */
export function asText(type: string, body: unknown): ServerMessage {
  const message = { type, ...(unpackBody(type, body) as object) }
  const name = CHANNEL_OF[type]
  return (name === undefined ? message : CHANNELS[name].toText(message as never, GRID)) as ServerMessage
}

export function named(type: string, body: unknown): ServerMessage {
  return { type, ...(body as object) } as ServerMessage
}
