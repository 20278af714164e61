import { ATR, BollingerBands, EMA, MACD, RSI, SMA, VWAP } from 'trading-signals'
import type { Bar } from '../engine/messages.ts'
import type { ChartIndicator, IndicatorKind } from '../panels/options.ts'
import type { Fold } from './derived.ts'

/** A value of each line of an indicator, undefined where it has too few bars yet. */
export type LineValues = readonly (number | undefined)[]

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
  readonly fold: (periods: readonly number[], sessionOf: SessionOf) => Fold<LineValues>
}

/** Names the session a bar belongs to: VWAP begins anew with each. */
type SessionOf = (bar: Bar) => number

const ONE_LINE: readonly Line[] = [{ name: '', drawn: 'line' }]
const LENGTH = { name: 'Length', least: 1, usual: 20 }

/** Every indicator there is. `fold` takes as many periods as `periods` names, each at least its least. */
export const INDICATORS: Readonly<Record<IndicatorKind, Definition>> = {
  ema: {
    label: 'EMA',
    title: 'Exponential moving average',
    periods: [LENGTH],
    lines: ONE_LINE,
    isOverlay: true,
    isPrice: true,
    fold: ([length = 20]) => ofCloses(new EMA(length)),
  },
  sma: {
    label: 'SMA',
    title: 'Simple moving average',
    periods: [{ ...LENGTH, usual: 50 }],
    lines: ONE_LINE,
    isOverlay: true,
    isPrice: true,
    fold: ([length = 50]) => ofCloses(new SMA(length)),
  },
  vwap: {
    label: 'VWAP',
    title: 'Volume-weighted average price, from midnight UTC',
    periods: [],
    lines: ONE_LINE,
    isOverlay: true,
    isPrice: true,
    fold: (_, sessionOf) => vwap(sessionOf),
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
    fold: ([length = 20, deviations = 2]) => {
      const bands = new BollingerBands(length, deviations)
      return (bar, replace) => {
        const result = bands.update(bar.close, replace)
        return [result?.upper, result?.middle, result?.lower]
      }
    },
  },
  rsi: {
    label: 'RSI',
    title: 'Relative strength index',
    // Of one price there is no gain or loss.
    periods: [{ name: 'Length', least: 2, usual: 14 }],
    lines: ONE_LINE,
    isOverlay: false,
    isPrice: false,
    fold: ([length = 14]) => {
      const rsi = new RSI(length)
      return (bar, replace) => [rsi.update(bar.close, replace) ?? undefined]
    },
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
    fold: ([fast = 12, slow = 26, length = 9]) => {
      const signal = new EMA(length)
      const macd = new MACD(new EMA(fast), new EMA(slow), signal)
      return (bar, replace) => {
        const result = macd.update(bar.close, replace)
        // The signal is an average of its own, and has a value before it has enough of them.
        return signal.isStable
          ? [result?.macd, result?.signal, result?.histogram]
          : [result?.macd, undefined, undefined]
      }
    },
  },
  atr: {
    label: 'ATR',
    title: 'Average true range',
    periods: [{ ...LENGTH, usual: 14 }],
    lines: ONE_LINE,
    isOverlay: false,
    isPrice: true,
    fold: ([length = 14]) => {
      const atr = new ATR(length)
      return (bar, replace) => [atr.update(bar, replace) ?? undefined]
    },
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

/** Computes an indicator over bars of a length, ms. Of bars of a day or more VWAP's session is the month, since a day is one bar. */
export function indicatorFold(indicator: ChartIndicator, barMs: number): Fold<LineValues> {
  return INDICATORS[indicator.kind].fold(periodsOf(indicator), barMs < DAY_MS ? dayOf : monthOf)
}

const DAY_MS = 86_400_000
const dayOf: SessionOf = ({ time }) => Math.floor(time / DAY_MS)
const monthOf: SessionOf = ({ time }) => {
  const date = new Date(time)
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}

function ofCloses(average: EMA | SMA): Fold<LineValues> {
  return (bar, replace) => {
    average.update(bar.close, replace)
    return [average.isStable ? average.getResultOrThrow() : undefined]
  }
}

/** The library passes over a bar without volume, and a later replacement would then replace the bar before it. This weighs as good as nothing. */
const NO_VOLUME = 1e-18

function vwap(sessionOf: SessionOf): Fold<LineValues> {
  let of = new VWAP()
  let session: number | undefined
  return (bar, replace) => {
    if (sessionOf(bar) !== session) of = new VWAP()
    session = sessionOf(bar)
    const { high, low, close, volume } = bar
    return [of.update({ high, low, close, volume: Math.max(volume, NO_VOLUME) }, replace) ?? undefined]
  }
}
