import type { ChartIndicator, IndicatorKind } from '../panels/options.ts'

type Line = {
  /** Empty where the indicator has only this one. */
  readonly name: string
  readonly drawn: 'line' | 'columns'
}

type Period = { readonly name: string; readonly least: number; readonly usual: number }

type Definition = {
  readonly label: string
  /** What it is, for whoever does not know the letters. */
  readonly title: string
  readonly periods: readonly Period[]
  readonly lines: readonly Line[]
  /** Over the candles, or below them in a pane of its own. */
  readonly isOverlay: boolean
  /** Its values are prices, written with the decimals of the tick; others have one. */
  readonly isPrice: boolean
}

const ONE_LINE: readonly Line[] = [{ name: '', drawn: 'line' }]
const LENGTH = { name: 'Length', least: 1, usual: 20 }

/** Every indicator there is, as the user chooses and reads it; `indicator-folds.ts` computes them. */
export const INDICATORS: Readonly<Record<IndicatorKind, Definition>> = {
  ema: {
    label: 'EMA',
    title: 'Exponential moving average',
    periods: [LENGTH],
    lines: ONE_LINE,
    isOverlay: true,
    isPrice: true,
  },
  sma: {
    label: 'SMA',
    title: 'Simple moving average',
    periods: [{ ...LENGTH, usual: 50 }],
    lines: ONE_LINE,
    isOverlay: true,
    isPrice: true,
  },
  vwap: {
    label: 'VWAP',
    title: 'Volume-weighted average price, from midnight UTC',
    periods: [],
    lines: ONE_LINE,
    isOverlay: true,
    isPrice: true,
  },
  bands: {
    label: 'BB',
    title: 'Bollinger Bands',
    periods: [
      { ...LENGTH, least: 2 },
      { name: 'Deviations', least: 1, usual: 2 },
    ],
    lines: [
      { name: 'upper', drawn: 'line' },
      { name: 'middle', drawn: 'line' },
      { name: 'lower', drawn: 'line' },
    ],
    isOverlay: true,
    isPrice: true,
  },
  rsi: {
    label: 'RSI',
    title: 'Relative strength index',
    // Of one price there is no gain or loss.
    periods: [{ name: 'Length', least: 2, usual: 14 }],
    lines: ONE_LINE,
    isOverlay: false,
    isPrice: false,
  },
  macd: {
    label: 'MACD',
    title: 'Moving average convergence divergence',
    periods: [
      { name: 'Fast', least: 1, usual: 12 },
      { name: 'Slow', least: 2, usual: 26 },
      { name: 'Signal', least: 1, usual: 9 },
    ],
    lines: [
      { name: '', drawn: 'line' },
      { name: 'signal', drawn: 'line' },
      { name: 'histogram', drawn: 'columns' },
    ],
    isOverlay: false,
    isPrice: true,
  },
  atr: {
    label: 'ATR',
    title: 'Average true range',
    periods: [{ ...LENGTH, usual: 14 }],
    lines: ONE_LINE,
    isOverlay: false,
    isPrice: true,
  },
}

/** The periods to compute with: what is missing or too short is as usual, and a fast average is faster than the slow one. */
export function periodsOf({ kind, periods }: ChartIndicator): readonly number[] {
  const whole = INDICATORS[kind].periods.map(({ least, usual }, at) => {
    const given = periods[at] ?? usual
    return Number.isInteger(given) && given >= least ? given : usual
  })
  const [fast = 0, slow = 0, signal = 0] = whole
  return kind === 'macd' && fast >= slow ? [fast, fast + 1, signal] : whole
}

/** `EMA 20`, `MACD 12 26 9`, `VWAP`. */
export function labelOf(indicator: ChartIndicator): string {
  return [INDICATORS[indicator.kind].label, ...periodsOf(indicator)].join(' ')
}
