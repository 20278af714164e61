import { type Output, RateLimited, TransportError, VENUES, type Venue, type VenueOptions } from '@depthcast/feeds'
import { type Exchange, type ExchangeOptions, openExchange } from '@depthcast/feeds/simulation'
import type { Instrument, InstrumentId, Micros } from '@depthcast/market'
import type { HttpAnswer } from '../emulators/emulator.ts'
import { Host } from '../emulators/host.ts'
import { EMULATORS } from '../emulators/index.ts'
import { Timers } from '../emulators/timers.ts'
import { Chance } from '../faults/chance.ts'
import type { FaultSpec } from '../faults/spec.ts'
import { Audit } from './audit.ts'
import { VirtualConnection, type VirtualTime } from './connection.ts'
import { questionFor } from './handshake.ts'

/** A world opens at the same time always: the same options give the same run. */
const OPENED_AT = Date.UTC(2026, 0, 1) * 1000
const TURN = 5_000
const HTTP_TIMEOUT_MS = 15_000
const DIRECTORY_RETRY_MS = 500
const ADDRESSES: VenueOptions = { wsUrl: 'ws://emulated', httpUrl: 'http://emulated' }

export type VirtualWorldOptions = Omit<ExchangeOptions, 'symbols'> & {
  readonly symbols: readonly string[]
  readonly venues: readonly string[]
  readonly faults: readonly FaultSpec[]
  /** Levels a side of a venue's books, where it lets one choose; then they are audited to that depth. */
  readonly depths?: Readonly<Record<string, number>>
  /** Events of each symbol that the oracle keeps at least. Default 20,000. */
  readonly oracleKept?: number
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
  readonly #time: VirtualTime
  #now = OPENED_AT

  /** Throws RangeError for a venue that is not emulated, or that feeds do not speak. */
  constructor(options: VirtualWorldOptions) {
    this.#options = options
    this.exchange = openExchange(options)
    const depths = new Set(options.venues.map((venue) => options.depths?.[venue]))
    for (const { symbol } of this.exchange.instruments) {
      const market = { bids: this.exchange.levels(symbol, 'bid'), asks: this.exchange.levels(symbol, 'ask') }
      for (const depth of depths) this.audit.know(symbol, market, depth)
    }
    this.host = new Host({
      exchange: this.exchange,
      openedAt: OPENED_AT,
      seed: options.seed,
      faults: options.faults,
      emulators: options.venues.map((venue) => emulatorOf(venue)),
      ...(options.oracleKept !== undefined && { oracleKept: options.oracleKept }),
      tap: (event) => this.audit.market(event),
    })
    const now = () => this.#now
    this.#time = {
      get now() {
        return now()
      },
      at: (at, act) => this.#timers.add(at, act),
      soon: (act) => void this.#soon.push(act),
    }
    for (const id of options.venues) this.#open(venueOf(id))
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

  /** Lists the instruments, as often as it takes, and connects. */
  #open(venue: Venue): void {
    const directory = venue.directory(ADDRESSES)
    const answers = directory.requests.map((request) => ({ ...request, answer: this.#fetch(request.url) }))
    const slowest = Math.max(0, ...answers.map(({ answer }) => answer.delayMs ?? 0))
    const refused = answers.find(({ answer }) => answer.status !== 200 || slowest >= HTTP_TIMEOUT_MS)
    if (refused === undefined) {
      const replies = answers.map(({ id, url, answer }) => ({ id, url, status: 200, body: answer.body }))
      this.#timers.add(this.#now + slowest * 1000, () => this.#connect(venue, directory.parse(replies)))
      return
    }
    const { url, answer } = refused
    const after = Number(answer.headers?.['retry-after'] ?? DIRECTORY_RETRY_MS / 1000) * 1000
    const reason = `${url}: HTTP ${answer.status}`
    const isLimited = answer.status === 429 || answer.status === 418
    const error = isLimited
      ? new RateLimited({ venue: venue.id, reason, retryAfterMs: after })
      : new TransportError({ venue: venue.id, reason })
    this.#timers.add(this.#now + Math.min(slowest, HTTP_TIMEOUT_MS) * 1000, () => {
      this.#hear({ kind: 'error', error }, this.#now as Micros)
      this.#timers.add(this.#now + after * 1000, () => this.#open(venue))
    })
  }

  #fetch(url: string): HttpAnswer {
    return this.host.http(questionFor(url, this.#now)) ?? { status: 404, body: '' }
  }

  #connect(venue: Venue, listed: readonly Instrument[]): void {
    const { symbols, seed, depths } = this.#options
    const depth = depths?.[venue.id]
    const addresses = depth === undefined ? ADDRESSES : { ...ADDRESSES, depth }
    const wanted = listed.filter(({ base, quote }) => symbols.some((one) => isSame(one, base, quote)))
    for (const { id, base, quote } of wanted) {
      const symbol = symbols.find((one) => isSame(one, base, quote)) ?? ''
      this.audit.expect(id, symbol, depth)
    }
    for (const [index, plan] of venue.plan(wanted, addresses).entries()) {
      const chance = new Chance(seed, `${venue.id} ${index} backoff`)
      const hear = (output: Output, now: Micros): void => this.#hear(output, now)
      const connection = new VirtualConnection({ host: this.host, venue, plan, time: this.#time, chance, hear })
      this.#connections.push({ connection, instruments: plan.instruments })
      connection.connect()
    }
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
