import type { CaptureRecord } from '@depthcast/feeds'
import type { Micros } from '@depthcast/market'

const CONNECTION = 'kraken'

/**
 * A recording that somebody kept as parsed JSON, `{"init": <snapshot>, "updates": [<update>, …]}`, as the frames it was: parsing lost the zeros at
 * the end of each number, and `decimals` says how many there were.
 *
 * The subscription's answer is made up, with the depth it had; times are the venue's own.
 */
export function* fromParsed(
  text: string,
  { depth, price, qty }: { readonly depth: number; readonly price: number; readonly qty: number },
): Generator<CaptureRecord> {
  const { init, updates } = JSON.parse(text) as { init: ParsedBook; updates: readonly ParsedBook[] }
  const levels = (side: ParsedLevels): string =>
    side.map((level) => `{"price":${level.price.toFixed(price)},"qty":${level.qty.toFixed(qty)}}`).join(',')
  const frame = ({ type, data: [book] }: ParsedBook): string => {
    const time = book.timestamp === undefined ? '' : `,"timestamp":"${book.timestamp}"`
    const sides = `"bids":[${levels(book.bids)}],"asks":[${levels(book.asks)}]`
    return `{"channel":"book","type":"${type}","data":[{"symbol":"${book.symbol}",${sides},"checksum":${book.checksum}${time}}]}`
  }
  const result = { channel: 'book', depth, snapshot: true, symbol: init.data[0].symbol }
  let at = timeOf(updates[0])
  yield { kind: 'open', at, connection: CONNECTION, url: 'wss://ws.kraken.com/v2' }
  yield {
    kind: 'frame',
    at,
    connection: CONNECTION,
    text: JSON.stringify({ method: 'subscribe', result, success: true }),
  }
  for (const each of [init, ...updates]) {
    at = Math.max(at, timeOf(each)) as Micros
    yield { kind: 'frame', at, connection: CONNECTION, text: frame(each) }
  }
}

function timeOf(book: ParsedBook | undefined): Micros {
  return (Date.parse(book?.data[0].timestamp ?? '1970-01-01T00:00:00Z') * 1000) as Micros
}

type ParsedLevels = readonly { readonly price: number; readonly qty: number }[]
type ParsedBook = {
  readonly type: string
  readonly data: readonly [
    {
      readonly symbol: string
      readonly bids: ParsedLevels
      readonly asks: ParsedLevels
      readonly checksum: number
      readonly timestamp?: string
    },
  ]
}
