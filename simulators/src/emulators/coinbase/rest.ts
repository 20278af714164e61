import { MessageBudget } from '../attempts.ts'
import { isoMicros } from '../decimal.ts'
import type { HttpAnswer, HttpQuestion } from '../emulator.ts'
import { assetsOf, currencyDetails, productEntry } from './catalogue.ts'
import type { CoinbaseProduct } from './product.ts'
import { JSON_TYPE } from './rest-headers.ts'
import { book, candles, dayStats, RestRefusal, stats, tickerBody, trades, volumes } from './rest-product.ts'

/** Ten requests a second for an address, fifteen at once. Source: docs.cdp.coinbase.com/exchange, REST rate limits. */
const BURST = 15
const PER_SECOND = 10

/** What only who has an account may ask. No key is known here. */
const PRIVATE: ReadonlySet<string> = new Set([
  ...['accounts', 'address-book', 'coinbase-accounts', 'conversions', 'deposits', 'fees', 'fills', 'loans', 'orders'],
  ...['payment-methods', 'profiles', 'reports', 'transfers', 'travel-rules', 'users', 'withdrawals'],
])

/** The public REST of Coinbase Exchange. */
export class CoinbaseRest {
  readonly #products: ReadonlyMap<string, CoinbaseProduct>
  readonly #budgets = new Map<string, MessageBudget>()

  constructor(products: ReadonlyMap<string, CoinbaseProduct>) {
    this.#products = products
  }

  /** Undefined for a path of somebody else. */
  answer(question: HttpQuestion): HttpAnswer | undefined {
    const [root = '', ...rest] = question.path.split('/').filter((part) => part !== '')
    if (PRIVATE.has(root)) return failure(401, 'CB-ACCESS-KEY header is required')
    if (!['products', 'currencies', 'time'].includes(root)) return undefined
    if (!this.#budget(question.address).take(question.now)) return failure(429, 'Public rate limit exceeded')
    if (question.method !== 'GET') return failure(405, 'MethodNotAllowed')
    try {
      return this.#route(root, rest, question)
    } catch (error) {
      if (error instanceof RestRefusal) return failure(error.status, error.message)
      throw error
    }
  }

  #route(root: string, [id, what, ...more]: readonly string[], question: HttpQuestion): HttpAnswer {
    if (more.length > 0) return failure(404, 'NotFound')
    if (root === 'time') return id === undefined ? ok(JSON.stringify(timeBody(question.now))) : failure(404, 'NotFound')
    if (root === 'currencies') return this.#currencies(id)
    const all = [...this.#products.values()]
    if (id === undefined) return ok(JSON.stringify(all.map(productEntry)))
    if (id === 'stats' && what === undefined) return ok(JSON.stringify(stats(all)))
    if (id === 'volume-summary' && what === undefined) return ok(JSON.stringify(volumes(all)))
    const product = this.#products.get(id)
    if (product === undefined) return failure(404, 'NotFound')
    product.advance(question.now)
    switch (what) {
      case undefined:
        return ok(JSON.stringify(productEntry(product)))
      case 'book':
        return ok(book(product, question))
      case 'ticker':
        return ok(tickerBody(product, question.now))
      case 'trades':
        return trades(product, question)
      case 'candles':
        return ok(candles(product, question))
      case 'stats':
        return ok(JSON.stringify(dayStats(product)))
      default:
        return failure(404, 'NotFound')
    }
  }

  #currencies(id: string | undefined): HttpAnswer {
    const all = assetsOf([...this.#products.values()])
    if (id === undefined) return ok(JSON.stringify(all.map(currencyDetails)))
    const asset = all.find((one) => one.id === id)
    return asset === undefined ? failure(404, 'NotFound') : ok(JSON.stringify(currencyDetails(asset)))
  }

  #budget(address: string): MessageBudget {
    const budget = this.#budgets.get(address) ?? new MessageBudget(BURST, PER_SECOND)
    this.#budgets.set(address, budget)
    return budget
  }
}

function timeBody(now: number) {
  return { iso: `${isoMicros(now).slice(0, -4)}Z`, epoch: Math.floor(now / 1000) / 1000 }
}

function ok(body: string): HttpAnswer {
  return { status: 200, headers: JSON_TYPE, body }
}

function failure(status: number, message: string): HttpAnswer {
  const headers = status === 429 ? { ...JSON_TYPE, 'retry-after': '1' } : JSON_TYPE
  return { status, headers, body: JSON.stringify({ message }) }
}
