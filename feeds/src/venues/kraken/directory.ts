import type { Instrument } from '@depthcast/market'
import { instrumentId, step } from '@depthcast/market'
import { z } from 'zod'
import { VenueProtocolError } from '../../errors.ts'
import type { HttpReply } from '../../venue.ts'
import { Grids } from '../grid.ts'
import { parseLexemes } from '../lexemes.ts'
import { list, object, type Raw, string } from '../wire.ts'

const ID = 'kraken'
/** REST keeps the old names of two assets; WebSocket v2 has the ones everybody uses. */
const RENAMED: Readonly<Record<string, string>> = { XBT: 'BTC', XDG: 'DOGE' }

/**
 * Every pair of `/0/public/AssetPairs` that has a name on the WebSocket; dark pools have none.
 *
 * The grid is that of the wire: as many decimals as prices and quantities are written with, on which the checksum is computed and every number
 * lies. `tick_size`, which new orders must keep to, may be coarser, and orders from before it was raised still rest between its steps.
 *
 * Source: https://docs.kraken.com/api/docs/rest-api/get-tradable-asset-pairs. Throws VenueProtocolError.
 */
export function parseAssetPairs(reply: HttpReply | undefined): readonly Instrument[] {
  const body = reply?.body ?? ''
  let listing: z.infer<typeof AssetPairs>
  try {
    listing = AssetPairs.parse(JSON.parse(body))
  } catch (cause) {
    throw new VenueProtocolError({ venue: ID, reason: 'the list of pairs cannot be read', frame: body, cause })
  }
  const { error, result } = listing
  if (result === undefined) {
    const reason = `the list of pairs is refused: ${error.join(', ') || 'no reason given'}`
    throw new VenueProtocolError({ venue: ID, reason, frame: body })
  }
  return Object.values(result).flatMap(({ wsname, pair_decimals, lot_decimals }) => {
    const parts = wsname === undefined ? undefined : split(wsname)
    return parts === undefined ? [] : [instrumentOf(...parts, pair_decimals, lot_decimals)]
  })
}

/**
 * The pairs a recording shows. Their grid is as fine as their numbers are written, zeros counted, since the checksum is of all digits; but where
 * the instrument channel tells how many those are, only as fine as the numbers need.
 */
export function inferPairs(frames: Iterable<string>): readonly Instrument[] {
  const written = new Grids(ID, split, { keepZeros: true })
  const needed = new Grids(ID, split)
  const listed = new Set<string>()
  for (const text of frames) {
    try {
      const frame = object(parseLexemes(text), 'frame')
      if (frame.channel === 'instrument') {
        const { pairs } = object(frame.data, 'data')
        for (const entry of list(pairs, 'pairs')) listed.add(string(object(entry, 'a pair'), 'symbol'))
      } else if (frame.channel === 'book' || frame.channel === 'trade' || frame.channel === 'ticker') {
        for (const entry of list(frame.data, 'data')) {
          look(written, object(entry, 'an entry'))
          look(needed, object(entry, 'an entry'))
        }
      }
    } catch {
      // Unreadable here is unreadable for the protocol, which counts it.
    }
  }
  const coarse = new Map(needed.instruments().map((instrument) => [instrument.id, instrument]))
  return written.instruments().map((fine) => (listed.has(fine.venueSymbol) ? (coarse.get(fine.id) ?? fine) : fine))
}

/** `XBTUSD` for `BTC/USD`: what REST calls a pair. */
export function altName(venueSymbol: string): string {
  const old = (asset: string): string => Object.entries(RENAMED).find(([, name]) => name === asset)?.[0] ?? asset
  return venueSymbol.split('/').map(old).join('')
}

function look(grids: Grids, entry: Raw): void {
  const symbol = string(entry, 'symbol')
  for (const side of [entry.bids, entry.asks]) {
    if (!Array.isArray(side)) continue
    for (const level of side as readonly Raw[]) grids.levels(symbol, [[level.price, level.qty]])
  }
  for (const price of [entry.price, entry.bid, entry.ask, entry.last]) grids.price(symbol, price)
  for (const quantity of [entry.qty, entry.bid_qty, entry.ask_qty]) grids.quantity(symbol, quantity)
}

function instrumentOf(base: string, quote: string, priceDecimals: number, lotDecimals: number): Instrument {
  return {
    id: instrumentId(ID, base, quote),
    venue: ID,
    venueSymbol: `${base}/${quote}`,
    base: base.toUpperCase(),
    quote: quote.toUpperCase(),
    tickSize: step(`1e-${priceDecimals}`),
    lotSize: step(`1e-${lotDecimals}`),
  }
}

/** `XBT/USD` is BTC and USD. */
function split(name: string): readonly [base: string, quote: string] | undefined {
  const [base, quote, ...more] = name.split('/')
  return base && quote && more.length === 0 ? [RENAMED[base] ?? base, RENAMED[quote] ?? quote] : undefined
}

const DECIMALS = z.int().min(0).max(20)
const AssetPairs = z.object({
  error: z.array(z.string()).default([]),
  result: z
    .record(z.string(), z.object({ wsname: z.string().optional(), pair_decimals: DECIMALS, lot_decimals: DECIMALS }))
    .optional(),
})
