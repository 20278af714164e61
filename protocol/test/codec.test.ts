import { ProtocolError } from '@depthcast/protocol'
import { decode as independentDecode, encode as independentEncode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeMsgpack as decodeBy, encodeMsgpack as encodeBy } from '../src/codec.ts'
import { packer as inNode } from '../src/packer.ts'
import { packer as inBrowser } from '../src/packer-browser.ts'
import { damagedFrames, plainValues } from './arbitraries.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const fromHex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))

describe.each([
  { where: 'Node', packer: inNode },
  { where: 'a browser', packer: inBrowser },
])('in $where', ({ packer }) => {
  const encodeMsgpack = (value: unknown) => encodeBy(value, packer)
  const decodeMsgpack = (bytes: Uint8Array | ArrayBuffer) => decodeBy(bytes, packer)

  test('what is encoded comes back, and another decoder reads the same', () => {
    fc.assert(
      fc.property(plainValues, (value) => {
        const bytes = encodeMsgpack(value)
        expect(decodeMsgpack(bytes)).toStrictEqual(value)
        expect(independentDecode(bytes)).toEqual(value)
      }),
      { numRuns: 2_000 },
    )
  })

  test('what another encoder wrote is read', () => {
    fc.assert(
      fc.property(plainValues, (value) => {
        expect(decodeMsgpack(independentEncode(value))).toEqual(value)
      }),
      { numRuns: 2_000 },
    )
  })

  test.each([
    { name: 'a small number', value: 127, bytes: '7f' },
    { name: 'the largest 32 bit number', value: 0xffff_ffff, bytes: 'ceffffffff' },
    { name: 'an integer past 32 bits', value: 1_763_683_200_000_000, bytes: 'd30006440f7ea1e000' },
    { name: 'the largest exact integer', value: Number.MAX_SAFE_INTEGER, bytes: 'd3001fffffffffffff' },
    { name: 'a negative integer past 32 bits', value: -5_000_000_000, bytes: 'd3fffffffed5fa0e00' },
    { name: 'a fraction', value: 0.5, bytes: 'cb3fe0000000000000' },
    { name: 'flat levels', value: [1, 2, 3], bytes: '93010203' },
    { name: 'an undefined field', value: { a: undefined, b: 1 }, bytes: '81a16201' },
    { name: 'an undefined element', value: [undefined], bytes: '91c0' },
    { name: 'a typed array', value: new Int32Array([1, -1]), bytes: '9201ff' },
    { name: 'bytes', value: new Uint8Array([1, 2]), bytes: 'c4020102' },
  ])('$name is encoded as $bytes', ({ value, bytes }) => {
    // Above zero an integer of 64 bits may be said to be without a sign.
    expect([bytes, bytes.replace(/^d3(?=[0-7])/, 'cf')]).toContain(hex(encodeMsgpack(value)))
  })

  test('undefined as stock Socket.IO clients send it is read as undefined', () => {
    expect(decodeMsgpack(fromHex('81a161d40000'))).toStrictEqual({ a: undefined })
  })

  test('an ArrayBuffer and a view into a larger one are read', () => {
    const { buffer } = new Uint8Array([0xff, 0x92, 0x01, 0x02, 0xff])
    expect(decodeMsgpack(new Uint8Array(buffer, 1, 3))).toEqual([1, 2])
    expect(decodeMsgpack(buffer.slice(1, 4))).toEqual([1, 2])
  })

  test.each([
    { name: 'nothing', bytes: '' },
    { name: 'the tag that is never used', bytes: 'c1' },
    { name: 'an extension', bytes: 'c70301aabbcc' },
    { name: 'a date', bytes: 'd6ff00000000' },
    { name: 'a regular expression as msgpackr would build one', bytes: 'd4780092a12ba167' },
    { name: 'a record as msgpackr would define one', bytes: 'd4724091a16101' },
    { name: 'a string that ends early', bytes: 'a561' },
    { name: 'a length that ends early', bytes: 'd9' },
    { name: 'an array of four billion', bytes: 'ddffffffff' },
    { name: 'a map of four billion', bytes: 'dfffffffff' },
    { name: 'bytes after the value', bytes: '0101' },
    { name: 'arrays in arrays without end', bytes: '91'.repeat(100_000) },
    { name: 'arrays nested 33 deep', bytes: `${'91'.repeat(33)}01` },
    { name: 'a map with a map for a key', bytes: '81810101' + '01' },
  ])('$name is refused', ({ bytes }) => {
    expect(() => decodeMsgpack(fromHex(bytes))).toThrow(ProtocolError)
  })

  test('a key that would change the prototype does not', () => {
    const bytes = fromHex('81a95f5f70726f746f5f5f81a8706f6c6c75746564c3')
    const read = (): { polluted?: true } => {
      try {
        return decodeMsgpack(bytes) as { polluted?: true }
      } catch (error) {
        if (error instanceof ProtocolError) return {}
        throw error
      }
    }
    expect(read().polluted).toBeUndefined()
    expect(({} as { polluted?: true }).polluted).toBeUndefined()
  })

  test('100,000 fuzzed frames give a value or a ProtocolError', () => {
    let refused = 0
    for (const bytes of damagedFrames(fc.sample(plainValues, { numRuns: 500, seed: 1 }), 100_000, 1)) {
      try {
        decodeMsgpack(bytes)
      } catch (error) {
        if (!(error instanceof ProtocolError && error.code === 400)) throw error
        refused++
      }
    }
    expect(refused).toBeGreaterThan(10_000)
  })
})
