import type { IChartApi } from 'lightweight-charts'
import type { Bar } from '../engine/messages.ts'
import type { ChartIndicator, ChartType } from '../panels/options.ts'
import type { ChartTokens } from './chart-options.ts'
import type { Formats } from './formats.ts'
import { indicatorFold, type LineValues } from './indicator-folds.ts'
import { INDICATORS } from './indicators.ts'
import { Layer } from './layer.ts'
import { priceDrawing, priceFold, type Shown } from './price-drawing.ts'
import type { SplitSeries } from './split-series.ts'
import { studyDrawings, volumeDrawing } from './study-drawing.ts'

/** An indicator on the chart. */
export type Study = {
  readonly indicator: ChartIndicator
  /** Which of its pane it is; decides its colour. */
  readonly nth: number
  readonly pane: number
  /** As many as bars, oldest first. */
  readonly values: readonly LineValues[]
}

type Of = { readonly formats: Formats; readonly barMs: number; readonly tokens: ChartTokens }

/** What can be done to a layer whatever it makes of the bars. */
type AnyLayer = Pick<Layer<unknown>, 'set' | 'move' | 'next' | 'revise' | 'restyle' | 'remove'>

/** Heights beside one another. */
const PRICE_HEIGHT = 60
const VOLUME_HEIGHT = 11
const STUDY_HEIGHT = 17

/** All that is drawn of the bars: prices above, volume below them, and the indicators over the prices or in panes of their own. */
export class Layers {
  readonly #chart: IChartApi
  readonly #of: Of
  #tokens: ChartTokens
  #type: ChartType | undefined
  #price: Layer<Shown> | undefined
  #volume: Layer<Bar> | undefined
  #studies: readonly { readonly indicator: ChartIndicator; readonly nth: number; readonly layer: Layer<LineValues> }[] =
    []

  constructor(chart: IChartApi, of: Of) {
    this.#chart = chart
    this.#of = of
    this.#tokens = of.tokens
  }

  get price(): SplitSeries | undefined {
    return this.#price?.first
  }

  get studies(): readonly Study[] {
    return this.#studies.map(({ indicator, nth, layer }) => ({
      indicator,
      nth,
      pane: layer.pane,
      values: layer.values,
    }))
  }

  /** Puts series on the chart as they are asked for, without any points yet. True when those of the price are new. */
  show({
    type,
    volume,
    indicators,
  }: {
    type: ChartType
    volume: boolean
    indicators: readonly ChartIndicator[]
  }): boolean {
    // The pane above stays whatever happens below it, and with it the time axis.
    for (const layer of this.#below) layer.remove()
    this.#volume = undefined
    this.#studies = []
    const isNew = type !== this.#type
    const before = this.#price
    if (isNew) this.#price = this.#priceLayer(type)
    if (isNew) before?.remove()
    this.#type = type
    let pane = 0
    if (volume) {
      pane += 1
      this.#volume = this.#add(pane, () => (bar: Bar) => bar, [volumeDrawing(this.#of.formats.volumeAxis)])
    }
    let overlays = 0
    this.#studies = indicators.map((indicator) => {
      const { isOverlay, isPrice } = INDICATORS[indicator.kind]
      const nth = isOverlay ? overlays++ : 0
      if (!isOverlay) pane += 1
      const { priceAxis, plainAxis } = this.#of.formats
      const drawings = studyDrawings(indicator, nth, isPrice ? priceAxis : plainAxis)
      const fold = () => indicatorFold(indicator, this.#of.barMs)
      return { indicator, nth, layer: this.#add(isOverlay ? 0 : pane, fold, drawings) }
    })
    this.#chart.panes().forEach((each, at) => {
      each.setStretchFactor(at === 0 ? PRICE_HEIGHT : volume && at === 1 ? VOLUME_HEIGHT : STUDY_HEIGHT)
    })
    return isNew
  }

  set(bars: readonly Bar[]): void {
    for (const layer of this.#all) layer.set(bars)
  }

  /** See `Layer`. */
  live(bar: Bar): boolean {
    return this.#all.map((layer) => layer.move(bar)).every(Boolean)
  }

  next(bar: Bar): boolean {
    return this.#all.map((layer) => layer.next(bar)).every(Boolean)
  }

  revise(bars: readonly Bar[], from: number): void {
    for (const layer of this.#all) layer.revise(bars, from)
  }

  restyle(tokens: ChartTokens, bars: readonly Bar[]): void {
    this.#tokens = tokens
    for (const layer of this.#all) layer.restyle(tokens, bars)
  }

  get #below(): readonly AnyLayer[] {
    const studies = this.#studies.map(({ layer }) => layer)
    return this.#volume === undefined ? studies : [this.#volume, ...studies]
  }

  get #all(): readonly AnyLayer[] {
    return [...(this.#price === undefined ? [] : [this.#price]), ...this.#below]
  }

  #priceLayer(type: ChartType): Layer<Shown> {
    return this.#add(0, () => priceFold(type), [priceDrawing(type, this.#of.formats.priceAxis)])
  }

  #add<Value>(
    pane: number,
    fold: ConstructorParameters<typeof Layer<Value>>[1]['fold'],
    drawings: ConstructorParameters<typeof Layer<Value>>[1]['drawings'],
  ): Layer<Value> {
    return new Layer(this.#chart, { fold, drawings, pane, tokens: this.#tokens })
  }
}
