import type { Micros } from '@depthcast/market'
import { after } from '../../book-policy.ts'
import { StaleFeed } from '../../errors.ts'
import type { CoinbaseProduct } from './product.ts'

/** Heartbeats come every second and product; where none does for this long, it is not coming. */
export const SILENCE_MS = 15_000

/** The products that should beat and do not; `isDead` when that is all of them, so that it is the socket which is silent. */
export function silences(products: readonly CoinbaseProduct[], now: Micros) {
  const beating = products.filter(({ state, hasHeartbeat }) => hasHeartbeat && state.state !== 'refused')
  const silent = beating
    .filter(({ heardAt }) => now >= after(heardAt, SILENCE_MS))
    .map((product) => {
      const { venue, id: instrument } = product.instrument
      const silentMs = Math.round((now - product.heardAt) / 1000)
      return { product, error: new StaleFeed({ venue, instrument, silentMs, limitMs: SILENCE_MS }) }
    })
  return { silent, isDead: silent.length > 0 && silent.length === beating.length }
}
