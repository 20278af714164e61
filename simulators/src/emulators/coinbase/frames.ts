import type { Listed } from '@depthcast/feeds/simulation'
import type { BatchChanges } from '../batch.ts'
import { isoMicros, priceText, quantityText } from '../decimal.ts'
import type { BookHalf } from '../price-book.ts'
import type { TapeTrade } from '../tape.ts'
import type { TapeBar } from '../tape-bar.ts'

export type Sides = { readonly bid: BookHalf; readonly ask: BookHalf }
type Side = 'bid' | 'ask'

/** A deleted level has a size of zero, and recordings have it in each of these spellings. */
const ZEROS = ['0', '0.0', '0.00', '0.000', '0.000000', '0.00000000'] as const
const VOLUME_DECIMALS = 8

/** A trade with the numbers that stand beside it on the wire. `sequence` counts everything that happens to the product. */
export type Match = TapeTrade & { readonly makerId: number; readonly takerId: number; readonly sequence: number }

/** A match from before the opening, of orders that nobody else is. */
export function pastMatch(trade: TapeTrade): Match {
  const makerId = -(2 ** 40) - 2 * trade.id
  return { ...trade, makerId, takerId: makerId - 1, sequence: 1 }
}

/** The whole book, no depth left out. */
export function snapshot(listed: Listed, { bid, ask }: Sides, at: number, separator = ','): string {
  const side = (half: BookHalf): string => levelRows(half.levels(), listed).join(separator)
  return `{"type":"snapshot","product_id":"${listed.symbol}","asks":[${side(ask)}],"bids":[${side(bid)}],"time":"${isoMicros(at)}"}`
}

/** `["price","size"]` of flat ticks and lots. */
function levelRows(flat: readonly number[], listed: Listed): string[] {
  const rows: string[] = []
  for (let i = 0; i < flat.length; i += 2) {
    rows.push(`["${priceText(flat[i]!, listed)}","${quantityText(flat[i + 1]!, listed)}"]`)
  }
  return rows
}

/** Sizes are what rests there now. */
export function l2update(listed: Listed, { bids, asks }: BatchChanges, at: number): string {
  const changes = [...changeRows('bid', bids, listed), ...changeRows('ask', asks, listed)].join(',')
  return `{"type":"l2update","product_id":"${listed.symbol}","changes":[${changes}],"time":"${isoMicros(at)}"}`
}

function changeRows(side: Side, flat: readonly number[], listed: Listed): string[] {
  const rows: string[] = []
  for (let i = 0; i < flat.length; i += 2) {
    const [ticks, lots] = [flat[i]!, flat[i + 1]!]
    const size = lots === 0 ? ZEROS[ticks % ZEROS.length] : quantityText(lots, listed)
    rows.push(`["${orderSide(side)}","${priceText(ticks, listed)}","${size}"]`)
  }
  return rows
}

/** The side of an order that rests there. */
export function orderSide(side: Side): 'buy' | 'sell' {
  return side === 'bid' ? 'buy' : 'sell'
}

/** `side` is the maker's: the taker's is the other one. */
export function match(listed: Listed, type: 'match' | 'last_match', one: Match): string {
  const { id, makerId, takerId, ticks, lots, sequence, at } = one
  const orders = `"maker_order_id":"${orderUuid(listed.symbol, makerId)}","taker_order_id":"${orderUuid(listed.symbol, takerId)}"`
  const what = `"side":"${makerSide(one)}","size":"${trimmed(quantityText(lots, listed))}","price":"${trimmed(priceText(ticks, listed))}"`
  const where = `"product_id":"${listed.symbol}","sequence":${sequence},"time":"${isoMicros(at)}"`
  return `{"type":"${type}","trade_id":${id},${orders},${what},${where}}`
}

export function makerSide({ taker }: TapeTrade): 'buy' | 'sell' {
  return taker === 'buy' ? 'sell' : 'buy'
}

/** The last match, and the best bid and ask as they stood when it was over. */
export type TickerFigures = { readonly last: Match; readonly day: TapeBar; readonly bid: Top; readonly ask: Top }
type Top = { readonly ticks: number; readonly lots: number } | undefined

/** `side` is the taker's here, other than in matches. */
export function ticker(listed: Listed, { last, day, bid, ask }: TickerFigures): string {
  const price = (ticks: number): string => trimmed(priceText(ticks, listed))
  const volume = volumeText(day.lots, listed)
  const range = `"open_24h":"${price(day.open)}","volume_24h":"${volume}","low_24h":"${price(day.low)}","high_24h":"${price(day.high)}","volume_30d":"${volume}"`
  const best = `${topText('best_bid', bid, listed)},${topText('best_ask', ask, listed)}`
  const trade = `"side":"${last.taker}","time":"${isoMicros(last.at)}","trade_id":${last.id},"last_size":"${trimmed(quantityText(last.lots, listed))}"`
  return `{"type":"ticker","sequence":${last.sequence},"product_id":"${listed.symbol}","price":"${price(last.ticks)}",${range},${best},${trade}}`
}

function topText(name: string, top: Top, listed: Listed): string {
  const [price, size] = top === undefined ? ['0', '0'] : [priceText(top.ticks, listed), quantityText(top.lots, listed)]
  return `"${name}":"${price}","${name}_size":"${size}"`
}

export function heartbeat(symbol: string, lastTradeId: number, sequence: number, at: number): string {
  return `{"type":"heartbeat","last_trade_id":${lastTradeId},"product_id":"${symbol}","sequence":${sequence},"time":"${isoMicros(at)}"}`
}

/** Volumes have eight decimals. */
export function volumeText(lots: number, listed: Listed): string {
  const text = quantityText(lots, listed)
  const missing = VOLUME_DECIMALS - listed.lotSize.decimals
  return missing <= 0 ? text : `${text}${listed.lotSize.decimals === 0 ? '.' : ''}${'0'.repeat(missing)}`
}

/** Without the zeros at the end of its fraction. */
export function trimmed(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal
}

/** Orders are known by a UUID; the same order by the same one, always. */
export function orderUuid(symbol: string, orderId: number): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < symbol.length; i += 1) hash = Math.imul(hash ^ symbol.charCodeAt(i), 0x01000193) >>> 0
  const hex = (n: number, digits: number): string => (n >>> 0).toString(16).padStart(8, '0').slice(-digits)
  const mixed = Math.imul(orderId ^ hash, 0x9e3779b1) >>> 0
  const low = Math.floor(orderId / 2 ** 32)
  return `${hex(hash, 8)}-${hex(mixed >>> 16, 4)}-4${hex(mixed, 3)}-8${hex(mixed >>> 4, 3)}-${hex(low, 4)}${hex(orderId, 8)}`
}
