export type { BackoffRange } from './backoff.ts'
export type { CandlePage, CandlePageOptions, PastCandle } from './candle-page.ts'
export {
  type BookOptions,
  type CandlesOptions,
  type Client,
  type ClientState,
  type ConnectOptions,
  connectThrough,
  type RateOptions,
  type ViewRateOptions,
} from './client.ts'
export { connect } from './connect.ts'
export type { TokenSource } from './connection.ts'
export { ClientError, type ClientErrorSlug } from './errors.ts'
export { type Host, systemHost } from './host.ts'
export type { InstrumentDescription } from './http.ts'
export type { SubscriptionStatus } from './state.ts'
export type { ClientStats, SubscriptionStats } from './stats.ts'
export type { Integrity, Subscription } from './subscription.ts'
export { socketio } from './transports/socketio.ts'
export type { Hello, Link, LinkEnd, LinkListener, Transport } from './transports/transport.ts'
export { websocket } from './transports/websocket.ts'
export { BookView, type TextLevel } from './views/book.ts'
export type { Candle, CandlesView } from './views/candles.ts'
export type { StatusView } from './views/status.ts'
export type { TickerView } from './views/ticker.ts'
export type { Trade, TradesView } from './views/trades.ts'
