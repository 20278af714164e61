import { isoMicros, priceText, quantityText } from '../decimal.ts'
import type { HttpAnswer, HttpQuestion } from '../emulator.ts'
import type { BookHalf } from '../price-book.ts'
import type { TapeBar } from '../tape-bar.ts'
import { makerSide, orderUuid, trimmed, volumeText } from './frames.ts'
import type { CoinbaseProduct } from './product.ts'
import { JSON_TYPE } from './rest-headers.ts'

const SECOND = 1_000_000
const GRANULARITIES: readonly number[] = [60, 300, 900, 3600, 21_600, 86_400]
const MOST_CANDLES = 300
/** What comes where no time is named. */
const NEWEST_CANDLES = 350
const TRADES_PER_PAGE = 1000

/** Becomes `{"message":"…"}` with this status. */
export class RestRefusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'RestRefusal'
    this.status = status
  }
}

/** Level 1 the best, 2 every price with its number of orders, 3 every order. */
export function book(product: CoinbaseProduct, { query, now }: HttpQuestion): string {
  const level = query.get('level') ?? '1'
  if (!['1', '2', '3'].includes(level)) throw new RestRefusal(400, 'unexpected level: _')
  const { sides, sequence } = product
  const orders = ordersByLevel(product)
  const side = (name: 'bid' | 'ask'): string => {
    const rows =
      level === '3' ? orderRows(product, name, sides[name], orders) : levelRows(product, name, sides[name], orders)
    return (level === '1' ? rows.slice(0, 1) : rows).join(',')
  }
  const auction = '"auction_mode":false,"auction":null'
  return `{"bids":[${side('bid')}],"asks":[${side('ask')}],"sequence":${sequence},${auction},"time":"${isoMicros(now)}"}`
}

type Orders = ReadonlyMap<string, readonly { readonly id: number; readonly lots: number }[]>

function ordersByLevel({ orders }: CoinbaseProduct): Orders {
  const levels = new Map<string, { id: number; lots: number }[]>()
  for (const [id, { side, ticks, lots }] of orders) {
    const own = levels.get(`${side}${ticks}`)
    if (own === undefined) levels.set(`${side}${ticks}`, [{ id, lots }])
    else own.push({ id, lots })
  }
  return levels
}

function levelRows({ listed }: CoinbaseProduct, side: 'bid' | 'ask', half: BookHalf, orders: Orders): string[] {
  return rowsOf(half, (ticks, lots) => {
    const count = orders.get(`${side}${ticks}`)?.length ?? 0
    return [`["${priceText(ticks, listed)}","${quantityText(lots, listed)}",${count}]`]
  })
}

function orderRows({ listed }: CoinbaseProduct, side: 'bid' | 'ask', half: BookHalf, orders: Orders): string[] {
  return rowsOf(half, (ticks) =>
    (orders.get(`${side}${ticks}`) ?? []).map(
      (order) =>
        `["${priceText(ticks, listed)}","${quantityText(order.lots, listed)}","${orderUuid(listed.symbol, order.id)}"]`,
    ),
  )
}

function rowsOf(half: BookHalf, rows: (ticks: number, lots: number) => string[]): string[] {
  const levels = half.levels()
  const out: string[] = []
  for (let i = 0; i < levels.length; i += 2) out.push(...rows(levels[i]!, levels[i + 1]!))
  return out
}

export function tickerBody({ listed, sides, tape }: CoinbaseProduct, now: number): string {
  const [bid, ask, last] = [sides.bid.level(0), sides.ask.level(0), tape.trades(1)[0]]
  const trade = `"trade_id":${last?.id ?? 0},"price":"${trimmed(priceText(tape.lastTicks, listed))}","size":"${trimmed(quantityText(last?.lots ?? 0, listed))}"`
  const quotes = `"ask":"${priceText(ask?.ticks ?? 0, listed)}","bid":"${priceText(bid?.ticks ?? 0, listed)}"`
  return `{${quotes},"volume":"${volumeText(tape.day().lots, listed)}",${trade},"time":"${isoMicros(last?.at ?? now)}","rfq_volume":"0"}`
}

/**
 * Newest first. `after` gives what is older than that id; `before` the newest of what is newer, whatever lies between. The ids of the page's ends
 * come as `cb-before` and `cb-after`. `side` is the maker's.
 */
