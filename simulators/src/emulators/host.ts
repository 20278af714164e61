import type { Exchange, Listed, OrderEvent } from '@depthcast/feeds/simulation'
import { FAULT_VENUES } from '../faults/fault.ts'
import { FaultSchedule } from '../faults/schedule.ts'
import type { FaultSpec } from '../faults/spec.ts'
import { FaultyWire } from '../faults/wire.ts'
import type {
  Conversation,
  Emulator,
  EmulatorInput,
  EmulatorOutput,
  HttpAnswer,
  HttpQuestion,
  Now,
  Numbering,
  World,
} from './emulator.ts'
import { Oracle } from './oracle.ts'
import { Timers } from './timers.ts'

const TIMEOUT_MS = 30_000
const SLOW_MS = 1_500
const RETRY_AFTER = { 'retry-after': '5' }

export type HostOptions = {
  readonly exchange: Exchange
  /** The wall time at which the exchange opened, µs since 1970. */
  readonly openedAt: Now
  readonly seed: number
  readonly faults: readonly FaultSpec[]
  readonly emulators: readonly ((world: World) => Emulator)[]
  /** Events of each symbol that the oracle keeps at least. Default 20,000. */
  readonly oracleKept?: number
  /** Hears every event of the exchange before any venue does. */
  readonly tap?: (event: OrderEvent) => void
}

/** Where a conversation's words go; `close` ends the socket, with 1006 by reset. */
export type Sink = (output: Exclude<EmulatorOutput, { kind: 'timer' }>) => void

/** One client: give it what the socket says. */
export type Client = {
  readonly venue: string
  step(input: EmulatorInput): void
}

/**
 * One exchange and the venues that render it, without sockets or clock: whoever holds it moves the time and carries the words. A real server and a
 * test in virtual time are the same to it.
 */
export class Host {
  readonly oracle: Oracle
  readonly faults: FaultSchedule
  readonly #options: HostOptions
  readonly #emulators: readonly Emulator[]
  readonly #timers = new Timers<Member>()
  readonly #bySymbol = new Map<string, Set<Member>>()
  readonly #everywhere = new Set<Member>()
  readonly #listed = new Map<string, Listed>()
  readonly #storm = { blown: 0 }
  #clients = 0
  #events = 0

