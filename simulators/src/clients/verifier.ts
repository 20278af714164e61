import { type Instrument, step, toLots, toTicks } from '@depthcast/market'
import {
  type BookUpdate,
  type BookView,
  type CandlesUpdate,
  type CandlesView,
  CHANNELS,
  ChainBroken,
  type ChannelName,
  ChecksumMismatch,
  type SubscribeResult,
  type TradesUpdate,
  type TradesView,
  type WireLevels,
} from '@depthcast/protocol'

/** What a client holds of one view. Never changed: the next message makes another one, which all clients in step share. */
export type Holding = { readonly view: BookView | TradesView | CandlesView }

/** A message as many clients get it: decoded once, folded once for all who held the same before it. */
export type Heard = {
  readonly type: string
  readonly body: ViewBody
  /** What it makes of each holding, or what is wrong with it there. */
  readonly makes: Map<Holding | undefined, Holding | Wrong>
}

export type Wrong = { readonly wrong: 'chain' | 'checksum' | 'malformed'; readonly why: string }
export type ViewBody = {
  readonly sub: number
  readonly serverTime: number
  readonly exchangeTime?: number
  readonly prev?: number
}

const VIEW_TYPES = { snapshot: 'book', update: 'book', trades: 'trades', ticker: 'ticker', candle: 'candles' } as const

/** Is this a message of a view? */
export function isOfView(type: string): type is keyof typeof VIEW_TYPES {
  return type in VIEW_TYPES
}

/**
 * Holds every message of every client against the chain and checksum of the view it belongs to, as strictly as the SDK does.
 *
 * Each client's own bytes are checked. But where clients that hold the same get the same bytes, the outcome is the same, so it is worked out once:
 * five thousand clients of a few views cost what a few do, and a table look-up each.
 */
export class Verifier {
  readonly #grids = new Map<number, Grid>()

  /** The grid of a view, which a door that speaks decimals needs. */
  learn(result: Extract<SubscribeResult, { readonly sub: number }>): void {
    if (this.#grids.has(result.sub)) return
    this.#grids.set(result.sub, { tickSize: step(result.tick), lotSize: step(result.lot) })
  }

  /** What the message makes of what a client held; undefined where its channel has no chain, or nothing is known of the view yet. */
  take(held: Holding | undefined, heard: Heard): Holding | Wrong | undefined {
    if (!isOfView(heard.type) || heard.type === 'ticker') return undefined
    const known = heard.makes.get(held)
    if (known !== undefined) return known
    const made = this.#merged(heard, this.#fold(held, heard))
    heard.makes.set(held, made)
    return made
  }

  #fold(held: Holding | undefined, { type, body }: Heard): Holding | Wrong {
    const channel: ChannelName = VIEW_TYPES[type as keyof typeof VIEW_TYPES]
    try {
      switch (channel) {
        case 'book': {
          const view = bookOf(held)
          CHANNELS.book.apply(view, { ...body, type, ...this.#levels(body) } as unknown as BookUpdate)
          if (view.checksum !== 'ok') return { wrong: 'checksum', why: `${type} without a checksum` }
          return { view }
        }
        case 'trades': {
          // Numbers make the chain; what was traded before is of no more use.
          const view = {
            ...((held?.view as TradesView) ?? CHANNELS.trades.open(NO_INSTRUMENT, { snapshot: 0 })),
            trades: [],
          }
          CHANNELS.trades.apply(view, { ...body, type } as unknown as TradesUpdate)
          return { view }
        }
        default: {
          const before =
            (held?.view as CandlesView) ?? CHANNELS.candles.open(NO_INSTRUMENT, CHANNELS.candles.params({}))
          const view = { ...before, candles: before.candles.slice() }
          CHANNELS.candles.apply(view, { ...body, type } as unknown as CandlesUpdate)
          return { view }
        }
      }
    } catch (error) {
      const why = `${type} of sub ${body.sub}: ${error instanceof Error ? error.message : String(error)}`
      if (error instanceof ChecksumMismatch) return { wrong: 'checksum', why }
      return { wrong: error instanceof ChainBroken ? 'chain' : 'malformed', why }
    }
  }

  #levels(body: ViewBody): { readonly bids: readonly number[]; readonly asks: readonly number[] } {
    const { bids, asks } = body as ViewBody & { readonly bids: WireLevels; readonly asks: WireLevels }
    const grid = this.#grids.get(body.sub)
    return { bids: integers(bids, grid), asks: integers(asks, grid) }
  }

  /** Clients who came by different ways to the same book share it from here on. */
  #merged({ makes }: Heard, made: Holding | Wrong): Holding | Wrong {
    if ('wrong' in made || !('bids' in made.view)) return made
    for (const other of makes.values()) {
      if (!('wrong' in other) && 'bids' in other.view && sameBook(made.view, other.view)) return other
    }
    return made
  }
}

type Grid = Pick<Instrument, 'tickSize' | 'lotSize'>
/** A view's fold does not ask what it is of. */
const NO_INSTRUMENT = {} as Instrument

function bookOf(held: Holding | undefined): BookView {
  const before = (held?.view as BookView | undefined) ?? CHANNELS.book.open(NO_INSTRUMENT, CHANNELS.book.params({}))
  return { ...before, bids: before.bids.slice(), asks: before.asks.slice() }
}

function sameBook(one: BookView, other: BookView): boolean {
  return (
    one.epoch === other.epoch &&
    one.seq === other.seq &&
    sameLevels(one.bids, other.bids) &&
    sameLevels(one.asks, other.asks)
  )
}

function sameLevels(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((number, index) => number === other[index])
}

function integers(levels: WireLevels, grid: Grid | undefined): readonly number[] {
  if (typeof levels[0] !== 'object') return levels as readonly number[]
  if (grid === undefined) throw new TypeError('levels of a view nobody subscribed to')
  return (levels as readonly (readonly [string, string])[]).flatMap(([price, quantity]) => [
    toTicks(price, grid.tickSize),
    toLots(quantity, grid.lotSize),
  ])
}
