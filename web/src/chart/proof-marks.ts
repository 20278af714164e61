import {
  createSeriesMarkers,
  type IChartApi,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  LineSeries,
  type SeriesMarker,
  type Time,
} from 'lightweight-charts'
import type { BarProof } from '../engine/messages.ts'
import type { SplitBars } from './bars.ts'
import type { ChartTokens } from './chart-options.ts'
import { seconds } from './layer.ts'

/** The newest so many are marked. */
const MARKED = 500

/** A sign below each bar whose trades were counted here as well. */
export class ProofMarks {
  readonly #chart: IChartApi
  /** Marks hang on a series: this one is not seen, and has a point where a mark is. */
  #carrier: ISeriesApi<'Line'> | undefined
  #marks: ISeriesMarkersPluginApi<Time> | undefined

  constructor(chart: IChartApi) {
    this.#chart = chart
  }

  draw(bars: SplitBars, proofs: ReadonlyMap<number, BarProof>, tokens: ChartTokens): void {
    if (proofs.size === 0 && this.#carrier === undefined) return
    const proved = bars.all.slice(-MARKED).flatMap((bar) => {
      const proof = proofs.get(bar.time)
      return proof === undefined ? [] : [{ bar, proof }]
    })
    this.#carrier ??= this.#chart.addSeries(LineSeries, UNSEEN)
    this.#marks ??= createSeriesMarkers(this.#carrier)
    this.#carrier.setData(proved.map(({ bar }) => ({ time: seconds(bar.time), value: bar.low })))
    this.#marks.setMarkers(proved.map(({ proof }) => markOf(proof, tokens)))
  }
}

const UNSEEN = {
  lineVisible: false,
  pointMarkersVisible: false,
  crosshairMarkerVisible: false,
  priceLineVisible: false,
  lastValueVisible: false,
  autoscaleInfoProvider: () => null,
} as const

function markOf({ time, verdict }: BarProof, tokens: ChartTokens): SeriesMarker<Time> {
  const mark = { time: seconds(time), position: 'belowBar', shape: 'circle', size: 0 } as const
  switch (verdict) {
    case 'match':
      return { ...mark, color: tokens.textLow, text: '✓' }
    case 'missed':
      return { ...mark, color: tokens.textLow, text: '?' }
    case 'unexplained':
      return { ...mark, shape: 'square', size: 1, color: tokens.error, text: '≠' }
  }
}
