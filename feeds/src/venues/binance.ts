import type { Instrument } from '@depthcast/market'
import { instrumentId, step } from '@depthcast/market'
import { z } from 'zod'
import { VenueProtocolError } from '../errors.ts'
import type { ConnectionPlan, HttpReply, Venue, VenueOptions } from '../venue.ts'
import { binanceHistory } from './binance/bars.ts'
import { BinanceProtocol } from './binance/protocol.ts'
import { retell } from './binance/retell.ts'
import { MOST_STREAMS, STREAMS, streamsOf, symbolOfStream } from './binance/streams.ts'
import { Grids } from './grid.ts'
import { object, parseObject } from './wire.ts'

const ID = 'binance'
/** The addresses for public market data alone: no key, no trading behind them. */
const WS_URL = 'wss://data-stream.binance.vision'
const HTTP_URL = 'https://data-api.binance.vision'
/** With more the address would grow too long for some proxies. */
const SYMBOLS_PER_CONNECTION = Math.min(50, Math.floor(MOST_STREAMS / STREAMS.length))
const DAY_MS = 86_400_000
/** An address has weight 6000 a minute: at most the burst and 60 s of the rate are ours, the rest is left to whoever else asks from here. */
const REQUEST_WEIGHT = { burst: 1_200, perSecond: 70 }
/** The venue gives at most 5000 levels, at five times the weight. */
const DEEP_LEVELS = 5_000

/**
 * Binance spot. Its grade is `sequence`: every event's ids continue those before, which proves that nothing was lost. That the book is right is
 * proven from time to time, by `oracle` checks against its best 20 levels (ten times a second) and against fetched snapshots.
 *
 * Source: binance-spot-api-docs, web-socket-streams.md and rest-api.md.
 */
export const binance: Venue = {
  id: ID,
  describe: () => ({
    title: 'Binance spot',
    integrity: 'sequence',
    defaultSymbols: ['BTC-USDT', 'ETH-USDT', 'SOL-USDT', 'XRP-USDT', 'BNB-USDT', 'DOGE-USDT', 'ETH-BTC'],
    depths: [1_000, DEEP_LEVELS],
    limits: {
      connects: 300,
      perMs: 300_000,
      sendsPerSecond: 4,
      requestWeight: REQUEST_WEIGHT,
      silenceMs: 60_000,
      lifeMs: DAY_MS,
    },
  }),
  directory: (options) => ({
    requests: [{ id: 'exchangeInfo', url: `${httpUrl(options)}/api/v3/exchangeInfo` }],
    parse: ([reply]) => parseDirectory(reply),
  }),
  infer,
  recognises: (url) => /^wss:\/\/(?:stream|data-stream)\.binance\.(?:com|us|vision)(?::\d+)?\//.test(url),
  plan: (instruments, options) => {
    const plans: ConnectionPlan[] = []
    for (let at = 0; at < instruments.length; at += SYMBOLS_PER_CONNECTION) {
      const part = instruments.slice(at, at + SYMBOLS_PER_CONNECTION)
      const streams = part.flatMap(({ venueSymbol }) => streamsOf(venueSymbol))
      const url = `${options.wsUrl ?? WS_URL}/stream?streams=${streams.join('/')}`
      plans.push({ venue: ID, url, instruments: part, options })
    }
    return plans
  },
  retell,
  history: (options) => binanceHistory(httpUrl(options)),
  protocol: ({ instruments, options }) => {
    const deep = (options.depth ?? 0) > 1_000 ? { seedLevels: DEEP_LEVELS } : {}
    return new BinanceProtocol(instruments, httpUrl(options), deep)
  },
}

function httpUrl(options: VenueOptions): string {
  return options.httpUrl ?? HTTP_URL
}

