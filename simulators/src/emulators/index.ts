import { binanceEmulator } from './binance/emulator.ts'
import { coinbaseEmulator } from './coinbase/emulator.ts'
import type { Emulator, World } from './emulator.ts'
import { krakenEmulator } from './kraken/emulator.ts'

/** Every venue that can be emulated, in the order in which a path is offered to them. */
export const EMULATORS: Readonly<Record<string, (world: World) => Emulator>> = {
  kraken: krakenEmulator,
  binance: (world) => binanceEmulator(world),
  coinbase: (world) => coinbaseEmulator(world),
}
