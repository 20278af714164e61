import { FeedConfigError } from '../errors.ts'
import type { ConnectionPlan, Venue, VenueOptions } from '../venue.ts'
import { krakenHistory } from './kraken/bars.ts'
import { inferPairs, parseAssetPairs } from './kraken/directory.ts'
import { KrakenProtocol } from './kraken/protocol.ts'
import { retell } from './kraken/retell.ts'

const ID = 'kraken'
const WS_URL = 'wss://ws.kraken.com'
const HTTP_URL = 'https://api.kraken.com'
const DEPTHS: readonly number[] = [10, 25, 100, 500, 1000]
/**
 * All there is. Views are grouped, and a hundred levels of a market with a fine tick are a few dollars of it. The price is one big snapshot a
 * resync: updates near the touch come at any depth, and those far from it are few. The checksum is of the best ten levels at any depth; those below
 * are held against a fresh book once a minute. At depth 10 the checksum proves all of it, and no fresh book is asked for.
 */
const DEFAULT_DEPTH = 1000
/** Attempts to connect are what is scarce: about 150 in ten minutes, then a ban of ten more. */
const PAIRS_PER_CONNECTION = 50

/**
 * Kraken spot, WebSocket API v2. Instruments come from REST, since they must be known before anything is subscribed; the instrument channel, the
 * authority on precision and status, then watches over them. Source: docs.kraken.com/api, Spot WebSocket v2 and Spot REST.
 */
export const kraken: Venue = {
  id: ID,
  describe: () => ({
    title: 'Kraken spot',
    depth: DEFAULT_DEPTH,
    integrity: 'checksum',
    depths: DEPTHS,
    defaultSymbols: ['BTC-USD', 'ETH-USD', 'SOL-USD', 'XRP-USD', 'DOGE-USD', 'ETH-BTC'],
    limits: {
      connects: 100,
      perMs: 600_000,
      sendsPerSecond: 10,
      requestsPerSecond: 1,
      silenceMs: 10_000,
      minDelayMs: 5_000,
    },
  }),
  directory: (options) => {
    depthOf(options)
    return {
      requests: [{ id: 'AssetPairs', url: `${httpUrl(options)}/0/public/AssetPairs` }],
      parse: ([reply]) => parseAssetPairs(reply),
    }
  },
  infer: inferPairs,
  recognises: (url) => /^wss:\/\/(?:beta-)?ws\.kraken\.com(?::\d+)?\/v2(?:[/?]|$)/.test(url),
  plan: (instruments, options) => {
    const plans: ConnectionPlan[] = []
    for (let at = 0; at < instruments.length; at += PAIRS_PER_CONNECTION) {
      const part = instruments.slice(at, at + PAIRS_PER_CONNECTION)
      plans.push({ venue: ID, url: `${options.wsUrl ?? WS_URL}/v2`, instruments: part, options })
    }
    return plans
  },
  retell,
  history: (options) => krakenHistory(httpUrl(options)),
  protocol: ({ instruments, options, url: wsUrl = `${WS_URL}/v2` }) =>
    new KrakenProtocol(instruments, depthOf(options), { wsUrl, httpUrl: httpUrl(options) }),
}

function httpUrl(options: VenueOptions): string {
  return options.httpUrl ?? HTTP_URL
}

function depthOf({ depth = DEFAULT_DEPTH }: VenueOptions): number {
  if (DEPTHS.includes(depth)) return depth
  throw new FeedConfigError(`kraken has no books of depth ${depth}: it has ${DEPTHS.join(', ')}`)
}
