/** Frames in the shape of Coinbase Exchange's, with numbers of our own. */
type Pairs = readonly (readonly [price: string, size: string])[]

/** A time so many µs into a second of ours. */
export function at(us: number): string {
  return `2023-11-14T22:13:20.${String(us).padStart(6, '0')}Z`
}

export function subscriptions(
  products: readonly string[],
  channels: readonly string[] = ['level2_batch', 'matches', 'ticker'],
) {
  return {
    type: 'subscriptions',
    channels: channels.map((name) => ({ name, product_ids: products, account_ids: null })),
  }
}

export function snapshot(product: string, bids: Pairs, asks: Pairs) {
  return { type: 'snapshot', product_id: product, bids, asks }
}

export function update(
  product: string,
  time: string,
  changes: readonly (readonly [side: string, price: string, size: string])[],
) {
  return { type: 'l2update', product_id: product, changes, time }
}

export function match(product: string, id: number, makerSide: string, time: string, type = 'match') {
  const orders = { maker_order_id: 'a', taker_order_id: 'b' }
  return {
    type,
    trade_id: id,
    ...orders,
    side: makerSide,
    size: '0.250',
    price: '100.01',
    product_id: product,
    sequence: 7,
    time,
  }
}

export function ticker(product: string, bid: string, ask: string, time: string) {
  const day = { open_24h: '90.00', volume_24h: '1234.5678901', low_24h: '80.00', high_24h: '110.00', volume_30d: '9' }
  const trade = { price: '100.01', side: 'buy', time, trade_id: 1, last_size: '0.250' }
  return { type: 'ticker', sequence: 7, product_id: product, ...day, best_bid: bid, best_ask: ask, ...trade }
}

export function heartbeat(product: string, lastTradeId: number) {
  return { type: 'heartbeat', last_trade_id: lastTradeId, product_id: product, sequence: 7, time: at(0) }
}
