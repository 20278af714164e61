import type { Instrument } from '@depthcast/market'
import { instrumentId, step } from '@depthcast/market'
import { z } from 'zod'
import { VenueProtocolError } from '../errors.ts'
import type { ConnectionPlan, HttpReply, Venue, VenueOptions } from '../venue.ts'
import { BitstampProtocol } from './bitstamp/protocol.ts'
import { retell } from './bitstamp/retell.ts'
import { Grids } from './grid.ts'
import { object, parseObject, string } from './wire.ts'

const ID = 'bitstamp'
const WS_URL = 'wss://ws.bitstamp.net'
const HTTP_URL = 'https://www.bitstamp.net'
/** Three channels each, every one asked for in a message of its own: all are out within four seconds. */
const PAIRS_PER_CONNECTION = 20

/**
 * Bitstamp. Its books are a fetched snapshot and differences without sequence or checksum; what proves them is a second channel that repeats their
 * top 100 levels, hence the grade `oracle`. Source: www.bitstamp.net/websocket/v2 and /api.
 */
export const bitstamp: Venue = {
  id: ID,
  describe: () => ({
    title: 'Bitstamp',
    integrity: 'oracle',
    defaultSymbols: ['BTC-USD', 'ETH-USD', 'XRP-USD', 'SOL-USD', 'BTC-EUR', 'ETH-EUR'],
    // 10,000 requests in 10 minutes; nothing is said of connections and messages.
    limits: { connects: 10, perMs: 10_000, sendsPerSecond: 20, requestsPerSecond: 10, silenceMs: 30_000 },
  }),
  directory: (options) => ({
    requests: [{ id: 'pairs', url: `${httpUrl(options)}/api/v2/trading-pairs-info/` }],
    parse: ([reply]) => parseDirectory(reply),
  }),
  infer,
  recognises: (url) => /^wss:\/\/ws\.bitstamp\.net(?:[:/]|$)/.test(url),
  plan: (instruments, options) => {
    const plans: ConnectionPlan[] = []
    for (let at = 0; at < instruments.length; at += PAIRS_PER_CONNECTION) {
      const part = instruments.slice(at, at + PAIRS_PER_CONNECTION)
      plans.push({ venue: ID, url: options.wsUrl ?? WS_URL, instruments: part, options })
    }
    return plans
  },
  retell,
  protocol: (plan) => new BitstampProtocol(plan.instruments, httpUrl(plan.options)),
}

function httpUrl(options: VenueOptions): string {
  return options.httpUrl ?? HTTP_URL
}

function parseDirectory(reply: HttpReply | undefined): readonly Instrument[] {
  const body = reply?.body ?? ''
  let pairs: z.infer<typeof Pairs>
  try {
    pairs = Pairs.parse(JSON.parse(body))
  } catch (cause) {
    throw new VenueProtocolError({ venue: ID, reason: 'the list of pairs cannot be read', frame: body, cause })
  }
  return pairs.flatMap(({ name, url_symbol: venueSymbol, base_decimals, counter_decimals, trading }) => {
    // `BTC/USD-PERP` is no spot market.
    const [, base, quote] = /^([A-Z0-9]+)\/([A-Z0-9]+)$/i.exec(name) ?? []
    if (trading !== 'Enabled' || base === undefined || quote === undefined) return []
    const names = { base: base.toUpperCase(), quote: quote.toUpperCase() }
    const grid = { tickSize: step(`1e-${counter_decimals}`), lotSize: step(`1e-${base_decimals}`) }
    return [{ id: instrumentId(ID, base, quote), venue: ID, venueSymbol, ...names, ...grid }]
  })
}

function infer(frames: Iterable<string>, replies: Iterable<HttpReply>): readonly Instrument[] {
  const grids = new Grids(ID, splitSymbol)
  const book = (symbol: string, levels: Readonly<Record<string, unknown>>): void => {
    grids.levels(symbol, levels.bids)
    grids.levels(symbol, levels.asks)
  }
  for (const text of frames) {
    try {
      const frame = parseObject(text)
      const [, channel, symbol] = /^((?:diff_)?order_book|live_trades)_(.+)$/.exec(string(frame, 'channel')) ?? []
      if (symbol === undefined || (frame.event !== 'data' && frame.event !== 'trade')) continue
      const data = object(frame.data, 'data')
      if (channel === 'live_trades') grids.levels(symbol, [[data.price_str, data.amount_str]])
      else book(symbol, data)
    } catch {
      // Unreadable here is unreadable for the protocol, which counts it.
    }
  }
  for (const { url, body } of replies) {
    const symbol = /\/order_book\/([^/]+)\//.exec(new URL(url).pathname)?.[1]
    if (symbol === undefined) continue
    try {
      book(symbol, parseObject(body))
    } catch {
      // As above.
    }
  }
  return grids.instruments()
}

/** `btcusd` does not say where the base ends; the quotes Bitstamp lists, longest first, do. */
function splitSymbol(symbol: string): readonly [string, string] | undefined {
  const quote = QUOTES.find((candidate) => symbol.endsWith(candidate) && symbol.length > candidate.length)
  return quote === undefined ? undefined : [symbol.slice(0, -quote.length), quote]
}

const QUOTES = ['usdt', 'usdc', 'pyusd', 'usd', 'eur', 'gbp', 'btc', 'eth', 'dai', 'pax']

const Pairs = z.array(
  z.object({
    name: z.string(),
    url_symbol: z.string(),
    base_decimals: z.int().min(0).max(30),
    counter_decimals: z.int().min(0).max(30),
    trading: z.string(),
  }),
)
