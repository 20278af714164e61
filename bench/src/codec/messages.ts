import { Numbering, VENUES } from '@depthcast/feeds'
import { type Instrument, Ledger, type MarketEvent, type Micros } from '@depthcast/market'
import { type BookSnapshotMessage, type BookUpdateMessage, CHANNELS } from '@depthcast/protocol'

export type BookMessage = BookSnapshotMessage | BookUpdateMessage
export type Sample = { readonly instrument: Instrument; readonly message: BookMessage }

export type Messages = {
  /** Whole books, one a second. */
  readonly snapshots: readonly Sample[]
  /** Updates that change exactly four levels. */
  readonly deltas: readonly Sample[]
  /** Each update of a view at 10 Hz, and beside it the whole book of the same moment. */
  readonly stream: readonly { readonly update: Sample; readonly whole: Sample }[]
}

export type Market = { readonly seed: number; readonly seconds: number; readonly depth: number }

/** Prices and quantities on grids as exchanges have them: cents and satoshis, cents and thousandths, four decimals and six. */
const SYMBOLS = ['BTC-USD', 'ETH-USD', 'SOL-USD', 'XRP-USD']
const OPENING = 1_790_000_000_000_000
const STEP = 100_000
/** From a venue's stamp to ours. */
const ON_THE_WAY = 3_000
const FIRST_EPOCH = 1_790_000_000 * 2 ** 20
const DELTA_LEVELS = 4

/** What the book channel itself makes of the simulated markets, as the server would publish it at 10 Hz: the same for the same seed. */
export function bookMessages({ seed, seconds, depth }: Market): Messages {
  const simulated = VENUES.find(({ id }) => id === 'simulated')!
  const instruments = simulated
    .directory({})
    .parse([])
    .filter(({ venueSymbol }) => SYMBOLS.includes(venueSymbol))
  const [plan] = simulated.plan(instruments, { seed })
  const market = simulated.protocol(plan!)
  const numbering = new Numbering(FIRST_EPOCH)
  const views = new Map(instruments.map((instrument, index) => [instrument.id, new View(instrument, index + 1, depth)]))
  const found = { snapshots: [] as Sample[], deltas: [] as Sample[], stream: [] as Messages['stream'][number][] }
  for (let now = OPENING; now <= OPENING + seconds * 1e6; now += STEP) {
    for (const output of market.step({ kind: now === OPENING ? 'open' : 'tick', now: now as Micros })) {
      if (output.kind === 'event') views.get(output.event.instrument)!.fold(numbering.number(output.event))
    }
    for (const view of views.values()) {
      const update = view.publish(now)
      const whole = view.whole(now)
      if (update?.message.type !== 'update' || whole === undefined) continue
      found.stream.push({ update, whole })
      if ((now - OPENING) % 1e6 === 0) found.snapshots.push(whole)
      if ((update.message.bids.length + update.message.asks.length) / 2 === DELTA_LEVELS) found.deltas.push(update)
    }
  }
  return found
}

class View {
  readonly #instrument: Instrument
  readonly #ledger: Ledger
  readonly #sub: number
  readonly #state: ReturnType<typeof CHANNELS.book.init>

  constructor(instrument: Instrument, sub: number, depth: number) {
    this.#instrument = instrument
    this.#ledger = new Ledger(instrument)
    this.#sub = sub
    this.#state = CHANNELS.book.init(this.#ledger, CHANNELS.book.params({ depth }))
  }

  fold(event: MarketEvent): void {
    this.#ledger.apply(event)
    CHANNELS.book.accept(this.#state, event)
  }

  publish(now: number): Sample | undefined {
    return this.#message(CHANNELS.book.diff(this.#state), now)
  }

  whole(now: number): Sample | undefined {
    return this.#message(CHANNELS.book.snapshot(this.#state), now)
  }

  #message(body: ReturnType<typeof CHANNELS.book.diff>, now: number): Sample | undefined {
    if (body === undefined) return undefined
    const message = { ...body, sub: this.#sub, serverTime: now + ON_THE_WAY } as BookMessage
    return { instrument: this.#instrument, message }
  }
}
