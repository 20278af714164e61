import { isDeepStrictEqual } from 'node:util'
import { crc32 } from 'node:zlib'
import { toLots, toTicks } from '@depthcast/market'
import ccxt, { type Exchange as Client, type OrderBook } from 'ccxt'
import { afterEach, expect, test } from 'vitest'
import { Served } from './served.ts'

/** Book updates to see before a test is content. */
const UPDATES = 200
const SYMBOLS = ['BTC-USD', 'ETH-USD']
const LONG = 60_000

type Pro = InstanceType<typeof ccxt.pro.kraken>
type Coinbase = InstanceType<typeof ccxt.pro.coinbaseexchange>
type Socket = Parameters<Pro['handleOrderBook']>[0]
let open: { readonly served: Served; readonly client: Client } | undefined

afterEach(async () => {
  await open?.client.close()
  await open?.served.close()
  open = undefined
})

/** An independent client, pointed at an emulator by its own address book. */
async function connect<Made extends Client>(venue: string, make: (origin: string) => Made) {
  const served = await Served.open({ venue, symbols: SYMBOLS, seed: 11, speed: 10 })
  const client = make(`127.0.0.1:${served.port}`)
  open = { served, client }
  // ccxt takes an agent for TLS to an address without it, unless it has one for HTTP.
  await client.loadHttpProxyAgent()
  await client.loadMarkets()
  return { served, client }
}

/** A side of ccxt's floats in whole ticks and lots. */
function flat(levels: readonly (readonly [number | undefined, number | undefined])[], served: Served, symbol: string) {
  const { tickSize, lotSize } = served.exchange.instruments.find((one) => one.symbol === symbol)!
  // A side of ccxt's is an array of a class of its own, and so would be what is made of it.
  return [...levels].flatMap(([price = 0, amount = 0]) => [
    toTicks(price.toFixed(tickSize.decimals), tickSize),
    toLots(amount.toFixed(lotSize.decimals), lotSize),
  ])
}

function sides(book: OrderBook, served: Served, symbol: string) {
  return {
    bids: flat(book.bids as [number, number][], served, symbol),
    asks: flat(book.asks as [number, number][], served, symbol),
  }
}

/** What is still on its way when the exchange stands still has come when the client's book is the exchange's. It fails by never coming. */
function becomes(client: Pro | Coinbase, book: () => unknown, wanted: unknown): Promise<void> {
  return new Promise((resolve) => {
    const take = client.handleOrderBook.bind(client)
    client.handleOrderBook = (socket: Socket, message: Parameters<Pro['handleOrderBook']>[1]) => {
      take(socket, message)
      if (isDeepStrictEqual(book(), wanted)) resolve()
    }
    if (isDeepStrictEqual(book(), wanted)) resolve()
  })
}

/** Trades as ccxt has them are trades of the exchange: the same ids, prices, sizes and takers. */
async function seeTrades(client: Client, served: Served, market: string, symbol: string): Promise<void> {
  const { tickSize, lotSize } = served.exchange.instruments.find((one) => one.symbol === symbol)!
  const seen = new Map<string, { price: number; lots: number; taker: string | undefined }>()
  while (seen.size < 30) {
    for (const trade of await client.watchTrades(market)) {
      const price = toTicks(trade.price!.toFixed(tickSize.decimals), tickSize)
      const lots = toLots(trade.amount!.toFixed(lotSize.decimals), lotSize)
      seen.set(trade.id!, { price, lots, taker: trade.side })
    }
  }
  const real = new Map(
    served.fills.filter((fill) => fill.symbol === symbol).map((fill) => [String(fill.tradeId), fill]),
  )
  for (const [id, trade] of seen) {
    const fill = real.get(id)
    expect(trade).toEqual({ price: fill?.ticks, lots: fill?.lots, taker: fill?.side === 'bid' ? 'sell' : 'buy' })
  }
  const ids = [...seen.keys()].map(Number).sort((a, b) => a - b)
  expect(ids.at(-1)! - ids[0]! + 1, 'no trade is missing between the first and the last').toBe(ids.length)
}

async function seeTicker(client: Client, market: string, params = {}): Promise<void> {
  const ticker = await client.watchTicker(market, params)
  expect(ticker.symbol).toBe(market)
  expect(ticker.bid!).toBeLessThan(ticker.ask!)
  expect(ticker.last!).toBeGreaterThan(0)
}

