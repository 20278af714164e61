import { CandlestickSeries, LineSeries } from 'lightweight-charts'
import type { Bar } from '../engine/messages.ts'
import type { ChartType } from '../panels/options.ts'
import type { ChartTokens } from './chart-options.ts'
import type { Fold } from './derived.ts'
import { heikinAshi, type Ohlc } from './heikin-ashi.ts'
import { type Drawing, seconds } from './layer.ts'

/** What is drawn of a bar, and whether it closed no lower than the one before. */
export type Shown = Ohlc & { readonly isRise: boolean }

/** What a type of chart makes of the bars. */
export function priceFold(type: ChartType): Fold<Shown> {
  const shape = type === 'heikin-ashi' ? heikinAshi() : (bar: Bar): Ohlc => bar
  let before: number | undefined
  let last: number | undefined
  return (bar, replace) => {
    if (!replace) before = last
    last = bar.close
    const { open, high, low, close } = shape(bar, replace)
    return { open, high, low, close, isRise: bar.close >= (before ?? bar.open) }
  }
}

/** How it draws them. `format` is the library's, for the axis. */
export function priceDrawing(type: ChartType, format: object): Drawing<Shown> {
  const options = { priceFormat: format }
  if (type === 'line') {
    return {
      as: LineSeries,
      options: { ...options, lineWidth: 2, crosshairMarkerVisible: true },
      style: (tokens) => ({ color: tokens.textHigh }),
      point: ({ time }, { close }) => ({ time: seconds(time), value: close }),
    }
  }
  return {
    as: CandlestickSeries,
    options,
    style: candleStyle,
    point: ({ time }, shown, tokens) => {
      const { open, high, low, close } = shown
      const candle = { time: seconds(time), open, high, low, close }
      return type === 'hollow' ? { ...candle, ...hollow(shown, tokens) } : candle
    },
  }
}

/** Hollow where it closed above its open; its colour says how it closed against the bar before. */
function hollow({ open, close, isRise }: Shown, tokens: ChartTokens) {
  const colour = isRise ? tokens.up : tokens.down
  return { color: close >= open ? CLEAR : colour, borderColor: colour, wickColor: colour }
}

const CLEAR = 'transparent'

function candleStyle(tokens: ChartTokens) {
  return {
    upColor: tokens.sidesByShape ? CLEAR : tokens.up,
    downColor: tokens.down,
    borderVisible: true,
    borderUpColor: tokens.up,
    borderDownColor: tokens.down,
    wickUpColor: tokens.up,
    wickDownColor: tokens.down,
  }
}
