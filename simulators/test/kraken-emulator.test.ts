import fc from 'fast-check'
import { expect, test } from 'vitest'
import { priceText, quantityText } from '../src/emulators/decimal.ts'
import { krakenEmulator } from '../src/emulators/kraken/emulator.ts'
import { EmulatedWorld, OPENED_AT, type TestClient } from './emulated.ts'
import { KrakenFold, levelsOf } from './kraken-fold.ts'

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/
const BOOK = { method: 'subscribe', params: { channel: 'book', symbol: ['BTC/USD'], depth: 10 }, req_id: 7 }

function kraken(options: Partial<ConstructorParameters<typeof EmulatedWorld>[0]> = {}): EmulatedWorld {
  return new EmulatedWorld({ emulator: krakenEmulator, ...options })
}

/** The true book at a frame's stamp, cut to the depth, as the wire writes it. */
function truth(world: EmulatedWorld, symbol: string, timestamp: string, depth: number) {
  const listed = world.host.oracle.listed(symbol)!
  const at = Date.parse(`${timestamp.slice(0, 19)}Z`) * 1000 + Number(timestamp.slice(20, 26)) - OPENED_AT
  const book = world.host.oracle.book(symbol, world.host.oracle.seqAt(symbol, at))!
  const side = (levels: readonly number[]) => {
    const rows: [string, string][] = []
    for (let i = 0; i < Math.min(levels.length, 2 * depth); i += 2) {
      rows.push([priceText(levels[i]!, listed), quantityText(levels[i + 1]!, listed)])
    }
    return rows
  }
  return { bids: side(book.bids), asks: side(book.asks) }
}

function followed(world: EmulatedWorld, depth: number): TestClient {
  const client = world.client('/v2')
  client.send({ ...BOOK, params: { ...BOOK.params, depth } })
  return client
}

