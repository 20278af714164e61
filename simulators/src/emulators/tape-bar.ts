import type { TapeTrade } from './tape.ts'

/**
 * A candle. `begin` is µs since 1970; `notional` is the sum of ticks times lots, `taker…` what of both was bought by takers. Its trades have ids up to
 * `lastId`, -1 where there are none.
 */
export type TapeBar = {
  readonly begin: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly trades: number
  readonly lots: number
  readonly notional: bigint
  readonly takerLots: number
  readonly takerNotional: bigint
  readonly lastId: number
}

/** The bar of one trade. */
function barOf({ id, ticks, lots, taker }: TapeTrade, begin: number): TapeBar {
  const notional = BigInt(ticks) * BigInt(lots)
  const isBought = taker === 'buy'
  const figures = { begin, open: ticks, high: ticks, low: ticks, close: ticks, trades: 1, lots, notional, lastId: id }
  return { ...figures, takerLots: isBought ? lots : 0, takerNotional: isBought ? notional : 0n }
}

/** The bar of no trade, at the price before it. */
export function flatBar(ticks: number, begin: number): TapeBar {
  const prices = { open: ticks, high: ticks, low: ticks, close: ticks }
  return { begin, ...prices, trades: 0, lots: 0, notional: 0n, takerLots: 0, takerNotional: 0n, lastId: -1 }
}

/** One bar of two, the earlier first. */
export function joinedBar(first: TapeBar, second: TapeBar): TapeBar {
  return {
    begin: first.begin,
    open: first.open,
    high: Math.max(first.high, second.high),
    low: Math.min(first.low, second.low),
    close: second.close,
    trades: first.trades + second.trades,
    lots: first.lots + second.lots,
    notional: first.notional + second.notional,
    takerLots: first.takerLots + second.takerLots,
    takerNotional: first.takerNotional + second.takerNotional,
    lastId: second.lastId,
  }
}

/** Takes a trade into the last of these bars, or a new one behind it. True where it is a new one. */
export function extendBars(bars: TapeBar[], trade: TapeTrade, length: number): boolean {
  const begin = trade.at - (trade.at % length)
  const single = barOf(trade, begin)
  const last = bars.at(-1)
  if (last?.begin === begin) bars[bars.length - 1] = joinedBar(last, single)
  else bars.push(single)
  return last?.begin !== begin
}
