import { crc32 } from 'node:zlib'

/** Frames in the shape of Kraken's WebSocket v2, with numbers of our own, as they stand on the wire: decimals fixed, zeros kept. */
export type Pairs = readonly (readonly [price: string, qty: string])[]

/** A time so many µs into a second of ours. */
export function at(us: number): string {
  return `2023-11-14T22:13:20.${String(us).padStart(6, '0')}Z`
}

/** The venue's checksum, computed from text alone: top ten asks from low to high, then top ten bids from high to low. Levels best first. */
export function checksumOf(bids: Pairs, asks: Pairs): number {
  const digits = (text: string): string => text.replace('.', '').replace(/^0+/, '')
  const side = (levels: Pairs): string =>
    levels
      .slice(0, 10)
      .map(([price, qty]) => digits(price) + digits(qty))
      .join('')
  return crc32(side(asks) + side(bids))
}

export function snapshot(
  symbol: string,
  bids: Pairs,
  asks: Pairs,
  checksum: number | undefined = checksumOf(bids, asks),
) {
  return book('snapshot', symbol, bids, asks, checksum)
}

export function update(symbol: string, bids: Pairs, asks: Pairs, checksum: number, us = 1) {
  return book('update', symbol, bids, asks, checksum, us)
}

function book(type: string, symbol: string, bids: Pairs, asks: Pairs, checksum: number | undefined, us = 0): string {
  const levels = (pairs: Pairs): string => pairs.map(([price, qty]) => `{"price":${price},"qty":${qty}}`).join(',')
  const sum = checksum === undefined ? '' : `,"checksum":${checksum}`
  const body = `"symbol":"${symbol}","bids":[${levels(bids)}],"asks":[${levels(asks)}]${sum},"timestamp":"${at(us)}"`
  return `{"channel":"book","type":"${type}","data":[{${body}}]}`
}

export function trades(type: 'snapshot' | 'update', symbol: string, ids: readonly number[], side = 'buy'): string {
  const entries = ids.map(
    (id) =>
      `{"symbol":"${symbol}","side":"${side}","price":100.10,"qty":0.250,"ord_type":"market","trade_id":${id},"timestamp":"${at(id)}"}`,
  )
  return `{"channel":"trade","type":"${type}","data":[${entries.join(',')}]}`
}

export function ticker(symbol: string): string {
  const quote = '"bid":100.00,"bid_qty":1.000,"ask":100.20,"ask_qty":2.000'
  const day =
    '"last":100.10,"volume":1234.56789012,"vwap":99.12,"low":80.00,"high":110.00,"change":-9.90,"change_pct":-9.00'
  return `{"channel":"ticker","type":"update","data":[{"symbol":"${symbol}",${quote},${day},"timestamp":"${at(7)}"}]}`
}

export function instruments(...pairs: readonly { symbol: string; status?: string; price?: number; qty?: number }[]) {
  const listed = pairs.map(
    ({ symbol, status = 'online', price = 2, qty = 3 }) =>
      `{"symbol":"${symbol}","base":"${symbol.split('/')[0]}","quote":"USD","status":"${status}","qty_precision":${qty},` +
      `"qty_increment":1e-08,"price_precision":${price},"price_increment":0.01,"cost_min":0.5,"qty_min":0.0001}`,
  )
  return `{"channel":"instrument","type":"update","data":{"assets":[],"pairs":[${listed.join(',')}]}}`
}

export function status(system = 'online'): string {
  const state = `"version":"2.0.10","system":"${system}","api_version":"v2","connection_id":12345678901234567890`
  return `{"channel":"status","type":"update","data":[{${state}}]}`
}

export function ack(symbol: string, { id = 2, channel = 'book', depth = 10, method = 'subscribe' } = {}) {
  const result = {
    channel,
    symbol,
    ...(channel === 'book' ? { depth } : {}),
    snapshot: true,
    warnings: ['tick_size is deprecated, use price_increment'],
  }
  return { method, result, success: true, time_in: at(1), time_out: at(2), req_id: id }
}

export function refusal(error: string, { id = 2, symbol = '', method = 'subscribe' } = {}) {
  const named = symbol === '' ? {} : { symbol }
  return { error, method, ...named, success: false, time_in: at(1), time_out: at(2), req_id: id }
}

export const ADDRESSES = { wsUrl: 'ws://venue/v2', httpUrl: 'http://venue' }

export const HEARTBEAT = '{"channel":"heartbeat"}'

/** A market as the venue holds it, on text, and what a subscription of a depth sees of it. */
export class VenueBook {
  readonly #sides = { bids: new Map<string, string>(), asks: new Map<string, string>() }
  readonly #depth: number
  readonly symbol: string

  constructor(symbol: string, depth: number) {
    this.symbol = symbol
    this.#depth = depth
  }

  get bids(): Pairs {
    return [...this.#sides.bids].sort((a, b) => Number(b[0]) - Number(a[0])).slice(0, this.#depth)
  }

  get asks(): Pairs {
    return [...this.#sides.asks].sort((a, b) => Number(a[0]) - Number(b[0])).slice(0, this.#depth)
  }

  get checksum(): number {
    return checksumOf(this.bids, this.asks)
  }

  snapshot(): string {
    return snapshot(this.symbol, this.bids, this.asks)
  }

  /** Changes the market; gives what the subscription is sent: the level, if it is or was among those seen, and one that comes into sight. */
  change(side: 'bids' | 'asks', price: string, qty: string): Pairs {
    const before = new Map(this[side])
    if (Number(qty) === 0) this.#sides[side].delete(price)
    else this.#sides[side].set(price, qty)
    const after = new Map(this[side])
    const sent: [string, string][] = []
    if (before.has(price) && !this.#sides[side].has(price)) sent.push([price, '0.000'])
    for (const [each, size] of after) if (before.get(each) !== size) sent.push([each, size])
    return sent
  }
}
