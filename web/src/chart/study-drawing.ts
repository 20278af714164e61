import { HistogramSeries, LineSeries, LineStyle } from 'lightweight-charts'
import type { Bar } from '../engine/messages.ts'
import type { ChartIndicator } from '../panels/options.ts'
import type { ChartTokens } from './chart-options.ts'
import type { LineValues } from './indicator-folds.ts'
import { INDICATORS } from './indicators.ts'
import { type Drawing, seconds } from './layer.ts'

/** How the lines of an indicator are drawn. `nth` tells those of one pane apart. */
export function studyDrawings({ kind }: ChartIndicator, nth: number, format: object): readonly Drawing<LineValues>[] {
  return INDICATORS[kind].lines.map((line, at): Drawing<LineValues> => {
    const point = (bar: Bar, values: LineValues, tokens: ChartTokens) => {
      const value = values[at]
      if (value === undefined) return undefined
      const drawn = { time: seconds(bar.time), value }
      return line.drawn === 'columns' ? { ...drawn, color: value >= 0 ? tokens.upBar : tokens.downBar } : drawn
    }
    if (line.drawn === 'columns') {
      return { as: HistogramSeries, options: { priceFormat: format }, style: () => ({}), point }
    }
    const isDashed = nth >= COLOURS.length
    return {
      as: LineSeries,
      options: {
        priceFormat: format,
        lineWidth: 1,
        lineStyle: isDashed ? LineStyle.Dashed : LineStyle.Solid,
        // An average may be far away: it must not squeeze the candles to be seen.
        ...(INDICATORS[kind].isOverlay && { autoscaleInfoProvider: () => null }),
      },
      style: (tokens) => ({ color: studyColour(kind, nth, at, tokens) }),
      point,
    }
  })
}

/** Volume in columns, in the colour of its bar. */
export function volumeDrawing(format: object): Drawing<Bar> {
  return {
    as: HistogramSeries,
    options: { priceFormat: format },
    style: () => ({}),
    point: ({ time, open, close, volume }, _, { upBar, downBar }) => ({
      time: seconds(time),
      value: volume,
      color: close >= open ? upBar : downBar,
    }),
  }
}

/** The colour of a line; the lines of one band share theirs. */
export function studyColour(kind: ChartIndicator['kind'], nth: number, line: number, tokens: ChartTokens): string {
  const colour = COLOURS[(nth + (kind === 'macd' ? line : 0)) % COLOURS.length] ?? 'accent'
  return tokens[colour]
}

const COLOURS = ['accent', 'warn', 'textMid', 'text'] as const satisfies readonly (keyof ChartTokens)[]
