/** Frames in the shape of Bitstamp's, with numbers of our own. */
type Pairs = readonly (readonly [price: string, amount: string])[]

export function acknowledged(channel: string) {
  return { event: 'bts:subscription_succeeded', channel, data: {} }
}

/** What a fetched book, a difference and a top have in common. */
export function levels(us: number, bids: Pairs, asks: Pairs) {
  return { timestamp: '1700000000', microtimestamp: micro(us), bids, asks }
}

export function diff(pair: string, us: number, bids: Pairs, asks: Pairs = []) {
  return { event: 'data', channel: `diff_order_book_${pair}`, data: levels(us, bids, asks) }
}

export function top(pair: string, us: number, bids: Pairs, asks: Pairs) {
  return { event: 'data', channel: `order_book_${pair}`, data: levels(us, bids, asks) }
}

export function trade(pair: string, id: number, type: number, us: number) {
  const orders = { buy_order_id: 1, sell_order_id: 2 }
  const numbers = { amount: 0.25, amount_str: '0.25000000', price: 100.01, price_str: '100.01' }
  const data = { id, timestamp: '1700000000', microtimestamp: micro(us), type, ...numbers, ...orders }
  return { event: 'trade', channel: `live_trades_${pair}`, data }
}

export function error(message: string, channel = '') {
  return { event: 'bts:error', channel, data: { code: null, message } }
}

/** A moment so many µs into a second of ours, as the venue writes it. */
function micro(us: number): string {
  return String(1_700_000_000_000_000 + us)
}
