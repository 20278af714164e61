import type { Now, World } from '../emulator.ts'
import type { TimeUnit } from './frames.ts'
import type { Zone } from './klines.ts'
import type { BinanceListing } from './listing.ts'
import type { BinanceMarket } from './market.ts'

export type Asked = {
  readonly listings: ReadonlyMap<string, BinanceListing>
  readonly world: World
  readonly query: URLSearchParams
  readonly now: Now
  /** Of the times in the answer. */
  readonly unit: TimeUnit
}

/** One path: what it costs, which parameters it reads, and the body it answers with. Throws RestError for a question it cannot answer. */
export type Endpoint = {
  readonly weight: number | ((query: URLSearchParams) => number)
  readonly allowed: readonly string[]
  readonly answer: (asked: Asked) => string
}

/** Becomes `{"code":…,"msg":…}` with status 400. Source of codes and words: binance-spot-api-docs, errors.md. */
export class RestError extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.name = 'RestError'
    this.code = code
  }
}

/** Parameters that it does not read are refused, as are those named twice. */
export function ask(endpoint: Endpoint, asked: Asked): string {
  const names = [...asked.query.keys()]
  if (new Set(names).size < names.length) throw new RestError(-1101, 'Duplicate values for a parameter detected.')
  const read = names.filter((name) => endpoint.allowed.includes(name)).length
  if (names.length > endpoint.allowed.length) {
    throw new RestError(
      -1101,
      `Too many parameters; expected '${endpoint.allowed.length}' and received '${names.length}'.`,
    )
  }
  if (read < names.length) {
    throw new RestError(
      -1104,
      `Not all sent parameters were read; read '${read}' parameter(s) but was sent '${names.length}'.`,
    )
  }
  return endpoint.answer(asked)
}

/** The market of `symbol=`, which must be there and, where `symbolStatus=` is sent, of that status. */
export function listingAsked(asked: Asked): BinanceListing {
  const { listings, query } = asked
  const listing = listingNamed(listings, mandatory(query, 'symbol'))
  const status = statusAsked(asked)
  if (status === undefined || status === statusOf(listing.market)) return listing
  throw new RestError(-1220, "The symbol's status does not match the requested symbolStatus.")
}

/**
 * Those of `symbol=`, of `symbols=["…","…"]`, or all; `single` where the answer is one object and not a list. Of `symbolStatus=` a list has those
 * of that status only, one that has another is refused.
 */
export function listingsAsked(asked: Asked): { readonly single: boolean; readonly list: readonly BinanceListing[] } {
  const status = statusAsked(asked)
  const { single, list } = listingsNamed(asked)
  return {
    single,
    list: status === undefined || single ? list : list.filter(({ market }) => statusOf(market) === status),
  }
}

const STATUSES = ['TRADING', 'HALT', 'BREAK'] as const
type Status = (typeof STATUSES)[number]

export function statusOf({ isHalted }: BinanceMarket): Status {
  return isHalted ? 'BREAK' : 'TRADING'
}

function statusAsked({ query }: Asked): Status | undefined {
  const text = query.get('symbolStatus')
  if (text === null) return undefined
  const status = STATUSES.find((one) => one === text)
  if (status === undefined) throw new RestError(-1122, 'Invalid symbolStatus.')
  return status
}

function listingsNamed(asked: Asked): ReturnType<typeof listingsAsked> {
  const { listings, query } = asked
  const list = query.get('symbols')
  if (query.has('symbol') && list !== null) {
    throw new RestError(-1128, 'Combination of optional parameters invalid.')
  }
  if (query.has('symbol')) return { single: true, list: [listingAsked(asked)] }
  if (list === null) return { single: false, list: [...listings.values()] }
  if (!/^\["[A-Z0-9_.-]{1,20}"(,"[A-Z0-9_.-]{1,20}")*\]$/.test(list)) {
    const range = '^\\["[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}\\]$'
    throw new RestError(-1100, `Illegal characters found in parameter 'symbols'; legal range is '${range}'.`)
  }
  return { single: false, list: (JSON.parse(list) as string[]).map((symbol) => listingNamed(listings, symbol)) }
}

/** A whole number; the default where it was not sent, the most where it is above that. */
export function limitAsked({ query }: Asked, byDefault: number, most: number): number {
  const limit = wholeNumber(query, 'limit') ?? byDefault
  if (limit < 1) throw new RestError(-1130, "Data sent for parameter 'limit' is not valid.")
  return Math.min(limit, most)
}

/** Undefined where it was not sent. */
export function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  if (text === '') throw new RestError(-1105, `Parameter '${name}' was empty.`)
  if (!/^\d{1,20}$/.test(text)) {
    throw new RestError(-1100, `Illegal characters found in parameter '${name}'; legal range is '^[0-9]{1,20}$'.`)
  }
  return Number(text)
}

/** µs of a time sent in milliseconds or, with more digits, in microseconds. */
export function timeAsked(query: URLSearchParams, name: string): number | undefined {
  const time = wholeNumber(query, name)
  return time === undefined || time > 1e14 ? time : time * 1000
}

/** How far the time zone of `timeZone=` is ahead of UTC, µs: `-1:00`, `05:45`, `8`. UTC where it was not sent. */
export function zoneAsked(query: URLSearchParams): Zone {
  const text = query.get('timeZone') ?? '0'
  const [, sign, hours = '', minutes = '0'] = /^([+-]?)(\d{1,2})(?::([0-5]\d))?$/.exec(text) ?? []
  const zone = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  if (sign === undefined || zone < -12 * 60 || zone > 14 * 60) {
    throw new RestError(-1130, "Data sent for parameter 'timeZone' is not valid.")
  }
  return zone * 60_000_000
}

export function mandatory(query: URLSearchParams, name: string): string {
  const text = query.get(name)
  if (text === null) {
    throw new RestError(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`)
  }
  if (text === '') throw new RestError(-1105, `Parameter '${name}' was empty.`)
  return text
}

function listingNamed(listings: ReadonlyMap<string, BinanceListing>, symbol: string): BinanceListing {
  if (!/^[A-Z0-9_.-]{1,20}$/.test(symbol)) {
    throw new RestError(-1100, "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.")
  }
  const listing = listings.get(symbol)
  if (listing === undefined) throw new RestError(-1121, 'Invalid symbol.')
  return listing
}
