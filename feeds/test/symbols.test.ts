import { expect, test } from 'vitest'
import { FeedConfigError } from '../src/errors.ts'
import { openFeeds } from '../src/open.ts'
import { choose, parseSymbols } from '../src/symbols.ts'
import { instrument } from './driver.ts'

const LISTED = [instrument('coinbase', 'BTC-USD', 'BTC', 'USD'), instrument('coinbase', 'ETH-USD', 'ETH', 'USD')]

test.each([
  { wishes: ['btc-usd'], chosen: ['coinbase:BTC-USD'], unknown: [] },
  { wishes: ['coinbase:ETH-USD', 'BTC-USD'], chosen: ['coinbase:ETH-USD', 'coinbase:BTC-USD'], unknown: [] },
  { wishes: ['binance:BTC-USD'], chosen: [], unknown: [] },
  { wishes: ['BTC-EUR', 'BTC-USD', 'BTC-USD'], chosen: ['coinbase:BTC-USD'], unknown: ['BTC-EUR'] },
])('of $wishes coinbase serves $chosen and does not know $unknown', ({ wishes, chosen, unknown }) => {
  const found = choose('coinbase', LISTED, parseSymbols(wishes, ['coinbase', 'binance']))
  expect({ chosen: found.chosen.map(({ id }) => id), unknown: found.unknown }).toEqual({ chosen, unknown })
})

test.each([
  { feed: 'nowhere', options: {}, words: 'nowhere' },
  { feed: 'binance,', options: {}, words: "''" },
  { feed: 'coinbase', options: { symbols: ['BTCUSD'] }, words: 'BASE-QUOTE' },
  { feed: 'coinbase', options: { symbols: ['binance:BTC-USD'] }, words: 'coinbase is' },
  { feed: 'simulated', options: { symbols: ['NO-SUCH'] }, words: 'simulated has no NO-SUCH: it has ' },
  { feed: 'replay:', options: {}, words: 'names no file' },
  { feed: 'simulated,replay:x.txt', options: {}, words: 'a replay runs alone' },
  { feed: 'replay:/no/such.txt', options: {}, words: 'no such recording: /no/such.txt' },
])(
  'feed $feed with $options is refused before anything starts, naming what is allowed',
  async ({ feed, options, words }) => {
    const refused = openFeeds(feed, options)
    await expect(refused).rejects.toThrow(FeedConfigError)
    await expect(refused).rejects.toThrow(words)
  },
)
