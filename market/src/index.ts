export { Book, type BookSide } from './book.ts'
export {
  type Candle,
  CandleBuilder,
  type CandleFigures,
  type CandleOptions,
  type CandleTrade,
} from './candle.ts'
export { foldCandles } from './candle-fold.ts'
export type { PastCandles } from './candle-history.ts'
export { checksum, VIEW_CHECKSUM_LEVELS } from './checksum.ts'
export {
  type BookDelta,
  type BookSnapshot,
  GAP_REASONS,
  type Gap,
  type GapReason,
  INSTRUMENT_STATES,
  type InstrumentState,
  type Levels,
  type MarketEvent,
  type Side,
  type Status,
  streamOf,
  TICKER_FIGURES,
  TICKER_PRICES,
  TICKER_QUANTITIES,
  type Ticker,
  type Trade,
  type VenueEvent,
  type VenueSeq,
  type Verification,
} from './event.ts'
export { grouped } from './grouping.ts'
export { BookError } from './half-book.ts'
export { type Instrument, type InstrumentId, instrumentId, type VenueId } from './instrument.ts'
export { INTERVAL_NAMES, INTERVALS, type Interval } from './interval.ts'
export { type InstrumentStatus, Ledger, type LedgerCounts, type LedgerOptions } from './ledger.ts'
export { RecentIds } from './recent-ids.ts'
export type { TickerView } from './ticker-fold.ts'
export type { NumberedTrade, TradesSince } from './trade-ring.ts'
export {
  fromLots,
  fromTicks,
  type Lots,
  lots,
  type Micros,
  micros,
  type Step,
  step,
  type Ticks,
  ticks,
  toLots,
  toTicks,
  UnitError,
  type UnitErrorCode,
} from './units.ts'
