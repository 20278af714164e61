import { expect, test } from 'vitest'
import { aliasesOf, mix } from '../src/clients/mix.ts'

test.each([
  { text: 'book', alias: 'book.kraken:BTC-USD' },
  { text: 'book:25@100ms', alias: 'book.kraken:BTC-USD.25.100ms' },
  { text: 'book:all@raw', alias: 'book.kraken:BTC-USD.all.raw' },
  { text: 'trades', alias: 'trades.kraken:BTC-USD' },
  { text: 'ticker@1000ms', alias: 'ticker.kraken:BTC-USD.1000ms' },
  { text: 'candles:1m', alias: 'candles.kraken:BTC-USD.1m' },
])('$text is the view $alias', ({ text, alias }) => {
  expect(aliasesOf(mix(text), 'kraken:BTC-USD')).toEqual([alias])
})

test.each(['', 'books', 'book:0', 'book:25:2', 'trades:25', 'candles:2m', 'book@fast', 'book@100', 'book,,trades'])(
  '%j is refused with what is allowed',
  (text) => {
    expect(() => mix(text)).toThrow('channels are book, trades, ticker, candles, status')
  },
)

test('a symbol that no alias can say is found out', () => {
  expect(aliasesOf(mix('book,trades'), 'kraken:XBT.F-USD')).toBeUndefined()
})
