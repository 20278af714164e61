export { type AliasFields, parseAlias, printAlias } from './alias.ts'
export type { Body, Channel } from './channel.ts'
export type { BookParams, BookState, BookUpdate, BookView } from './channels/book.ts'
export { bookEnd } from './channels/book.ts'
export type { CandlesParams, CandlesState, CandlesUpdate, CandlesView } from './channels/candles.ts'
export { candlesEnd } from './channels/candles.ts'
export { type AnyChannel, CHANNELS, channel, isChannelName, type ViewUpdate } from './channels/index.ts'
export { type StatusParams, type StatusState, type StatusUpdate, type StatusView, statusOf } from './channels/status.ts'
export type { TickerParams, TickerState, TickerUpdate, TickerView } from './channels/ticker.ts'
export { tickerEnd } from './channels/ticker.ts'
export {
  TRADES_HELD,
  type TradesParams,
  type TradesState,
  type TradesUpdate,
  type TradesView,
  tradesEnd,
} from './channels/trades.ts'
export { decodeMsgpack, encodeMsgpack } from './codec.ts'
export { ERROR_WORDS } from './error-words.ts'
export {
  type AfterClose,
  afterClose,
  ChainBroken,
  ChecksumMismatch,
  CLOSE_CODES,
  DRAINING,
  ERRORS,
  type ErrorRow,
  type ErrorSlug,
  errorRow,
  ProtocolError,
  type Retry,
} from './errors.ts'
export * from './message.ts'
export { isSameEpoch, packMessage, unpackBody } from './packed.ts'
export { printResume, RESUME_LENGTH, type ResumeToken, readResume, resumeAt } from './position.ts'
export * from './request.ts'
export {
  type Handshake,
  parseAck,
  parseHandshake,
  parseList,
  parseModify,
  parsePing,
  parseResume,
  parseSubscribe,
  parseUnsubscribe,
  type RefusedAlias,
  refuseForeign,
  type SubscribePart,
} from './schema.ts'
export { Decoder, Encoder, type Packet, PacketType, protocol } from './socketio-parser.ts'
export { levelsToText, priceToText, quantityToText } from './text.ts'
export * from './wire.ts'
