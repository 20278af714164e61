import type { Bar, BarProof } from '../engine/messages.ts'
import type { SplitBars } from './bars.ts'
import type { ChartTokens } from './chart-options.ts'
import type { Formats } from './formats.ts'
import { INDICATORS, labelOf } from './indicators.ts'
import type { Study } from './layers.ts'
import { type Tally, tallyOf } from './proof-words.ts'
import { studyColour } from './study-drawing.ts'

/** What is said of one bar. */
export type Legend = {
  readonly bar: Bar
  readonly before: Bar | undefined
  /** What became of it when it closed, where that was looked at. */
  readonly proof: BarProof | undefined
  /** Of all bars that were; undefined where none was. */
  readonly tally: Tally | undefined
  readonly studies: readonly StudyLegend[]
  /** How wide the prices beside the chart are, CSS px. */
  readonly axisWidth: number
}

type StudyLegend = {
  readonly label: string
  readonly pane: number
  readonly values: readonly { readonly name: string; readonly text: string; readonly colour: string }[]
}

/** Of the bar at an index, where there is one. */
export function legendOf(of: {
  readonly bars: SplitBars
  readonly index: number
  readonly proofs: ReadonlyMap<number, BarProof>
  readonly studies: readonly Study[]
  readonly formats: Formats
  readonly tokens: ChartTokens
  readonly axisWidth: number
}): Legend | undefined {
  const { bars, index, proofs, studies, formats, tokens, axisWidth } = of
  const bar = bars.get(index)
  if (bar === undefined) return undefined
  return {
    bar,
    before: bars.get(index - 1),
    axisWidth,
    proof: proofs.get(bar.time),
    tally: proofs.size === 0 ? undefined : tallyOf(proofs),
    studies: studies.map(({ indicator, nth, pane, values }) => {
      const { lines, isPrice } = INDICATORS[indicator.kind]
      return {
        label: labelOf(indicator),
        pane,
        values: lines.map(({ name, drawn }, line) => ({
          name,
          text: isPrice ? formats.price(values[index]?.[line]) : formats.plain(values[index]?.[line]),
          colour: drawn === 'columns' ? tokens.text : studyColour(indicator.kind, nth, line, tokens),
        })),
      }
    }),
  }
}
