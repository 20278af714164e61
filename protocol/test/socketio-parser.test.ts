import { Decoder, Encoder, type Packet, PacketType, ProtocolError, protocol } from '@depthcast/protocol'
import fc from 'fast-check'
import official from 'socket.io-msgpack-parser'
import { expect, test } from 'vitest'
import { damagedFrames, plainValues } from './arbitraries.ts'

const nsp = fc.constantFrom('/', '/admin', '/ünïcode')
const id = fc.option(fc.nat(), { nil: undefined })
const record = plainValues.filter((value) => Object.prototype.toString.call(value) === '[object Object]')
const args = fc.array(plainValues, { maxLength: 4 })
const event = fc
  .string({ minLength: 1 })
  .filter(
    (name) =>
      !['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'].includes(name),
  )

const packets: fc.Arbitrary<Packet> = fc.oneof(
  fc.record({ type: fc.constant(PacketType.CONNECT), nsp, data: fc.option(record, { nil: undefined }) }),
  fc.record({ type: fc.constant(PacketType.DISCONNECT), nsp }),
  fc.record({
    type: fc.constant(PacketType.EVENT),
    nsp,
    data: fc.tuple(event, args).map(([name, rest]) => [name, ...rest]),
    id,
  }),
  fc.record({ type: fc.constant(PacketType.ACK), nsp, data: args, id: fc.nat() }),
  fc.record({ type: fc.constant(PacketType.CONNECT_ERROR), nsp, data: fc.oneof(fc.string(), record) }),
) as fc.Arbitrary<Packet>

function received(
  decoder: { on(event: 'decoded', listener: (packet: Packet) => void): unknown; add(chunk: unknown): void },
  chunk: unknown,
) {
  const got: Packet[] = []
  decoder.on('decoded', (packet) => got.push(packet))
  decoder.add(chunk)
  return got
}

test('the official parser reads our packets', () => {
  fc.assert(
    fc.property(packets, (packet) => {
      const [frame, ...more] = new Encoder().encode(packet)
      expect(more).toEqual([])
      expect(received(new official.Decoder(), Buffer.from(frame!))).toEqual([packet])
    }),
    { numRuns: 1_000 },
  )
})

test('we read the packets of the official parser', () => {
  fc.assert(
    fc.property(packets, (packet) => {
      // socket.io-client adds options that never belonged on the wire.
      expect(received(new Decoder(), encoded({ ...packet, options: { compress: true } }))).toEqual([packet])
    }),
    { numRuns: 1_000 },
  )
})

test('we speak the protocol of the official parser', () => {
  expect(protocol).toBe(official.protocol)
  expect(PacketType).toEqual(official.PacketType)
})

test.each([
  { name: 'text', chunk: '0{"sid":"x"}' },
  { name: 'a value that is no map', chunk: encoded([1, 2]) },
  { name: 'nil', chunk: encoded(null) },
  { name: 'a type out of range', chunk: encoded({ type: 5, nsp: '/' }) },
  { name: 'a type that is text', chunk: encoded({ type: '2', nsp: '/', data: ['x'] }) },
  { name: 'a namespace that is no text', chunk: encoded({ type: 2, nsp: 1, data: ['x'] }) },
  { name: 'an event without arguments', chunk: encoded({ type: 2, nsp: '/' }) },
  { name: 'an event without a name', chunk: encoded({ type: 2, nsp: '/', data: [] }) },
  { name: 'an event with a map for a name', chunk: encoded({ type: 2, nsp: '/', data: [{}] }) },
  { name: 'an event with a name of socket.io itself', chunk: encoded({ type: 2, nsp: '/', data: ['disconnecting'] }) },
  { name: 'an ack that is no list', chunk: encoded({ type: 3, nsp: '/', data: {}, id: 1 }) },
  { name: 'an id that is a fraction', chunk: encoded({ type: 2, nsp: '/', data: ['x'], id: 1.5 }) },
  { name: 'an id below zero', chunk: encoded({ type: 2, nsp: '/', data: ['x'], id: -1 }) },
  { name: 'a connect with a list', chunk: encoded({ type: 0, nsp: '/', data: [] }) },
  { name: 'a disconnect with a payload', chunk: encoded({ type: 1, nsp: '/', data: [] }) },
])('$name is refused', ({ chunk }) => {
  expect(() => received(new Decoder(), chunk)).toThrow(ProtocolError)
})

test('an ArrayBuffer, which browsers hand over, is read', () => {
  const bytes = encoded({ type: 2, nsp: '/', data: ['x'] })
  expect(received(new Decoder(), new Uint8Array(bytes).buffer)).toEqual([{ type: 2, nsp: '/', data: ['x'] }])
})

test('100,000 fuzzed chunks give packets or a ProtocolError, and the decoder reads on after each', () => {
  const decoder = new Decoder()
  const got: Packet[] = []
  decoder.on('decoded', (packet) => got.push(packet))
  const hello = encoded({ type: 2, nsp: '/', data: ['hello'] })
  for (const chunk of damagedFrames(fc.sample(packets, { numRuns: 500, seed: 1 }), 100_000, 1)) {
    try {
      decoder.add(chunk)
    } catch (error) {
      if (!(error instanceof ProtocolError && error.code === 400)) throw error
    }
  }
  decoder.add(hello)
  expect(got.at(-1)).toEqual({ type: 2, nsp: '/', data: ['hello'] })
})

function encoded(value: unknown): Uint8Array {
  const [frame] = new official.Encoder().encode(value) as unknown as [Uint8Array]
  return frame
}
