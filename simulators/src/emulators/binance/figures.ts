import type { Now } from '../emulator.ts'
import type { DayFigures, WindowFigures } from './frames.ts'
import type { BinanceMarket } from './market.ts'

const MINUTE = 60_000_000

/** What tickers say of the last 24 hours. */
export function dayFigures({ tape, sides }: BinanceMarket): DayFigures {
  const last = tape.trades(1)[0]
  return { day: tape.day(), lastId: last?.id ?? -1, lastLots: last?.lots ?? 0, sides }
}

/** The same of so many minutes up to this time, and of what is missing to the whole minute in which they begin. */
export function windowFigures({ tape }: BinanceMarket, minutes: number, at: Now): WindowFigures {
  const openAt = at - (at % MINUTE) - minutes * MINUTE
  return { openAt, day: tape.since(openAt), lastId: tape.trades(1)[0]?.id ?? -1 }
}

/** Another text whenever there was a trade. */
export function tradesText({ tape }: BinanceMarket): string {
  return String(tape.trades(1)[0]?.id)
}

/** Another text whenever a ticker with its quotes would say something else. */
export function figuresText(market: BinanceMarket): string {
  const { bid: bids, ask: asks } = market.sides
  const [bid, ask] = [bids.level(0), asks.level(0)]
  return [tradesText(market), bid?.ticks, bid?.lots, ask?.ticks, ask?.lots].join()
}
