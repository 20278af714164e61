import { fromLots, fromTicks, type Instrument, type Levels } from '@depthcast/market'
import type { BookImage, Retold } from '../../venue.ts'

/** A snapshot frame, its digits those of the grid, without the checksum that only the venue can vouch for. */
export function retell({ instrument, bids, asks }: BookImage): readonly Retold[] {
  const symbol = JSON.stringify(instrument.venueSymbol)
  const sides = `"bids":${side(bids, instrument)},"asks":${side(asks, instrument)}`
  return [{ text: `{"channel":"book","type":"snapshot","data":[{"symbol":${symbol},${sides}}]}` }]
}

function side(levels: Levels, { tickSize, lotSize }: Instrument): string {
  const told: string[] = []
  for (let at = 0; at < levels.length; at += 2) {
    told.push(`{"price":${fromTicks(levels[at]!, tickSize)},"qty":${fromLots(levels[at + 1]!, lotSize)}}`)
  }
  return `[${told.join(',')}]`
}
