import { changePercent } from './format.ts'
import type { Quote } from './quotes.ts'
import { turnover } from './quotes-order.ts'

/** How a market went in the last 24 hours, by counting. */
export type Breadth = {
  readonly up: number
  readonly down: number
  readonly flat: number
  /** Neither an open nor a last price is known of these; they count nowhere else. */
  readonly unknown: number
  /** Percent; undefined while nothing is known. */
  readonly median: number | undefined
}

export function breadthOf(quotes: readonly (Quote | undefined)[]): Breadth {
  const changes = quotes
    .map((quote) => changePercent(quote?.open24h, quote?.last))
    .filter((change) => change !== undefined)
  const up = changes.filter((change) => hundredths(change) > 0).length
  const down = changes.filter((change) => hundredths(change) < 0).length
  return {
    up,
    down,
    flat: changes.length - up - down,
    unknown: quotes.length - changes.length,
    median: median(changes),
  }
}

/** What a bar is drawn by. */
export type Scale = {
  /** The largest change either way, percent; every bar's full length. */
  readonly change: number
  /** The largest turnover of each quote currency: nothing is converted. */
  readonly turnovers: ReadonlyMap<string, number>
}

export function scaleOf(rows: readonly { readonly quote: string; readonly figures: Quote | undefined }[]): Scale {
  const turnovers = new Map<string, number>()
  let change = 0
  for (const { quote, figures } of rows) {
    change = Math.max(change, Math.abs(changePercent(figures?.open24h, figures?.last) ?? 0))
    turnovers.set(quote, Math.max(turnovers.get(quote) ?? 0, turnover(figures) ?? 0))
  }
  return { change, turnovers }
}

/** A bar from the middle: `length` from -1 to 1 by the change, `weight` from 0 to 1 by the root of the share in the largest turnover. */
export type Bar = { readonly length: number; readonly weight: number }

/** Undefined while the change is unknown. */
export function barOf(quote: string, figures: Quote | undefined, { change, turnovers }: Scale): Bar | undefined {
  const own = changePercent(figures?.open24h, figures?.last)
  if (own === undefined) return undefined
  const most = turnovers.get(quote) ?? 0
  return {
    length: change === 0 ? 0 : own / change,
    weight: most === 0 ? 0 : Math.sqrt((turnover(figures) ?? 0) / most),
  }
}

/** A change as it is shown: what reads 0.00 % went neither way. */
function hundredths(change: number): number {
  return Math.round(change * 100)
}

function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = 0, high = 0] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]]
  return (low + high) / 2
}
