import { crc32 } from 'node:zlib'
import { type CaptureRecord, FeedConfigError } from '@depthcast/feeds'
import { type Micros, micros } from '@depthcast/market'

const CONNECTION = 'kraken'
/** Kraken WebSocket API v2, book channel: the depths there are. */
const DEPTHS = [10, 25, 100, 500, 1000]
/** How many levels a side the checksum covers. */
const PROVEN_LEVELS = 10
const LOST = 'parsing had cut the zeros at the end of the numbers'
/** More zeros than this at the end of a number are not tried. */
const MOST_ZEROS = 10

/**
 * A recording of Kraken's book that somebody kept as parsed JSON, `{"init": <snapshot>, "updates": [<update>, …]}`, as the frames it was.
 *
 * Parsing lost the zeros at the end of each number, and with them the text that the checksums are of. How many decimals prices and quantities had is
 * found by the checksum of the snapshot, which only the right ones give; the depth of the subscription by the size of the snapshot. A note says what
 * was found. Times are the venue's own. Throws FeedConfigError for JSON of any other shape.
 */
export function* fromParsed(text: string): Generator<CaptureRecord> {
  const { init, updates } = read(text)
  const found = decimalsOf(init, updates)
  const deepest = Math.max(init.bids.length, init.asks.length)
  const depth = DEPTHS.find((one) => one >= deepest) ?? DEPTHS.at(-1)!
  yield { kind: 'header', venue: 'kraken', depth }
  let at = timeOf([...updates, init].find(({ timestamp }) => timestamp !== undefined))
  yield { kind: 'open', at, connection: CONNECTION, url: 'wss://ws.kraken.com/v2' }
  yield { kind: 'note', at, text: `${LOST}: ${found.inWords}; depth ${depth}, by the ${deepest} levels a side of it` }
  for (const book of [init, ...updates]) {
    at = micros(Math.max(at, timeOf(book)))
    yield { kind: 'frame', at, connection: CONNECTION, text: frameOf(book, found) }
  }
}

/** Whether a document looks like such a recording. */
export function isParsed(document: unknown): boolean {
  return typeof document === 'object' && document !== null && 'init' in document && 'updates' in document
}

type Decimals = { readonly price: number; readonly qty: number; readonly inWords: string }

/** As many decimals as the numbers show, or more where only those give the snapshot its checksum. */
function decimalsOf(init: ParsedBook, updates: readonly ParsedBook[]): Decimals {
  const all = [init, ...updates].flatMap(({ bids, asks }) => [...bids, ...asks])
  const shown = (field: 'price' | 'qty'): number =>
    all.reduce((most, level) => Math.max(most, level[field].split('.')[1]?.length ?? 0), 0)
  const least = { price: shown('price'), qty: shown('qty') }
  for (let zeros = 0; zeros <= MOST_ZEROS * 2; zeros++) {
    for (let more = Math.max(0, zeros - MOST_ZEROS); more <= Math.min(zeros, MOST_ZEROS); more++) {
      const decimals = { price: least.price + more, qty: least.qty + zeros - more }
      if (checksum(init, decimals) !== init.checksum) continue
      const inWords = `prices have ${decimals.price} decimals and quantities ${decimals.qty}, by the checksum of the snapshot`
      return { ...decimals, inWords }
    }
  }
  const inWords = 'no number of decimals gives the snapshot its checksum'
  return { ...least, inWords }
}

/** CRC-32 of the best asks, then the best bids: the digits of price and quantity without point and leading zeros. */
function checksum(
  { bids, asks }: ParsedBook,
  { price, qty }: { readonly price: number; readonly qty: number },
): number {
  const digits = (side: readonly Level[]): string =>
    side
      .slice(0, PROVEN_LEVELS)
      .map((level) => [padded(level.price, price), padded(level.qty, qty)].map(withoutPoint).join(''))
      .join('')
  return crc32(digits(asks) + digits(bids))
}

function withoutPoint(decimal: string): string {
  return decimal.replace('.', '').replace(/^0+/, '')
}

