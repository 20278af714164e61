/** Frames in the shape of Coinbase Exchange's, with numbers of our own. */
type Pairs = readonly (readonly [price: string, size: string])[]

/** A time of our clock, µs, as the venue writes it. */
export function iso(micros: number): string {
  return `${new Date(Math.floor(micros / 1000)).toISOString().slice(0, -1)}${String(micros % 1000).padStart(3, '0')}Z`
}

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

export function heartbeat(product: string, lastTradeId: number, time = at(0)) {
  return { type: 'heartbeat', last_trade_id: lastTradeId, product_id: product, sequence: 7, time }
}

/** One product's entry on the `status` channel, on the grid of our instruments. */
export function listed(product: string, changes: Readonly<Record<string, unknown>> = {}) {
  const [base_currency, quote_currency] = product.split('-')
  const modes = {
    post_only: false,
    limit_only: false,
    cancel_only: false,
    trading_disabled: false,
    auction_mode: false,
  }
  const grid = { base_increment: '0.001', quote_increment: '0.01' }
  return {
    id: product,
    base_currency,
    quote_currency,
    ...grid,
    status: 'online',
    status_message: '',
    ...modes,
    ...changes,
  }
}

export function status(...products: readonly object[]) {
  return { type: 'status', products, currencies: [] }
}

/** A page of `/products/{id}/trades`: ids newest first. */
export function trades(from: number, to: number) {
  const page = []
  for (let id = from; id >= to; id--)
    page.push({ trade_id: id, side: 'buy', size: '0.250', price: '100.01', time: at(id) })
  return page
}
