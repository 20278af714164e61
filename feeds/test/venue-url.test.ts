import { expect, test } from 'vitest'
import { readVenueUrls } from '../src/venue-url.ts'

const NAMES = ['kraken', 'binance']
const HERE = { wsUrl: 'ws://127.0.0.1:9100', httpUrl: 'http://127.0.0.1:9100' }

test.each([
  { text: 'http://127.0.0.1:9100', read: { kraken: HERE, binance: HERE } },
  { text: 'ws://127.0.0.1:9100/', read: { kraken: HERE, binance: HERE } },
  { text: 'kraken=http://127.0.0.1:9100', read: { kraken: HERE } },
  {
    text: 'Kraken=https://emulator.example, binance=http://127.0.0.1:9100',
    read: { kraken: { wsUrl: 'wss://emulator.example', httpUrl: 'https://emulator.example' }, binance: HERE },
  },
  {
    text: 'http://[::1]:80',
    read: { kraken: { wsUrl: 'ws://[::1]', httpUrl: 'http://[::1]' }, binance: expect.anything() },
  },
])('$text says where venues are', ({ text, read }) => {
  expect(readVenueUrls(text, NAMES)).toEqual(read)
})

test.each([
  '',
  '127.0.0.1:9100',
  'ftp://127.0.0.1:9100',
  'http://127.0.0.1:9100/v2',
  'http://127.0.0.1:9100?a=b',
  'http://user:pass@127.0.0.1:9100',
  'http://127.0.0.1:9100,http://127.0.0.1:9101',
  'bitmex=http://127.0.0.1:9100',
  'kraken=',
  'kraken=http://127.0.0.1:9100,',
])('%j says nothing that can be used', (text) => {
  expect(readVenueUrls(text, NAMES)).toBeUndefined()
})
