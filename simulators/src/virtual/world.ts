import { type Output, VENUES, type Venue, type VenueOptions } from '@depthcast/feeds'
import { type Exchange, type ExchangeOptions, openExchange } from '@depthcast/feeds/simulation'
import type { Instrument, InstrumentId, Micros } from '@depthcast/market'
import { Host } from '../emulators/host.ts'
import { EMULATORS } from '../emulators/index.ts'
import { Timers } from '../emulators/timers.ts'
import { Chance } from '../faults/chance.ts'
import type { FaultSpec } from '../faults/spec.ts'
import { Audit } from './audit.ts'
import { questionFor, VirtualConnection } from './connection.ts'

/** A world opens at the same time always: the same options give the same run. */
const OPENED_AT = Date.UTC(2026, 0, 1) * 1000
const TURN = 5_000
const ADDRESSES: VenueOptions = { wsUrl: 'ws://emulated', httpUrl: 'http://emulated' }

export type VirtualWorldOptions = Omit<ExchangeOptions, 'symbols'> & {
  readonly symbols: readonly string[]
  readonly venues: readonly string[]
  readonly faults: readonly FaultSpec[]
  /** Levels a side of a venue's books, where it lets one choose; then they are audited to that depth. */
  readonly depths?: Readonly<Record<string, number>>
  /** Hears everything the protocols say, after the audit has. */
  readonly hear?: (output: Output, now: Micros) => void
}

/**
 * A simulated exchange, the venues that render it and the gateway's protocols that follow them, all on one virtual clock in one process, without
 * sockets. What the protocols give out is audited against the truth after every event.
 */
export class VirtualWorld {
  readonly exchange: Exchange
  readonly host: Host
  readonly audit = new Audit()
  readonly #options: VirtualWorldOptions
  readonly #timers = new Timers<() => void>()
  readonly #soon: (() => void)[] = []
  readonly #connections: { readonly connection: VirtualConnection; readonly instruments: readonly Instrument[] }[] = []
  #now = OPENED_AT

  /** Throws RangeError for a venue that is not emulated, or that feeds do not speak. */
  constructor(options: VirtualWorldOptions) {
    this.#options = options
    this.exchange = openExchange(options)
    this.host = new Host({
      exchange: this.exchange,
      openedAt: OPENED_AT,
      seed: options.seed,
      faults: options.faults,
      emulators: options.venues.map((venue) => emulatorOf(venue)),
      tap: (event) => this.audit.market(event),
    })
    for (const id of options.venues) this.#connect(venueOf(id))
  }

  get now(): number {
    return this.#now
  }

  get instruments(): readonly Instrument[] {
    return this.#connections.flatMap(({ instruments }) => instruments)
  }

  /** Lets so much time pass. */
  run(ms: number): this {
    const until = this.#now + ms * 1000
    while (this.#now < until) {
      this.#now = Math.min(until, this.#now + TURN)
      this.host.advance(this.#now)
      this.#settle()
      for (let due = this.#timers.take(this.#now); due !== undefined; due = this.#timers.take(this.#now)) {
        due.item()
        this.#settle()
      }
    }
    return this
  }

  /** Whoever folds the instrument's events could not. */
  distrust(instrument: InstrumentId): void {
    for (const { connection, instruments } of this.#connections) {
      if (instruments.some(({ id }) => id === instrument)) connection.distrust(instrument)
    }
    this.#settle()
  }

  #connect(venue: Venue): void {
    const { symbols, seed, depths } = this.#options
    const depth = depths?.[venue.id]
    const addresses = depth === undefined ? ADDRESSES : { ...ADDRESSES, depth }
    const wanted = this.#directory(venue).filter(({ base, quote }) => symbols.some((one) => isSame(one, base, quote)))
    for (const { id, base, quote } of wanted) {
      const symbol = symbols.find((one) => isSame(one, base, quote)) ?? ''
      const market = { bids: this.exchange.levels(symbol, 'bid'), asks: this.exchange.levels(symbol, 'ask') }
      this.audit.expect(id, symbol, market, depth)
    }
    const time = {
      at: (at: number, act: () => void) => this.#timers.add(at, act),
      soon: (act: () => void) => void this.#soon.push(act),
    }
    const world = this
    const clock = {
      ...time,
      get now() {
        return world.#now
      },
    }
    for (const [index, plan] of venue.plan(wanted, addresses).entries()) {
      const chance = new Chance(seed, `${venue.id} ${index} backoff`)
      const hear = (output: Output, now: Micros): void => this.#hear(output, now)
      const connection = new VirtualConnection({ host: this.host, venue, plan, time: clock, chance, hear })
      this.#connections.push({ connection, instruments: plan.instruments })
      connection.connect()
    }
  }

  /** Asked as often as it takes: a fault may strike here too. */
  #directory(venue: Venue): readonly Instrument[] {
    const directory = venue.directory(ADDRESSES)
    const replies = directory.requests.map(({ id, url }) => {
      for (let tries = 0; tries < 10; tries++) {
        const answer = this.host.http(questionFor(url, this.#now))
        if (answer?.status === 200) return { id, url, status: 200, body: answer.body }
      }
      throw new RangeError(`${url} is not answered`)
    })
    return directory.parse(replies)
  }

  #hear(output: Output, now: Micros): void {
    if (output.kind === 'event') this.audit.hear(output.event)
    this.#options.hear?.(output, now)
  }

  #settle(): void {
    for (let act = this.#soon.shift(); act !== undefined; act = this.#soon.shift()) act()
  }
}

/** A venue of dollar coins lists a dollar market so. */
function isSame(symbol: string, base: string, quote: string): boolean {
  return symbol === `${base}-${quote}` || (quote === 'USDT' && symbol === `${base}-USD`)
}

function emulatorOf(id: string) {
  const emulator = EMULATORS[id]
  if (emulator === undefined) throw new RangeError(`${id} is not emulated`)
  return emulator
}

function venueOf(id: string): Venue {
  const venue = VENUES.find((one) => one.id === id)
  if (venue === undefined) throw new RangeError(`feeds know no venue ${id}`)
  return venue
}
