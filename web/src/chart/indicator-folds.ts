import { ATR, BollingerBands, EMA, MACD, RSI, SMA, VWAP } from 'trading-signals'
import type { Bar } from '../engine/messages.ts'
import type { ChartIndicator, IndicatorKind } from '../panels/options.ts'
import type { Fold } from './derived.ts'
import { periodsOf } from './indicators.ts'

/** A value of each line of an indicator, undefined where it has too few bars yet. */
export type LineValues = readonly (number | undefined)[]

/** Computes an indicator over bars of a length, ms. Of bars of a day or more VWAP's session is the month, since a day is one bar. */
export function indicatorFold(indicator: ChartIndicator, barMs: number): Fold<LineValues> {
  return FOLDS[indicator.kind](periodsOf(indicator), barMs < DAY_MS ? dayOf : monthOf)
}

/** Names the session a bar belongs to: VWAP begins anew with each. */
type SessionOf = (bar: Bar) => number

const FOLDS: Readonly<Record<IndicatorKind, (periods: readonly number[], sessionOf: SessionOf) => Fold<LineValues>>> = {
  ema: ([length = 20]) => ofCloses(new EMA(length)),
  sma: ([length = 50]) => ofCloses(new SMA(length)),
  vwap: (_, sessionOf) => vwap(sessionOf),
  bands: ([length = 20, deviations = 2]) => {
    const bands = new BollingerBands(length, deviations)
    return (bar, replace) => {
      const result = bands.update(bar.close, replace)
      return [result?.upper, result?.middle, result?.lower]
    }
  },
  rsi: ([length = 14]) => {
    const rsi = new RSI(length)
    return (bar, replace) => [rsi.update(bar.close, replace) ?? undefined]
  },
  macd: ([fast = 12, slow = 26, length = 9]) => {
    const signal = new EMA(length)
    const macd = new MACD(new EMA(fast), new EMA(slow), signal)
    return (bar, replace) => {
      const result = macd.update(bar.close, replace)
      // The signal is an average of its own, and has a value before it has enough of them.
      return signal.isStable ? [result?.macd, result?.signal, result?.histogram] : [result?.macd, undefined, undefined]
    }
  },
  atr: ([length = 14]) => {
    const atr = new ATR(length)
    return (bar, replace) => [atr.update(bar, replace) ?? undefined]
  },
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
