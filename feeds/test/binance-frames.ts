/** Frames in the shape of Binance's, with numbers of our own. */
export type Pairs = readonly (readonly [price: string, quantity: string])[]

export function depth(symbol: string, first: number, last: number, bids: Pairs, asks: Pairs = []) {
  const data = { e: 'depthUpdate', E: 1_700_000_000_100, s: symbol, U: first, u: last, b: bids, a: asks }
  return { stream: `${symbol.toLowerCase()}@depth@100ms`, data }
}

export function top(symbol: string, id: number, bid: Pairs[number], ask: Pairs[number]) {
  const data = { u: id, s: symbol, b: bid[0], B: bid[1], a: ask[0], A: ask[1] }
  return { stream: `${symbol.toLowerCase()}@bookTicker`, data }
}

export function trade(symbol: string, id: number, buyerIsMaker: boolean, price = '100.01', quantity = '0.500') {
  const time = 1_700_000_000_200
  const data = { e: 'trade', E: time, s: symbol, t: id, p: price, q: quantity, T: time, m: buyerIsMaker, M: true }
  return { stream: `${symbol.toLowerCase()}@trade`, data }
}

/** The stream of the best 20 levels: only its name says whose they are. */
export function best20(symbol: string, lastUpdateId: number, bids: Pairs, asks: Pairs) {
  return { stream: `${symbol.toLowerCase()}@depth20@100ms`, data: { lastUpdateId, bids, asks } }
}

/** As `GET /api/v3/trades` gives them. */
export function pastTrade(id: number, isBuyerMaker: boolean, price = '100.01', qty = '0.500') {
  return { id, price, qty, quoteQty: '50.005', time: 1_700_000_000_000 + id, isBuyerMaker, isBestMatch: true }
}

/** As `GET /api/v3/exchangeInfo` gives it, as far as it is read. */
export function listing(statuses: Readonly<Record<string, string>>) {
  return { symbols: Object.entries(statuses).map(([symbol, status]) => ({ symbol, status })) }
}

export function seed(lastUpdateId: number, bids: Pairs, asks: Pairs) {
  return { lastUpdateId, bids, asks }
}
