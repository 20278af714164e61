/** Open, high, low and close in ticks, volume in lots, trades; 0 trades where nobody counted them. */
export type Figures = readonly [open: number, high: number, low: number, close: number, volume: number, trades: number]

/** As the dashboard copies it: a closed bar counted there from its trades (`ours`) beside the gateway's. `openTime` is µs since 1970. */
export type JudgedBar = {
  readonly openTime: number
  readonly verdict: 'match' | 'missed' | 'unexplained' | 'waiting' | 'before'
  readonly ours?: Figures
  readonly theirs?: Figures
}

export type BookReceipt = {
  readonly of: 'book'
  readonly symbol: string
  readonly epoch: number
  readonly seq: number
  readonly bids: readonly number[]
  readonly asks: readonly number[]
  readonly levels: { readonly bids: number; readonly asks: number }
  readonly checksum: number
  readonly address: string | undefined
}

export type BarsReceipt = {
  readonly of: 'bars'
  readonly symbol: string
  readonly interval: string
  readonly tick: string
  readonly lot: string
  readonly bars: readonly JudgedBar[]
  readonly tally: Readonly<Record<string, number>>
  readonly address: string | undefined
}

/** Reads a copied receipt. Returns in a sentence why it is none that can be checked. */
export function readReceipt(text: string): BookReceipt | BarsReceipt | string {
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch {
    return 'it is no JSON'
  }
  const { receipt, symbol, epoch, seq, book, bars, view, recheck = {} } = fields(said)
  if (receipt !== 1) return 'it is no receipt that this program knows'
  const { sameView, sameBars } = fields(recheck)
  if (book !== undefined) {
    const { bids, asks, levels, checksum } = fields(book)
    const told = fields(levels)
    if (!isText(symbol) || !areNumbers([epoch, seq, checksum, told.bids, told.asks]) || !isFlat(bids) || !isFlat(asks))
      return 'its book is not whole'
    const counts = { bids: told.bids as number, asks: told.asks as number }
    const numbers = { epoch: epoch as number, seq: seq as number, checksum: checksum as number }
    return {
      of: 'book',
      symbol,
      bids,
      asks,
      levels: counts,
      ...numbers,
      address: isText(sameView) ? sameView : undefined,
    }
  }
  if (bars !== undefined) {
    const { interval, tick, lot, certificate } = fields(bars)
    const { bars: judged, tally } = fields(certificate)
    if (certificate === undefined) return 'no certificate was counted, so that it proves no bar'
    if (!isText(symbol) || !isText(interval) || !isText(tick) || !isText(lot) || !Array.isArray(judged))
      return 'its bars are not whole'
    if (!judged.every(isJudged)) return 'one of its bars is not whole'
    const told = fields(tally) as Readonly<Record<string, number>>
    return {
      of: 'bars',
      symbol,
      interval,
      tick,
      lot,
      bars: judged,
      tally: told,
      address: isText(sameBars) ? sameBars : undefined,
    }
  }
  const { channel } = fields(view)
  return `${isText(channel) ? `a view of ${channel}` : 'it'} has nothing in it that can be reckoned again`
}

function isJudged(value: unknown): value is JudgedBar {
  const { openTime, verdict, ours, theirs } = fields(value)
  const areFigures = [ours, theirs].every(
    (each) => each === undefined || (Array.isArray(each) && each.length === 6 && areNumbers(each)),
  )
  return areNumbers([openTime]) && isText(verdict) && areFigures
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}
function isText(value: unknown): value is string {
  return typeof value === 'string'
}
function areNumbers(values: readonly unknown[]): boolean {
  return values.every(Number.isSafeInteger)
}
function isFlat(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length % 2 === 0 && areNumbers(value)
}
