/** WebSocket opcodes of RFC 6455, section 5.2. */
const TEXT = 0x1
const BINARY = 0x2
const PING = 0x9
const FIN = 0x80
const NUMBER_BYTES = 6
/** More than are ever unanswered at once. */
const ECHO_MARKS = 24

/**
 * One whole, unmasked WebSocket message as the bytes that cross the wire: header and payload in one buffer, so that it is built once and
 * written to any number of sockets. A string leaves as a text message, bytes as a binary one.
 *
 * Only without permessage-deflate: a compressed frame belongs to one connection. Source: RFC 6455, section 5.2.
 */
export function webSocketFrame(payload: string | Uint8Array): Buffer {
  const text = typeof payload === 'string'
  const length = text ? Buffer.byteLength(payload) : payload.length
  const header = length < 126 ? 2 : length < 65536 ? 4 : 10
  const frame = Buffer.allocUnsafeSlow(header + length)
  frame[0] = FIN | (text ? TEXT : BINARY)
  if (header === 2) frame[1] = length
  else if (header === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeUInt16BE(0, 2)
    frame.writeUIntBE(length, 4, 6)
  }
  if (text) frame.write(payload, header)
  else frame.set(payload, header)
  return frame
}

/** A WebSocket ping that carries a whole number below 2^48. The other end sends the same bytes back once it has read everything before it. */
export function pingFrame(number: number): Buffer {
  const frame = Buffer.allocUnsafe(2 + NUMBER_BYTES)
  frame[0] = FIN | PING
  frame[1] = NUMBER_BYTES
  frame.writeUIntBE(number, 2, NUMBER_BYTES)
  return frame
}

/** Pings by their numbers, for a door's marks. */
export const MARKS: readonly Buffer[] = Array.from({ length: ECHO_MARKS }, (_, number) => pingFrame(number))

/** The number of the ping that this pong answers; undefined for a pong that answers none of ours, as anyone may send. */
export function numberOfPong(payload: Buffer): number | undefined {
  return payload.length === NUMBER_BYTES ? payload.readUIntBE(0, NUMBER_BYTES) : undefined
}
