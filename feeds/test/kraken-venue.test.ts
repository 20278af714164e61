import { expect, test } from 'vitest'
import { FeedConfigError, VenueProtocolError } from '../src/errors.ts'
import { kraken } from '../src/venues/kraken.ts'
import { Driver } from './driver.ts'
import { instruments, snapshot, trades } from './kraken-frames.ts'

const XBT = {
  altname: 'XBTUSD',
  wsname: 'XBT/USD',
  pair_decimals: 1,
  lot_decimals: 8,
  tick_size: '0.5',
  status: 'online',
}
const XDG = { altname: 'XDGXBT', wsname: 'XDG/XBT', pair_decimals: 10, lot_decimals: 8, tick_size: '0.0000000001' }

function parse(body: unknown) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return kraken.directory({}).parse([{ id: '', url: '', status: 200, body: text }])
}

test('the directory gives the names everybody uses, on the grid the wire is written in', () => {
  expect(
    parse({ error: [], result: { XXBTZUSD: XBT, XDGXBT: XDG, 'XBTUSD.d': { ...XBT, wsname: undefined } } }),
  ).toMatchObject([
    { id: 'kraken:BTC-USD', venueSymbol: 'BTC/USD', tickSize: { text: '0.1' }, lotSize: { text: '0.00000001' } },
    { id: 'kraken:DOGE-BTC', venueSymbol: 'DOGE/BTC', tickSize: { text: '0.0000000001' } },
  ])
})

test.each([
  { name: 'refused', body: { error: ['EService:Unavailable'] } },
  { name: 'not JSON', body: '<html>' },
  {
    name: 'of another shape',
    body: { error: [], result: { A: { wsname: 'A/B', pair_decimals: '1', lot_decimals: 8 } } },
  },
])('a directory that is $name is a typed error', ({ body }) => {
  expect(() => parse(body)).toThrow(VenueProtocolError)
})

test('addresses are origins; the paths are the venue’s', () => {
  const options = { wsUrl: 'ws://127.0.0.1:9100', httpUrl: 'http://127.0.0.1:9100' }
  expect(kraken.directory(options).requests).toEqual([
    { id: 'AssetPairs', url: 'http://127.0.0.1:9100/0/public/AssetPairs' },
  ])
  const [bitcoin] = parse({ error: [], result: { XXBTZUSD: XBT } })
  const many = Array.from({ length: 51 }, () => bitcoin!)
  expect(kraken.plan(many, options).map(({ url, instruments }) => [url, instruments.length])).toEqual([
    ['ws://127.0.0.1:9100/v2', 50],
    ['ws://127.0.0.1:9100/v2', 1],
  ])
  expect(kraken.plan([bitcoin!], {})[0]?.url).toBe('wss://ws.kraken.com/v2')
})

test.each([10, 25, 100, 500, 1000])('a depth of %i can be had', (depth) => {
  const [bitcoin] = parse({ error: [], result: { XXBTZUSD: XBT } })
  const [plan] = kraken.plan([bitcoin!], { depth })
  expect(new Driver(kraken.protocol(plan!)).open().sent[1]).toMatchObject({ params: { channel: 'book', depth } })
})

test('another depth is refused before anything starts, with those there are', () => {
  expect(() => kraken.directory({ depth: 50 })).toThrow(FeedConfigError)
  expect(() => kraken.directory({ depth: 50 })).toThrow('10, 25, 100, 500, 1000')
})

test.each([
  { url: 'wss://ws.kraken.com/v2', known: true },
  { url: 'wss://beta-ws.kraken.com/v2', known: true },
  { url: 'wss://ws.kraken.com', known: false },
  { url: 'wss://ws-auth.kraken.com/v2', known: false },
  { url: 'wss://ws.kraken.com.example/v2', known: false },
])('a recording of $url is ours: $known', ({ url, known }) => {
  expect(kraken.recognises?.(url)).toBe(known)
})

test('a recording shows its pairs on the grid its numbers are written in, zeros counted', () => {
  const frames = [
    snapshot('BTC/USD', [['100.00', '1.000']], []),
    trades('update', 'ETH/USD', [1]),
    'garbage',
    '{"channel":"book"}',
  ]
  expect(kraken.infer?.(frames, [])).toMatchObject([
    { id: 'kraken:BTC-USD', tickSize: { text: '0.01' }, lotSize: { text: '0.001' } },
    { id: 'kraken:ETH-USD', venueSymbol: 'ETH/USD' },
  ])
})

test('where the instrument channel was recorded, the grid is as fine as the numbers need: it tells the digits', () => {
  const listed = instruments({ symbol: 'BTC/USD', price: 2, qty: 3 }, { symbol: 'XYZ/USD' })
  expect(kraken.infer?.([snapshot('BTC/USD', [['100.10', '1.000']], []), listed], [])).toMatchObject([
    { id: 'kraken:BTC-USD', tickSize: { text: '0.1' }, lotSize: { text: '1' } },
  ])
})
