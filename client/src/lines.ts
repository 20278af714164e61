import type { ConfigMessage, Position, SubId, Welcome } from '@depthcast/protocol'
import { backoffMs } from './backoff.ts'
import { ClientError, isWorthRetrying } from './errors.ts'
import { type Held, isSameView } from './held.ts'
import type { Host } from './host.ts'
import type { Modified } from './incoming.ts'
import { type Follower, Line, type Options, termsOf } from './line.ts'
import { LineIndex } from './line-index.ts'
import { type Ask, type Grant, Requests, type RequestsOptions } from './requests.ts'
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
  readonly #index = new LineIndex()
  /** Offered on this connection. */
  #offered = new WeakSet<Held>()

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
    for (const line of this.#index.all) this.#drop(line)
    this.#requests.clear()
    this.#offered = new WeakSet()
  }

  bySub(sub: SubId): Line | undefined {
    return this.#index.bySub(sub)
  }

  ofSymbol(symbol: string): Line[] {
    return this.#index.all.filter((line) => line.symbol === symbol)
  }

  /** Joins the line of that view, opening it when nobody has yet. `held` is what the follower has from the connection before. */
  follow(ask: Ask, follower: Follower, held?: Held): Line {
    let line = this.#index.of(ask)
    if (line === undefined) {
      line = new Line(ask)
      this.#index.add(line)
      this.#requests.ask(line)
    }
    if (held !== undefined && line.offer === undefined && this.#requests.isPlanned(line) && !this.#offered.has(held)) {
      this.#offered.add(held)
      line.takeOver(held)
    }
    line.followers.add(follower)
    return line
  }

  /** The server has other instruments than before: what it did not know it may know now. */
  listedAnew(): void {
    for (const line of this.#index.all) {
      const { standing } = line
      if (standing.kind !== 'refused' || standing.error.slug !== 'unknown-symbol') continue
      line.await({ kind: 'asked' })
      this.#requests.ask(line)
    }
  }

  /** Leaves a line; the last one out ends it at the server. */
  leave(line: Line, follower: Follower): void {
    line.followers.delete(follower)
    if (line.followers.size > 0 || !this.#index.has(line)) return
    // The answer to a modify on its way will find nobody, and ends it then: only then is it known which sub there is to end.
    if (!line.isModifying) this.#end(line)
  }

  /** True when the line can be changed in place: nobody else follows it, and what it is to become is nobody's line yet. */
  canModify(line: Line, options: Options): boolean {
    const { channel, symbol, followers, sub, isModifying } = line
    const isOurs = sub !== undefined && followers.size === 1 && !isModifying
    return isOurs && this.#index.of({ channel, symbol, options }) === undefined
  }

  /** Changes a line in place. `done` gets the refusal, if any: then the line is as it was. */
  modify(line: Line, options: Options, done: (error?: ClientError) => void): void {
    const before = line.options
    line.isModifying = true
    this.#index.rekey(line, options)
    const send = (was: SubId): void => {
      this.#requests.modify(was, options, (outcome) => {
        const isRefused = outcome instanceof ClientError
        // The server has moved the line to another view while the request was on its way.
        const isMoved = isRefused && outcome.slug === 'unknown-sub' && line.sub !== was && this.#index.has(line)
        if (isMoved && line.sub !== undefined) {
          send(line.sub)
          return
        }
        line.isModifying = false
        if (!isRefused) this.#modified(line, outcome)
        // Where another line held the view it was moved to, it has joined that one: nothing of it is left.
        else if (this.#index.has(line)) this.#revert(line, before)
        if (line.followers.size === 0) this.#end(line)
        done(isRefused ? outcome : undefined)
      })
    }
    send(line.sub as SubId)
  }

  /** The server changed what it had granted; with `was` it moved the line to another view, of which a whole message follows. */
  reconfigure({ sub, was, granted, why }: ConfigMessage): void {
    const line = this.#index.bySub(was ?? sub)
    if (line?.terms === undefined) {
      // Of a view just left, under the sub it had before: what we are sent in its place is to end as well.
      if (was !== undefined && this.#index.bySub(sub) === undefined) this.#requests.leave(sub)
      return
    }
    line.terms = { ...line.terms, granted }
    line.why = why === '' ? undefined : why
    if (was === undefined) line.notify()
    else this.#moveTo(line, sub)
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

  #granted(line: Line, { sub, symbol, tick, lot, granted, why, recovered, at }: Grant): void {
    const { offer } = line
    line.offer = undefined
    line.why = why
    try {
      line.terms = termsOf(symbol, tick, lot, granted)
    } catch (cause) {
      const message = `the answer to subscribe ${symbol} cannot be used: tick ${tick}, lot ${lot}`
      this.#requests.leave(sub)
      this.#refused(line, new ClientError('malformed-message', message, { cause }))
      return
    }
    const holder = this.#hold(line, sub)
    if (holder.followers.size === 0) this.#end(holder)
    else if (recovered === true) this.#recovered(holder, offer, at)
    else holder.notify()
  }

  /** The server counts on our holding what was offered, and sends only what came after. */
  #recovered(line: Line, offer: Held | undefined, at: Position | undefined): void {
    const { terms } = line
    const isTrue = offer !== undefined && terms !== undefined && isSameView(offer.terms, terms)
    if (isTrue && (at === undefined || at[0] === offer.position[0])) {
      this.#counters.recovered++
      line.recover(offer, at, this.#host.now())
      line.notify()
    } else {
      line.await({ kind: 'asked' })
      this.resync(line, 0)
    }
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

  /** Two asks may be granted the same view; the server sends it once, so they become one line, which is returned. */
  #hold(line: Line, sub: SubId): Line {
    const other = this.#index.bySub(sub)
    line.sub = sub
    this.#requests.keep(sub)
    if (other === undefined || other === line) {
      this.#index.bind(line, sub)
      return line
    }
    this.#index.redirect(line, other)
    this.#drop(line)
    const followers = [...line.followers]
    line.followers.clear()
    for (const follower of followers) {
      other.followers.add(follower)
      follower.moved(other)
    }
    this.#shareAge(other, sub, line.options.maxAgeMs)
    return other
  }

  /** The server goes by what it was told last, and those who share a view by the shortest age that any of them asked for. */
  #shareAge(line: Line, sub: SubId, told: number | undefined): void {
    const maxAgeMs = Math.min(line.options.maxAgeMs ?? Number.POSITIVE_INFINITY, told ?? Number.POSITIVE_INFINITY)
    if (maxAgeMs === Number.POSITIVE_INFINITY) return
    line.options = { ...line.options, maxAgeMs }
    if (maxAgeMs !== told) this.#requests.modify(sub, { maxAgeMs }, () => {})
  }

  #modified(line: Line, { sub, granted, why }: Modified): void {
    if (line.terms !== undefined) line.terms = { ...line.terms, granted }
    line.why = why
    if (sub !== line.sub) this.#moveTo(line, sub)
  }

  /** The line is of another view from now on, of which nothing has come yet. */
  #moveTo(line: Line, sub: SubId): void {
    this.#index.unbind(line)
    line.await({ kind: 'asked' })
    this.#hold(line, sub)
  }

  /** Whoever joined for what the line did not become asks for it alone. */
  #revert(line: Line, before: Options): void {
    const { channel, symbol, options, followers } = line
    const [mover, ...joined] = followers
    this.#index.rekey(line, before)
    followers.clear()
    if (mover !== undefined) followers.add(mover)
    for (const follower of joined) follower.moved(this.follow({ channel, symbol, options }, follower))
  }

  #end(line: Line): void {
    this.#leaveSub(line)
    this.#drop(line)
  }

  #leaveSub(line: Line): void {
    const sub = this.#index.unbind(line)
    if (sub !== undefined) this.#requests.leave(sub)
  }

  #drop(line: Line): void {
    line.cancelRetry?.()
    line.cancelRetry = undefined
    this.#index.remove(line)
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
