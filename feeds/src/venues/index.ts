import type { Venue } from '../venue.ts'
import { binance } from './binance.ts'
import { bitstamp } from './bitstamp.ts'
import { coinbase } from './coinbase.ts'
import { kraken } from './kraken.ts'
import { simulated } from './simulated.ts'

/** Every venue Depthcast speaks; to add one, add its file and a line here. */
export const VENUES: readonly Venue[] = [simulated, binance, coinbase, kraken, bitstamp]
