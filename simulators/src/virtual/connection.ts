import {
  type ConnectionPlan,
  type FeedError,
  HandshakeError,
  type HttpRequest,
  type Input,
  type Limits,
  type Output,
  type Protocol,
  RateLimited,
  StaleFeed,
  TransportError,
  type Venue,
} from '@depthcast/feeds'
import type { Micros } from '@depthcast/market'
import type { HttpAnswer } from '../emulators/emulator.ts'
import type { Client, Host, Sink } from '../emulators/host.ts'
import type { Chance } from '../faults/chance.ts'
import { questionFor, refusal } from './handshake.ts'

/** There and back on the way to the venue, µs. */
const ROUND_TRIP = 20_000
const HTTP_TIMEOUT_MS = 15_000
const DEFAULT_SILENCE_MS = 60_000
const BACKOFF = { firstMs: 500, capMs: 30_000 }
const REFUSED_RETRY_MS = 300_000
const STABLE_AFTER = 30_000_000

/** What the world gives its connections: time, and the order of things. */
export type VirtualTime = {
  readonly now: number
  at(time: number, act: () => void): void
  /** As soon as what happens now is done. */
  soon(act: () => void): void
}

export type VirtualConnectionOptions = {
  readonly host: Host
  readonly venue: Venue
  readonly plan: ConnectionPlan
  readonly time: VirtualTime
  readonly chance: Chance
  readonly hear: (output: Output, now: Micros) => void
}

/**
 * One plan of a venue's protocol, talking to the emulated venue in virtual time: what `Connection` and `Conversation` of the feeds do with sockets
 * and the wall's clock. A wish to roll is met by reconnecting: the link that opens a successor first is above the protocol.
 */
export class VirtualConnection {
  readonly #options: VirtualConnectionOptions
  readonly #protocol: Protocol
  readonly #limits: Limits
  readonly #probes = new Map<string, Client>()
  #client: Client | undefined
  /** Counts the sockets: what is said on an old one is not heard. */
  #socket = 0
  #isOpen = false
  #openedAt = 0
  #lastInboundAt = 0
  #attempt = 0
  #sendAt = 0
  #requestAt = 0

  constructor(options: VirtualConnectionOptions) {
    this.#options = options
    this.#protocol = options.venue.protocol(options.plan)
    this.#limits = options.venue.describe().limits
  }

