import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  BINARY,
  clientFrame,
  EventReader,
  type FrameListener,
  FrameReader,
  PING,
  type Reader,
  TEXT,
} from '../src/clients/frames.ts'

/** Notes what begins and the payloads of what it wants. */
class Ear implements FrameListener {
  readonly begun: (readonly [opcode: number, length: number])[] = []
  readonly heard: (readonly [opcode: number, payload: string])[] = []
  readonly #wants: (opcode: number, length: number) => boolean

  constructor(wants: (opcode: number, length: number) => boolean = () => true) {
    this.#wants = wants
  }

  begins(opcode: number, length: number): boolean {
    this.begun.push([opcode, length])
    return this.#wants(opcode, length)
  }

  payload(opcode: number, payload: Buffer): void {
    this.heard.push([opcode, payload.toString('latin1')])
  }
}

/** A server's frame: no mask. */
function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  header[0] = 0x80 | opcode
  header[1] = header.length === 2 ? length : header.length === 4 ? 126 : 127
  if (header.length === 4) header.writeUInt16BE(length, 2)
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([header, payload])
}

/** Each piece in a buffer that is overwritten afterwards, as the sockets of a load client share one. */
function feed(reader: Reader, bytes: Buffer, cuts: readonly number[]): void {
  const shared = Buffer.alloc(bytes.length)
  let from = 0
  for (const to of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    const length = bytes.copy(shared, 0, from, to)
    reader.read(shared.subarray(0, length))
    shared.fill(0xff)
    from = to
  }
}

const LENGTHS = fc.oneof(fc.nat(300), fc.constantFrom(0, 125, 126, 127, 65_535, 65_536, 70_000))

test('frames are counted and read whole wherever the network cuts them', () => {
  const messages = fc.array(fc.record({ opcode: fc.constantFrom(TEXT, BINARY, PING), length: LENGTHS }), {
    maxLength: 8,
  })
  fc.assert(
    fc.property(messages, fc.array(fc.nat(2000), { maxLength: 20 }), (sent, cuts) => {
      const payloads = sent.map(({ length }, index) => Buffer.alloc(length, 0x41 + index))
      const bytes = Buffer.concat(sent.map(({ opcode }, index) => frame(opcode, payloads[index]!)))
      const ear = new Ear()
      feed(
        new FrameReader(ear),
        bytes,
        cuts.filter((cut) => cut < bytes.length),
      )
      expect(ear.begun).toEqual(sent.map(({ opcode, length }) => [opcode, length]))
      expect(ear.heard).toEqual(sent.map(({ opcode }, index) => [opcode, payloads[index]!.toString('latin1')]))
    }),
    { seed: 3 },
  )
})

test('what is not wanted is skipped, and what follows is still found', () => {
  const ear = new Ear((opcode) => opcode === PING)
  const bytes = Buffer.concat([frame(BINARY, Buffer.alloc(3000, 1)), frame(PING, Buffer.from('7'))])
  feed(new FrameReader(ear), bytes, [1, 2, 3, 2000, 3003, 3005])
  expect(ear.begun).toEqual([
    [BINARY, 3000],
    [PING, 1],
  ])
  expect(ear.heard).toEqual([[PING, '7']])
})

test('a client frame carries its payload as it is behind a mask of zeros', () => {
  const short = clientFrame(TEXT, 'ack')
  expect([...short.subarray(0, 6)]).toEqual([0x81, 0x83, 0, 0, 0, 0])
  expect(short.subarray(6).toString()).toBe('ack')
  const long = clientFrame(BINARY, Buffer.alloc(300, 9))
  expect([...long.subarray(0, 4)]).toEqual([0x82, 0xfe, 1, 44])
  expect(long.length).toBe(308)
})

test('events that carry data are counted, comments are not', () => {
  const ear = new Ear()
  const stream = ': hello\n\nevent: update\ndata: {"a":1}\n\nid: 7\n\nevent: gap\ndata: {}\n\n'
  feed(new EventReader(ear), Buffer.from(stream), [3, 9, 20, 40])
  expect(ear.heard.map(([, payload]) => payload)).toEqual(['event: update\ndata: {"a":1}', 'event: gap\ndata: {}'])
})