test('the status comes first, its connection id beyond a double; then an acknowledgement a symbol, then its book', () => {
  const client = kraken().client('/v2')
  expect(client.frames()).toEqual([
    '{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2","connection_id":12345678901234567890}]}',
  ])
  client.forget().send({ ...BOOK, params: { ...BOOK.params, symbol: ['BTC/USD', 'ETH/USD'] } })
  const [first, snapshot, second] = client.frames()
  expect(first).toMatch(
    /^\{"method":"subscribe","result":\{"channel":"book","depth":10,"snapshot":true,"symbol":"BTC\/USD"\},"success":true,"time_in":"[^"]+Z","time_out":"[^"]+Z","req_id":7\}$/,
  )
  expect(snapshot).toMatch(/^\{"channel":"book","type":"snapshot","data":\[\{"symbol":"BTC\/USD","bids":\[\{"price":/)
  expect(JSON.parse(second!)).toMatchObject({ result: { symbol: 'ETH/USD' }, req_id: 7 })
  expect((JSON.parse(first!) as { time_in: string }).time_in).toMatch(ISO)
})

test.each([10, 25, 100])(
  'depth %i: every frame carries the checksum of the book a client folds, and that is the true one',
  (depth) => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const world = kraken({ seed, rate: 5 })
        const client = followed(world, depth)
        world.play(2_000)
        const fold = new KrakenFold(depth)
        const frames = client.frames('"channel":"book","type"')
        expect(frames.length).toBeGreaterThan(20)
        for (const [index, frame] of frames.entries()) {
          const { checksum, timestamp } = fold.apply(frame)
          expect(fold.checksum()).toBe(checksum)
          if (index % 10 !== 0) continue
          expect({ bids: fold.bids(), asks: fold.asks() }).toEqual(truth(world, 'BTC-USD', timestamp, depth))
        }
      }),
      { numRuns: 3 },
    )
  },
)

test('a client that does not cut the book to its depth ends with wrong checksums', () => {
  const world = kraken({ rate: 20 })
  const client = followed(world, 10)
  world.play(3_000)
  const fold = new KrakenFold(10)
  const wrong = client
    .frames('"channel":"book","type"')
    .filter((frame) => fold.apply(frame, false).checksum !== fold.checksum())
  expect(wrong.length).toBeGreaterThan(20)
})

test('an update of one level tells of one that is, or was, within the depth', () => {
  const world = kraken({ rate: 10 })
  const client = followed(world, 10)
  world.play(5_000)
  const fold = new KrakenFold(10)
  let single = 0
  for (const frame of client.frames('"channel":"book","type"')) {
    const before = [...fold.bids(), ...fold.asks()].map(([price]) => price)
    const { type } = fold.apply(frame)
    const levels = levelsOf(frame)
    expect(levels.length).toBeGreaterThan(0)
    if (type === 'snapshot' || levels.length > 1) continue
    single++
    expect([...before, ...[...fold.bids(), ...fold.asks()].map(([price]) => price)]).toContain(levels[0]?.[0])
  }
  expect(single).toBeGreaterThan(20)
})

test('a level that comes into the depth again because one above it went is sent again, behind the delete', () => {
  const world = kraken({ rate: 20 })
  const client = followed(world, 10)
  world.play(3_000)
  const fold = new KrakenFold(10)
  let refills = 0
  for (const frame of client.frames('"channel":"book","type"')) {
    const known = new Set(fold.asks().map(([price]) => price))
    fold.apply(frame)
    const asks = levelsOf(/"asks":\[(.*)\],"checksum"/.exec(frame)?.[1] ?? '')
    const deleted = asks.findIndex(([, quantity]) => !/[1-9]/.test(quantity))
    const refill = asks.findIndex(
      ([price, quantity], at) => at > deleted && /[1-9]/.test(quantity) && !known.has(price),
    )
    if (deleted >= 0 && refill === deleted + 1) refills++
  }
  expect(refills).toBeGreaterThan(10)
})

test.each([
  {
    name: 'a depth there is not',
    params: { channel: 'book', symbol: ['BTC/USD'], depth: 7 },
    error: 'Subscription depth not supported',
  },
  {
    name: 'a pair there is not',
    params: { channel: 'book', symbol: ['XXX/USD'] },
    error: 'Currency pair not supported XXX/USD',
  },
  {
    name: "REST's name of a pair",
    params: { channel: 'trade', symbol: ['XBT/USD'] },
    error: 'Currency pair not supported XBT/USD',
  },
  { name: 'a channel there is not', params: { channel: 'candles', symbol: ['BTC/USD'] }, error: 'Malformed request' },
  { name: 'no symbols', params: { channel: 'book' }, error: 'Malformed request' },
])('$name is refused and the socket stays up', ({ params, error }) => {
  const world = kraken()
  const client = world.client('/v2').forget()
  client.send({ method: 'subscribe', params, req_id: 9 })
  expect(client.messages()).toEqual([
    expect.objectContaining({ error, method: 'subscribe', success: false, req_id: 9 }),
  ])
  client.send(BOOK)
  world.play(2_000)
  expect(client.closed).toBeUndefined()
  expect(client.frames('heartbeat').length).toBe(2)
})

test('what is no JSON is a malformed request, and a second subscription already is one', () => {
  const client = kraken().client('/v2').send('{"method":').send(BOOK).send(BOOK)
  expect(client.messages('"error"').map(({ error }) => error)).toEqual(['Malformed request', 'Already subscribed'])
})

test('unsubscribing must name the depth, and ends the stream', () => {
  const world = kraken({ rate: 10 })
  const client = followed(world, 25)
  const unsubscribe = (depth: number) => ({
    method: 'unsubscribe',
    params: { channel: 'book', symbol: ['BTC/USD'], depth },
  })
  client.send(unsubscribe(10))
  expect(client.messages('"error"')).toEqual([expect.objectContaining({ error: 'Subscription Not Found' })])
  client.send(unsubscribe(25))
  expect(client.messages('unsubscribe').at(-1)).toMatchObject({ success: true, result: { channel: 'book', depth: 25 } })
  client.forget()
  world.play(2_000)
  expect(client.frames('"book"')).toEqual([])
})

test('a ping of either kind is answered', () => {
  const client = kraken().client('/v2').forget().send({ method: 'ping', req_id: 3 }).ping('payload')
  expect(client.messages()).toEqual([
    { method: 'pong', req_id: 3, time_in: expect.stringMatching(ISO), time_out: expect.stringMatching(ISO) },
  ])
  expect(client.heard.at(-1)).toMatchObject({ kind: 'pong', payload: 'payload' })
})

test('the heartbeat comes each second whatever else is sent, or only in silence where the policy says so', () => {
  const heartbeats = (policy: 'always' | 'idle', rate: number): number => {
    const world = kraken({ emulator: (own) => krakenEmulator(own, policy), rate })
    const client = followed(world, 10)
    world.play(10_000)
    return client.frames('{"channel":"heartbeat"}').length
  }
  expect(heartbeats('always', 10)).toBe(10)
  expect(heartbeats('idle', 10)).toBeLessThan(5)
})

test('without a subscription the socket is closed after a minute, with one it is not', () => {
  const world = kraken({ rate: 0.1 })
  const idle = world.client('/v2')
  const busy = followed(world, 10)
  world.play(59_000)
  expect(idle.closed).toBeUndefined()
  world.play(2_000)
  expect({ idle: idle.closed, busy: busy.closed }).toEqual({ idle: 1000, busy: undefined })
})

test('the sixteenth message at once is refused, and after a while messages are taken again', () => {
  const world = kraken()
  const client = world.client('/v2')
  for (let i = 0; i < 16; i++) client.send({ method: 'ping', req_id: i })
  expect(client.messages('Exceeded msg rate')).toEqual([expect.objectContaining({ req_id: 15, success: false })])
  world.play(1_000)
  client.forget().send({ method: 'ping' })
  expect(client.frames('pong').length).toBe(1)
})

test('the hundred and fifty-first connection in ten minutes is refused, and the next ten minutes are a ban', () => {
  const world = kraken({ rate: 0.1 })
  for (let i = 0; i < 150; i++) world.client('/v2')
  expect(world.refusal('/v2')).toMatchObject({ status: 403, headers: { 'retry-after': '600' } })
  world.play(599_000)
  expect(world.refusal('/v2')?.status).toBe(403)
  world.play(2_000)
  expect(world.refusal('/v2')).toBeUndefined()
})

test('trades come as the last fifty, then one by one without a hole', () => {
  const world = kraken({ rate: 20 }).play(20_000)
  const client = world.client('/v2').send({ method: 'subscribe', params: { channel: 'trade', symbol: ['BTC/USD'] } })
  world.play(10_000)
  const [snapshot, ...updates] = client.messages('"channel":"trade","type"')
  const ids = (message: Record<string, unknown>) => (message.data as { trade_id: number }[]).map((row) => row.trade_id)
  expect(ids(snapshot!).length).toBe(50)
  const all = [snapshot!, ...updates].flatMap(ids)
  expect(all.length).toBeGreaterThan(60)
  expect(all).toEqual(all.map((_id, i) => all[0]! + i))
  expect(snapshot).toMatchObject({ type: 'snapshot' })
  for (const update of updates) expect(update).toMatchObject({ type: 'update' })
})

test('the ticker follows the best bid and ask where that is asked for, else the trades', () => {
  const world = kraken({ rate: 5 })
  const ticker = (event_trigger?: string) =>
    world.client('/v2').send({
      method: 'subscribe',
      params: { channel: 'ticker', symbol: ['BTC/USD'], ...(event_trigger === undefined ? {} : { event_trigger }) },
    })
  const bbo = ticker('bbo')
  const trades = ticker()
  world.play(5_000)
  const rows = bbo.frames('"channel":"ticker","type"')
  expect(rows.length).toBeGreaterThan(trades.frames('"channel":"ticker","type"').length)
  for (const row of rows.slice(1, 100)) {
    const [, bid, ask, at = ''] = /"bid":([0-9.]+),.*"ask":([0-9.]+),.*"timestamp":"([^"]+)"/.exec(row) ?? []
    const { bids, asks } = truth(world, 'BTC-USD', at, 1)
    expect([bid, ask]).toEqual([bids[0]?.[0], asks[0]?.[0]])
  }
})