function frameOf({ type, symbol, bids, asks, checksum, timestamp }: ParsedBook, decimals: Decimals): string {
  const levels = (side: readonly Level[]): string =>
    side
      .map(({ price, qty }) => `{"price":${padded(price, decimals.price)},"qty":${padded(qty, decimals.qty)}}`)
      .join(',')
  const time = timestamp === undefined ? '' : `,"timestamp":${JSON.stringify(timestamp)}`
  const sides = `"bids":[${levels(bids)}],"asks":[${levels(asks)}]`
  const entry = `{"symbol":${JSON.stringify(symbol)},${sides},"checksum":${checksum}${time}}`
  return `{"channel":"book","type":"${type}","data":[${entry}]}`
}

function padded(decimal: string, decimals: number): string {
  const [whole = '', fraction = ''] = decimal.split('.')
  return decimals === 0 ? whole : `${whole}.${fraction.padEnd(decimals, '0')}`
}

/** A number as it stands in JSON, without an exponent and without zeros at its end: `1e-05` is 0.00001, `4.0` is 4. */
function plainDecimal(lexeme: string): string {
  const [, whole = '', fraction = '', exponent = '0'] = /^(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(lexeme) ?? []
  if (whole === '') throw new FeedConfigError(`${lexeme} is no price or quantity`)
  const point = whole.length + Number(exponent)
  if (Math.abs(point) > 40) throw new FeedConfigError(`${lexeme} is no price or quantity`)
  const digits = `${whole}${fraction}`.padStart(whole.length + fraction.length + Math.max(0, 1 - point), '0')
  const at = Math.max(1, point)
  const before = digits
    .slice(0, at)
    .padEnd(at, '0')
    .replace(/^0+(?=\d)/, '')
  const after = digits.slice(at).replace(/0+$/, '')
  return after === '' ? before : `${before}.${after}`
}

function timeOf(book: ParsedBook | undefined): Micros {
  const [, seconds = '', fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(book?.timestamp ?? '') ?? []
  const ms = Date.parse(`${seconds}Z`)
  return micros(Number.isNaN(ms) ? 0 : ms * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6)))
}

/** Numbers are read as they are written: a double would change some of them. */
function read(text: string): { readonly init: ParsedBook; readonly updates: readonly ParsedBook[] } {
  const document = JSON.parse(text.replaceAll(/"(price|qty)":\s*([\d.eE+-]+)/g, '"$1":"$2"')) as RawDocument
  if (!Array.isArray(document.updates)) throw new FeedConfigError('"updates" is no list')
  return { init: bookOf(document.init, 'init'), updates: document.updates.map((one) => bookOf(one, 'an update')) }
}

function bookOf(raw: RawBook | undefined, name: string): ParsedBook {
  const entry = raw?.data?.[0]
  const { symbol, bids, asks, checksum, timestamp } = entry ?? {}
  const isBook =
    typeof symbol === 'string' && typeof checksum === 'number' && Array.isArray(bids) && Array.isArray(asks)
  if (!isBook || raw?.channel !== 'book' || (raw.type !== 'snapshot' && raw.type !== 'update'))
    throw new FeedConfigError(`${name} is no message of Kraken's book channel`)
  const levels = (side: readonly RawLevel[]): readonly Level[] =>
    side.map(({ price, qty }) => ({ price: plainDecimal(String(price)), qty: plainDecimal(String(qty)) }))
  const time = timestamp === undefined ? {} : { timestamp: String(timestamp) }
  return { type: raw.type, symbol, checksum, bids: levels(bids), asks: levels(asks), ...time }
}

/** Decimals without zeros at their end. */
type Level = { readonly price: string; readonly qty: string }
type ParsedBook = {
  readonly type: 'snapshot' | 'update'
  readonly symbol: string
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
  readonly checksum: number
  readonly timestamp?: string
}
type RawLevel = { readonly price?: unknown; readonly qty?: unknown }
type RawBook = {
  readonly channel?: unknown
  readonly type?: unknown
  readonly data?: readonly {
    readonly symbol?: unknown
    readonly bids?: unknown
    readonly asks?: unknown
    readonly checksum?: unknown
    readonly timestamp?: unknown
  }[]
}
type RawDocument = { readonly init?: RawBook; readonly updates?: unknown }
