/** WebSocket opcodes of RFC 6455, section 5.2. */
const TEXT = 0x1
const BINARY = 0x2
const FIN = 0x80

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