test('numbers are written with every zero of their precision, and with an exponent in the instrument channel alone', () => {
  const world = kraken({ rate: 5, symbols: ['BTC-USD', 'DOGE-USD', 'ETH-BTC'] })
  const client = world.client('/v2')
  for (const channel of ['book', 'trade', 'ticker', 'ohlc']) {
    client.send({ method: 'subscribe', params: { channel, symbol: ['BTC/USD', 'DOGE/USD', 'ETH/BTC'] } })
  }
  client.send({ method: 'subscribe', params: { channel: 'instrument' } })
  world.play(5_000)
  for (const { tickSize, symbol } of world.exchange.instruments) {
    const prices = client
      .frames(`"symbol":"${symbol.replace('-', '/')}"`)
      .flatMap((text) =>
        text.includes('"instrument"') ? [] : [...text.matchAll(/"(?:price|bid|ask|open|vwap)":([^,}]+)/g)],
      )
    expect(prices.length).toBeGreaterThan(20)
    for (const [, price = ''] of prices)
      expect(price).toMatch(new RegExp(`^\\d+${tickSize.decimals === 0 ? '' : `\\.\\d{${tickSize.decimals}}`}$`))
  }
  const [instruments] = client.frames('"channel":"instrument","type":"snapshot"')
  expect(instruments).toMatch(/"(?:qty|price)_increment":\d(?:\.\d+)?e-\d\d[,}]/)
  expect(client.messages('"channel":"instrument","snapshot":true')[0]).toMatchObject({
    result: { warnings: [expect.any(String)] },
  })
})

