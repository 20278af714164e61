import type { SubId, SubscribeResult, ViewOptions, Welcome } from '@depthcast/protocol'
import { backoffMs } from './backoff.ts'
import { ClientError, isWorthRetrying } from './errors.ts'
import type { Host } from './host.ts'
import { readGranted, readSubscribeResult, subOf, wireError } from './incoming.ts'
import { type Follower, Line, termsOf } from './line.ts'
import type { Counters } from './stats.ts'

export type LinesOptions = {
  readonly host: Host
  readonly counters: Counters
  /** Sends a request on the open connection; false when there is none. */
  request(name: string, body: unknown, answered: (reply: unknown) => void): boolean
}

/** Which view: what is asked for. */
export type Ask = Pick<Line, 'channel' | 'symbol' | 'options'>

const RETRY_PAUSES = { minMs: 250, maxMs: 10_000 }

/**
 * What is agreed with the server on the present connection: which views it sends us, and under which subs. Equal views are asked for once,
 * whoever follows them.
 */
export class Lines {
  readonly #options: LinesOptions
  readonly #lines = new Set<Line>()
  readonly #byKey = new Map<string, Line>()
  readonly #bySub = new Map<SubId, Line>()
  /** To be sent with the next flush. */
  readonly #asking = new Set<Line>()
  readonly #leaving = new Set<SubId>()
  #isFlushing = false
  #symbolsPerRequest = 1

  constructor(options: LinesOptions) {
    this.#options = options
  }

  opened(welcome: Welcome): void {
    this.#symbolsPerRequest = welcome.limits.symbolsPerRequest
  }

  /** The connection is gone, and with it all that was agreed. */
  lost(): void {
    for (const line of [...this.#lines]) this.#drop(line)
    this.#asking.clear()
    this.#leaving.clear()
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
      this.#ask(line)
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
    return (
      line.sub !== undefined &&
      line.followers.size === 1 &&
      !line.isModifying &&
      !this.#byKey.has(keyOf({ ...line, options }))
    )
  }

  /** Changes a line in place. `done` gets the refusal, if any: then the line is as it was. */
  modify(line: Line, options: ViewOptions, done: (error?: ClientError) => void): void {
    const was = line.sub as SubId
    const before = line.options
    line.isModifying = true
    this.#rekey(line, options)
    this.#options.request('modify', { sub: was, ...options }, (reply) => {
      line.isModifying = false
      const error = this.#modified(line, was, reply)
      if (error !== undefined) this.#revert(line, before)
      if (line.followers.size === 0) this.#end(line)
      done(error)
    })
  }

