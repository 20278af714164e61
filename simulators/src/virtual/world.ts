import { type Feed, type FeedError, type FeedOptions, openFeeds, type VenueOptions } from '@depthcast/feeds'
import { type Exchange, type ExchangeOptions, openExchange } from '@depthcast/feeds/simulation'
import type { Instrument, MarketEvent } from '@depthcast/market'
import { Host } from '../emulators/host.ts'
import { EMULATORS } from '../emulators/index.ts'
import { Chance } from '../faults/chance.ts'
import { FAULT_VENUES } from '../faults/fault.ts'
import type { Place } from '../faults/schedule.ts'
import type { FaultSpec } from '../faults/spec.ts'
import { type FaultName, faultNamed } from '../faults/table.ts'
import { Audit } from './audit.ts'
import { VirtualOutside } from './outside.ts'

/** A world opens at the same time always: the same options give the same run. */
const OPENED_AT = Date.UTC(2026, 0, 1) * 1000
const TURN_MS = 5
/** Books that stand still are looked for so often, µs. */
const LOOK_EVERY = 1_000_000
const ADDRESSES: VenueOptions = { wsUrl: 'ws://emulated', httpUrl: 'http://emulated' }

/** What a feed says, and what it sends: its events as they go downstream, the errors it dealt with, its messages to the venue. */
export type Heard =
  | { readonly kind: 'event'; readonly event: MarketEvent }
  | { readonly kind: 'error'; readonly error: FeedError }
  | { readonly kind: 'sent'; readonly connection: string; readonly text: string }

export type VirtualWorldOptions = Omit<ExchangeOptions, 'symbols'> & {
  readonly symbols: readonly string[]
  readonly venues: readonly string[]
  readonly faults: readonly FaultSpec[]
  /** Levels a side of a venue's books, where it lets one choose; then they are audited to that depth. */
  readonly depths?: Readonly<Record<string, number>>
  /** Events of each symbol that the oracle keeps at least. Default 20,000. */
  readonly oracleKept?: number
  /** How far the time goes at once. Default 5. */
  readonly turnMs?: number
  /** Where the feeds leave the last frames of a book that failed, and whom they tell. Default: nowhere. */
  readonly dumps?: Required<Pick<FeedOptions, 'dumpDir' | 'log'>>
  /** Hears everything the feeds say, after the audit has. */
  readonly hear?: (heard: Heard, now: number) => void
}

/**
 * A simulated exchange, the venues that render it and the gateway's feeds that follow them, all on one virtual clock in one process, without sockets:
 * what runs between the wire and the events is what runs live. The events are audited against the truth, each of them.
 */
export class VirtualWorld {
  readonly exchange: Exchange
  readonly host: Host
  readonly audit = new Audit()
  readonly #options: VirtualWorldOptions
  readonly #outside: VirtualOutside
  readonly #instruments: Instrument[] = []
  #feed: Feed | undefined
  #now = OPENED_AT
  #lookAt = OPENED_AT

  /** Throws RangeError for a venue that is not emulated; FeedConfigError from the first `run` for one that feeds do not speak. */
  constructor(options: VirtualWorldOptions) {
    const { seed, faults, venues, oracleKept } = options
    this.#options = options
    this.exchange = openExchange(options)
    const depths = new Set(venues.map((venue) => options.depths?.[venue]))
    for (const { symbol } of this.exchange.instruments) {
      const market = { bids: this.exchange.levels(symbol, 'bid'), asks: this.exchange.levels(symbol, 'ask') }
      for (const depth of depths) this.audit.know(symbol, market, depth)
    }
    this.host = new Host({
      exchange: this.exchange,
      openedAt: OPENED_AT,
      seed,
      faults,
      emulators: venues.map((venue) => emulatorOf(venue)),
      ...(oracleKept !== undefined && { oracleKept }),
      tap: (event) => this.audit.market(event),
    })
    this.host.faults.listen((fault, place) => this.#struck(fault, place))
    this.#outside = new VirtualOutside({ openedAt: OPENED_AT, host: this.host, chance: new Chance(seed, 'outside') })
  }

  get now(): number {
    return this.#now
  }

  /** How its feeds do; before the first `run` there are none. */
  get health(): ReturnType<Feed['health']> {
    return this.#feed?.health() ?? []
  }

  /** Lets so much time pass. */
  async run(ms: number): Promise<this> {
    this.#feed ??= await this.#open()
    const turn = (this.#options.turnMs ?? TURN_MS) * 1000
    const until = this.#now + ms * 1000
    while (this.#now < until) {
      this.#now = Math.min(until, this.#now + turn)
      this.host.advance(this.#now)
      const pending = this.#outside.reach(this.#now)
      if (pending !== undefined) await pending
      this.#look()
    }
    return this
  }

  #look(): void {
    if (this.#now < this.#lookAt) return
    this.#lookAt += LOOK_EVERY
    this.audit.look(this.#now)
  }

  async #open(): Promise<Feed> {
    const { venues, symbols, seed, depths = {} } = this.#options
    const feed = await openFeeds(venues.join(), {
      // A venue of dollar coins lists a dollar market so.
      symbols: [...symbols, ...symbols.map((symbol) => symbol.replace(/-USD$/, '-USDT'))],
      seed,
      venues: Object.fromEntries(
        venues.map((id) => [id, depths[id] === undefined ? ADDRESSES : { ...ADDRESSES, depth: depths[id] }]),
      ),
      outside: this.#outside,
      ...this.#options.dumps,
      tap: (record) => {
        if (record.kind !== 'sent') return
        this.#tell({ kind: 'sent', connection: record.connection, text: record.text })
      },
      onError: (error) => this.#tell({ kind: 'error', error }),
    })
    feed.start({
      instrument: (instrument) => {
        this.#instruments.push(instrument)
        this.audit.expect(instrument.id, this.#symbolOf(instrument), depths[instrument.venue])
      },
      event: (event) => {
        this.audit.hear(event)
        this.#tell({ kind: 'event', event })
      },
    })
    return feed
  }

  #tell(heard: Heard): void {
    this.#options.hear?.(heard, this.#now)
  }

  /** Of a fault that nothing on the wire shows at once, the audit bears so much and no more. */
  #struck(fault: FaultName, { venue, symbol }: Place): void {
    const id = FAULT_VENUES.find((one) => one === venue)
    const unseenUs = id === undefined ? undefined : faultNamed(fault)?.silent?.[id]
    if (unseenUs === undefined) return
    for (const instrument of this.#instruments) {
      if (instrument.venue !== venue || (symbol !== undefined && this.#symbolOf(instrument) !== symbol)) continue
      this.audit.excuse(instrument.id, { at: this.#now, until: this.#now + unseenUs })
    }
  }

  #symbolOf({ base, quote }: Instrument): string {
    const symbol = `${base}-${quote}`
    return this.#options.symbols.includes(symbol) ? symbol : `${base}-USD`
  }
}

function emulatorOf(id: string) {
  const emulator = EMULATORS[id]
  if (emulator === undefined) throw new RangeError(`${id} is not emulated`)
  return emulator
}
