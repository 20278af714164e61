import type { Exchange, Listed, OrderEvent } from '@depthcast/feeds/simulation'
import type { Conversation, EmulatorInput, EmulatorOutput, Now } from '../emulators/emulator.ts'
import { Chance } from './chance.ts'
import type { FaultVenue } from './fault.ts'
import { BOOK_OPERATIONS, TRADE_OPERATIONS } from './operations.ts'
import type { FaultSchedule } from './schedule.ts'
import { SURGERIES, type Surgery } from './surgery.ts'
import { FAULTS, type FaultName } from './table.ts'

const SECOND = 1_000_000
const LATEST = 250_000
const CLOSES = FAULTS.flatMap(({ name }) => (name.startsWith('close-') ? [{ name, code: Number(name.slice(6)) }] : []))

export type FaultyWireOptions = {
  readonly venue: FaultVenue
  readonly faults: FaultSchedule
  readonly exchange: Exchange
  /** By the venue's spelling or ours. */
  readonly listed: (symbol: string) => Listed | undefined
  /** One for all sockets: a storm takes them all. */
  readonly storm: { blown: number }
  readonly seed: number
}

/**
 * A conversation behind a bad wire: what the venue says is lost, changed, held back or cut off where the schedule says so. What goes wrong with one
 * frame (`frame` in the table) and with the whole socket (`connection`) is done here; everything else passes.
 */
export class FaultyWire implements Conversation {
  readonly #inner: Conversation
  readonly #options: FaultyWireOptions
  readonly #surgery: Surgery
  readonly #chance: Chance
  readonly #storms: number
  #held: { readonly output: EmulatorOutput; readonly at: Now }[] = []
  /** Until when each lasting fault goes on. */
  readonly #until = { delay: 0, burst: 0, stall: 0, halfOpen: 0, noPong: 0, noPing: 0, skew: 0 }
  #clockStep = 0
  /** By symbol, the update that is overtaken by the next one. */
  readonly #overtaken = new Map<string, readonly string[]>()
  readonly #lastTrade = new Map<string, string>()
  #closed = false

  constructor(inner: Conversation, options: FaultyWireOptions) {
    this.#inner = inner
    this.#options = options
    this.#surgery = SURGERIES[options.venue]
    this.#chance = new Chance(options.seed, `wire ${options.venue}`)
    this.#storms = options.storm.blown
  }

  get symbols(): ReadonlySet<string> | undefined {
    return this.#inner.symbols
  }

