import { formatChange } from '../state/format.ts'
import type { Region } from '../state/region.ts'
import type { Formats } from './formats.ts'
import { seconds } from './layer.ts'
import type { Legend } from './legend.ts'
import { proofWords } from './proof-words.ts'
import { timeWords } from './time-axis.ts'

type By = { readonly formats: Formats; readonly region: Region }

/** What is said of each bar on the way along a chart: when it began, and how it closed. */
export function closeWords(legend: Legend, { formats, region }: By): string {
  const { time, close } = legend.bar
  return `${timeWords(region).crosshair(seconds(time))}, close ${formats.price(close)}, ${changeOf(legend)}`
}

/** All there is to say of a bar: what stands in the legend, in words. */
export function barWords(legend: Legend, { formats, region }: By): string {
  const { bar, studies, proof } = legend
  const prices = (['open', 'high', 'low', 'close'] as const).map((name) => `${name} ${formats.price(bar[name])}`)
  const lines = studies.flatMap(({ label, values }) =>
    values.map(({ name, text }) => [label, name, text].filter(Boolean).join(' ')),
  )
  return [
    timeWords(region).crosshair(seconds(bar.time)),
    ...prices,
    `change ${changeOf(legend)}`,
    `volume ${formats.size(bar.volume)}`,
    ...lines,
    ...(proof === undefined ? [] : [proofWords(proof)]),
  ].join(', ')
}

function changeOf({ bar, before }: Legend): string {
  return formatChange(before?.close ?? bar.open, bar.close)
}