  constructor(options: HostOptions) {
    const { exchange, openedAt, seed } = options
    this.#options = options
    this.oracle = new Oracle(exchange, options.oracleKept)
    this.faults = new FaultSchedule(options.faults, seed, () => exchange.now)
    this.#emulators = options.emulators.map((open) => open({ exchange, openedAt, faults: this.faults }))
    for (const listed of exchange.instruments) {
      const { base, quote } = listed
      for (const name of [`${base}-${quote}`, `${base}/${quote}`, `${base}${quote}`]) this.#listed.set(name, listed)
      // A venue of dollar coins may list a dollar market so.
      if (quote === 'USD' && !this.#listed.has(`${base}USDT`)) this.#listed.set(`${base}USDT`, listed)
    }
  }

  get venues(): readonly string[] {
    return this.#emulators.map(({ venue }) => venue)
  }

  get symbols(): readonly string[] {
    return this.#options.exchange.instruments.map(({ symbol }) => symbol)
  }

  /** A market by what any venue calls it, in capitals: `BTC-USD`, `BTC/USD`, `BTCUSD`. */
  listed(name: string): Listed | undefined {
    return this.#listed.get(name)
  }

  /** Undefined for a venue that is not here, or does not number its books. */
  numbering(venue: string): Numbering | undefined {
    return this.#emulators.find((one) => one.venue === venue)?.numbering
  }

  get openedAt(): Now {
    return this.#options.openedAt
  }

  get clients(): number {
    return this.#clients
  }

  /** Order events so far. */
  get events(): number {
    return this.#events
  }

  /** The wall time the exchange has come to. */
  get now(): Now {
    return this.#options.openedAt + this.#options.exchange.now
  }

  /** Plays the exchange up to this wall time, then what is due. */
  advance(until: Now): void {
    const { exchange, openedAt } = this.#options
    exchange.advance(until - openedAt, (event) => this.#hear(event))
    for (let due = this.#timers.take(until); due !== undefined; due = this.#timers.take(until)) {
      due.item.step({ kind: 'tick', now: until })
    }
  }

  /** When the next conversation wants to be called; Infinity for never. */
  get nextTimer(): Now {
    return this.#timers.next
  }

  /** Undefined where no venue knows the path. */
  http(question: HttpQuestion): HttpAnswer | undefined {
    for (const emulator of this.#emulators) {
      const answer = emulator.http(question)
      if (answer !== undefined) return this.#badHttp(emulator.venue, answer)
    }
    return undefined
  }

  /** A client with its conversation, the answer to refuse it with, or undefined where no venue knows the path. Then `step` it with `open`. */
  connect(question: HttpQuestion, sink: Sink): Client | HttpAnswer | undefined {
    for (const emulator of this.#emulators) {
      const upgrade = emulator.upgrade(question)
      if (upgrade === undefined) continue
      if (!upgrade.accepted) return upgrade.answer
      const { venue } = emulator
      if (this.faults.strikes('connect-refused', { venue })) return { status: 403, body: 'forbidden\n' }
      if (this.faults.strikes('connect-limited', { venue })) {
        return { status: 429, headers: RETRY_AFTER, body: 'too many connections\n' }
      }
      this.#clients++
      return new Member(venue, this.#wired(venue, upgrade.conversation), sink, {
        timer: (at, member) => this.#timers.add(at, member),
        heard: (member) => this.#index(member),
        gone: (member) => this.#forget(member),
      })
    }
    return undefined
  }

  #hear(event: OrderEvent): void {
    this.#events++
    const now = this.#options.openedAt + event.at
    this.oracle.hear(event)
    this.#options.tap?.(event)
    for (const emulator of this.#emulators) emulator.market?.(event, now)
    for (const member of this.#bySymbol.get(event.symbol) ?? NOBODY) member.market(event, now)
    for (const member of this.#everywhere) member.market(event, now)
  }

  #wired(name: string, conversation: Conversation): Conversation {
    const venue = FAULT_VENUES.find((one) => one === name)
    if (venue === undefined || this.faults.isEmpty) return conversation
    const { exchange, seed } = this.#options
    const listed = (symbol: string) => this.#listed.get(symbol)
    return new FaultyWire(conversation, { venue, faults: this.faults, exchange, listed, storm: this.#storm, seed })
  }

  #badHttp(venue: string, answer: HttpAnswer): HttpAnswer {
    const strikes = (fault: string): boolean => this.faults.strikes(fault, { venue })
    if (strikes('http-500')) return { status: 500, body: 'internal server error\n' }
    if (strikes('http-429')) return { status: 429, headers: RETRY_AFTER, body: 'too many requests\n' }
    if (strikes('http-418')) return { status: 418, headers: RETRY_AFTER, body: 'banned\n' }
    if (strikes('http-timeout')) return { ...answer, delayMs: TIMEOUT_MS }
    return strikes('http-slow') ? { ...answer, delayMs: SLOW_MS } : answer
  }

  #index(member: Member): void {
    const { symbols } = member
    if (symbols === undefined) {
      this.#everywhere.add(member)
      return
    }
    for (const [symbol, members] of this.#bySymbol) if (!symbols.has(symbol)) members.delete(member)
    for (const symbol of symbols) {
      const members = this.#bySymbol.get(symbol)
      if (members === undefined) this.#bySymbol.set(symbol, new Set([member]))
      else members.add(member)
    }
  }

  #forget(member: Member): void {
    this.#clients--
    this.#everywhere.delete(member)
    for (const members of this.#bySymbol.values()) members.delete(member)
  }
}

const NOBODY: readonly Member[] = []

type MemberHandlers = {
  timer(at: Now, member: Member): void
  heard(member: Member): void
  gone(member: Member): void
}

class Member implements Client {
  readonly venue: string
  /** Let go with the client: timers of a day hold on to a member for as long. */
  #conversation: Conversation | undefined
  #sink: Sink | undefined
  readonly #handlers: MemberHandlers
  #gone = false

  constructor(venue: string, conversation: Conversation, sink: Sink, handlers: MemberHandlers) {
    this.venue = venue
    this.#conversation = conversation
    this.#sink = sink
    this.#handlers = handlers
  }

  get symbols(): ReadonlySet<string> | undefined {
    return this.#conversation?.symbols
  }

  step(input: EmulatorInput): void {
    if (this.#conversation === undefined) return
    this.#perform(this.#conversation.step(input))
    if (input.kind === 'closed') this.#leave()
    else if (!this.#gone && (input.kind === 'open' || input.kind === 'frame')) this.#handlers.heard(this)
  }

  market(event: OrderEvent, now: Now): void {
    if (this.#conversation !== undefined) this.#perform(this.#conversation.market(event, now))
  }

  #perform(outputs: readonly EmulatorOutput[]): void {
    for (const output of outputs) {
      if (this.#gone) return
      if (output.kind === 'timer') this.#handlers.timer(output.at, this)
      else {
        const sink = this.#sink
        if (output.kind === 'close') this.#leave()
        sink?.(output)
      }
    }
  }

  #leave(): void {
    if (this.#gone) return
    this.#gone = true
    this.#handlers.gone(this)
    this.#conversation = undefined
    this.#sink = undefined
  }
}
