import type { Listed } from '@depthcast/feeds/simulation'
import { isoMicros, priceText, quantityText } from './decimal.ts'
import type { HttpAnswer, HttpQuestion } from './emulator.ts'
import type { Host } from './host.ts'
import { bookChecksum } from './kraken/frames.ts'
import type { TrueBook } from './oracle.ts'
import { BookHalf } from './price-book.ts'

const ROOT = '/oracle'
const PARAMETERS = ['seq', 'at', 'venue', 'depth'] as const
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }
/** Digits of ms since 1970 until the year 2286; µs have three more. */
const MS_DIGITS = 13

/** Why there is no book to give. Becomes `{"error":{"code","slug","message","allowed"}}`, the shape of the gateway's own errors. */
class OracleRefusal extends Error {
  readonly status: 400 | 404
  readonly slug: string
  readonly allowed: readonly string[]

  constructor(status: 400 | 404, slug: string, what: string, allowed: readonly string[]) {
    super(`${what}, allowed ${allowed.length === 1 ? 'is' : 'are'} ${allowed.join(', ')}`)
    this.status = status
    this.slug = slug
    this.allowed = allowed
  }

  get answer(): HttpAnswer {
    const { status, slug, message, allowed } = this
    return answer(status, JSON.stringify({ error: { code: status, slug, message, allowed } }))
  }
}

/**
 * `GET /oracle/<symbol>` the true book as it stands, or after event `seq`, or as it was at `at`, a time as the venues stamp their frames: ISO 8601, or
 * ms or µs since 1970. With `venue` the number is that venue's own: the update id of Binance, the sequence of Coinbase. `depth` cuts it to so many
 * levels a side. `GET /oracle` lists the markets and what is known of each. Undefined for any other path.
 */
export function oracleAnswer({ path, query }: HttpQuestion, host: Host): HttpAnswer | undefined {
  if (path !== ROOT && !path.startsWith(`${ROOT}/`)) return undefined
  try {
    const name = decodeURIComponent(path.slice(ROOT.length + 1))
    return answer(200, name === '' ? marketList(host) : bookText(marketNamed(name, host), query, host))
  } catch (error) {
    if (!(error instanceof OracleRefusal)) throw error
    return error.answer
  }
}

function answer(status: number, text: string): HttpAnswer {
  return { status, headers: JSON_TYPE, body: `${text}\n` }
}

function marketList(host: Host): string {
  return JSON.stringify(host.symbols.map((symbol) => ({ symbol, ...host.oracle.range(symbol) })))
}

function bookText(listed: Listed, query: URLSearchParams, host: Host): string {
  const { symbol } = listed
  const strange = [...query.keys()].find((key) => !PARAMETERS.some((one) => one === key))
  if (strange !== undefined) throw bad(`there is no ${strange}=`, ...PARAMETERS.map((one) => `${one}=`))
  const venue = venueIn(query, host)
  const depth = wholeIn(query, 'depth')
  if (depth === 0) throw bad('depth=0 is no number of levels', 'a whole number from 1')
  const seq = eventIn(query, { symbol, venue, host })
  const book = host.oracle.book(symbol, seq)
  if (book === undefined) {
    const { first, last } = host.oracle.range(symbol)!
    throw missing(`no book of ${symbol} after event ${seq}`, `seq=${first} to ${last}`)
  }
  return render(book, { listed, host, venue, depth, sequence: wholeIn(query, 'seq') })
}

type Place = { readonly symbol: string; readonly venue: string | undefined; readonly host: Host }

/** The exchange's event that is meant; undefined for the last one. */
function eventIn(query: URLSearchParams, { symbol, venue, host }: Place): number | undefined {
  const [seq, at] = [wholeIn(query, 'seq'), timeIn(query)]
  if (seq !== undefined && at !== undefined) throw bad('seq= and at= both say when', 'one of them')
  if (at !== undefined) return eventAt(at, symbol, host)
  if (seq === undefined || venue === undefined) return seq
  const numbering = host.numbering(venue)
  if (numbering === undefined) {
    throw bad(`${venue} does not number its books`, 'at=<time of a frame>', 'seq=<event> without venue=')
  }
  const event = numbering.eventAt(symbol, seq)
  if (event !== undefined) return event
  throw missing(
    `${venue} has no book of ${symbol} numbered ${seq}, or not any more`,
    `at most ${numbering.last(symbol)}`,
  )
}

