import type { Instrument } from '@depthcast/market'
import { instrumentId, step } from '@depthcast/market'
import { z } from 'zod'
import { VenueProtocolError } from '../errors.ts'
import type { ConnectionPlan, HttpReply, Venue, VenueOptions } from '../venue.ts'
import { coinbaseHistory } from './coinbase/bars.ts'
import { CoinbaseProtocol } from './coinbase/protocol.ts'
import { type Addresses, PUBLIC } from './coinbase/requests.ts'
import { retell } from './coinbase/retell.ts'
import { Grids } from './grid.ts'
import { list, object, parseObject, type Raw, string } from './wire.ts'

const ID = 'coinbase'
/**
 * 8 requests a second from one address, connections among them; 100 messages a second, of which half is enough. A fresh book asked for beside the
 * first, and a successor's, are two more of the 10 subscriptions a product and channel may have. Source: the same, WebSocket rate limits.
 */
const LIMITS = {
  connects: 8,
  perMs: 1_000,
  sendsPerSecond: 50,
  sendsCountPer: 'address',
  requestsPerSecond: 8,
  silenceMs: 15_000,
} as const
/** Whole books come as one frame each; a few sockets are read sooner than one. */
const PRODUCTS_PER_CONNECTION = 10

/**
 * Coinbase Exchange, public channels. Its books carry neither sequence nor checksum: an update lost on the way shows in the ticker's best bid and
 * ask, or when the whole book is asked for again and differs, hence the grade `oracle`. Source: docs.cdp.coinbase.com/exchange, WebSocket channels.
 */
export const coinbase: Venue = {
  id: ID,
  describe: () => ({
    title: 'Coinbase Exchange',
    integrity: 'oracle',
    defaultSymbols: ['BTC-USD', 'ETH-USD', 'SOL-USD', 'XRP-USD', 'DOGE-USD', 'ETH-BTC'],
    limits: LIMITS,
  }),
  directory: (options) => ({
    requests: [{ id: 'products', url: `${addresses(options).httpUrl}/products` }],
    parse: ([reply]) => parseDirectory(reply),
  }),
  infer,
  recognises: (url) => /^wss:\/\/ws-feed(?:-public\.sandbox)?\.(?:pro|exchange)\.coinbase\.com(?:[:/]|$)/.test(url),
  plan: (instruments, options) => {
    const plans: ConnectionPlan[] = []
    for (let at = 0; at < instruments.length; at += PRODUCTS_PER_CONNECTION) {
      const part = instruments.slice(at, at + PRODUCTS_PER_CONNECTION)
      plans.push({ venue: ID, url: addresses(options).wsUrl, instruments: part, options })
    }
    return plans
  },
  retell,
  history: (options) => coinbaseHistory(addresses(options).httpUrl),
  protocol: (plan) => new CoinbaseProtocol(plan.instruments, addresses(plan.options)),
}

function addresses({ wsUrl = PUBLIC.wsUrl, httpUrl = PUBLIC.httpUrl }: VenueOptions): Addresses {
  return { wsUrl, httpUrl }
}

function parseDirectory(reply: HttpReply | undefined): readonly Instrument[] {
  const body = reply?.body ?? ''
  let products: z.infer<typeof Products>
  try {
    products = Products.parse(JSON.parse(body))
  } catch (cause) {
    throw new VenueProtocolError({ venue: ID, reason: 'the list of products cannot be read', frame: body, cause })
  }
  return products
    .filter(({ status }) => status === 'online')
    .map(({ id, base_currency: base, quote_currency: quote, base_increment, quote_increment }) => ({
      id: instrumentId(ID, base, quote),
      venue: ID,
      venueSymbol: id,
      base: base.toUpperCase(),
      quote: quote.toUpperCase(),
      tickSize: step(quote_increment),
      lotSize: step(base_increment),
    }))
}

function infer(frames: Iterable<string>): readonly Instrument[] {
  const grids = new Grids(ID, (symbol) => {
    const [base, quote, ...more] = symbol.split('-')
    return base && quote && more.length === 0 ? [base, quote] : undefined
  })
  const seen = new Set<string>()
  const increments = new Map<string, Raw>()
  for (const text of frames) {
    try {
      const frame = parseObject(text)
      if (frame.type === 'status') {
        for (const entry of list(frame.products, 'products')) {
          const product = object(entry, 'a product')
          increments.set(string(product, 'id'), product)
        }
      }
      const symbol = frame.product_id
      if (typeof symbol !== 'string') continue
      seen.add(symbol)
      if (frame.type === 'snapshot') {
        grids.levels(symbol, frame.bids)
        grids.levels(symbol, frame.asks)
      } else if (frame.type === 'l2update') {
        grids.levels(
          symbol,
          list(frame.changes, 'changes').map((change) => list(change, 'a change').slice(1)),
        )
      } else if (frame.type === 'match' || frame.type === 'last_match')
        grids.levels(symbol, [[frame.price, frame.size]])
      else if (frame.type === 'ticker') {
        for (const price of [frame.best_bid, frame.best_ask, frame.price]) grids.price(symbol, price)
        for (const size of [frame.best_bid_size, frame.best_ask_size, frame.last_size]) grids.quantity(symbol, size)
      }
    } catch {
      // Unreadable here is unreadable for the protocol, which counts it.
    }
  }
  // What the venue itself says of a product that is in the recording; of the others it says it too.
  for (const symbol of seen) {
    grids.price(symbol, increments.get(symbol)?.quote_increment)
    grids.quantity(symbol, increments.get(symbol)?.base_increment)
  }
  return grids.instruments()
}

const Products = z.array(
  z.object({
    id: z.string(),
    base_currency: z.string(),
    quote_currency: z.string(),
    base_increment: z.string(),
    quote_increment: z.string(),
    status: z.string(),
  }),
)
