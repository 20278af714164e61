import { type Instrument, toLots, toTicks } from '@depthcast/market'
import { type BookUpdate, type BookView, CHANNELS, type WireLevels } from '@depthcast/protocol'
import { GRID } from '../hosts/scripted-feed.ts'

/** One of our clients as strict as a client can be: folds every message of every book and says when a chain or a checksum is broken. */
export class Verifier {
  readonly #books = new Map<number, BookView>()
  checked = 0
  wrong = 0
  /** The first thing found wrong. */
  complaint: string | undefined
  position: readonly [epoch: number, seq: number] | undefined

  /** Returns the stamp of a message of a view, µs. */
  take(type: string, body: unknown): number | undefined {
    if (type !== 'snapshot' && type !== 'update') return undefined
    const message = { ...(body as Message), type }
    const view = this.#books.get(message.sub) ?? CHANNELS.book.open(INSTRUMENT, PARAMS)
    this.#books.set(message.sub, view as BookView)
    try {
      const levels = { bids: integers(message.bids), asks: integers(message.asks) }
      CHANNELS.book.apply(view as BookView, { ...message, ...levels } as BookUpdate)
      if ((view as BookView).checksum !== 'ok') throw new Error(`${type} without a checksum`)
      this.position = [(view as BookView).epoch, (view as BookView).seq]
    } catch (error) {
      this.wrong++
      this.complaint ??= (error as Error).message
      this.#books.delete(message.sub)
    }
    this.checked++
    return message.serverTime
  }
}

/** Which levels a view shows is the server's to say; folding does not ask. */
const PARAMS = CHANNELS.book.params({})
const INSTRUMENT = GRID as Instrument

type Message = BookUpdate & { readonly sub: number; readonly serverTime: number }

function integers(levels: WireLevels): readonly number[] {
  if (typeof levels[0] !== 'object') return levels as readonly number[]
  return (levels as readonly (readonly [string, string])[]).flatMap(([price, quantity]) => [
    toTicks(price, GRID.tickSize),
    toLots(quantity, GRID.lotSize),
  ])
}