  connect(): void {
    const { host, time, plan } = this.#options
    const socket = ++this.#socket
    const client = host.connect(questionFor(plan.url ?? '', time.now), this.#sink(socket))
    if (client === undefined || 'status' in client) {
      this.#retry(refusal(plan, client ?? { status: 404, body: '' }))
      return
    }
    this.#client = client
    time.at(time.now + ROUND_TRIP, () => {
      if (socket !== this.#socket) return
      this.#isOpen = true
      this.#openedAt = time.now
      this.#lastInboundAt = time.now
      this.#watch(socket)
      this.#step({ kind: 'open', now: time.now as Micros })
      client.step({ kind: 'open', now: time.now })
    })
  }

  /** Whoever folds the events could not. */
  distrust(instrument: ConnectionPlan['instruments'][number]['id']): void {
    this.#step({ kind: 'distrust', now: this.#options.time.now as Micros, instrument })
  }

  #sink(socket: number): Sink {
    return (output) => this.#options.time.soon(() => this.#heard(socket, output))
  }

  #heard(socket: number, output: Parameters<Sink>[0]): void {
    if (socket !== this.#socket) return
    const now = this.#options.time.now as Micros
    this.#lastInboundAt = now
    switch (output.kind) {
      case 'frame':
        this.#step({ kind: 'frame', now, text: output.text })
        break
      case 'ping':
        this.#client?.step({ kind: 'pong', now, payload: output.payload })
        this.#step({ kind: 'ping', now })
        break
      case 'pong':
        break
      case 'close':
        this.#lost(output.code, undefined)
        break
    }
  }

  /** Nothing for too long, and the socket is given up without a closing handshake. */
  #watch(socket: number): void {
    const { time, plan } = this.#options
    const limitMs = this.#limits.silenceMs ?? DEFAULT_SILENCE_MS
    time.at(time.now + limitMs * 250, () => {
      if (socket !== this.#socket || !this.#isOpen) return
      const silentMs = Math.round((time.now - this.#lastInboundAt) / 1000)
      if (silentMs >= limitMs) this.#terminate(new StaleFeed({ venue: plan.venue, silentMs, limitMs }))
      else this.#watch(socket)
    })
  }

  #terminate(error: FeedError): void {
    this.#client?.step({ kind: 'closed', now: this.#options.time.now })
    this.#lost(1006, error)
  }

  #lost(code: number, given: FeedError | undefined): void {
    const { time, plan } = this.#options
    const wasOpen = this.#isOpen
    this.#socket++
    this.#isOpen = false
    this.#client = undefined
    for (const id of [...this.#probes.keys()]) this.#endProbe(id, 'the connection it was asked beside is gone')
    if (time.now - this.#openedAt >= STABLE_AFTER) this.#attempt = 0
    const error = given ?? new TransportError({ venue: plan.venue, reason: `${plan.url}: closed with code ${code}` })
    if (wasOpen) this.#step({ kind: 'closed', now: time.now as Micros, code, reason: error.message })
    this.#retry(error)
  }

  #retry(error: FeedError): void {
    const { time, chance } = this.#options
    this.#tell({ kind: 'error', error })
    const ceiling = Math.min(BACKOFF.capMs, BACKOFF.firstMs * 2 ** Math.min(this.#attempt, 30))
    const leastMs = this.#attempt >= 2 ? (this.#limits.minDelayMs ?? 0) : 0
    this.#attempt++
    let delayMs = Math.max(leastMs, chance.below(ceiling))
    if (error instanceof RateLimited) delayMs = error.retryAfterMs
    if (error instanceof HandshakeError) delayMs = REFUSED_RETRY_MS
    time.at(time.now + delayMs * 1000, () => this.connect())
  }

  #step(input: Input): void {
    for (const output of this.#protocol.step(input)) this.#perform(output)
  }

  #perform(output: Output): void {
    const { time } = this.#options
    switch (output.kind) {
      case 'send':
        this.#tell(output)
        this.#send(output.text)
        break
      case 'http':
        time.at(Math.max(output.notBefore ?? 0, time.now), () => this.#fetch(output.request))
        break
      case 'timer':
        time.at(Math.max(output.at, time.now), () => this.#step({ kind: 'tick', now: time.now as Micros }))
        break
      case 'reconnect':
      case 'roll':
        this.#tell(output)
        if (this.#isOpen) this.#terminate(output.error)
        break
      case 'probe':
        this.#probe(output)
        break
      case 'probe-done':
        this.#probes.get(output.id)?.step({ kind: 'closed', now: time.now })
        this.#probes.delete(output.id)
        break
      case 'event':
      case 'check':
      case 'error':
        this.#tell(output)
        break
    }
  }

  #tell(output: Output): void {
    this.#options.hear(output, this.#options.time.now as Micros)
  }

  #send(text: string): void {
    const { time } = this.#options
    const socket = this.#socket
    const at = Math.max(time.now, this.#sendAt)
    this.#sendAt = at + 1_000_000 / this.#limits.sendsPerSecond
    time.at(at, () => {
      if (socket === this.#socket) this.#client?.step({ kind: 'frame', now: time.now, text })
    })
  }

  #fetch(request: HttpRequest): void {
    const { host, time } = this.#options
    const { requestsPerSecond } = this.#limits
    const at = Math.max(time.now, this.#requestAt)
    if (requestsPerSecond !== undefined) this.#requestAt = at + 1_000_000 / requestsPerSecond
    time.at(at, () => {
      const answer = host.http(questionFor(request.url, time.now)) ?? { status: 404, body: '' }
      const isLate = (answer.delayMs ?? 0) >= HTTP_TIMEOUT_MS
      const told: HttpAnswer = isLate ? { status: 0, body: 'timed out' } : answer
      const after = told.headers?.['retry-after'] ?? told.headers?.['Retry-After']
      const retry = after === undefined ? {} : { retryAfterMs: Number(after) * 1000 }
      const reply = { ...request, status: told.status, body: told.body, ...retry }
      const waitMs = isLate ? HTTP_TIMEOUT_MS : (answer.delayMs ?? 0)
      time.at(time.now + ROUND_TRIP + waitMs * 1000, () => this.#step({ kind: 'http', now: time.now as Micros, reply }))
    })
  }

  #probe({ id, url, send, withinMs }: Extract<Output, { kind: 'probe' }>): void {
    const { host, time } = this.#options
    const asked = host.connect(questionFor(url, time.now), (output) =>
      time.soon(() => {
        const probe = this.#probes.get(id)
        if (probe === undefined) return
        if (output.kind === 'frame') this.#step({ kind: 'probe', now: time.now as Micros, id, text: output.text })
        if (output.kind === 'ping') probe.step({ kind: 'pong', now: time.now, payload: output.payload })
        if (output.kind === 'close') this.#endProbe(id, `closed with code ${output.code}`)
      }),
    )
    if (asked === undefined || 'status' in asked) {
      time.soon(() => this.#step({ kind: 'probe-ended', now: time.now as Micros, id, reason: 'refused' }))
      return
    }
    this.#probes.set(id, asked)
    asked.step({ kind: 'open', now: time.now })
    for (const text of send) asked.step({ kind: 'frame', now: time.now, text })
    time.at(time.now + withinMs * 1000, () => this.#endProbe(id, 'out of time'))
  }

  #endProbe(id: string, reason: string): void {
    const probe = this.#probes.get(id)
    if (probe === undefined) return
    this.#probes.delete(id)
    const now = this.#options.time.now
    probe.step({ kind: 'closed', now })
    this.#step({ kind: 'probe-ended', now: now as Micros, id, reason })
  }
}