function eventAt(at: number, symbol: string, host: Host): number {
  const first = host.oracle.book(symbol, host.oracle.range(symbol)!.first)!
  const [from, to] = [host.openedAt + first.at, host.now]
  if (at >= from && at <= to) return host.oracle.seqAt(symbol, at - host.openedAt)
  const why = at > to ? 'that is yet to come' : 'that is longer ago than is known'
  throw missing(`no book of ${symbol} at ${isoMicros(at)}: ${why}`, `at=${isoMicros(from)} to ${isoMicros(to)}`)
}

type Rendering = {
  readonly listed: Listed
  readonly host: Host
  readonly venue: string | undefined
  /** Levels a side; undefined for all. */
  readonly depth: number | undefined
  /** What was asked for, where a venue's number was. */
  readonly sequence: number | undefined
}

/** Decimals as strings, best level first. For Kraken with the checksum of its ten best levels, whatever the depth. */
function render({ seq, at, bids, asks }: TrueBook, { listed, host, venue, depth, sequence }: Rendering): string {
  const rows = (levels: readonly number[]): string => {
    const texts: string[] = []
    const end = Math.min(levels.length, 2 * (depth ?? levels.length))
    for (let i = 0; i < end; i += 2) {
      texts.push(`["${priceText(levels[i]!, listed)}","${quantityText(levels[i + 1]!, listed)}"]`)
    }
    return `[${texts.join(',')}]`
  }
  const wall = host.openedAt + at
  const of = venue === undefined ? {} : { venue, ...(sequence !== undefined && { sequence }) }
  const checksum = venue === 'kraken' ? { checksum: checksumOf(bids, asks, listed) } : {}
  const head = { symbol: listed.symbol, seq, ...of, at: wall, time: isoMicros(wall), ...checksum }
  return `${JSON.stringify(head).slice(0, -1)},"bids":${rows(bids)},"asks":${rows(asks)}}`
}

function checksumOf(bids: readonly number[], asks: readonly number[], listed: Listed): number {
  return bookChecksum({ bid: new BookHalf('bid', bids), ask: new BookHalf('ask', asks) }, listed)
}

function marketNamed(name: string, host: Host): Listed {
  const listed = host.listed(name.toUpperCase())
  if (listed !== undefined) return listed
  throw new OracleRefusal(404, 'no-such-symbol', `there is no market ${name}`, host.symbols)
}

function venueIn(query: URLSearchParams, host: Host): string | undefined {
  const name = query.get('venue')
  if (name === null || host.venues.includes(name.toLowerCase())) return name?.toLowerCase()
  throw bad(`no venue ${name} is served`, ...host.venues)
}

function wholeIn(query: URLSearchParams, name: 'seq' | 'depth'): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw bad(`${name}=${text} is none`, `a whole number from ${name === 'seq' ? 0 : 1}`)
}

/** µs since 1970. */
function timeIn(query: URLSearchParams): number | undefined {
  const text = query.get('at')
  if (text === null) return undefined
  if (/^\d{1,16}$/.test(text)) return text.length <= MS_DIGITS ? Number(text) * 1000 : Number(text)
  const [, second, fraction = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text) ?? []
  const ms = Date.parse(`${second}Z`)
  if (!Number.isNaN(ms)) return ms * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6))
  throw bad(`at=${text} is no time`, 'such as 2026-01-01T12:00:00.123456Z, ms or µs since 1970')
}

function bad(what: string, ...allowed: readonly string[]): OracleRefusal {
  return new OracleRefusal(400, 'bad-request', what, allowed)
}

function missing(what: string, ...allowed: readonly string[]): OracleRefusal {
  return new OracleRefusal(404, 'no-such-book', what, allowed)
}