function parseDirectory(reply: HttpReply | undefined): readonly Instrument[] {
  const body = reply?.body ?? ''
  let listing: z.infer<typeof ExchangeInfo>
  try {
    listing = ExchangeInfo.parse(JSON.parse(body))
  } catch (cause) {
    throw new VenueProtocolError({ venue: ID, reason: 'exchangeInfo cannot be read', frame: body, cause })
  }
  return listing.symbols
    .filter(({ status }) => status === 'TRADING')
    .map(({ symbol, baseAsset, quoteAsset, filters }) => {
      const tickSize = filters.find(({ filterType }) => filterType === 'PRICE_FILTER')?.tickSize
      const lotSize = filters.find(({ filterType }) => filterType === 'LOT_SIZE')?.stepSize
      if (tickSize === undefined || lotSize === undefined) {
        throw new VenueProtocolError({
          venue: ID,
          reason: `${symbol} has no tick or step size`,
          frame: JSON.stringify(filters),
        })
      }
      const id = instrumentId(ID, baseAsset, quoteAsset)
      const grid = { tickSize: step(tickSize), lotSize: step(lotSize) }
      return {
        id,
        venue: ID,
        venueSymbol: symbol,
        base: baseAsset.toUpperCase(),
        quote: quoteAsset.toUpperCase(),
        ...grid,
      }
    })
}

function infer(frames: Iterable<string>, replies: Iterable<HttpReply>): readonly Instrument[] {
  const grids = new Grids(ID, splitSymbol)
  for (const frame of frames) {
    try {
      const outer = parseObject(frame)
      const event = outer.data === undefined ? outer : object(outer.data, 'data')
      const partialOf = event.lastUpdateId === undefined ? undefined : symbolOfStream(outer.stream)
      if (partialOf !== undefined) {
        grids.levels(partialOf, event.bids)
        grids.levels(partialOf, event.asks)
      }
      if (typeof event.s !== 'string') continue
      if (event.e === 'depthUpdate') {
        grids.levels(event.s, event.b)
        grids.levels(event.s, event.a)
      } else if (event.e === 'trade' || event.e === 'aggTrade') grids.levels(event.s, [[event.p, event.q]])
      else if (event.e === undefined) {
        grids.levels(event.s, [
          [event.b, event.B],
          [event.a, event.A],
        ])
      }
    } catch {
      // Unreadable here is unreadable for the protocol, which counts it.
    }
  }
  for (const { url, body } of replies) {
    const symbol = new URL(url).searchParams.get('symbol')
    if (symbol === null) continue
    try {
      const seed = parseObject(body)
      grids.levels(symbol, seed.bids)
      grids.levels(symbol, seed.asks)
    } catch {
      // As above.
    }
  }
  return grids.instruments()
}

/** `BLZETH` does not say where the base ends; the quotes Binance lists, longest first, do. */
function splitSymbol(symbol: string): readonly [string, string] | undefined {
  const quote = QUOTES.find((candidate) => symbol.endsWith(candidate) && symbol.length > candidate.length)
  return quote === undefined ? undefined : [symbol.slice(0, -quote.length), quote]
}

const QUOTES = [
  ...['FDUSD', 'USDT', 'BUSD', 'USDC', 'TUSD', 'USDP', 'USDS', 'BIDR', 'BKRW', 'IDRT', 'BVND', 'AEUR', 'EURI', 'DOGE'],
  ...[
    'BTC',
    'ETH',
    'BNB',
    'USD',
    'EUR',
    'GBP',
    'AUD',
    'TRY',
    'BRL',
    'RUB',
    'UAH',
    'NGN',
    'ZAR',
    'DAI',
    'PAX',
    'VAI',
    'TRX',
  ],
  ...['XRP', 'DOT', 'JPY', 'PLN', 'RON', 'ARS', 'MXN', 'COP', 'CZK', 'SOL'],
]

const ExchangeInfo = z.object({
  symbols: z.array(
    z.object({
      symbol: z.string(),
      status: z.string(),
      baseAsset: z.string(),
      quoteAsset: z.string(),
      filters: z.array(
        z.looseObject({ filterType: z.string(), tickSize: z.string().optional(), stepSize: z.string().optional() }),
      ),
    }),
  ),
})
