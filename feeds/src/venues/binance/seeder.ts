import type { Micros } from '@depthcast/market'
import { after } from '../../book-policy.ts'
import { type FeedError, SubscribeRefused } from '../../errors.ts'
import type { HttpReply, Output } from '../../venue.ts'
import { depthQuestion, readSeed, readTrades } from './replies.ts'
import type { Kind, Requests } from './requests.ts'
import type { BinanceSymbol, SymbolAction } from './symbol.ts'

/** Between tries after a snapshot that was too old or did not come. */
const RETRY_MS = [1_000, 2_000, 4_000] as const
/** A book is held against a whole snapshot not more often than this, unless something speaks against it. */
const ROUND_US = 120_000_000

/** Fetches what the streams cannot give: the snapshots that books are put on, those they are held against, and trades that were missed. */
export class Seeder {
  readonly #requests: Requests
  readonly #levels: number
  readonly #tries = new Map<BinanceSymbol, number>()

  /** `levels` a side to begin a book with: 100 were wrong within 90 s in measurements, 1000 never; 5000 are there for deep views. */
  constructor(requests: Requests, levels: number) {
    this.#requests = requests
    this.#levels = levels
  }

  closed(): void {
    this.#tries.clear()
  }

  /** Asks for a snapshot unless one is on its way. */
  ask(symbol: BinanceSymbol, now: Micros, delayMs = 0): void {
    this.#requests.ask(depthQuestion('seed', symbol.instrument.venueSymbol, this.#levels), after(now, delayMs))
  }

  /** Asks for what is due beside a live book; true when that is because it stands still, or is in doubt. */
  tick(symbol: BinanceSymbol, now: Micros): boolean {
    const missed = symbol.trades.question(now)
    if (missed !== undefined) this.#requests.ask(missed, now)
    const due = symbol.inspectionDue(now)
    if (due !== undefined) this.#requests.ask(depthQuestion(due.kind, symbol.instrument.venueSymbol, due.levels), now)
    return due?.kind === 'probe'
  }

  /**
   * Has the book held against a whole snapshot that has not been for longest, one at a time. The requests can wait, so the venue's budget says how
   * long a round takes: two minutes at least, 50 symbols three, and as many times longer as there are more or the snapshots are heavier.
   */
  round(symbols: Iterable<BinanceSymbol>, now: Micros): void {
    if (this.#requests.isAnyAsked('compare')) return
    let next: BinanceSymbol | undefined
    let longest = ROUND_US
    for (const symbol of symbols) {
      const age = symbol.uncomparedFor(now)
      if (age < longest) continue
      next = symbol
      longest = age
    }
    if (next === undefined) return
    next.compareNow(now)
    this.#requests.ask(depthQuestion('compare', next.instrument.venueSymbol, this.#levels), now)
  }

  answered(
    kind: Exclude<Kind, 'status'>,
    symbol: BinanceSymbol,
    reply: HttpReply,
    now: Micros,
    out: Output[],
  ): SymbolAction {
    switch (kind) {
      case 'seed':
        return symbol.state.isAwaited ? this.#seeded(symbol, reply, now, out) : 'none'
      case 'probe':
      case 'reseed':
      case 'compare': {
        const read = readSeed(reply, symbol.instrument)
        if (!('lastId' in read)) out.push({ kind: 'error', error: read })
        return symbol.inspected('lastId' in read ? read : undefined, now, out)
      }
      case 'trades': {
        const read = readTrades(reply, symbol.instrument, now)
        if (read instanceof Error) out.push({ kind: 'error', error: read })
        else symbol.trades.fetched(read, out)
        return 'none'
      }
    }
  }

  #seeded(symbol: BinanceSymbol, reply: HttpReply, now: Micros, out: Output[]): SymbolAction {
    const read = readSeed(reply, symbol.instrument)
    if (!('lastId' in read)) return this.#failed(symbol, read, now, out)
    const action = symbol.seed(read, now, out)
    if (action === 'too-old') return this.#again(symbol, now)
    this.#tries.delete(symbol)
    return action
  }

  #failed(symbol: BinanceSymbol, error: FeedError, now: Micros, out: Output[]): SymbolAction {
    if (error instanceof SubscribeRefused) {
      symbol.state.refuse(error, now, out)
      return 'none'
    }
    out.push({ kind: 'error', error })
    return this.#again(symbol, now)
  }

  #again(symbol: BinanceSymbol, now: Micros): 'none' {
    const tries = this.#tries.get(symbol) ?? 0
    this.#tries.set(symbol, tries + 1)
    this.ask(symbol, now, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)])
    return 'none'
  }
}
