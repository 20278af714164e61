import { MessageBudget } from '../attempts.ts'
import type { Emulator, Upgrade, World } from '../emulator.ts'
import { CoinbaseConversation } from './conversation.ts'
import { CoinbaseProduct, type ProductOptions } from './product.ts'
import { CoinbaseRest } from './rest.ts'

/** Eight connections a second for an address, twenty at once. Source: docs.cdp.coinbase.com/exchange, WebSocket rate limits. */
const CONNECTS = { burst: 20, perSecond: 8 }

/** Coinbase Exchange: its WebSocket at `/`, its public REST at `/products`, `/currencies` and `/time`. */
export function coinbaseEmulator(world: World, options: ProductOptions = {}): Emulator {
  const products = new Map(
    world.exchange.instruments.map((listed) => [listed.symbol, new CoinbaseProduct(listed, world, options)]),
  )
  const rest = new CoinbaseRest(products)
  const budgets = new Map<string, MessageBudget>()
  return {
    venue: 'coinbase',
    numbering: {
      last: (symbol) => products.get(symbol)?.sequence ?? 0,
      eventAt: (symbol, sequence) => products.get(symbol)?.eventAt(sequence),
    },
    market: (event) => products.get(event.symbol)?.hear(event, world.openedAt + event.at),
    http: (question) => rest.answer(question),
    upgrade: ({ path, address, now }): Upgrade | undefined => {
      if (path !== '/') return undefined
      const budget = budgets.get(address) ?? new MessageBudget(CONNECTS.burst, CONNECTS.perSecond)
      budgets.set(address, budget)
      if (!budget.take(now))
        return { accepted: false, answer: { status: 429, headers: { 'retry-after': '1' }, body: '' } }
      return { accepted: true, conversation: new CoinbaseConversation(products, world) }
    },
  }
}
