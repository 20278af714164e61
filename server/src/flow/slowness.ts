import type { Cancel, Clock } from '../clock.ts'
import type { RateMs } from '../pacer.ts'

/** The rates that a slow client is moved down to, one after the other. */
export const RUNGS_MS: readonly RateMs[] = [250, 1000, 5000]
/** How often a client who could not take something is looked at. */
export const CHECK_MS = 5000
/** Slow checks in a row until the next step: one for what a step itself sends, one to see what it brought. */
const SLOW_CHECKS = 2
/** A client is slow when it could not take for this part of the time between two checks, and keeps up when it was less than the other. */
const SLOW_PART = 0.5
const KEPT_UP_PART = 0.1
/** Keeps up this long, and goes one rung up again; twice as long each time that went wrong. */
const KEEP_UP_MS = 10_000
const MOST_KEEP_UP_MS = 320_000
/** Went wrong: slow again within this long. */
const RELAPSE_MS = 60_000
/** Told that it is too slow even for the last rung, then cut. */
const NOTICE_MS = 30_000
/** A client who takes nothing at all is not helped by less: it may wake, and is cut after this long. */
export const STALL_MS = 90_000

/** The client as its slowness sees it. */
export type SlowClient = {
  /** What it has taken so far, in any unit: grows when the client takes something. */
  taken(): number
  /** Nothing of it may come faster than this; undefined when it may have what it asked for again. */
  slowTo(rate: RateMs | undefined): void
  warn(message: string, cutInMs: number): void
  cut(message: string): void
}

/**
 * What is done about a client who cannot take what it is owed: at first nothing, as marks cost nothing; then its views come at lower rates, rung
 * by rung, and back when it has kept up; then it is told; then it is cut. A client who takes nothing at all is told once and cut when it does not
 * wake.
 *
 * Looks only while there is something to look at: a client who can always take has no timer.
 */
export class Slowness {
  readonly #clock: Clock
  readonly #client: SlowClient
  #cancel: Cancel | undefined
  /** µs since 1970; undefined while the client can take. */
  #blockedSince: number | undefined
  /** µs since the last check, without the time since `blockedSince`. */
  #blockedFor = 0
  #taken = 0
  #silentChecks = 0
  #slowChecks = 0
  #keptUpMs = 0
  #keepUpMs = KEEP_UP_MS
  #steps = 0
  #raisedAt = Number.NEGATIVE_INFINITY
  /** Milliseconds since the client was told; undefined when it was not. */
  #toldForMs: number | undefined
  #isOver = false

  constructor(clock: Clock, client: SlowClient) {
    this.#clock = clock
    this.#client = client
  }

  /** The fastest rate that the client may have; undefined for any. */
  get rung(): RateMs | undefined {
    return RUNGS_MS[this.#steps - 1]
  }

  /** Something waits that the client could not take. */
  block(): void {
    if (this.#blockedSince !== undefined) return
    this.#blockedSince = this.#clock.now()
    if (this.#cancel !== undefined) return
    this.#taken = this.#client.taken()
    this.#arm()
  }

  /** Nothing waits any more. */
  unblock(): void {
    if (this.#blockedSince === undefined) return
    this.#blockedFor += Math.max(0, this.#clock.now() - this.#blockedSince)
    this.#blockedSince = undefined
  }

  /** The client is gone. */
  stop(): void {
    this.#isOver = true
    this.#cancel?.()
    this.#cancel = undefined
  }

  #arm(): void {
    this.#cancel = this.#clock.after(CHECK_MS, () => {
      this.#cancel = undefined
      this.#check()
    })
  }

  #check(): void {
    const isBlocked = this.#blockedSince !== undefined
    this.unblock()
    if (isBlocked) this.#blockedSince = this.#clock.now()
    const part = this.#blockedFor / 1000 / CHECK_MS
    this.#blockedFor = 0
    const taken = this.#client.taken()
    if (isBlocked && taken === this.#taken) this.#silent()
    else this.#judge(part)
    this.#taken = taken
    // Whoever keeps up with all it asked for needs no more looks, until something waits again.
    if (this.#isOver || this.#cancel !== undefined) return
    if (isBlocked || part >= KEPT_UP_PART || this.#steps > 0) this.#arm()
  }

  #silent(): void {
    this.#silentChecks++
    const silentMs = this.#silentChecks * CHECK_MS
    const left = STALL_MS - silentMs
    if (left <= 0) this.#client.cut(`nothing was taken for ${silentMs} ms`)
    else if (this.#silentChecks === 1)
      this.#client.warn(`nothing was taken for ${silentMs} ms; the connection ends in ${left} ms if that goes on`, left)
  }

  #judge(part: number): void {
    this.#silentChecks = 0
    if (part >= SLOW_PART) this.#slow()
    else {
      this.#slowChecks = 0
      this.#toldForMs = undefined
      if (part < KEPT_UP_PART) this.#keptUp()
    }
  }

  #slow(): void {
    this.#keptUpMs = 0
    if (this.#toldForMs !== undefined) {
      this.#toldForMs += CHECK_MS
      if (this.#toldForMs >= NOTICE_MS) this.#client.cut(`one update of each view every ${this.rung} ms was too much`)
    } else if (++this.#slowChecks >= SLOW_CHECKS) this.#stepDown()
  }

  #stepDown(): void {
    this.#slowChecks = 0
    if (this.#steps === RUNGS_MS.length) {
      this.#toldForMs = 0
      const why = `one update of each view every ${this.rung} ms is too much for this connection`
      this.#client.warn(`${why}, which ends in ${NOTICE_MS} ms if that goes on`, NOTICE_MS)
      return
    }
    const hasRelapsed = this.#clock.now() - this.#raisedAt <= RELAPSE_MS * 1000
    this.#keepUpMs = hasRelapsed ? Math.min(MOST_KEEP_UP_MS, 2 * this.#keepUpMs) : KEEP_UP_MS
    this.#steps++
    this.#client.slowTo(this.rung)
  }

  #keptUp(): void {
    this.#keptUpMs += CHECK_MS
    if (this.#steps === 0 || this.#keptUpMs < this.#keepUpMs) return
    this.#keptUpMs = 0
    this.#steps--
    this.#raisedAt = this.#clock.now()
    this.#client.slowTo(this.rung)
  }
}
