import { crc32 } from 'node:zlib'
import type { Listed } from '@depthcast/feeds/simulation'
import { isoMicros, priceText, quantityText, ratioText } from '../decimal.ts'
import type { BookHalf } from '../price-book.ts'
import type { TapeTrade } from '../tape.ts'
import type { TapeBar } from '../tape-bar.ts'

const CHECKSUM_LEVELS = 10

/** A level that changed, in the order in which it did. */
export type Change = { readonly side: 'bid' | 'ask'; readonly ticks: number; readonly lots: number }
export type Sides = { readonly bid: BookHalf; readonly ask: BookHalf }

/**
 * CRC32 of the ten best asks, then the ten best bids, each price and quantity as digits without point and leading zeros.
 *
 * Source: Kraken WebSocket v2 guide, "Calculate book checksum". Holds at every depth: the smallest is ten levels.
 */
export function bookChecksum(sides: Sides, listed: Listed): number {
  return crc32(`${sideDigits(sides.ask, listed)}${sideDigits(sides.bid, listed)}`)
}

function sideDigits(half: BookHalf, { tickSize, lotSize }: Listed): string {
  let digits = ''
  for (let at = 0; at < CHECKSUM_LEVELS; at++) {
    const level = half.level(at)
    if (level === undefined) break
    digits += `${level.ticks * tickSize.coefficient}${level.lots * lotSize.coefficient}`
  }
  return digits
}

export function bookSnapshot(symbol: string, sides: Sides, depth: number, listed: Listed, at: number): string {
  const side = (half: BookHalf): string => {
    const levels = half.levels(depth)
    const texts: string[] = []
    for (let i = 0; i < levels.length; i += 2) texts.push(levelText(levels[i]!, levels[i + 1]!, listed))
    return texts.join(',')
  }
  const body = `"bids":[${side(sides.bid)}],"asks":[${side(sides.ask)}],"checksum":${bookChecksum(sides, listed)}`
  return `{"channel":"book","type":"snapshot","data":[{"symbol":"${symbol}",${body},"timestamp":"${isoMicros(at)}"}]}`
}

export function bookUpdate(
  symbol: string,
  changes: readonly Change[],
  checksum: number,
  listed: Listed,
  at: number,
): string {
  const side = (wanted: Change['side']): string =>
    changes
      .filter(({ side }) => side === wanted)
      .map(({ ticks, lots }) => levelText(ticks, lots, listed))
      .join(',')
  const body = `"bids":[${side('bid')}],"asks":[${side('ask')}],"checksum":${checksum}`
  return `{"channel":"book","type":"update","data":[{"symbol":"${symbol}",${body},"timestamp":"${isoMicros(at)}"}]}`
}

function levelText(ticks: number, lots: number, listed: Listed): string {
  return `{"price":${priceText(ticks, listed)},"qty":${quantityText(lots, listed)}}`
}

export function trades(
  symbol: string,
  type: 'snapshot' | 'update',
  prints: readonly TapeTrade[],
  listed: Listed,
): string {
  const rows = prints.map(
    ({ id, ticks, lots, taker, at }) =>
      `{"symbol":"${symbol}","side":"${taker}","price":${priceText(ticks, listed)},"qty":${quantityText(lots, listed)},` +
      `"ord_type":"market","trade_id":${id},"timestamp":"${isoMicros(at)}"}`,
  )
  return `{"channel":"trade","type":"${type}","data":[${rows.join(',')}]}`
}

export type TickerFigures = { readonly sides: Sides; readonly last: number; readonly day: TapeBar; readonly at: number }

export function ticker(symbol: string, type: 'snapshot' | 'update', figures: TickerFigures, listed: Listed): string {
  const { sides, last, day, at } = figures
  const bid = sides.bid.level(0) ?? { ticks: 0, lots: 0 }
  const ask = sides.ask.level(0) ?? { ticks: 0, lots: 0 }
  const change = last - day.open
  const price = (ticks: number): string => priceText(ticks, listed)
  return (
    `{"channel":"ticker","type":"${type}","data":[{"symbol":"${symbol}",` +
    `"bid":${price(bid.ticks)},"bid_qty":${quantityText(bid.lots, listed)},` +
    `"ask":${price(ask.ticks)},"ask_qty":${quantityText(ask.lots, listed)},` +
    `"last":${price(last)},"volume":${quantityText(day.lots, listed)},"vwap":${vwapText(day, listed)},` +
    `"low":${price(day.low)},"high":${price(day.high)},"change":${price(change)},` +
    `"change_pct":${percentText(change, day.open)},"trades":${day.trades},"timestamp":"${isoMicros(at)}"}]}`
  )
}

