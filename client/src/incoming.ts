import { GAP_REASONS, INSTRUMENT_STATES, type Levels, TICKER_FIGURES } from '@depthcast/market'
import {
  type ConfigMessage,
  type GapMessage,
  type Granted,
  type Position,
  PROTOCOL_VERSION,
  type ShutdownMessage,
  type StatusMessage,
  type SubId,
  type SubscribeResult,
  type ViewMessage,
  type Welcome,
  type WireError,
} from '@depthcast/protocol'

// What arrives is not to be trusted with its shape. Each reader gives the typed message, or undefined for anything else; unknown fields pass,
// for the protocol grows by them. Written by hand: the schemas of the server's side would bring their library into every page.

type Fields = Readonly<Record<string, unknown>>

export function readWelcome(body: unknown): Welcome | undefined {
  if (!isFields(body) || body.protocol !== PROTOCOL_VERSION || !isFields(body.limits)) return undefined
  const { session, node, serverTime, heartbeatMs, limits } = body
  if (typeof session !== 'string' || typeof node !== 'string' || !isCount(serverTime)) return undefined
  if (
    !isCount(heartbeatMs) ||
    heartbeatMs === 0 ||
    !isCount(limits.symbolsPerRequest) ||
    limits.symbolsPerRequest === 0 ||
    !isOptional(limits.windowBytes, isCount)
  )
    return undefined
  return body as unknown as Welcome
}

export function readShutdown(body: unknown): ShutdownMessage | undefined {
  return isFields(body) && isCount(body.reconnectInMs) ? (body as unknown as ShutdownMessage) : undefined
}

/** How many instruments a heartbeat says there are. */
export function readListed(body: unknown): number | undefined {
  return isFields(body) && isCount(body.listed) ? body.listed : undefined
}

/** Reads an error of the server's table from outside; undefined when it is something else. */
export function wireError(value: unknown): WireError | undefined {
  if (!isFields(value) || typeof value.code !== 'number' || !isString(value.slug)) return undefined
  const { code, slug, message, retryAfterMs } = value
  const text = isString(message) ? message : slug
  return isCount(retryAfterMs) ? { code, slug, message: text, retryAfterMs } : { code, slug, message: text }
}

/** The error of an answer that is a refusal. */
export function refusalIn(reply: unknown): WireError | undefined {
  return isFields(reply) ? wireError(reply.error) : undefined
}

/** The sub a message belongs to, even when the rest of it cannot be read. */
export function subOf(body: unknown): number | undefined {
  return isFields(body) && isCount(body.sub) ? body.sub : undefined
}

export function readViewMessage(type: ViewMessage['type'], body: unknown): ViewMessage | undefined {
  if (
    !isFields(body) ||
    !isCount(body.sub) ||
    !isCount(body.seq) ||
    !isCount(body.serverTime) ||
    !isOptional(body.exchangeTime, isCount)
  ) {
    return undefined
  }
  if (!hasBody(type, body)) return undefined
  return { ...body, type } as unknown as ViewMessage
}

function hasBody(type: ViewMessage['type'], body: Fields): boolean {
  switch (type) {
    case 'snapshot':
      return isCount(body.epoch) && isLevels(body.bids) && isLevels(body.asks) && isOptional(body.checksum, isCount)
    case 'update':
      return (
        isCount(body.epoch) &&
        isCount(body.prev) &&
        isCount(body.merged) &&
        isLevels(body.bids) &&
        isLevels(body.asks) &&
        isOptional(body.checksum, isCount)
      )
    case 'trades':
      return (
        isCount(body.epoch) &&
        isOptional(body.prev, isCount) &&
        isOptional(body.lost, isCount) &&
        Array.isArray(body.trades) &&
        body.trades.every(isTrade)
      )
    case 'ticker':
      return isCount(body.merged) && TICKER_FIGURES.every((name) => isOptional(body[name], isInteger))
    case 'candle':
      return (
        isCount(body.epoch) &&
        isOptional(body.prev, isCount) &&
        Array.isArray(body.candles) &&
        body.candles.every(isCandle)
      )
  }
}

