import { Attempts } from '../attempts.ts'
import type { Emulator, HttpQuestion, Upgrade, World } from '../emulator.ts'
import { AllMarkets } from './all-markets.ts'
import { BinanceApiConversation } from './api-conversation.ts'
import { BinanceConversation, MOST_STREAMS, type Opening } from './conversation.ts'
import { TIME_UNITS } from './frames.ts'
import { binanceListings } from './listing.ts'
import type { MarketOptions } from './market.ts'
import { BinanceRest } from './rest.ts'

export type BinanceOptions = MarketOptions & {
  /** How long a socket lives. Default 24 hours. */
  readonly lifeMs?: number
}

const LIFE_MS = 24 * 3_600_000
/** Too many: refused until the five minutes are over. */
const ATTEMPTS = { attempts: 300, perMs: 300_000, banMs: 300_000, status: 429 }

/**
 * Binance spot: raw streams at `/ws/<stream>[/<stream>]` and `/ws`, combined ones at `/stream?streams=<stream>/<stream>`, REST at `/api/v3/*`, and
 * the same by WebSocket at `/ws-api/v3`.
 *
 * A market `BTC-USDT` of the exchange is `BTCUSDT` here, and so is `BTC-USD` where there is no other. Update ids of books are the numbers of the exchange's events.
 */
export function binanceEmulator(world: World, options: BinanceOptions = {}): Emulator {
  const listings = binanceListings(world, options)
  const markets = new Map([...listings.values()].map(({ market }) => [market.listed.symbol, market]))
  const all = new AllMarkets(listings)
  const rest = new BinanceRest(listings, world)
  const attempts = new Attempts(ATTEMPTS)
  const lifeMs = options.lifeMs ?? LIFE_MS
  return {
    venue: 'binance',
    numbering: {
      last: (symbol) => markets.get(symbol)?.lastId ?? 0,
      eventAt: (symbol, id) => markets.get(symbol)?.eventAt(id),
    },
    market: (event, now) => {
      all.advance(now)
      markets.get(event.symbol)?.hear(event, now)
    },
    http: (question) => rest.answer(question),
    upgrade: (question): Upgrade | undefined => {
      const opening = openingOf(question)
      const isApi = question.path === '/ws-api/v3'
      if (opening === undefined && !isApi) return undefined
      const refusal = attempts.refusal(question.address, question.now)
      if (refusal !== undefined) return { accepted: false, answer: refusal }
      if (opening === undefined) {
        return { accepted: true, conversation: new BinanceApiConversation(rest, question, lifeMs) }
      }
      if (opening.streams.length > MOST_STREAMS) return { accepted: false, answer: { status: 400, body: '' } }
      return { accepted: true, conversation: new BinanceConversation({ listings, all }, world, { opening, lifeMs }) }
    },
  }
}

function openingOf({ path, query }: HttpQuestion): Opening | undefined {
  const unit = TIME_UNITS[query.get('timeUnit')?.toUpperCase() === 'MICROSECOND' ? 'MICROSECOND' : 'MILLISECOND']
  const names = (text: string): string[] => [...new Set(text.split('/').filter((name) => name !== ''))]
  if (path === '/stream' || path === '/stream/') {
    // No name has a space in it: it was the plus of a time zone.
    return { streams: names((query.get('streams') ?? '').replaceAll(' ', '+')), combined: true, unit }
  }
  if (path === '/ws' || path.startsWith('/ws/')) {
    return { streams: names(decodeURIComponent(path.slice('/ws'.length))), combined: false, unit }
  }
  return undefined
}
