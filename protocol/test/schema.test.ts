import {
  type ErrorSlug,
  ProtocolError,
  parseAck,
  parseHandshake,
  parseList,
  parseModify,
  parsePing,
  parseResume,
  parseSubscribe,
  parseUnsubscribe,
} from '@depthcast/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dice } from './arbitraries.ts'

const symbols = ['kraken:BTC-USD']
/** A request that is one map of fields has one part. */
const parseOne = (value: unknown) => {
  const parts = parseSubscribe(value)
  return parts.length === 1 ? parts[0] : parts
}

test.each([
  { name: 'the least a subscribe needs', parse: parseOne, value: { channel: 'book', symbols } },
  {
    name: 'every option of a book',
    parse: parseOne,
    value: {
      channel: 'book',
      symbols,
      depth: 'all',
      grouping: 10,
      rateMs: 'raw',
      mode: 'unfiltered',
      checksum: false,
      maxAgeMs: 500,
      since: [[1_849_355_000_000_000, 4]],
    },
  },
  {
    name: 'a symbol that is not held among those that are',
    parse: parseOne,
    value: { channel: 'trades', symbols: ['x:A-B', 'x:C-D'], since: [null, [1, 0]] },
  },
  {
    name: 'an interval of candles',
    parse: parseOne,
    value: { channel: 'candles', symbols, interval: '1m', rateMs: 250 },
  },
  { name: 'a modify', parse: parseModify, value: { sub: 3, depth: 10, paused: true, maxAgeMs: 1 } },
  { name: 'an unsubscribe from one', parse: parseUnsubscribe, value: { sub: 3 } },
  { name: 'an unsubscribe from many', parse: parseUnsubscribe, value: { sub: [3, 4] } },
  { name: 'a list', parse: parseList, value: {} },
  { name: 'a ping', parse: parsePing, value: { t: 12.5 } },
  { name: 'an ack', parse: parseAck, value: { n: 0 } },
  { name: 'a request for the resume token', parse: parseResume, value: {} },
  {
    name: 'a handshake',
    parse: parseHandshake,
    value: { protocol: 1, token: 'secret', client: 'web/1', resume: 'x~1.2.3' },
  },
])('$name is taken as it is', ({ parse, value }) => {
  expect(parse(value)).toStrictEqual(value)
})

test('fields that are undefined count as absent', () => {
  expect(parseOne({ channel: 'book', symbols, depth: undefined })).toStrictEqual({ channel: 'book', symbols })
})

test('of a symbol named twice the first counts, with its own place', () => {
  const value = { channel: 'book', symbols: ['x:A-B', 'x:C-D', 'x:A-B'], since: [[1, 1], null, [2, 2]] }
  expect(parseOne(value)).toStrictEqual({ channel: 'book', symbols: ['x:A-B', 'x:C-D'], since: [[1, 1], null] })
})

test('a list without a payload and a handshake without auth are taken', () => {
  expect(parseList(undefined)).toStrictEqual({})
  expect(parseHandshake(undefined)).toStrictEqual({ protocol: 1 })
})

