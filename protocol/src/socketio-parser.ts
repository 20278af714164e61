import { Emitter } from '@socket.io/component-emitter'
import { decodeMsgpack, encodeMsgpack } from './codec.ts'
import { ProtocolError } from './errors.ts'

/** The Socket.IO protocol this parser speaks. */
export const protocol = 5

export const PacketType = { CONNECT: 0, DISCONNECT: 1, EVENT: 2, ACK: 3, CONNECT_ERROR: 4 } as const

export type Packet = {
  readonly type: (typeof PacketType)[keyof typeof PacketType]
  readonly nsp: string
  readonly data?: unknown
  /** Asks for, or answers, an acknowledgement. */
  readonly id?: number
}

/**
 * Packs one Socket.IO packet into one msgpack frame. With `Decoder` it is a `parser` for socket.io and socket.io-client, on the wire the same
 * as the official `socket.io-msgpack-parser` 3, so that stock clients of any language can be the peer.
 */
export class Encoder {
  encode(packet: Packet): Uint8Array[] {
    const { type, nsp, data, id } = packet
    return [encodeMsgpack({ type, nsp, data, id })]
  }
}

/**
 * Emits `decoded` with each packet. Throws ProtocolError 400 on anything that is not one; socket.io then closes that one connection.
 * Takes what any transport hands over, a view or an ArrayBuffer.
 */
export class Decoder extends Emitter<
  Record<never, never>,
  Record<never, never>,
  { decoded: (packet: Packet) => void }
> {
  add(chunk: unknown): void {
    if (!(chunk instanceof Uint8Array || chunk instanceof ArrayBuffer)) throw refused('it is not binary')
    this.emitReserved('decoded', readPacket(decodeMsgpack(chunk)))
  }

  /** A packet is one frame: nothing is kept between two. */
  destroy(): void {}
}

/** socket.io uses these names for its own events, so a peer may not send them. */
const RESERVED_EVENTS: readonly unknown[] = [
  'connect',
  'connect_error',
  'disconnect',
  'disconnecting',
  'newListener',
  'removeListener',
]

function readPacket(value: unknown): Packet {
  if (!isRecord(value)) throw refused('it is not a map')
  const { type, nsp, data, id } = value
  if (!isPacketType(type)) throw refused('type must be an integer from 0 to 4')
  if (typeof nsp !== 'string') throw refused('nsp must be a string')
  if (!isPayload(type, data)) throw refused(`the payload does not fit a packet of type ${type}`)
  if (id !== undefined && !(Number.isSafeInteger(id) && (id as number) >= 0)) throw refused('id must be a whole number')
  // Stock clients put their own options beside these.
  return { type, nsp, ...(data !== undefined && { data }), ...(id !== undefined && { id: id as number }) }
}

function isPacketType(type: unknown): type is Packet['type'] {
  return type === 0 || type === 1 || type === 2 || type === 3 || type === 4
}

function isPayload(type: Packet['type'], payload: unknown): boolean {
  switch (type) {
    case PacketType.CONNECT:
      return payload === undefined || isRecord(payload)
    case PacketType.DISCONNECT:
      return payload === undefined
    case PacketType.EVENT:
      return (
        Array.isArray(payload) &&
        (typeof payload[0] === 'string' ? !RESERVED_EVENTS.includes(payload[0]) : typeof payload[0] === 'number')
      )
    case PacketType.ACK:
      return Array.isArray(payload)
    case PacketType.CONNECT_ERROR:
      return typeof payload === 'string' || isRecord(payload)
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

function refused(why: string): ProtocolError {
  return new ProtocolError('bad-request', `not a Socket.IO packet: ${why}`)
}