export function ohlc(
  symbol: string,
  type: 'snapshot' | 'update',
  bars: readonly TapeBar[],
  minutes: number,
  listed: Listed,
  at: number,
): string {
  const rows = bars.map((bar) => {
    const end = bar.begin + minutes * 60_000_000
    return (
      `{"symbol":"${symbol}","open":${priceText(bar.open, listed)},"high":${priceText(bar.high, listed)},` +
      `"low":${priceText(bar.low, listed)},"close":${priceText(bar.close, listed)},"trades":${bar.trades},` +
      `"volume":${quantityText(bar.lots, listed)},"vwap":${vwapText(bar, listed)},` +
      `"interval_begin":"${isoNanos(bar.begin)}","interval":${minutes},` +
      `"timestamp":"${isoMicros(end)}"}`
    )
  })
  return `{"channel":"ohlc","type":"${type}","timestamp":"${isoNanos(at)}","data":[${rows.join(',')}]}`
}

/** Candles are stamped in nanoseconds. */
function isoNanos(at: number): string {
  return isoMicros(at).replace('Z', '000Z')
}

export function vwapText(bar: TapeBar, listed: Listed): string {
  if (bar.lots === 0) return priceText(bar.close, listed)
  return ratioText(bar.notional, BigInt(bar.lots), listed.tickSize)
}

/** Hundredths of a percent in integers, so that no float is ever written. */
function percentText(change: number, open: number): string {
  const hundredths = open === 0 ? 0 : Math.round((change * 10_000) / open)
  const digits = String(Math.abs(hundredths)).padStart(3, '0')
  return `${hundredths < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/** Why a market's status is not `online`; the words of the instrument channel. */
export type PairStatus =
  | 'online'
  | 'cancel_only'
  | 'post_only'
  | 'limit_only'
  | 'reduce_only'
  | 'delisted'
  | 'work_in_progress'

export function instruments(
  type: 'snapshot' | 'update',
  pairs: readonly { readonly listed: Listed; readonly symbol: string; readonly status: PairStatus }[],
): string {
  const assets = type === 'update' ? [] : [...new Set(pairs.flatMap(({ listed }) => [listed.base, listed.quote]))]
  const assetRows = assets.map(
    (id) =>
      `{"id":"${id}","status":"enabled","precision":10,"precision_display":5,"borrowable":true,"collateral_value":1.00,"margin_rate":0.020000}`,
  )
  const pairRows = pairs.map(({ listed, symbol, status }) => {
    const { base, quote, tickSize, lotSize } = listed
    const increment = incrementText(tickSize.text)
    return (
      `{"symbol":"${symbol}","base":"${base}","quote":"${quote}","status":"${status}",` +
      `"qty_precision":${lotSize.decimals},"qty_increment":${incrementText(lotSize.text)},` +
      `"price_precision":${tickSize.decimals},"price_increment":${increment},` +
      `"cost_precision":${tickSize.decimals + lotSize.decimals},"cost_min":0.5,"qty_min":${incrementText(lotSize.text)},` +
      `"marginable":false,"has_index":true,"tick_size":${increment}}`
    )
  })
  return `{"channel":"instrument","type":"${type}","data":{"assets":[${assetRows.join(',')}],"pairs":[${pairRows.join(',')}]}}`
}

/** The instrument channel writes small steps with an exponent: `1e-08`, unlike every other channel. */
function incrementText(step: string): string {
  const zeros = /^0\.(0{4,})([1-9]\d*)$/.exec(step)
  if (zeros === null) return step
  const [, leading = '', digits = ''] = zeros
  const mantissa = digits.length === 1 ? digits : `${digits[0]}.${digits.slice(1)}`
  return `${mantissa}e-${String(leading.length + 1).padStart(2, '0')}`
}
