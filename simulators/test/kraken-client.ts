import { priceText, quantityText } from '../src/emulators/decimal.ts'
import { krakenEmulator } from '../src/emulators/kraken/emulator.ts'
import { EmulatedWorld, OPENED_AT, type TestClient } from './emulated.ts'

export const BOOK = { method: 'subscribe', params: { channel: 'book', symbol: ['BTC/USD'], depth: 10 }, req_id: 7 }

export function kraken(options: Partial<ConstructorParameters<typeof EmulatedWorld>[0]> = {}): EmulatedWorld {
  return new EmulatedWorld({ emulator: krakenEmulator, ...options })
}

/** The true book at a frame's stamp, cut to the depth, as the wire writes it. */
export function truth(world: EmulatedWorld, symbol: string, timestamp: string, depth: number) {
  const listed = world.host.oracle.listed(symbol)!
  const at = Date.parse(`${timestamp.slice(0, 19)}Z`) * 1000 + Number(timestamp.slice(20, 26)) - OPENED_AT
  const book = world.host.oracle.book(symbol, world.host.oracle.seqAt(symbol, at))!
  const side = (levels: readonly number[]) => {
    const rows: [string, string][] = []
    for (let i = 0; i < Math.min(levels.length, 2 * depth); i += 2) {
      rows.push([priceText(levels[i]!, listed), quantityText(levels[i + 1]!, listed)])
    }
    return rows
  }
  return { bids: side(book.bids), asks: side(book.asks) }
}

export function followed(world: EmulatedWorld, depth: number): TestClient {
  const client = world.client('/v2')
  client.send({ ...BOOK, params: { ...BOOK.params, depth } })
  return client
}
