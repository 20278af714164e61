import { Decoder, type Packet } from '@depthcast/protocol'

/** The msgpack decoder with room for the one listener it ever has: an emitter's table of them is a quarter of a kilobyte for each client. */
export class SingleEarDecoder extends Decoder {
  #listener: ((packet: Packet) => void) | undefined

  override on(_event: 'decoded', listener: (packet: Packet) => void): this {
    this.#listener = listener
    return this
  }

  override removeListener(): this {
    this.#listener = undefined
    return this
  }

  override emitReserved(_event: 'decoded', packet: Packet): this {
    this.#listener?.(packet)
    return this
  }
}
