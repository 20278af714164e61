import type { CandleFigures, Instrument, Micros } from '@depthcast/market'
import { UnitError } from '@depthcast/market'
import type { Span, ToldBars } from '../venue.ts'
import { price, quantity } from './wire.ts'

/** One bar as its venue writes it: its time in µs, decimals as their text. `trades` is 0 where the venue does not count them. */
export type WrittenBar = Readonly<Record<'open' | 'high' | 'low' | 'close' | 'volume', unknown>> & {
  readonly openTime: number
  readonly trades: number
}

/**
 * Bars in ticks and lots, oldest first; those in which nobody traded are left out. One that is off the instrument's grid, as the venue once had
 * another, and all before it, are no past of this one: nothing is rounded. Throws Unreadable.
 */
export function readBars(written: readonly WrittenBar[], instrument: Instrument): ToldBars {
  const bars: CandleFigures[] = []
  let from = written[0]?.openTime ?? Number.POSITIVE_INFINITY
  let isCut = false
  for (const [index, bar] of written.entries()) {
    const figures = onGrid(bar, instrument)
    if (figures === undefined) {
      bars.length = 0
      isCut = true
      from = written[index + 1]?.openTime ?? Number.POSITIVE_INFINITY
    } else if (figures.volume > 0) bars.push(figures)
  }
  return { from: from as Micros, bars, ...(isCut && { isCut }) }
}

/** The same of a span, whatever else the venue told with it: from its beginning, unless it was cut. */
export function readSpan(written: readonly WrittenBar[], instrument: Instrument, { from, to }: Span): ToldBars {
  const asked = written.filter(({ openTime }) => openTime >= from && openTime < to)
  const told = readBars(asked, instrument)
  return { ...told, from: (told.isCut === true ? Math.min(told.from, to) : from) as Micros }
}

/** `1.5e-05` as `0.000015`: numbers of JSON may be written so, decimals are not. */
export function plainDecimal(text: string): string {
  const parts = /^(\d+)(?:\.(\d+))?[eE]([+-]?\d{1,2})$/.exec(text)
  if (parts === null) return text
  const [, whole = '', decimals = '', power] = parts
  const digits = whole + decimals
  const point = whole.length + Number(power)
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`
  return point >= digits.length ? digits.padEnd(point, '0') : `${digits.slice(0, point)}.${digits.slice(point)}`
}

function onGrid(bar: WrittenBar, instrument: Instrument): CandleFigures | undefined {
  try {
    return {
      openTime: bar.openTime as Micros,
      open: price(bar.open, instrument),
      high: price(bar.high, instrument),
      low: price(bar.low, instrument),
      close: price(bar.close, instrument),
      volume: quantity(bar.volume, instrument),
      trades: bar.trades,
    }
  } catch (error) {
    if (error instanceof UnitError) return undefined
    throw error
  }
}
