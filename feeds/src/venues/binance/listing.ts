import type { Micros } from '@depthcast/market'
import { after } from '../../book-policy.ts'
import { SubscribeRefused } from '../../errors.ts'
import type { HttpReply, Output } from '../../venue.ts'
import { readStatuses } from './replies.ts'
import type { Requests } from './requests.ts'
import type { BinanceSymbol } from './symbol.ts'

/** After a socket opened: seeds come first. */
const FIRST_MS = 5_000
const EVERY_MS = 300_000
/** While something is halted, or a stream is silent. */
const SOON_MS = 60_000
/** Whether it is asked for one symbol or many. */
const WEIGHT = 20

/**
 * Knows from `exchangeInfo` which symbols trade: no public stream says it, nor anything else sooner (web-socket-streams.md has trades, bars, tickers,
 * averages, reference prices and books; a halted symbol's just stand still). So a halt is told up to five minutes late, and within one where it
 * silences a stream that is usually busy. One question for all symbols of the connection soon after it opened and every
 * five minutes, every minute while one of them is halted; and for one symbol alone whose streams never start.
 *
 * A symbol that does not trade (`HALT`, `BREAK`, `AUCTION_MATCH`, …) is halted until it does; one that is unknown is refused.
 */
export class Listing {
  readonly #requests: Requests
  readonly #symbols: ReadonlyMap<string, BinanceSymbol>
  #askAt: Micros | undefined

  constructor(requests: Requests, symbols: ReadonlyMap<string, BinanceSymbol>) {
    this.#requests = requests
    this.#symbols = symbols
  }

  opened(now: Micros): void {
    this.#askAt = after(now, FIRST_MS)
  }

  tick(now: Micros): void {
    if (this.#askAt === undefined || now < this.#askAt) return
    this.#askAt = after(now, EVERY_MS)
    const asked = [...this.#symbols].flatMap(([name, { state }]) => (state.state === 'refused' ? [] : [name]))
    if (asked.length === 0) return
    const list = encodeURIComponent(JSON.stringify(asked))
    const path = `/api/v3/exchangeInfo?symbols=${list}&showPermissionSets=false`
    this.#requests.ask({ kind: 'status', symbol: '', path, weight: WEIGHT }, now)
  }

  /** Something stands still: is it the market? */
  wonder(now: Micros): void {
    const soon = after(now, SOON_MS)
    if (this.#askAt === undefined || this.#askAt > soon) this.#askAt = soon
  }

  /** Does the venue know this symbol at all? */
  lookUp(symbol: string, now: Micros): void {
    this.#requests.ask({ kind: 'status', symbol, path: `/api/v3/exchangeInfo?symbol=${symbol}`, weight: WEIGHT }, now)
  }

  /** `asked` is the one symbol that was asked for; empty for all. */
  answered(asked: string, reply: HttpReply, now: Micros, out: Output[]): void {
    const read = readStatuses(reply)
    if (read instanceof SubscribeRefused) {
      // One unknown name spoils the answer for all: each is asked for alone.
      const symbol = this.#symbols.get(asked)
      if (symbol === undefined) for (const name of this.#symbols.keys()) this.lookUp(name, now)
      else symbol.state.refuse(this.#unknown(symbol, read), now, out)
    } else if (read instanceof Error) out.push({ kind: 'error', error: read })
    else this.#tell(read, now, out)
  }

  #tell(statuses: ReadonlyMap<string, string>, now: Micros, out: Output[]): void {
    for (const [name, status] of statuses) {
      const symbol = this.#symbols.get(name)
      if (symbol === undefined) continue
      if (status === 'TRADING') symbol.state.resumed(now, out)
      else {
        symbol.state.halted(`Binance says ${status}`, now, out)
        this.wonder(now)
      }
    }
  }

  #unknown({ instrument }: BinanceSymbol, { message: reason }: SubscribeRefused): SubscribeRefused {
    return new SubscribeRefused({ venue: instrument.venue, instrument: instrument.id, reason })
  }
}
