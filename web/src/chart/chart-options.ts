import { ColorType, CrosshairMode, createChart, type IChartApi } from 'lightweight-charts'
import type { Region } from '../state/region.ts'
import { FONT_FAMILY, type Tokens } from '../theme/tokens.ts'
import { timeWords } from './time-axis.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

export type Instrument = { readonly id: string; readonly tickSize: string; readonly lotSize: string }

/** The page's colours, and whether they are too alike to tell up from down. */
export type ChartTokens = Tokens & { readonly sidesByShape: boolean }

export function newChart(
  container: HTMLElement,
  {
    tokens,
    region,
    barMs,
    create = createChart,
  }: { tokens: Tokens; region: Region; barMs: number; create?: typeof createChart },
): IChartApi {
  const chart = create(container, {
    autoSize: true,
    layout: { attributionLogo: true, fontFamily: FONT_FAMILY, fontSize: 11 },
    crosshair: { mode: CrosshairMode.Normal },
    timeScale: {
      timeVisible: barMs < DAY_MS,
      secondsVisible: barMs < MINUTE_MS,
      // Room for what is left of the bar, which stands before the last price.
      rightOffset: 8,
      borderVisible: false,
    },
    rightPriceScale: {
      borderVisible: false,
      // A price at the edge of its pane is shown whole or not at all.
      entireTextOnly: true,
      // For “96,510.09”: the panes need not move when the first prices come.
      minimumWidth: 74,
      scaleMargins: { top: 0.12, bottom: BELOW },
    },
  })
  chart.applyOptions(tokenOptions(tokens))
  chart.applyOptions(regionOptions(region))
  return chart
}

/** Keeps the bars below the legend, which takes so many CSS px of the upper pane: they may not stand under what is said of them. */
export function keepHeadroom(chart: IChartApi, px: number): void {
  const height = chart.panes()[0]?.getHeight() ?? 0
  if (height === 0) return
  chart.priceScale('right').applyOptions({ scaleMargins: { top: Math.min(MOST_ABOVE, px / height), bottom: BELOW } })
}

/** Shares of the upper pane that the bars leave free. */
const MOST_ABOVE = 0.4
const BELOW = 0.06

export function tokenOptions(tokens: Tokens) {
  return {
    layout: {
      background: { type: ColorType.Solid, color: tokens.bg1 },
      textColor: tokens.textLow,
      panes: { separatorColor: tokens.line, separatorHoverColor: tokens.bg3 },
    },
    grid: { vertLines: { color: tokens.line }, horzLines: { color: tokens.line } },
    crosshair: {
      vertLine: { color: tokens.lineStrong, labelBackgroundColor: tokens.bg3 },
      horzLine: { color: tokens.lineStrong, labelBackgroundColor: tokens.bg3 },
    },
  } as const
}

export function regionOptions(region: Region) {
  const { tickMark, crosshair } = timeWords(region)
  return {
    localization: { locale: region.locale, timeFormatter: crosshair },
    timeScale: { tickMarkFormatter: tickMark },
  } as const
}
