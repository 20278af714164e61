import { setTimeout } from 'node:timers/promises'
import type { ClientFailed } from './client-failed.ts'
import { CrowdMind } from './crowd-mind.ts'
import { DOORS, type DoorName } from './doors.ts'
import { LoadClient, type Pace, type Target } from './load-client.ts'
import { CLIENT_KINDS, type ClientKind, Tally } from './tally.ts'

export type CrowdOptions = {
  readonly target: Target
  readonly door: DoorName
  readonly count: number
  /** What each client subscribes to; dealt to them in turn. */
  readonly wishes: readonly (readonly string[])[]
  /** Shares of the clients, 0 to 1. */
  readonly stalled: number
  readonly slow: { readonly share: number; readonly bitsPerSecond: number } | undefined
  /** Clients a second that leave, each with another in its place. */
  readonly churn: number
  /** Share of the clients whose messages are held against chain and checksum; `auto`: all, while this process has the time for it. */
  readonly verify: number | 'auto'
}

/** Handshakes at once. */
const CONNECTING = 100
const CHURN_TICK_MS = 50
/** For what a gateway has sent to one that stalled, its close at the end. */
const WAKE_MS = 500
/** Of one core: above it this process would measure itself. */
const BUSY = 0.9
const SHED_AFTER_SECONDS = 2

/** Many clients of one gateway. */
export class Crowd {
  readonly #options: CrowdOptions
  readonly #minds = new Map<string, CrowdMind>()
  readonly #clients: (LoadClient | undefined)[] = []
  readonly tally: Tally
  readonly #timers = new Set<NodeJS.Timeout>()
  #share: number
  #busyFor = 0
  #churned = 0
  #isLeaving = false
  /** The first that could not connect once others had. */
  failure: ClientFailed | undefined

  constructor(options: CrowdOptions) {
    this.#options = options
    this.tally = new Tally(Math.max(...options.wishes.map((aliases) => aliases.length)))
    this.#share = options.verify === 'auto' ? 1 : options.verify
  }

  /** Connects all, the first alone. Rejects with ClientFailed where that one is refused, or where most are. */
  async connect(ended: AbortSignal): Promise<void> {
    const { count } = this.#options
    await this.#open(0).ready
    let opening: Promise<void>[] = []
    let failed = 0
    for (let index = 1; index < count && !ended.aborted; index++) {
      const { ready } = this.#open(index)
      opening.push(
        ready.catch((error: ClientFailed) => {
          failed++
          this.failure ??= error
        }),
      )
      if (opening.length < CONNECTING && index < count - 1) continue
      await Promise.all(opening)
      opening = []
      if (failed > CONNECTING) throw this.failure
    }
    await Promise.all(opening)
  }

  /** Lets clients come and go until `leave`. */
  live(): void {
    const { churn } = this.#options
    if (churn === 0) return
    let due = 0
    const turn = (): void => {
      due += (churn * CHURN_TICK_MS) / 1000
      for (; due >= 1; due--) this.#replace()
    }
    this.#timers.add(setInterval(turn, CHURN_TICK_MS))
  }

  get connected(): number {
    return this.#on().length
  }

  get verified(): number {
    return this.#on().filter(({ verifies }) => verifies).length
  }

  /** Those that are connected of one kind. */
  of(kind: ClientKind): readonly LoadClient[] {
    return this.#on().filter((client) => client.kind === kind)
  }

  /** Those there are, connected or not. */
  get kinds(): readonly ClientKind[] {
    return CLIENT_KINDS.filter((kind) => this.#clients.some((client) => client?.kind === kind))
  }

  /** How old the newest message is that each verified client of a kind has read, ms, from the least on. */
  lags(kind: ClientKind): readonly number[] {
    const now = wallMicros()
    const verified = this.of(kind).filter(({ verifies }) => verifies)
    return verified.map(({ newest }) => Math.max(0, now - newest) / 1000).sort((a, b) => a - b)
  }

  #on(): readonly LoadClient[] {
    return this.#clients.filter((client) => client?.isOn === true) as readonly LoadClient[]
  }

  get churned(): number {
    return this.#churned
  }

  /** Told once a second how much of a core this process takes: verifies fewer clients when it is about to be all. */
  busy(share: number): void {
    if (this.#options.verify !== 'auto') return
    this.#busyFor = share > BUSY ? this.#busyFor + 1 : 0
    if (this.#busyFor < SHED_AFTER_SECONDS || this.verified < 2) return
    this.#busyFor = 0
    this.#share /= 2
    for (const [index, client] of this.#clients.entries()) if (!this.#isVerified(index)) client?.stopVerifying()
  }

  /** Finds out which of those that stall are still connected: they would not notice. */
  async wake(): Promise<void> {
    const stalled = this.of('stalled')
    for (const client of stalled) client.wake()
    if (stalled.length > 0) await setTimeout(WAKE_MS)
  }

  leave(): void {
    this.#isLeaving = true
    for (const timer of this.#timers) clearInterval(timer)
    for (const client of this.#clients) client?.leave()
  }

  #open(index: number): LoadClient {
    const { target, door: name, wishes } = this.#options
    const client = new LoadClient({
      target,
      door: DOORS[name],
      aliases: wishes[index % wishes.length]!,
      pace: this.#paceOf(index),
      tally: this.tally,
      mindOf: (node) => this.#mindOf(node),
      now: wallMicros,
    })
    if (!this.#isVerified(index)) client.stopVerifying()
    client.ready.catch(() => {})
    this.#clients[index] = client
    return client
  }

  /** The next healthy one leaves, and another comes. */
  #replace(): void {
    const { count } = this.#options
    const first = this.#slowed()
    if (first >= count || this.#isLeaving) return
    const index = first + (this.#churned++ % (count - first))
    this.#clients[index]?.leave()
    this.#open(index).ready.catch((error: ClientFailed) => {
      this.failure ??= error
      if (!this.#isLeaving) this.tally.sawRefused(error.slug ?? error.errno ?? 'closed')
    })
  }

  /** The first clients stall, the next are slow. */
  #paceOf(index: number): Pace {
    const { count, stalled, slow } = this.#options
    if (index < Math.round(count * stalled)) return { kind: 'stalled' }
    if (slow !== undefined && index < this.#slowed()) return { kind: 'slow', bitsPerSecond: slow.bitsPerSecond }
    return { kind: 'healthy' }
  }

  #slowed(): number {
    const { count, stalled, slow } = this.#options
    return Math.round(count * stalled) + Math.round(count * (slow?.share ?? 0))
  }

  /** Every second, third, … client, so that each kind of wish is among them. */
  #isVerified(index: number): boolean {
    return Math.floor((index + 1) * this.#share) > Math.floor(index * this.#share)
  }

  #mindOf(node: string): CrowdMind {
    let mind = this.#minds.get(node)
    if (mind === undefined) {
      mind = new CrowdMind(DOORS[this.#options.door])
      this.#minds.set(node, mind)
    }
    return mind
  }
}

/** µs since 1970, as fine as the monotonic clock and never far from the wall clock, as gateways count. */
function wallMicros(): number {
  const wall = Date.now()
  const running = performance.now()
  if (Math.abs(running + offsetMs - wall) > DRIFT_MS) offsetMs = wall - running
  return (running + offsetMs) * 1000
}

const DRIFT_MS = 2
let offsetMs = Date.now() - performance.now()