const BAD: readonly {
  name: string
  parse: (value: unknown) => unknown
  value: unknown
  slug: ErrorSlug
  says: string
}[] = [
  {
    name: 'no map',
    parse: parseSubscribe,
    value: 7,
    slug: 'bad-request',
    says: 'subscribe must be a map of fields, received number',
  },
  { name: 'no aliases', parse: parseSubscribe, value: [], slug: 'unsupported', says: 'aliases must be 1 to 1000' },
  {
    name: 'an alias that is no string',
    parse: parseSubscribe,
    value: ['book.x:A-B', 1],
    slug: 'unsupported',
    says: 'aliases must be',
  },
  {
    name: 'fewer positions than symbols',
    parse: parseSubscribe,
    value: { channel: 'book', symbols: ['x:A-B', 'x:C-D'], since: [null] },
    slug: 'unsupported',
    says: 'since must have one position or null for each of the 2 symbols, received 1',
  },
  {
    name: 'a position of three numbers',
    parse: parseSubscribe,
    value: { channel: 'book', symbols, since: [[1, 2, 3]] },
    slug: 'unsupported',
    says: 'positions [epoch, seq] or null',
  },
  {
    name: 'an age of nothing',
    parse: parseModify,
    value: { sub: 1, maxAgeMs: 0 },
    slug: 'unsupported',
    says: 'maxAgeMs must be a whole number of milliseconds from 1 to 3600000',
  },
  { name: 'an ack that counts down', parse: parseAck, value: { n: -1 }, slug: 'unsupported', says: 'n must be' },
  {
    name: 'a mode of another name',
    parse: parseModify,
    value: { sub: 1, mode: 'all' },
    slug: 'unsupported',
    says: 'merge, unfiltered',
  },
  {
    name: 'a resume token without end',
    parse: parseHandshake,
    value: { resume: 'x'.repeat(65_537) },
    slug: 'unsupported',
    says: 'resume must be a string of 1 to 65536',
  },
  { name: 'nil', parse: parsePing, value: null, slug: 'bad-request', says: 'received null' },
  {
    name: 'no channel',
    parse: parseSubscribe,
    value: { symbols },
    slug: 'bad-request',
    says: 'channel is missing; it must be one of book',
  },
  {
    name: 'an unknown channel',
    parse: parseSubscribe,
    value: { channel: 'books', symbols },
    slug: 'unsupported',
    says: 'channel must be one of book, trades',
  },
  {
    name: 'a symbol that is a number',
    parse: parseSubscribe,
    value: { channel: 'book', symbols: 1 },
    slug: 'bad-request',
    says: 'received number',
  },
  {
    name: 'no symbols at all',
    parse: parseSubscribe,
    value: { channel: 'book', symbols: [] },
    slug: 'unsupported',
    says: 'symbols must be 1 to 1000',
  },
  {
    name: 'too many symbols',
    parse: parseSubscribe,
    value: { channel: 'book', symbols: Array(1001).fill('x') },
    slug: 'unsupported',
    says: '1 to 1000',
  },
  {
    name: 'an unknown field',
    parse: parseSubscribe,
    value: { channel: 'book', symbols, dept: 5 },
    slug: 'bad-request',
    says: 'no field "dept"; allowed are channel',
  },
  {
    name: 'depth 0',
    parse: parseSubscribe,
    value: { channel: 'book', symbols, depth: 0 },
    slug: 'unsupported',
    says: 'depth must be a whole number from 1 up, or "all"',
  },
  {
    name: 'depth 1.5',
    parse: parseSubscribe,
    value: { channel: 'book', symbols, depth: 1.5 },
    slug: 'unsupported',
    says: 'depth must be',
  },
  {
    name: 'depth as a list',
    parse: parseSubscribe,
    value: { channel: 'book', symbols, depth: [5] },
    slug: 'bad-request',
    says: 'received array',
  },
  {
    name: 'a rate of another name',
    parse: parseSubscribe,
    value: { channel: 'book', symbols, rateMs: 'fast' },
    slug: 'unsupported',
    says: '"raw"',
  },
  {
    name: 'a depth of trades',
    parse: parseSubscribe,
    value: { channel: 'trades', symbols, depth: 5 },
    slug: 'unsupported',
    says: 'depth does not apply to trades; allowed are rateMs, mode',
  },
  {
    name: 'an unknown interval',
    parse: parseSubscribe,
    value: { channel: 'candles', symbols, interval: '7m' },
    slug: 'unsupported',
    says: 'interval must be one of 1s, 1m',
  },
  {
    name: 'sub 0',
    parse: parseModify,
    value: { sub: 0 },
    slug: 'unsupported',
    says: 'sub must be a whole number from 1 up',
  },
  { name: 'sub past 2^53', parse: parseModify, value: { sub: 2 ** 60 }, slug: 'unsupported', says: 'sub must be' },
  {
    name: 'a list with a field',
    parse: parseList,
    value: { all: true },
    slug: 'bad-request',
    says: 'list has no field "all"; allowed are none',
  },
  {
    name: 'a field of another realm',
    parse: parseList,
    value: JSON.parse('{"__proto__":1}'),
    slug: 'bad-request',
    says: '__proto__',
  },
  {
    name: 'another version',
    parse: parseHandshake,
    value: { protocol: 2 },
    slug: 'protocol-version',
    says: 'this server speaks protocol 1, the client 2',
  },
]

test.each(BAD)('$name is refused as $slug', ({ parse, value, slug, says }) => {
  const error = refusal(() => parse(value))
  expect(error.slug).toBe(slug)
  expect(error.message).toContain(says)
})

test('what a client sent is not sent back at length', () => {
  const error = refusal(() => parseList({ ['x'.repeat(1_000_000)]: 1 }))
  expect(error.message.length).toBeLessThan(200)
})

test.each([
  { name: 'subscribe', parse: parseSubscribe },
  { name: 'modify', parse: parseModify },
  { name: 'unsubscribe', parse: parseUnsubscribe },
  { name: 'list', parse: parseList },
  { name: 'ping', parse: parsePing },
  { name: 'ack', parse: parseAck },
  { name: 'resume', parse: parseResume },
  { name: 'handshake', parse: parseHandshake },
])('100,000 fuzzed values into $name give a request or a ProtocolError that is short', ({ parse }) => {
  const roll = dice(7)
  const values = fc.sample(
    fc.anything({ withTypedArray: true, withNullPrototype: true, withDate: true, maxDepth: 2 }),
    { numRuns: 2_000, seed: 7 },
  )
  for (let i = 0; i < 100_000; i++) {
    const value = roll(10) === 0 ? values[roll(values.length)] : almostRequest(values, roll)
    try {
      parse(value)
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.message.length > 400) throw error
    }
  }
})

const FIELDS = [
  'channel',
  'symbols',
  'depth',
  'grouping',
  'rateMs',
  'mode',
  'checksum',
  'interval',
  'sub',
  'paused',
  't',
  'protocol',
  'token',
  'client',
  'maxAgeMs',
  'since',
  'resume',
  'n',
]
const LIKELY = [
  [[1, 2]],
  [null],
  'book',
  'candles',
  'all',
  'raw',
  'merge',
  '1m',
  symbols,
  [],
  true,
  1,
  0,
  -1,
  1.5,
  2 ** 53,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  null,
  undefined,
]

/** A map with some of the fields a request may have, each with a likely value or any. */
function almostRequest(values: readonly unknown[], roll: (n: number) => number): unknown {
  const request: Record<string, unknown> = {}
  for (let i = roll(6); i > 0; i--)
    request[FIELDS[roll(FIELDS.length)]!] = roll(3) > 0 ? LIKELY[roll(LIKELY.length)] : values[roll(values.length)]
  return request
}

function refusal(act: () => unknown): ProtocolError {
  try {
    act()
  } catch (error) {
    if (error instanceof ProtocolError) return error
    throw error
  }
  throw new Error('it was taken')
}