export function readStatus(body: unknown): StatusMessage | undefined {
  if (!isFields(body) || typeof body.symbol !== 'string' || !isCount(body.since)) return undefined
  if (!isOneOf(INSTRUMENT_STATES, body.state) || !isOptional(body.reason, isString)) return undefined
  if (!isOptional(body.verifiedAt, isCount)) return undefined
  return { ...body, type: 'status' } as unknown as StatusMessage
}

export function readGap(body: unknown): GapMessage | undefined {
  if (!isFields(body) || !isCount(body.sub) || !isCount(body.from) || !isOptional(body.to, isCount)) return undefined
  if (
    !isOptional(body.lost, isCount) ||
    !isOneOf(GAP_REASONS, body.reason) ||
    !isOneOf(['snapshot', 'continue'], body.next)
  )
    return undefined
  return { ...body, type: 'gap' } as unknown as GapMessage
}

export function readConfig(body: unknown): ConfigMessage | undefined {
  if (!isFields(body) || !isCount(body.sub) || !isOptional(body.was, isCount)) return undefined
  const { sub, was } = body
  const granted = readGranted(body.granted)
  const why = isString(body.why) ? body.why : ''
  return granted && { type: 'config', sub, granted, why, ...(was !== undefined && { was }) }
}

export type Modified = { readonly sub: SubId; readonly granted: Granted; readonly why?: string }

/** The answer to a modify that was granted. */
export function readModified(value: unknown): Modified | undefined {
  if (!isFields(value) || !isCount(value.sub) || !isOptional(value.why, isString)) return undefined
  const { sub, why } = value
  const granted = readGranted(value.granted)
  return granted && { sub, granted, ...(why !== undefined && { why }) }
}

/** One symbol's part of a subscribe ack. */
export function readSubscribeResult(value: unknown): SubscribeResult | undefined {
  if (!isFields(value) || !isString(value.symbol)) return undefined
  const error = wireError(value.error)
  if (error !== undefined) return { symbol: value.symbol, error }
  if (!isCount(value.sub) || !isString(value.tick) || !isString(value.lot) || readGranted(value.granted) === undefined)
    return undefined
  if (!isOptional(value.why, isString) || !isOptional(value.recovered, isBoolean) || !isOptional(value.at, isPosition))
    return undefined
  return value as unknown as SubscribeResult
}

export function readGranted(value: unknown): Granted | undefined {
  if (!isFields(value) || !(value.rateMs === 'raw' || isCount(value.rateMs))) return undefined
  if (!(isOptional(value.depth, isCount) || value.depth === 'all') || !isOptional(value.grouping, isCount))
    return undefined
  return value as unknown as Granted
}

const CANDLE_NUMBERS = ['open', 'high', 'low', 'close'] as const
const CANDLE_COUNTS = ['openTime', 'volume', 'trades', 'rev'] as const

/** Flat pairs of integers, quantities 0 and up. */
function isLevels(value: unknown): value is Levels {
  if (!Array.isArray(value) || value.length % 2 !== 0) return false
  for (let i = 0; i < value.length; i += 2) if (!isInteger(value[i]) || !isCount(value[i + 1])) return false
  return true
}

function isTrade(value: unknown): boolean {
  if (!Array.isArray(value)) return false
  const [id, price, quantity, side, exchangeTime] = value as unknown[]
  return isString(id) && isInteger(price) && isCount(quantity) && isOneOf([1, -1, 0], side) && isCount(exchangeTime)
}

function isCandle(value: unknown): boolean {
  return (
    isFields(value) &&
    CANDLE_NUMBERS.every((name) => isInteger(value[name])) &&
    CANDLE_COUNTS.every((name) => isCount(value[name])) &&
    typeof value.final === 'boolean' &&
    (value.overflow === undefined || value.overflow === true)
  )
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value)
}
function isCount(value: unknown): value is number {
  return isInteger(value) && value >= 0
}
function isString(value: unknown): value is string {
  return typeof value === 'string'
}
function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean'
}
function isPosition(value: unknown): value is Position {
  return Array.isArray(value) && value.length === 2 && value.every(isCount)
}
function isOptional<T>(value: unknown, is: (value: unknown) => value is T): value is T | undefined {
  return value === undefined || is(value)
}
function isOneOf<T>(allowed: readonly T[], value: unknown): value is T {
  return (allowed as readonly unknown[]).includes(value)
}
