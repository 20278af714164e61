import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TokenBucket } from '../src/limits.ts'
import { nearest } from '../src/nearest.ts'
import { webSocketFrame } from '../src/transports/frame.ts'
import { FakeClock } from './fakes/clock.ts'

test.each([
  { size: 0, header: 2 },
  { size: 125, header: 2 },
  { size: 126, header: 4 },
  { size: 65_535, header: 4 },
  { size: 65_536, header: 10 },
  { size: 1_000_000, header: 10 },
])('a frame of $size bytes has a header of $header', ({ size, header }) => {
  expect(webSocketFrame(new Uint8Array(size)).length).toBe(header + size)
})

test('a frame is one whole, unmasked message that reads back as it was', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array({ maxLength: 70_000 })), (payload) => {
      const frame = webSocketFrame(payload)
      const isText = typeof payload === 'string'
      expect([frame[0], (frame[1] ?? 0) & 0x80]).toEqual([isText ? 0x81 : 0x82, 0])
      const short = frame[1] ?? 0
      const [header, length] =
        short < 126 ? [2, short] : short === 126 ? [4, frame.readUInt16BE(2)] : [10, Number(frame.readBigUInt64BE(2))]
      const body = frame.subarray(header)
      expect(body.length).toBe(length)
      if (isText) expect(body.toString()).toBe(payload)
      else expect(body.equals(payload)).toBe(true)
    }),
    { numRuns: 200 },
  )
})

test('a bucket never gives more than its burst and then its rate, and says how long to wait', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 100 }),
      (perSecond, pauses) => {
        const clock = new FakeClock()
        const start = clock.now()
        const bucket = new TokenBucket(clock, perSecond)
        let taken = 0
        for (const pause of pauses) {
          clock.advance(pause)
          while (bucket.take()) taken++
          const wait = bucket.waitMs()
          expect(wait).toBeGreaterThan(0)
          expect(wait).toBeLessThanOrEqual(1000 / perSecond + 1)
        }
        const allowed = perSecond + ((clock.now() - start) / 1e6) * perSecond
        expect(taken).toBeLessThanOrEqual(allowed + 1e-6)
      },
    ),
    { numRuns: 200 },
  )
})

test.each([
  { text: 'prot', names: ['port', 'host', 'speed'], want: ['port'] },
  { text: 'kraken:btc-usd', names: ['kraken:BTC-USD', 'kraken:ETH-USD'], want: ['kraken:BTC-USD', 'kraken:ETH-USD'] },
  { text: 'ETH', names: ['kraken:BTC-USD', 'kraken:ETH-USD'], want: ['kraken:ETH-USD'] },
  { text: 'zzzzzzzzzz', names: ['port', 'host'], want: [] },
  { text: 'x'.repeat(1_000_000), names: ['port'], want: [] },
])('the nearest to a slip are $want', ({ text, names, want }) => {
  expect(nearest(text, names)).toEqual(want)
})
