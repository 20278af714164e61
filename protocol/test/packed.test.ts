import { TICKER_FIGURES } from '@depthcast/market'
import {
  type BookUpdateMessage,
  decodeMsgpack,
  encodeMsgpack,
  isSameEpoch,
  packMessage,
  type ServerMessage,
  unpackBody,
  type ViewMessage,
} from '@depthcast/protocol'
import { decode as independentDecode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const MAX = Number.MAX_SAFE_INTEGER
const count = fc.oneof(fc.nat(300), fc.maxSafeNat())
const integer = fc.oneof(fc.integer({ min: -300, max: 300 }), fc.maxSafeInteger())
/** Clocks differ: what the venue says may be after what the gateway says. */
const time = fc.integer({ min: 1_763_683_200_000_000, max: 1_763_683_300_000_000 })
const quantity = fc.oneof(
  fc.constantFrom(0, 1, 10, 50_000_000, 100_000_000, 2 ** 52, MAX, MAX - 1, 9_007_199_254_740_990),
  fc.nat(1_000).chain((n) => fc.constantFrom(n, n * 100, n * 1e7, n * 1e10)),
  fc.maxSafeNat(),
)

/** A side in order, best first, each price once; some as far from zero as numbers go. */
const levels = (direction: 1 | -1) =>
  fc
    .uniqueArray(fc.tuple(fc.oneof(integer, fc.integer({ min: 9_650_000, max: 9_651_000 })), quantity), {
      selector: ([price]) => price,
      maxLength: 30,
    })
    .map((pairs) => pairs.toSorted(([a], [b]) => (a - b) * direction).flat())

const place = { sub: count, seq: count, serverTime: time }
const maybe = { requiredKeys: ['type', 'sub', 'seq', 'serverTime'], noNullPrototype: true } as const
const trade = fc.tuple(fc.string(), integer, count, fc.constantFrom(1, -1, 0), fc.oneof(fc.constant(0), time))
const bar = fc
  .record({
    openTime: time,
    ...{ open: integer, high: integer, low: integer, close: integer },
    ...{ volume: count, trades: count, rev: count, final: fc.boolean() },
  })
  .chain((candle) => fc.constantFrom({ ...candle }, { ...candle, overflow: true as const }))

const optional = { exchangeTime: time, checksum: fc.nat(0xffff_ffff), prev: count, lost: fc.integer({ min: 1 }) }
const figures = Object.fromEntries(TICKER_FIGURES.map((name) => [name, integer]))
const required = <Fields extends object>(fields: Fields, optionals: Partial<typeof optional> | typeof figures) =>
  fc.record({ ...place, ...fields, ...optionals } as never, {
    ...maybe,
    requiredKeys: [...Object.keys(place), ...Object.keys(fields)] as never,
  }) as unknown as fc.Arbitrary<ViewMessage>
const type = <Type extends string>(name: Type) => ({ type: fc.constant(name) })
const { exchangeTime, checksum, prev, lost } = optional
const sides = { bids: levels(-1), asks: levels(1) }

const MESSAGES: Readonly<Record<ViewMessage['type'], fc.Arbitrary<ViewMessage>>> = {
  snapshot: required({ ...type('snapshot'), epoch: count, ...sides }, { exchangeTime, checksum }),
  update: required({ ...type('update'), epoch: count, prev, merged: count, ...sides }, { exchangeTime, checksum }),
  trades: required({ ...type('trades'), epoch: count, trades: fc.array(trade) }, { exchangeTime, prev, lost }),
  ticker: required({ ...type('ticker'), merged: count }, { exchangeTime, ...figures } as never),
  candle: required({ ...type('candle'), epoch: count, candles: fc.array(bar) }, { exchangeTime, prev }),
}

test.each(Object.entries(MESSAGES))('what is packed of a %s comes back, number by number', (name, messages) => {
  fc.assert(
    fc.property(messages, (message) => {
      const bytes = encodeMsgpack(packMessage(message))
      const { type: _, ...body } = message
      const want = name === 'update' ? { ...body, epoch: (message as { epoch: number }).epoch % 128 } : body
      expect(unpackBody(name, decodeMsgpack(bytes))).toEqual(want)
      expect(unpackBody(name, independentDecode(bytes))).toEqual(want)
    }),
    { numRuns: 2_000 },
  )
})

test('an update is of the epoch it was packed in, and not of the one before or after', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_000, max: 2 ** 52 }), (epoch) => {
      const { epoch: told } = unpackBody('update', packMessage({ ...UPDATE, epoch })) as { epoch: number }
      expect([-1, 0, 1].map((step) => isSameEpoch(epoch + step, told))).toEqual([false, true, false])
      expect(isSameEpoch(epoch, epoch)).toBe(true)
    }),
  )
})

const UPDATE: BookUpdateMessage = {
  type: 'update',
  ...{ sub: 11, seq: 4, serverTime: 1_763_683_200_190_000, epoch: 200, prev: 2, merged: 2 },
  ...{ bids: [1_012_340, 0, 1_012_338, 30_000_000], asks: [] },
}

test('a side of thousands of levels comes back, and so does the small one after it', () => {
  const many = Array.from({ length: 10_000 }, (_, i) => (i % 2 === 0 ? 1 - i * 1e9 : 2 ** 53 - i))
  for (const bids of [many, [5, 1]])
    expect(unpackBody('update', packMessage({ ...UPDATE, bids }))).toMatchObject({ bids, asks: [] })
})

test('what comes after a message may grow, and what is missing at its end is absent', () => {
  const fields = packMessage({ ...UPDATE, checksum: 7 }) as unknown[]
  expect(unpackBody('update', [...fields, 'new'])).toEqual(unpackBody('update', fields))
  expect(unpackBody('update', fields.slice(0, -1))).toMatchObject({ checksum: undefined })
})

test('sides as flat arrays are taken as they are', () => {
  const fields = packMessage(UPDATE) as unknown[]
  fields[7] = [1_012_340, 0, 1_012_338, 30_000_000]
  expect(unpackBody('update', fields)).toEqual(unpackBody('update', packMessage(UPDATE)))
})

test('bytes that are no side are none, and the other side stands', () => {
  const fields = packMessage(UPDATE) as unknown[]
  fields[7] = Uint8Array.of(0)
  expect(unpackBody('update', fields)).toMatchObject({ bids: undefined, asks: [] })
})

test('messages that are not of a view keep their names', () => {
  const heartbeat: ServerMessage = { type: 'heartbeat', serverTime: 1, n: 2, listed: 3 }
  expect(packMessage(heartbeat)).toStrictEqual({ serverTime: 1, n: 2, listed: 3 })
  expect(unpackBody('heartbeat', { serverTime: 1, n: 2, listed: 3 })).toStrictEqual({ serverTime: 1, n: 2, listed: 3 })
})

test('whatever a peer sends in place of a message, reading it throws nothing', () => {
  const values = fc.anything({ withTypedArray: true, withBigInt: true, withNullPrototype: true, maxDepth: 3 })
  const garbage = fc.oneof(values, fc.array(fc.oneof(values, fc.uint8Array(), integer), { maxLength: 12 }))
  const types = fc.oneof(fc.constantFrom(...Object.keys(MESSAGES)), fc.constantFrom('__proto__', 'welcome', ''))
  fc.assert(
    fc.property(types, garbage, (name, value) => {
      unpackBody(name, value)
    }),
    { numRuns: 10_000 },
  )
})