  /**
   * Gets a line a fresh snapshot, by leaving its view and asking for it again: at once the first time, or after `leastMs`, then after growing
   * pauses until the view has held for a while.
   */
  resync(line: Line, leastMs: number): void {
    if (line.cancelRetry !== undefined) return
    const pauseMs = line.retries === 0 ? leastMs : Math.max(leastMs, this.#backoff(line))
    this.#later(line, pauseMs, () => {
      if (line.standing.kind === 'good' || line.sub === undefined) return
      if (line.isModifying) return this.resync(line, RETRY_PAUSES.minMs)
      line.retries++
      this.#options.counters.resyncs++
      this.#leaveSub(line)
      this.#ask(line)
    })
  }

  #ask(line: Line): void {
    this.#asking.add(line)
    this.#flushSoon()
  }

  #leaveSub(line: Line): void {
    if (line.sub === undefined) return
    if (this.#bySub.get(line.sub) === line) {
      this.#bySub.delete(line.sub)
      this.#leaving.add(line.sub)
      this.#flushSoon()
    }
    line.sub = undefined
  }

  #end(line: Line): void {
    this.#leaveSub(line)
    this.#drop(line)
  }

  #drop(line: Line): void {
    line.cancelRetry?.()
    line.cancelRetry = undefined
    for (const [key, held] of this.#byKey) if (held === line) this.#byKey.delete(key)
    if (line.sub !== undefined && this.#bySub.get(line.sub) === line) this.#bySub.delete(line.sub)
    this.#lines.delete(line)
    this.#asking.delete(line)
  }

  /** What is asked for in one turn leaves together. */
  #flushSoon(): void {
    if (this.#isFlushing) return
    this.#isFlushing = true
    queueMicrotask(() => {
      this.#isFlushing = false
      this.#flush()
    })
  }

  /** First out, then in: leaving and asking for the same view is a fresh start, and a full session gets room. */
  #flush(): void {
    const sub = [...this.#leaving]
    this.#leaving.clear()
    if (sub.length > 0) this.#options.request('unsubscribe', { sub }, () => {})
    const groups = new Map<string, Line[]>()
    for (const line of this.#asking) {
      const group = keyOf({ ...line, channel: line.channel, symbol: '' })
      groups.set(group, [...(groups.get(group) ?? []), line])
    }
    this.#asking.clear()
    for (const lines of groups.values()) {
      for (let i = 0; i < lines.length; i += this.#symbolsPerRequest)
        this.#subscribe(lines.slice(i, i + this.#symbolsPerRequest))
    }
  }

  #subscribe(lines: readonly Line[]): void {
    const [first] = lines
    if (first === undefined) return
    const symbols = lines.map((line) => line.symbol)
    this.#options.request('subscribe', { channel: first.channel, symbols, ...first.options }, (reply) => {
      const { error, results } = (reply ?? {}) as { readonly error?: unknown; readonly results?: unknown }
      const refusal = wireError(error)
      for (const [i, line] of lines.entries()) {
        const result = readSubscribeResult(Array.isArray(results) ? results[i] : undefined)
        if (refusal !== undefined) this.#refused(line, new ClientError(refusal))
        else if (result?.symbol !== line.symbol)
          this.#refused(line, new ClientError('malformed-message', `no answer to subscribe ${line.symbol}`))
        else if ('error' in result) this.#refused(line, new ClientError(result.error))
        else this.#granted(line, result)
      }
    })
  }

  #granted(line: Line, { sub, symbol, tick, lot, granted }: Extract<SubscribeResult, { readonly sub: SubId }>): void {
    try {
      line.terms = termsOf(symbol, tick, lot, granted)
    } catch (cause) {
      this.#leaving.add(sub)
      this.#flushSoon()
      this.#refused(
        line,
        new ClientError('malformed-message', `the answer to subscribe ${symbol} cannot be used: ${String(cause)}`, {
          cause,
        }),
      )
      return
    }
    this.#hold(line, sub)
    if (line.followers.size === 0) this.#end(line)
    else line.notify()
  }

  /** Two asks may be granted the same view; the server sends it once, so they become one line. */
  #hold(line: Line, sub: SubId): void {
    const other = this.#bySub.get(sub)
    line.sub = sub
    this.#leaving.delete(sub)
    if (other === undefined || other === line) {
      this.#bySub.set(sub, line)
      return
    }
    for (const [key, held] of this.#byKey) if (held === line) this.#byKey.set(key, other)
    this.#drop(line)
    for (const follower of line.followers) {
      other.followers.add(follower)
      follower.moved(other)
    }
    line.followers.clear()
  }

  #refused(line: Line, error: ClientError): void {
    if (line.followers.size === 0) {
      this.#drop(line)
      return
    }
    if (!isWorthRetrying(error.code)) {
      line.await({ kind: 'refused', error })
      return
    }
    const pauseMs = Math.max(error.retryAfterMs ?? 0, this.#backoff(line))
    line.retries++
    this.#later(line, pauseMs, () => this.#ask(line))
  }

  #modified(line: Line, was: SubId, reply: unknown): ClientError | undefined {
    const { error, sub, granted } = (reply ?? {}) as {
      readonly error?: unknown
      readonly sub?: unknown
      readonly granted?: unknown
    }
    const refusal = wireError(error)
    if (refusal !== undefined) return new ClientError(refusal)
    const terms = readGranted(granted)
    const now = subOf({ sub })
    if (terms === undefined || now === undefined || line.terms === undefined)
      return new ClientError('malformed-message', 'the answer to modify cannot be read')
    line.terms = { ...line.terms, granted: terms }
    if (now === was) return undefined
    if (this.#bySub.get(was) === line) this.#bySub.delete(was)
    line.await({ kind: 'asked' })
    this.#hold(line, now)
    return undefined
  }

  /** Whoever joined for what the line did not become asks for it alone. */
  #revert(line: Line, before: ViewOptions): void {
    const [mover, ...joined] = line.followers
    const wanted = { channel: line.channel, symbol: line.symbol, options: line.options }
    this.#rekey(line, before)
    line.followers.clear()
    if (mover !== undefined) line.followers.add(mover)
    for (const follower of joined) follower.moved(this.follow(wanted, follower))
  }

  #rekey(line: Line, options: ViewOptions): void {
    for (const [key, held] of this.#byKey) if (held === line) this.#byKey.delete(key)
    line.options = options
    this.#byKey.set(keyOf(line), line)
  }

  #backoff(line: Line): number {
    return backoffMs(Math.max(1, line.retries), RETRY_PAUSES, this.#options.host.random)
  }

  #later(line: Line, pauseMs: number, run: () => void): void {
    if (pauseMs === 0) {
      run()
      return
    }
    line.cancelRetry = this.#options.host.after(pauseMs, () => {
      line.cancelRetry = undefined
      run()
    })
  }
}

/** Equal asks, equal keys. */
function keyOf({ channel, symbol, options }: Ask): string {
  const chosen = Object.entries(options).filter(([, value]) => value !== undefined)
  return JSON.stringify([channel, symbol, ...chosen.sort(([a], [b]) => (a < b ? -1 : 1))])
}
