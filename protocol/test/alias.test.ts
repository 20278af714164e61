import {
  CHANNEL_NAMES,
  CHANNELS,
  type ChannelName,
  type ErrorSlug,
  ProtocolError,
  parseAlias,
  parseSubscribe,
  printAlias,
  type ViewOptions,
} from '@depthcast/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'

test.each([
  {
    alias: 'book.kraken:BTC-USD.25.1.100ms',
    says: { channel: 'book', symbols: ['kraken:BTC-USD'], depth: 25, grouping: 1, rateMs: 100 },
  },
  { alias: 'book.x:A-B.all.raw', says: { channel: 'book', symbols: ['x:A-B'], depth: 'all', rateMs: 'raw' } },
  { alias: 'trades.kraken:BTC-USD', says: { channel: 'trades', symbols: ['kraken:BTC-USD'] } },
  {
    alias: 'candles.kraken:BTC-USD.1m.raw',
    says: { channel: 'candles', symbols: ['kraken:BTC-USD'], interval: '1m', rateMs: 'raw' },
  },
  {
    alias: 'book.x:A-B.unfiltered.50ms',
    says: { channel: 'book', symbols: ['x:A-B'], rateMs: 50, mode: 'unfiltered' },
  },
])('$alias says what a map of fields would', ({ alias, says }) => {
  expect(parseSubscribe(alias)).toStrictEqual([says])
  expect(parseSubscribe(alias)).toStrictEqual(parseSubscribe(says))
})

const OPTIONS: Readonly<Record<keyof ViewOptions, fc.Arbitrary<unknown>>> = {
  depth: fc.oneof(fc.integer({ min: 1, max: 2 ** 40 }), fc.constant('all')),
  grouping: fc.integer({ min: 1, max: 2 ** 40 }),
  rateMs: fc.oneof(fc.integer({ min: 0, max: 3_600_000 }), fc.constant('raw')),
  mode: fc.constantFrom('merge', 'unfiltered'),
  checksum: fc.boolean(),
  interval: fc.constantFrom('1s', '1m', '5m', '15m', '1h', '4h', '1d'),
}

/** A view as a client may ask for it, each option there or not. */
const views = fc.constantFrom(...CHANNEL_NAMES).chain((channel) => {
  const names: (keyof ViewOptions)[] = [...CHANNELS[channel].options, 'rateMs', 'mode']
  const options = Object.fromEntries(names.map((name) => [name, OPTIONS[name]]))
  return fc.record({
    channel: fc.constant<ChannelName>(channel),
    symbol: fc.constantFrom('kraken:BTC-USD', 'binance:1000PEPE-USDT', 'x:A-B'),
    options: fc.record(options, { requiredKeys: [] }) as fc.Arbitrary<ViewOptions>,
  })
})

test('an alias that was printed reads as the view it was printed for', () => {
  fc.assert(
    fc.property(views, ({ channel, symbol, options }) => {
      const alias = printAlias(channel, symbol, options)
      const isSayable = options.checksum !== false && (options.grouping === undefined || options.depth !== undefined)
      expect(alias !== undefined).toBe(isSayable)
      if (alias === undefined) return
      // What is the default has no word of its own.
      const { checksum: _, mode, ...said } = options
      const want = { channel, symbols: [symbol], ...said, ...(mode === 'unfiltered' && { mode }) }
      expect(parseSubscribe(alias)).toStrictEqual([want])
    }),
    { numRuns: 500 },
  )
})

test.each<{ alias: string; slug: ErrorSlug; says: string }>([
  { alias: '', slug: 'bad-request', says: 'an alias must be <channel>.<symbol>' },
  { alias: 'book', slug: 'bad-request', says: 'an alias must be' },
  { alias: 'book..25', slug: 'bad-request', says: 'an alias must be' },
  { alias: 'books.x:A-B', slug: 'unsupported', says: 'channel must be one of book, trades' },
  { alias: 'book.x:A-B.fast', slug: 'unsupported', says: 'part "fast" of the alias' },
  { alias: 'book.x:A-B.025', slug: 'unsupported', says: 'part "025" of the alias' },
  { alias: 'book.x:A-B.0', slug: 'unsupported', says: 'depth must be a whole number from 1 up' },
  { alias: 'book.x:A-B.9999999999999999', slug: 'unsupported', says: 'depth must be' },
  { alias: 'book.x:A-B.100ms.raw', slug: 'unsupported', says: 'rateMs is said twice' },
  { alias: 'book.x:A-B.100ms.25', slug: 'unsupported', says: 'part "25" of the alias' },
  { alias: 'book.x:A-B.5.1m', slug: 'unsupported', says: 'interval does not apply to book' },
  { alias: 'trades.x:A-B.5', slug: 'unsupported', says: 'depth does not apply to trades' },
  { alias: 'book.x:A-B.__proto__', slug: 'unsupported', says: 'part "__proto__"' },
  { alias: `book.${'x'.repeat(70)}`, slug: 'unsupported', says: 'symbols must be' },
  { alias: 'x'.repeat(100_000), slug: 'bad-request', says: 'at most 128 characters' },
])('$alias is refused as $slug and alone', ({ alias, slug, says }) => {
  const [refused, taken] = parseSubscribe([alias, 'trades.x:A-B'])
  expect(refused).toMatchObject({ alias: alias.slice(0, 128), error: { slug } })
  expect((refused as { error: ProtocolError }).error.message).toContain(says)
  expect(taken).toStrictEqual({ channel: 'trades', symbols: ['x:A-B'] })
})

test('any text is an alias or a ProtocolError that is short', () => {
  const pieces = fc.constantFrom('book', 'x:A-B', '25', 'all', '1m', '10ms', 'raw', 'unfiltered', '', '.', '-1', '1e3')
  const texts = fc.oneof(
    fc.string(),
    fc.array(pieces).map((parts) => parts.join('.')),
  )
  fc.assert(
    fc.property(texts, (text) => {
      try {
        parseAlias(text)
      } catch (error) {
        if (!(error instanceof ProtocolError) || error.message.length > 400) throw error
      }
    }),
    { numRuns: 500 },
  )
})
