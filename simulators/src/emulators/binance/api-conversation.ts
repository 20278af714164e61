import type { Conversation, EmulatorInput, EmulatorOutput, HttpQuestion, Now } from '../emulator.ts'
import { Life } from './life.ts'
import type { BinanceRest } from './rest.ts'

/** Methods of market data and the paths of REST that answer the same. */
const PATHS: Readonly<Record<string, string>> = {
  ping: 'ping',
  time: 'time',
  exchangeInfo: 'exchangeInfo',
  depth: 'depth',
  'trades.recent': 'trades',
  'trades.historical': 'historicalTrades',
  'trades.aggregate': 'aggTrades',
  klines: 'klines',
  uiKlines: 'uiKlines',
  avgPrice: 'avgPrice',
  'ticker.24hr': 'ticker/24hr',
  'ticker.tradingDay': 'ticker/tradingDay',
  ticker: 'ticker',
  'ticker.price': 'ticker/price',
  'ticker.book': 'ticker/bookTicker',
}
/** What only who has an account may ask: refused as REST refuses it. */
const PRIVATE =
  /^(account|allOrderLists|allOrders|my[A-Z]\w*|openOrderLists|openOrders|order|orderList|session|sor|userDataStream)(\.|$)/
const LIMIT = 6000

/**
 * One client of Binance's WebSocket API: REST's questions and answers over a socket, weighed with those of REST.
 *
 * Source: binance-spot-api-docs, web-socket-api.md.
 */
export class BinanceApiConversation implements Conversation {
  /** It hears of no market: it is asked. */
  readonly symbols: ReadonlySet<string> = new Set()
  readonly #rest: BinanceRest
  readonly #opening: HttpQuestion
  readonly #life: Life
  #closed = false

  constructor(rest: BinanceRest, opening: HttpQuestion, lifeMs: number) {
    this.#rest = rest
    this.#opening = opening
    this.#life = new Life(lifeMs)
  }

  step(input: EmulatorInput): readonly EmulatorOutput[] {
    if (this.#closed) return []
    const { now } = input
    switch (input.kind) {
      case 'open':
        return this.#life.open(now)
      case 'frame':
        return [{ kind: 'frame', text: this.#answer(input.text, now) }]
      case 'ping':
        return this.#life.take(now) ? [{ kind: 'pong', payload: input.payload }] : this.#end(1008, 'Too many requests')
      case 'pong':
        if (!this.#life.take(now)) return this.#end(1008, 'Too many requests')
        this.#life.pong(input.payload)
        return []
      case 'tick': {
        const { outputs, ends } = this.#life.tick(now, false)
        return ends === undefined ? outputs : [...outputs, ...this.#end(ends.code, ends.reason)]
      }
      case 'closed':
        this.#closed = true
        return []
    }
  }

  market(): readonly EmulatorOutput[] {
    return []
  }

  #answer(text: string, now: Now): string {
    const message = parsed(text)
    if (message === undefined) return refusal('null', { code: -1135, msg: 'Invalid JSON Request' })
    const id = JSON.stringify(message.id ?? null)
    const method = typeof message.method === 'string' ? message.method : ''
    const path = PATHS[method] ?? (PRIVATE.test(method) ? 'account' : undefined)
    if (path === undefined) return refusal(id, { code: -1020, msg: 'This operation is not supported.' })
    const params = queryOf(message.params)
    const key = params.get('apiKey')
    params.delete('apiKey')
    const unit = this.#opening.query.get('timeUnit')
    const { status, body, headers } = this.#rest.answer({
      ...this.#opening,
      ...{ now, method: 'GET', path: `/api/v3/${path}`, query: params },
      headers: {
        ...(unit === null ? {} : { 'x-mbx-time-unit': unit }),
        ...(key === null ? {} : { 'x-mbx-apikey': key }),
      },
    })!
    const part = status === 200 ? 'result' : 'error'
    return `{"id":${id},"status":${status},"${part}":${body}${this.#limits(headers?.['x-mbx-used-weight-1m'])}}`
  }

  /** What was used of the limit, unless the address says that nobody wants to know. */
  #limits(count: string | undefined): string {
    if (count === undefined || this.#opening.query.get('returnRateLimits') === 'false') return ''
    return `,"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":${LIMIT},"count":${count}}]`
  }

  #end(code: number, reason: string): readonly EmulatorOutput[] {
    this.#closed = true
    return [{ kind: 'close', code, reason }]
  }
}

function refusal(id: string, error: { readonly code: number; readonly msg: string }): string {
  return `{"id":${id},"status":400,"error":${JSON.stringify(error)}}`
}

function queryOf(params: unknown): URLSearchParams {
  const query = new URLSearchParams()
  if (typeof params !== 'object' || params === null) return query
  for (const [name, value] of Object.entries(params)) {
    query.append(name, typeof value === 'string' ? value : JSON.stringify(value))
  }
  return query
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