  step(input: EmulatorInput): readonly EmulatorOutput[] {
    const { now } = input
    if (input.kind === 'closed') {
      this.#closed = true
      return this.#inner.step(input)
    }
    if (this.#closed) return []
    if (now < this.#until.halfOpen && input.kind !== 'tick') return []
    return this.#passed(this.#inner.step(input), now)
  }

  market(event: OrderEvent, now: Now): readonly EmulatorOutput[] {
    return this.#closed ? [] : this.#passed(this.#inner.market(event, now), now)
  }

  #passed(outputs: readonly EmulatorOutput[], now: Now): readonly EmulatorOutput[] {
    const out: EmulatorOutput[] = []
    this.#release(now, out)
    for (const output of outputs) {
      if (output.kind === 'timer') out.push(output)
      else if (output.kind === 'frame') this.#frame(output.text, now, out)
      else this.#emit(output, now, out)
      if (this.#closed) return out
    }
    if (this.#options.storm.blown !== this.#storms && !this.#closed) this.#cut(1006, now, out)
    return out
  }

  #frame(text: string, now: Now, out: EmulatorOutput[]): void {
    const kind = this.#surgery.kindOf(text)
    const spelled = this.#surgery.symbolOf(text)
    const listed = spelled === undefined ? undefined : this.#options.listed(spelled)
    this.#strikeSocket(listed?.symbol, now, out)
    if (this.#closed) return
    if (kind === 'heartbeat' && now < this.#until.noPing) return
    if (kind === 'pong' && now < this.#until.noPong) return
    const timed = this.#clocked(text, listed?.symbol, now)
    if (kind === 'book' && listed !== undefined) this.#book(timed, listed, now, out)
    else if (kind === 'trade' && listed !== undefined) this.#trade(timed, listed, now, out)
    else this.#emit({ kind: 'frame', text: timed }, now, out)
  }

  #book(text: string, listed: Listed, now: Now, out: EmulatorOutput[]): void {
    if (this.#strikes('split', listed.symbol)) {
      this.#emit({ kind: 'frame', text, split: true }, now, out)
      return
    }
    let texts: readonly string[] = [text]
    for (const [name, operate] of Object.entries(BOOK_OPERATIONS) as [
      FaultName,
      (typeof BOOK_OPERATIONS)[FaultName],
    ][]) {
      texts = this.#operated(name, operate, texts, listed)
    }
    const spelled = this.#surgery.symbolOf(text) ?? listed.symbol
    const waiting = this.#overtaken.get(spelled)
    this.#overtaken.delete(spelled)
    if (waiting === undefined && this.#strikes('reorder', listed.symbol)) {
      this.#overtaken.set(spelled, texts)
      return
    }
    for (const one of texts) this.#emit({ kind: 'frame', text: one }, now, out)
    for (const one of waiting ?? []) this.#emit({ kind: 'frame', text: one }, now, out)
  }

  #trade(text: string, listed: Listed, now: Now, out: EmulatorOutput[]): void {
    let texts: readonly string[] = [text]
    for (const [name, operate] of Object.entries(TRADE_OPERATIONS) as [
      FaultName,
      (typeof TRADE_OPERATIONS)[FaultName],
    ][]) {
      texts = this.#operated(name, operate, texts, listed)
    }
    const before = this.#lastTrade.get(listed.symbol)
    if (before !== undefined && this.#strikes('old-trades', listed.symbol)) texts = [...texts, before]
    this.#lastTrade.set(listed.symbol, text)
    for (const one of texts) this.#emit({ kind: 'frame', text: one }, now, out)
  }

  /** Asked only where it can be done, so that each strike that is counted happened. */
  #operated(
    name: FaultName,
    operate: (typeof BOOK_OPERATIONS)[FaultName],
    texts: readonly string[],
    listed: Listed,
  ): readonly string[] {
    const { faults, venue, exchange } = this.#options
    const [text] = texts
    if (operate === undefined || text === undefined || !faults.isDue(name, { venue, symbol: listed.symbol }))
      return texts
    const done = operate({ text, surgery: this.#surgery, exchange, listed })
    if (done === undefined || !this.#strikes(name, listed.symbol)) return texts
    return [...done, ...texts.slice(1)]
  }

  #clocked(text: string, symbol: string | undefined, now: Now): string {
    const skew = this.#strike('clock-skew', symbol)
    if (skew !== undefined) this.#until.skew = now + skew
    if (this.#strike('clock-step', symbol) !== undefined) this.#clockStep += 2 * SECOND
    const regress = this.#strike('clock-regress', symbol) === undefined ? 0 : -2 * SECOND
    const by = (now < this.#until.skew ? 5 * SECOND : 0) + this.#clockStep + regress
    return by === 0 ? text : this.#surgery.shifted(text, by)
  }

  /** Faults of the whole socket, for which any frame is the opportunity. */
  #strikeSocket(symbol: string | undefined, now: Now, out: EmulatorOutput[]): void {
    if (this.#options.faults.isEmpty) return
    for (const [name, field] of LASTING) {
      const lasts = this.#strike(name, symbol)
      if (lasts !== undefined) this.#until[field] = now + lasts
    }
    if (now < this.#until.halfOpen) out.push({ kind: 'timer', at: this.#until.halfOpen })
    for (const { name, code } of CLOSES) if (!this.#closed && this.#strikes(name, symbol)) this.#cut(code, now, out)
    if (!this.#closed && this.#strikes('slow-consumer', symbol)) this.#cut(1006, now, out)
    if (this.#strikes('reconnect-storm', symbol)) this.#options.storm.blown++
  }

  #emit(output: EmulatorOutput, now: Now, out: EmulatorOutput[]): void {
    const until = this.#until
    if (now < until.halfOpen) return
    if (output.kind === 'pong' && now < until.noPong) return
    if (output.kind === 'ping' && now < until.noPing) return
    const at = this.#due(now)
    if (at > now) {
      this.#held.push({ output, at })
      out.push({ kind: 'timer', at })
      return
    }
    if (output.kind === 'close') this.#closed = true
    out.push(output)
  }

  /** When something said now arrives: never before what was said earlier. */
  #due(now: Now): Now {
    const until = this.#until
    let at = Math.max(now, this.#held.at(-1)?.at ?? 0)
    if (now < until.delay) at = Math.max(at, now + this.#chance.below(LATEST))
    if (now < until.burst) at = Math.max(at, Math.ceil((now + 1) / SECOND) * SECOND)
    if (now < until.stall) at = Math.max(at, until.stall)
    return at
  }

  #release(now: Now, out: EmulatorOutput[]): void {
    let count = 0
    while (count < this.#held.length && this.#held[count]!.at <= now) count++
    for (const { output } of this.#held.splice(0, count)) {
      if (now < this.#until.halfOpen) continue
      if (output.kind === 'close') this.#closed = true
      out.push(output)
    }
  }

  #cut(code: number, now: Now, out: EmulatorOutput[]): void {
    this.#closed = true
    this.#held = []
    out.push({ kind: 'close', code, reason: '' })
    this.#inner.step({ kind: 'closed', now })
  }

  #strikes(fault: FaultName, symbol: string | undefined): boolean {
    return this.#strike(fault, symbol) !== undefined
  }

  #strike(fault: FaultName, symbol: string | undefined): number | undefined {
    const { faults, venue } = this.#options
    return faults.strike(fault, symbol === undefined ? { venue } : { venue, symbol })?.lasts
  }
}

const LASTING = [
  ['delay', 'delay'],
  ['burst', 'burst'],
  ['stall', 'stall'],
  ['half-open', 'halfOpen'],
  ['no-pong', 'noPong'],
  ['no-ping', 'noPing'],
] as const
