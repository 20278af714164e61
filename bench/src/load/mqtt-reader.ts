import type { FrameListener, Reader } from '@depthcast/simulators/clients'

/** Reads MQTT packets as if they were frames: type and flags for the opcode, the rest for the payload. OASIS MQTT 3.1.1, section 2.2. */
export class MqttReader implements Reader {
  readonly #listener: FrameListener
  #held: Buffer = Buffer.alloc(0)

  constructor(listener: FrameListener) {
    this.#listener = listener
  }

  read(chunk: Buffer): void {
    let bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    for (;;) {
      const packet = packetOf(bytes)
      if (packet === undefined) break
      const { opcode, body, size } = packet
      if (this.#listener.begins(opcode, body.length)) this.#listener.payload(opcode, Buffer.from(body))
      bytes = bytes.subarray(size)
    }
    this.#held = Buffer.from(bytes)
  }
}

function packetOf(
  bytes: Buffer,
): { readonly opcode: number; readonly body: Buffer; readonly size: number } | undefined {
  let length = 0
  for (let at = 1; at < Math.min(bytes.length, 5); at++) {
    length += (bytes[at]! & 0x7f) * 128 ** (at - 1)
    if (bytes[at]! >= 0x80) continue
    const size = at + 1 + length
    return size > bytes.length ? undefined : { opcode: bytes[0]!, body: bytes.subarray(at + 1, size), size }
  }
  return undefined
}