export function trades({ listed, tape }: CoinbaseProduct, { query }: HttpQuestion): HttpAnswer {
  const limit = Math.min(whole(query, 'limit') ?? TRADES_PER_PAGE, TRADES_PER_PAGE)
  const after = whole(query, 'after') ?? Number.POSITIVE_INFINITY
  const before = whole(query, 'before') ?? 0
  const found = tape.trades(TRADES_PER_PAGE).filter(({ id }) => id < after && id > before)
  const page = limit < 1 ? [] : found.slice(-limit).reverse()
  const rows = page.map(
    (trade) =>
      `{"trade_id":${trade.id},"side":"${makerSide(trade)}","size":"${quantityText(trade.lots, listed)}","price":"${priceText(trade.ticks, listed)}","time":"${isoMicros(trade.at)}"}`,
  )
  const [first, last] = [page[0], page.at(-1)]
  const cursors = first && last ? { 'cb-before': String(first.id), 'cb-after': String(last.id) } : undefined
  return {
    status: 200,
    headers: { ...JSON_TYPE, ...cursors },
    body: `[${rows.join(',')}]`,
  }
}

/** `[time, low, high, open, close, volume]`, numbers, newest first; where nobody traded there is none. One of `start` and `end` alone says nothing. */
export function candles({ listed, tape }: CoinbaseProduct, { query, now }: HttpQuestion): string {
  const granularity = whole(query, 'granularity') ?? 60
  if (!GRANULARITIES.includes(granularity)) throw new RestRefusal(400, 'Unsupported granularity')
  const [start, end] = [moment(query, 'start'), moment(query, 'end')]
  const span = start === undefined || end === undefined ? { start: 0, end: now } : { start, end }
  if (span.start > 0 && (span.end - span.start) / (granularity * SECOND) > MOST_CANDLES) {
    const most = `granularity too small for the requested time range. Count of aggregations requested exceeds ${MOST_CANDLES}`
    throw new RestRefusal(400, most)
  }
  const price = (ticks: number): string => trimmed(priceText(ticks, listed))
  const row = ({ begin, low, high, open, close, lots }: TapeBar): string =>
    `[${begin / SECOND},${price(low)},${price(high)},${price(open)},${price(close)},${trimmed(quantityText(lots, listed))}]`
  const all = tape.candles(granularity / 60, Number.POSITIVE_INFINITY)
  const found = all.filter(({ begin }) => begin <= span.end && begin >= span.start)
  return `[${found.slice(-NEWEST_CANDLES).reverse().map(row).join(',')}]`
}

export function dayStats({ listed, tape }: CoinbaseProduct) {
  const day = tape.day()
  const price = (ticks: number): string => trimmed(priceText(ticks, listed))
  return {
    open: price(day.open),
    high: price(day.high),
    low: price(day.low),
    last: price(day.close),
    volume: volumeText(day.lots, listed),
    volume_30day: volumeText(day.lots, listed),
    rfq_volume_24hour: '0',
    rfq_volume_30day: '0',
  }
}

/** Of all products at once. */
export function stats(products: readonly CoinbaseProduct[]) {
  const entries = products.map((product) => {
    const { open, high, low, last, volume } = dayStats(product)
    const day = { open, high, low, last, volume, rfq_volume: '0' }
    return [product.listed.symbol, { stats_30day: { volume, rfq_volume: '0' }, stats_24hour: day }]
  })
  return Object.fromEntries(entries)
}

/** What was traded, product by product. */
export function volumes(products: readonly CoinbaseProduct[]) {
  return products.map((product) => {
    const { symbol, base, quote } = product.listed
    const { volume } = dayStats(product)
    return {
      id: symbol,
      base_currency: base,
      quote_currency: quote,
      display_name: symbol,
      market_types: ['spot'],
      spot_volume_24hour: volume,
      spot_volume_30day: volume,
      rfq_volume_24hour: '0',
      rfq_volume_30day: '0',
      conversion_volume_24hour: '0',
      conversion_volume_30day: '0',
    }
  })
}

/** Undefined where it was not sent. */
function whole(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  if (!/^\d{1,15}$/.test(text)) throw new RestRefusal(400, `Invalid ${name}`)
  return Number(text)
}

/** µs of an ISO 8601 time, or of seconds since 1970. */
function moment(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text)
  if (Number.isNaN(ms)) throw new RestRefusal(400, `Invalid ${name}`)
  return ms * 1000
}