test('ccxt keeps a Kraken book whose checksum is right after every message', { timeout: LONG }, async () => {
  const { served, client } = await connect('kraken', (host) => {
    const kraken = new ccxt.pro.kraken({})
    const urls = kraken.urls as { api: Record<string, unknown> }
    urls.api = { ...urls.api, public: `http://${host}`, ws: { public: `ws://${host}/v2`, publicV2: `ws://${host}/v2` } }
    return kraken
  })
  const checked = checksums(client, served)
  while (checked.good + checked.bad < UPDATES) await client.watchOrderBook('BTC/USD', 10)
  expect(checked.bad).toBe(0)
  await seeTrades(client, served, 'BTC/USD', 'BTC-USD')
  await seeTicker(client, 'BTC/USD')
  served.freeze()
  const truth = served.host.oracle.book('BTC-USD')!
  await becomes(client, () => sides(client.orderbooks['BTC/USD'] as OrderBook, served, 'BTC-USD'), {
    bids: truth.bids.slice(0, 20),
    asks: truth.asks.slice(0, 20),
  })
  expect(checked.bad).toBe(0)
})

/** The venue's checksum, computed over the client's book after each message it has taken. */
function checksums(client: Pro, served: Served): { good: number; bad: number } {
  const counts = { good: 0, bad: 0 }
  const take = client.handleOrderBook.bind(client)
  client.handleOrderBook = (socket: Socket, message: { data: { symbol: string; checksum: number }[] }) => {
    take(socket, message)
    const { symbol, checksum } = message.data[0]!
    const { bids, asks } = sides(client.orderbooks[symbol] as OrderBook, served, symbol.replace('/', '-'))
    const digits = [...asks.slice(0, 20), ...bids.slice(0, 20)].join('')
    if (crc32(digits) === checksum) counts.good += 1
    else counts.bad += 1
  }
  return counts
}

test('ccxt keeps a Binance book that is the exchange’s at every update id', { timeout: LONG }, async () => {
  const { served, client } = await connect('binance', (host) => {
    const binance = new ccxt.pro.binance({ options: { fetchMarkets: { types: ['spot'] }, defaultType: 'spot' } })
    const urls = binance.urls as { api: Record<string, unknown> }
    urls.api = {
      ...urls.api,
      public: `http://${host}/api/v3`,
      ws: { ...(urls.api.ws as object), spot: `ws://${host}/ws` },
    }
    binance.isSpotUrl = () => true
    return binance
  })
  const chain = sequence(client)
  for (let updates = 0; updates < UPDATES; updates += 1) {
    const book = await client.watchOrderBook('BTC/USDT')
    // Frames that came together are taken before anybody who waits is called: the id is that of the book as it stands.
    const truth = served.host.oracle.book('BTC-USD', book.nonce!)!
    expect(sides(book, served, 'BTC-USD')).toEqual({ bids: truth.bids, asks: truth.asks })
  }
  expect(chain.continued).toBeGreaterThanOrEqual(UPDATES - 1)
  expect(chain.broken).toBe(0)
  await seeTrades(client, served, 'BTC/USDT', 'BTC-USD')
  // By itself ccxt asks for the mini ticker, which has no quotes.
  await seeTicker(client, 'BTC/USDT', { name: 'ticker' })
})

/** `U` continues `u` in what came over the wire. */
function sequence(client: InstanceType<typeof ccxt.pro.binance>): { continued: number; broken: number } {
  const counts = { continued: 0, broken: 0 }
  let last: number | undefined
  const take = client.handleOrderBook.bind(client)
  client.handleOrderBook = (socket: Socket, message: { U: number; u: number }) => {
    if (last !== undefined) counts[message.U === last + 1 ? 'continued' : 'broken'] += 1
    last = message.u
    take(socket, message)
  }
  return counts
}

test('ccxt keeps a Coinbase book that ends as the exchange’s', { timeout: LONG }, async () => {
  const { served, client } = await connect('coinbase', (host) => {
    const credentials = { apiKey: 'any', secret: Buffer.from('any secret').toString('base64'), password: 'any' }
    const coinbase = new ccxt.pro.coinbaseexchange(credentials)
    const urls = coinbase.urls as { api: Record<string, unknown> }
    urls.api = { ...urls.api, public: `http://${host}`, private: `http://${host}`, ws: `ws://${host}` }
    return coinbase
  })
  for (let updates = 0; updates < UPDATES; updates += 1) await client.watchOrderBook('BTC/USD')
  await seeTrades(client, served, 'BTC/USD', 'BTC-USD')
  await seeTicker(client, 'BTC/USD')
  served.freeze()
  const { bids, asks } = served.host.oracle.book('BTC-USD')!
  await becomes(client, () => sides(client.orderbooks['BTC/USD'] as OrderBook, served, 'BTC-USD'), { bids, asks })
})
