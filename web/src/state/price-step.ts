import { fromTicks, step } from '@depthcast/market'
import type { InstrumentRow } from './desk.ts'
import { formatDecimal } from './format.ts'

/** A grouping as the price step it makes: `0.5`, not `×50`. */
export function priceStep(grouping: number, instrument: Pick<InstrumentRow, 'tickSize'> | undefined): string {
  if (instrument === undefined) return `×${grouping}`
  const text = fromTicks(grouping, step(instrument.tickSize))
  return formatDecimal(text.includes('.') ? text.replace(/\.?0+$/, '') : text)
}
