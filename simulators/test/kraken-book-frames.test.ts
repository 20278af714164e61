import fc from 'fast-check'
import { expect, test } from 'vitest'
import { followed, kraken, truth } from './kraken-client.ts'
import { KrakenFold, levelsOf } from './kraken-fold.ts'

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

test('the same seed says the same, word for word, however the time is cut', () => {
  const said = (turns: readonly number[]): string[] => {
    const world = kraken({ seed: 3, rate: 5 })
    const client = followed(world, 10)
    for (const ms of turns) world.play(ms)
    return client.frames('"channel":"book","type"')
  }
  expect(said([2_000])).toEqual(said([700, 10, 1_290]))
})
