import { Attempts } from '../attempts.ts'
import type { Emulator, World } from '../emulator.ts'
import { type HeartbeatPolicy, KrakenConversation } from './conversation.ts'
import { KrakenMarket } from './market.ts'
import { krakenRest } from './rest.ts'

/** About 150 attempts in 10 minutes, then about 10 minutes of Cloudflare's ban. */
const ATTEMPTS = { attempts: 150, perMs: 600_000, banMs: 600_000, status: 403 }
/** Ids of Kraken's connections do not fit in a double. */
const FIRST_CONNECTION = 12_345_678_901_234_567_890n

/** Kraken: WebSocket v2 at `/v2`, REST below `/0/public/`. */
export function krakenEmulator(world: World, heartbeats: HeartbeatPolicy = 'always'): Emulator {
  const bySymbol = new Map(world.exchange.instruments.map((listed) => [listed.symbol, new KrakenMarket(listed, world)]))
  const byName = new Map([...bySymbol.values()].map((market) => [market.names.symbol, market]))
  const attempts = new Attempts(ATTEMPTS)
  let connections = 0n
  return {
    venue: 'kraken',
    market: (event, now) => bySymbol.get(event.symbol)?.hear(event, now),
    http: (question) => krakenRest(question, byName),
    upgrade: ({ path, address, now }) => {
      if (path !== '/v2') return undefined
      const refused = attempts.refusal(address, now)
      if (refused !== undefined) return { accepted: false, answer: refused }
      const connectionId = FIRST_CONNECTION + connections++
      return { accepted: true, conversation: new KrakenConversation(byName, world, { connectionId, heartbeats }) }
    },
  }
}
