import { fromLots, fromTicks, type Instrument } from '@depthcast/market'
import type { WireLevels, WireNumber } from './wire.ts'

/** Flat integer pairs as `["price","quantity"]` pairs; text stays as it is. */
export function levelsToText(levels: WireLevels, instrument: Instrument): WireLevels {
  if (typeof levels[0] !== 'number') return levels
  const flat = levels as readonly number[]
  const pairs: [string, string][] = []
  for (let i = 0; i < flat.length; i += 2) {
    pairs.push([fromTicks(flat[i]!, instrument.tickSize), fromLots(flat[i + 1]!, instrument.lotSize)])
  }
  return pairs
}

/** Ticks as a decimal price with all the tick size's decimals. */
export function priceToText(ticks: WireNumber, { tickSize }: Instrument): string {
  return typeof ticks === 'number' ? fromTicks(ticks, tickSize) : ticks
}

/** Lots as a decimal quantity with all the lot size's decimals. */
export function quantityToText(lots: WireNumber, { lotSize }: Instrument): string {
  return typeof lots === 'number' ? fromLots(lots, lotSize) : lots
}
