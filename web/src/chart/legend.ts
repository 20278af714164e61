import type { Bar, BarProof } from '../engine/messages.ts'
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
}

type StudyLegend = {
  readonly label: string
  readonly pane: number
  readonly values: readonly { readonly name: string; readonly text: string; readonly colour: string }[]
}

export function legendOf(of: {
  readonly bar: Bar
  readonly before: Bar | undefined
  readonly proofs: ReadonlyMap<number, BarProof>
  readonly index: number
  readonly studies: readonly Study[]
  readonly formats: Formats
  readonly tokens: ChartTokens
}): Legend {
  const { bar, before, proofs, index, studies, formats, tokens } = of
  return {
    bar,
    before,
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
