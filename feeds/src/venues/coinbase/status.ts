import type { Instrument, Step } from '@depthcast/market'
import { toTicks, UnitError } from '@depthcast/market'
import { type Raw, string } from '../wire.ts'

/** What the `status` channel says of a product, as far as it concerns a book. */
export type ProductStatus =
  | { readonly kind: 'trading' }
  | { readonly kind: 'halted'; readonly reason: string }
  /** It is gone for good, or its numbers no longer fit our grid: only a new start can list it anew. */
  | { readonly kind: 'lost'; readonly reason: string }

/**
 * Reads one entry of `products`. Throws Unreadable.
 *
 * No matching happens while `status` is not `online`, trading is disabled, only cancels or only makers are let in, or an auction is on. `limit_only`
 * halts nothing: market orders are refused, limit orders trade. Increments that became finer cannot be told in the ticks and lots the instrument was
 * listed with; coarser ones can.
 *
 * Source: docs.cdp.coinbase.com/exchange, WebSocket status channel; REST, get a single product.
 */
export function readStatus(entry: Raw, instrument: Instrument): ProductStatus {
  const status = string(entry, 'status')
  const message = typeof entry.status_message === 'string' && entry.status_message !== '' ? entry.status_message : ''
  if (status === 'delisted') return { kind: 'lost', reason: words('delisted', message) }
  const finer =
    change('quote_increment', entry, instrument.tickSize) ?? change('base_increment', entry, instrument.lotSize)
  if (finer !== undefined) return { kind: 'lost', reason: finer }
  if (status !== 'online') return { kind: 'halted', reason: words(status, message) }
  const mode = HALTING.find((flag) => entry[flag] === true)
  return mode === undefined ? { kind: 'trading' } : { kind: 'halted', reason: words(mode, message) }
}

/** Most telling first. */
const HALTING = ['trading_disabled', 'cancel_only', 'auction_mode', 'post_only'] as const

function change(field: string, entry: Raw, listed: Step): string | undefined {
  const now = entry[field]
  if (typeof now !== 'string') return undefined
  try {
    toTicks(now, listed)
    return undefined
  } catch (error) {
    if (!(error instanceof UnitError)) throw error
    return `${field} is ${now} now, it was listed with ${listed.text}; a restart lists it anew`
  }
}

function words(what: string, message: string): string {
  return message === '' ? what : `${what}: ${message}`
}