test('REST lists the pairs under their old names, and answers for each by any of them', () => {
  const world = kraken({ symbols: ['BTC-USD', 'SOL-USD'] }).play(2_000)
  expect(world.json('/0/public/AssetPairs')).toMatchObject({
    error: [],
    result: {
      XXBTZUSD: { altname: 'XBTUSD', wsname: 'XBT/USD', base: 'XXBT', quote: 'ZUSD', status: 'online' },
      SOLUSD: { altname: 'SOLUSD', wsname: 'SOL/USD', base: 'SOL', quote: 'ZUSD' },
    },
  })
  for (const pair of ['XBTUSD', 'XXBTZUSD', 'XBT/USD', 'BTC/USD']) {
    const { result } = world.json(`/0/public/Depth?pair=${pair}&count=5`) as {
      result: Record<string, { asks: unknown[][] }>
    }
    const asks = result.XXBTZUSD?.asks.map(([price, quantity]) => [price, quantity])
    expect(asks).toEqual(truth(world, 'BTC-USD', '2030-01-01T00:00:00.000000Z', 5).asks)
  }
  expect(world.json('/0/public/Depth?pair=NOPE')).toEqual({ error: ['EQuery:Unknown asset pair'] })
  expect(world.json('/0/public/Nope')).toEqual({ error: ['EGeneral:Unknown method'] })
  expect(world.json('/0/public/Assets')).toMatchObject({
    result: { XXBT: { altname: 'XBT' }, ZUSD: { altname: 'USD' } },
  })
  expect(world.json('/0/public/Time')).toMatchObject({ result: { unixtime: Math.floor(world.now / 1_000_000) } })
  expect(world.get('/api/v3/time')).toBeUndefined()
})

test('the same seed says the same, word for word, however the time is cut', () => {
  const said = (turns: readonly number[]): string[] => {
    const world = kraken({ seed: 3, rate: 5 })
    const client = followed(world, 10)
    for (const ms of turns) world.play(ms)
    return client.frames('"channel":"book","type"')
  }
  expect(said([2_000])).toEqual(said([700, 10, 1_290]))
})
