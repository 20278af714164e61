import type { SubId, ViewOptions, Welcome } from '@depthcast/protocol'
import { backoffMs } from './backoff.ts'
import { ClientError, isWorthRetrying } from './errors.ts'
import type { Host } from './host.ts'
import { readGranted, subOf, wireError } from './incoming.ts'
import { type Follower, Line, termsOf } from './line.ts'
import { type Ask, type Grant, keyOf, Requests, type RequestsOptions } from './requests.ts'
import type { Counters } from './stats.ts'

export type LinesOptions = Pick<RequestsOptions, 'request'> & { readonly host: Host; readonly counters: Counters }

const RETRY_PAUSES = { minMs: 250, maxMs: 10_000 }

/**
 * What is agreed with the server on the present connection: which views it sends us, and under which subs. Equal views are asked for once,
 * whoever follows them.
 */
export class Lines {
  readonly #host: Host
  readonly #counters: Counters
  readonly #requests: Requests
  readonly #lines = new Set<Line>()
  readonly #byKey = new Map<string, Line>()
  readonly #bySub = new Map<SubId, Line>()

  constructor({ host, counters, request }: LinesOptions) {
    this.#host = host
    this.#counters = counters
    this.#requests = new Requests({
      request,
      granted: (line, grant) => this.#granted(line, grant),
      refused: (line, error) => this.#refused(line, error),
    })
  }

  opened(welcome: Welcome): void {
    this.#requests.symbolsPerRequest = welcome.limits.symbolsPerRequest
  }

  /** The connection is gone, and with it all that was agreed. */
  lost(): void {
    for (const line of [...this.#lines]) this.#drop(line)
    this.#requests.clear()
  }

  bySub(sub: SubId): Line | undefined {
    return this.#bySub.get(sub)
  }

  ofSymbol(symbol: string): Line[] {
    return [...this.#lines].filter((line) => line.symbol === symbol)
  }

  /** Joins the line of that view, opening it when nobody has yet. */
  follow(ask: Ask, follower: Follower): Line {
    const key = keyOf(ask)
    let line = this.#byKey.get(key)
    if (line === undefined) {
      line = new Line(ask)
      this.#lines.add(line)
      this.#byKey.set(key, line)
      this.#requests.ask(line)
    }
    line.followers.add(follower)
    return line
  }

  /** Leaves a line; the last one out ends it at the server. */
  leave(line: Line, follower: Follower): void {
    line.followers.delete(follower)
    if (line.followers.size > 0 || !this.#lines.has(line)) return
    // The answer to a modify on its way will find nobody, and ends it then: only then is it known which sub there is to end.
    if (!line.isModifying) this.#end(line)
  }

  /** True when the line can be changed in place: nobody else follows it, and what it is to become is nobody's line yet. */
  canModify(line: Line, options: ViewOptions): boolean {
    const { channel, symbol, followers, sub, isModifying } = line
    const isOurs = sub !== undefined && followers.size === 1 && !isModifying
    return isOurs && !this.#byKey.has(keyOf({ channel, symbol, options }))
  }

  /** Changes a line in place. `done` gets the refusal, if any: then the line is as it was. */
  modify(line: Line, options: ViewOptions, done: (error?: ClientError) => void): void {
    const was = line.sub as SubId
    const before = line.options
    line.isModifying = true
    this.#rekey(line, options)
    this.#requests.modify({ sub: was, ...options }, (reply) => {
      line.isModifying = false
      const error = this.#modified(line, was, reply)
      if (error !== undefined) this.#revert(line, before)
      if (line.followers.size === 0) this.#end(line)
      done(error)
    })
  }

  /**
   * Gets a line a fresh snapshot, by leaving its view and asking for it again: after `leastMs` the first time, then after growing pauses until
   * the view has held for a while.
   */
  resync(line: Line, leastMs: number): void {
    if (line.cancelRetry !== undefined) return
    const pauseMs = line.retries === 0 ? leastMs : Math.max(leastMs, this.#backoff(line))
    this.#later(line, pauseMs, () => {
      if (line.standing.kind === 'good' || line.sub === undefined) return
      if (line.isModifying) {
        this.resync(line, RETRY_PAUSES.minMs)
        return
      }
      line.retries++
      this.#counters.resyncs++
      this.#leaveSub(line)
      this.#requests.ask(line)
    })
  }

  #granted(line: Line, { sub, symbol, tick, lot, granted }: Grant): void {
    try {
      line.terms = termsOf(symbol, tick, lot, granted)
    } catch (cause) {
      const message = `the answer to subscribe ${symbol} cannot be used: tick ${tick}, lot ${lot}`
      this.#requests.leave(sub)
      this.#refused(line, new ClientError('malformed-message', message, { cause }))
      return
    }
    this.#hold(line, sub)
    if (line.followers.size === 0) this.#end(line)
    else line.notify()
  }

  #refused(line: Line, error: ClientError): void {
    if (line.followers.size === 0) this.#drop(line)
    else if (error.code === 0 || !isWorthRetrying(error.code)) line.await({ kind: 'refused', error })
    else {
      const pauseMs = Math.max(error.retryAfterMs ?? 0, this.#backoff(line))
      line.retries++
      this.#later(line, pauseMs, () => this.#requests.ask(line))
    }
  }

  /** Two asks may be granted the same view; the server sends it once, so they become one line. */
  #hold(line: Line, sub: SubId): void {
    const other = this.#bySub.get(sub)
    line.sub = sub
    this.#requests.keep(sub)
    if (other === undefined || other === line) {
      this.#bySub.set(sub, line)
      return
    }
    for (const [key, held] of this.#byKey) if (held === line) this.#byKey.set(key, other)
    this.#drop(line)
    const followers = [...line.followers]
    line.followers.clear()
    for (const follower of followers) {
      other.followers.add(follower)
      follower.moved(other)
    }
  }

  #modified(line: Line, was: SubId, reply: unknown): ClientError | undefined {
    const { error, granted } = (reply ?? {}) as { readonly error?: unknown; readonly granted?: unknown }
    const refusal = wireError(error)
    if (refusal !== undefined) return new ClientError(refusal)
    const terms = readGranted(granted)
    const sub = subOf(reply)
    if (terms === undefined || sub === undefined || line.terms === undefined) {
      return new ClientError('malformed-message', `the answer to modify ${line.symbol} cannot be read`)
    }
    line.terms = { ...line.terms, granted: terms }
    if (sub === was) return undefined
    if (this.#bySub.get(was) === line) this.#bySub.delete(was)
    line.await({ kind: 'asked' })
    this.#hold(line, sub)
    return undefined
  }

  /** Whoever joined for what the line did not become asks for it alone. */
  #revert(line: Line, before: ViewOptions): void {
    const { channel, symbol, options, followers } = line
    const [mover, ...joined] = followers
    this.#rekey(line, before)
    followers.clear()
    if (mover !== undefined) followers.add(mover)
    for (const follower of joined) follower.moved(this.follow({ channel, symbol, options }, follower))
  }

  #rekey(line: Line, options: ViewOptions): void {
    for (const [key, held] of this.#byKey) if (held === line) this.#byKey.delete(key)
    line.options = options
    this.#byKey.set(keyOf(line), line)
  }

  #end(line: Line): void {
    this.#leaveSub(line)
    this.#drop(line)
  }

  #leaveSub(line: Line): void {
    const { sub } = line
    line.sub = undefined
    if (sub === undefined || this.#bySub.get(sub) !== line) return
    this.#bySub.delete(sub)
    this.#requests.leave(sub)
  }

  #drop(line: Line): void {
    line.cancelRetry?.()
    line.cancelRetry = undefined
    for (const [key, held] of this.#byKey) if (held === line) this.#byKey.delete(key)
    if (line.sub !== undefined && this.#bySub.get(line.sub) === line) this.#bySub.delete(line.sub)
    this.#lines.delete(line)
    this.#requests.forget(line)
  }

  #backoff(line: Line): number {
    return backoffMs(Math.max(1, line.retries), RETRY_PAUSES, this.#host.random)
  }

  #later(line: Line, pauseMs: number, run: () => void): void {
    if (pauseMs === 0) {
      run()
      return
    }
    line.cancelRetry = this.#host.after(pauseMs, () => {
      line.cancelRetry = undefined
      run()
    })
  }
}
