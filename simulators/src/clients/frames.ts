/** WebSocket opcodes of RFC 6455, section 5.2. */
export const TEXT = 0x1
export const BINARY = 0x2
export const CLOSE = 0x8
export const PING = 0x9
const PONG = 0xa

/** Hears of messages. A reader copies the payload only of those that are wanted: the rest is skipped where it lies. */
export type FrameListener = {
  /** A message begins. True to have its payload. */
  begins(opcode: number, length: number): boolean
  /** The payload of a message that was wanted. */
  payload(opcode: number, payload: Buffer): void
}

/** Cuts what came from a socket into messages, wherever the cuts of the network lie. */
export type Reader = { read(chunk: Buffer): void }

const LONGEST_HEADER = 10

/** Reads the frames of a server: unmasked, each a whole message. */
export class FrameReader implements Reader {
  readonly #listener: FrameListener
  /** Bytes of a header that is not complete. */
  #partial: Buffer | undefined
  #opcode = 0
  /** Bytes of the present payload still to come. */
  #left = 0
  #wanted: Buffer | undefined

  constructor(listener: FrameListener) {
    this.#listener = listener
  }

  read(chunk: Buffer): void {
    let bytes = chunk
    if (this.#partial !== undefined) {
      bytes = Buffer.concat([this.#partial, chunk])
      this.#partial = undefined
    }
    let at = 0
    while (at < bytes.length) {
      if (this.#left > 0) {
        at += this.#take(bytes, at)
        continue
      }
      const header = headerOf(bytes, at)
      if (header === undefined) {
        this.#partial = Buffer.from(bytes.subarray(at, at + LONGEST_HEADER))
        return
      }
      at += header.size
      this.#begin(header)
    }
  }

  #begin({ opcode, length }: Header): void {
    this.#opcode = opcode
    this.#left = length
    this.#wanted = this.#listener.begins(opcode, length) ? Buffer.allocUnsafe(length) : undefined
    if (length === 0) this.#end()
  }

  #take(bytes: Buffer, at: number): number {
    const taken = Math.min(this.#left, bytes.length - at)
    if (this.#wanted !== undefined) bytes.copy(this.#wanted, this.#wanted.length - this.#left, at, at + taken)
    this.#left -= taken
    if (this.#left === 0) this.#end()
    return taken
  }

  #end(): void {
    const wanted = this.#wanted
    this.#wanted = undefined
    if (wanted !== undefined) this.#listener.payload(this.#opcode, wanted)
  }
}

type Header = { readonly size: number; readonly opcode: number; readonly length: number }

function headerOf(bytes: Buffer, at: number): Header | undefined {
  const have = bytes.length - at
  if (have < 2) return undefined
  const opcode = bytes[at]! & 0x0f
  const short = bytes[at + 1]! & 0x7f
  if (short < 126) return { size: 2, opcode, length: short }
  if (short === 126) return have < 4 ? undefined : { size: 4, opcode, length: bytes.readUInt16BE(at + 2) }
  return have < 10 ? undefined : { size: 10, opcode, length: bytes.readUIntBE(at + 4, 6) }
}

/** Reads Server-Sent Events as if they were text frames, one for each event that has data. WHATWG HTML, section 9.2. */
export class EventReader implements Reader {
  readonly #listener: FrameListener
  #held = ''

  constructor(listener: FrameListener) {
    this.#listener = listener
  }

  read(chunk: Buffer): void {
    this.#held += chunk.toString('latin1')
    for (;;) {
      const end = this.#held.indexOf('\n\n')
      if (end < 0) return
      const block = this.#held.slice(0, end)
      this.#held = this.#held.slice(end + 2)
      if (!/^data:/m.test(block)) continue
      if (this.#listener.begins(TEXT, block.length)) this.#listener.payload(TEXT, Buffer.from(block, 'latin1'))
    }
  }
}

/** A client's frame with a mask of zeros, which leaves the payload as it is. */
export function clientFrame(opcode: number, payload: string | Uint8Array): Buffer {
  const body = Buffer.from(payload as string)
  const { length } = body
  const header = Buffer.alloc(length < 126 ? 6 : 8)
  header[0] = 0x80 | opcode
  header[1] = 0x80 | Math.min(length, 126)
  if (length >= 126) header.writeUInt16BE(length, 2)
  return Buffer.concat([header, body])
}

export function pongFrame(payload: Buffer): Buffer {
  return clientFrame(PONG, payload)
}
