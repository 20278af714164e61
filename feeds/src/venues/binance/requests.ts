import type { Micros } from '@depthcast/market'
import { after } from '../../book-policy.ts'
import { RateLimited } from '../../errors.ts'
import type { HttpReply, Output } from '../../venue.ts'

/**
 * `seed` a book to begin with · `reseed`, `probe` one to hold a live book against, as something asks for it · `status` whether symbols trade ·
 * `trades` missed ones · `compare` one to hold a live book against, as its turn has come.
 */
export type Kind = 'seed' | 'probe' | 'reseed' | 'status' | 'trades' | 'compare'

/** `symbol` is empty where a question is about all of them. */
export type Question = { readonly kind: Kind; readonly symbol: string; readonly path: string; readonly weight: number }

/** First what a book waits for, last what only history misses, and what nothing asks for at all. */
const RANK: Readonly<Record<Kind, number>> = { seed: 0, probe: 1, reseed: 2, status: 3, trades: 4, compare: 5 }
/** So few answers can be on their way that a venue which has enough of us is not asked many more times. */
const MOST_IN_FLIGHT = 10
/** After 429 or 418 without a word on how long. */
const RATE_LIMITED_MS = 60_000

/**
 * Asks the venue over REST, each question once at a time, the most needed first. When a request goes out is up to the venue's budget, which all
 * connections share.
 *
 * A 429 or 418 pauses every question until the venue's own time is over, also across sockets; what was refused is then asked again. Answers to
 * questions of an earlier socket are nobody's.
 *
 * Source: rest-api.md, "LIMITS": going on after 429 gets the address banned (418), from 2 minutes to 3 days.
 */
export class Requests {
  readonly #httpUrl: string
  #waiting: (Question & { readonly notBefore: Micros })[] = []
  readonly #inFlight = new Map<string, Question>()
  #generation = 0
  #pausedUntil = 0 as Micros
  #wokenAt = 0

  constructor(httpUrl: string) {
    this.#httpUrl = httpUrl
  }

  /** Goes out at a next `pump`. The same question, waiting or on its way, is not asked twice. */
  ask(question: Question, notBefore: Micros): void {
    if (!this.isAsked(question.kind, question.symbol)) this.#waiting.push({ ...question, notBefore })
  }

  isAsked(kind: Kind, symbol: string): boolean {
    return (
      this.#inFlight.has(this.#id(kind, symbol)) ||
      this.#waiting.some((other) => other.kind === kind && other.symbol === symbol)
    )
  }

  /** Sends what may go now, and wants to be called again when something may that was put off. */
  pump(now: Micros, out: Output[]): void {
    if (this.#waiting.length === 0) return
    this.#send(now, out)
    const next = Math.min(...this.#waiting.map(({ notBefore }) => notBefore).filter((at) => at > now))
    if (next === Number.POSITIVE_INFINITY || next === this.#wokenAt) return
    this.#wokenAt = next
    out.push({ kind: 'timer', at: next as Micros })
  }

  /** Whether a question of this kind is waiting or on its way, whoever it is about. */
  isAnyAsked(kind: Kind): boolean {
    return [...this.#inFlight.values(), ...this.#waiting].some((other) => other.kind === kind)
  }

  /** The question that was answered; undefined when it was an earlier socket's, or will be asked again. */
  answered(reply: HttpReply, now: Micros, out: Output[]): Question | undefined {
    const question = this.#inFlight.get(reply.id)
    if (question === undefined) return undefined
    this.#inFlight.delete(reply.id)
    if (reply.status !== 429 && reply.status !== 418) return question
    const retryAfterMs = reply.retryAfterMs ?? RATE_LIMITED_MS
    this.#pausedUntil = Math.max(this.#pausedUntil, after(now, retryAfterMs)) as Micros
    const reason = `${reply.url}: HTTP ${reply.status} ${reply.body.slice(0, 200)}`
    out.push({ kind: 'error', error: new RateLimited({ venue: 'binance', reason, retryAfterMs }) })
    this.#waiting.push({ ...question, notBefore: now })
    return undefined
  }

  /** The socket is gone, and with it what it wanted to know. The pause is the address's. */
  closed(): void {
    this.#generation++
    this.#waiting = []
    this.#inFlight.clear()
  }

  #send(now: Micros, out: Output[]): void {
    if (now < this.#pausedUntil) return
    const ready = this.#waiting.filter(({ notBefore }) => notBefore <= now)
    for (const question of ready.sort((a, b) => RANK[a.kind] - RANK[b.kind])) {
      if (this.#inFlight.size >= MOST_IN_FLIGHT) return
      this.#waiting = this.#waiting.filter((other) => other !== question)
      const { kind, symbol, path, weight } = question
      const id = this.#id(kind, symbol)
      this.#inFlight.set(id, question)
      const waits = kind === 'compare' ? ({ canWait: true } as const) : {}
      out.push({ kind: 'http', request: { id, url: `${this.#httpUrl}${path}`, weight, ...waits } })
    }
  }

  #id(kind: Kind, symbol: string): string {
    return `${kind}:${symbol}:${this.#generation}`
  }
}
