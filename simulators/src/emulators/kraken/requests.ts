import { isoMicros } from '../decimal.ts'
import { isRecord, parsed } from '../json.ts'

const DEPTHS: readonly number[] = [10, 25, 100, 500, 1000]
export const INTERVALS: readonly number[] = [1, 5, 15, 30, 60, 240, 1440, 10080, 21600]
const CHANNELS = ['book', 'trade', 'ticker', 'ohlc', 'instrument'] as const
const PRIVATE = ['level3', 'executions', 'balances']

export type Channel = (typeof CHANNELS)[number]

/** One symbol of a request, with what was left out filled in as documented. */
export type Asked = {
  readonly channel: Channel
  readonly symbol: string | undefined
  readonly depth: number
  readonly interval: number
  readonly trigger: 'bbo' | 'trades'
  readonly snapshot: boolean
}

/** What every answer repeats. `reqId` as it stood in the request. */
export type Parameters = { readonly method: string | undefined; readonly reqId: string | undefined }

export type Request = Parameters &
  (
    | { readonly kind: 'ping' }
    | { readonly kind: 'subscribe' | 'unsubscribe'; readonly asked: readonly Asked[] }
    | { readonly kind: 'malformed'; readonly reason: string }
  )

/** Reads a client's message; one that is none is `malformed`, with the words to refuse it. */
export function parseRequest(text: string): Request {
  const message = parsed(text)
  const { method, req_id: reqId, params } = isRecord(message) ? message : {}
  const base = {
    method: typeof method === 'string' ? method : undefined,
    reqId: typeof reqId === 'number' && Number.isSafeInteger(reqId) ? String(reqId) : undefined,
  }
  const malformed = (reason: string): Request => ({ ...base, kind: 'malformed', reason })
  if (method === 'ping') return { ...base, kind: 'ping' }
  if ((method !== 'subscribe' && method !== 'unsubscribe') || !isRecord(params)) return malformed('Malformed request')
  const { channel, symbol, depth, interval, event_trigger: trigger, snapshot } = params
  if (typeof channel === 'string' && PRIVATE.includes(channel)) {
    return malformed('Private data and trading are unavailable on this endpoint. Try ws-auth.kraken.com')
  }
  const known = CHANNELS.find((one) => one === channel)
  if (known === undefined) return malformed('Malformed request')
  const symbols = known === 'instrument' ? [undefined] : stringsIn(symbol)
  if (symbols.length === 0) return malformed('Malformed request')
  const levels = typeof depth === 'number' ? depth : 10
  if (known === 'book' && !DEPTHS.includes(levels)) return malformed('Subscription depth not supported')
  const minutes = typeof interval === 'number' ? interval : 1
  if (known === 'ohlc' && !INTERVALS.includes(minutes)) return malformed('Subscription ohlc interval not supported')
  const asked = symbols.map((one) => ({
    channel: known,
    symbol: one,
    depth: levels,
    interval: minutes,
    trigger: trigger === 'bbo' ? ('bbo' as const) : ('trades' as const),
    // Trades come without one unless it is asked for.
    snapshot: known === 'trade' ? snapshot === true : snapshot !== false,
  }))
  return { ...base, kind: method, asked }
}

/** One for each symbol; nothing at the top level says which channel it is. */
export function ack(method: 'subscribe' | 'unsubscribe', asked: Asked, { reqId }: Parameters, now: number): string {
  const { channel, symbol, depth, interval, trigger, snapshot } = asked
  const own = {
    book: `"channel":"book","depth":${depth},`,
    trade: '"channel":"trade",',
    ticker: `"channel":"ticker","event_trigger":"${trigger}",`,
    ohlc: `"channel":"ohlc","interval":${interval},`,
    instrument: '"channel":"instrument",',
  }[channel]
  const snap = method === 'subscribe' ? `"snapshot":${snapshot},` : ''
  const which = symbol === undefined ? '' : `"symbol":${JSON.stringify(symbol)},`
  const warnings = method === 'subscribe' ? (WARNINGS[channel] ?? '') : ''
  const result = `${own}${snap}${which}${warnings}`.replace(/,$/, '')
  return `{"method":"${method}","result":{${result}},"success":true,${times(now)}${idText(reqId)}}`
}

/** The socket stays up, whatever was wrong. */
export function refusal(error: string, { method, reqId }: Parameters, now: number, symbol?: string): string {
  const which = symbol === undefined ? '' : `,"symbol":${JSON.stringify(symbol)}`
  const what = method === undefined ? '' : `"method":${JSON.stringify(method)},`
  return `{"error":${JSON.stringify(error)},${what}"success":false${which},${times(now)}${idText(reqId)}}`
}

const WARNINGS: Readonly<Partial<Record<Channel, string>>> = {
  instrument: '"warnings":["tick_size is deprecated, use price_increment"],',
  ohlc: '"warnings":["timestamp is deprecated, use interval_begin"],',
}

/** Parsing takes the server some microseconds. */
function times(now: number): string {
  return `"time_in":"${isoMicros(now)}","time_out":"${isoMicros(now + 38)}"`
}

function idText(reqId: string | undefined): string {
  return reqId === undefined ? '' : `,"req_id":${reqId}`
}

function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
}
