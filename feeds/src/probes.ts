import { WebSocket } from 'ws'
import type { Pacing } from './backoff.ts'
import type { Tap } from './capture.ts'
import type { Clock } from './clock.ts'
import { HANDSHAKE_WITHIN_MS, MAX_FRAME_BYTES } from './connection.ts'
import type { Input, Output } from './venue.ts'
import type { VenueBudget } from './venue-budget.ts'

type Question = Extract<Output, { kind: 'probe' }>
type Told = Extract<Input, { kind: 'probe' | 'probe-ended' }>

export type ProbesOptions = {
  /** Of the connection beside whose stream they ask, for recordings. */
  readonly name: string
  readonly venue: string
  readonly clock: Clock
  readonly budget: VenueBudget
  readonly tap?: Tap
}

/**
 * Questions that need a socket of their own, each gone when it is answered, when its time is up, or with the connection it was asked beside.
 *
 * A probe is never worth a ban: where the venue's budget has no attempt left it ends at once.
 */
export class Probes {
  readonly #options: ProbesOptions
  readonly #tell: (told: Told) => void
  readonly #open = new Map<string, Probe>()

  /** `tell` is never called from within `ask`. */
  constructor(options: ProbesOptions, tell: (told: Told) => void) {
    this.#options = options
    this.#tell = tell
  }

  /** A question of the same name that is still open is dropped, untold. */
  ask(question: Question): void {
    this.done(question.id)
    const { budget, clock } = this.#options
    const probe: Probe = { id: question.id, socket: undefined, timer: undefined, sender: undefined }
    this.#open.set(question.id, probe)
    const waitMs = budget.connects.take(clock.now() / 1000)
    if (waitMs > 0) {
      const reason = `as many connections as the venue allows, the next in ${Math.ceil(waitMs)} ms`
      probe.timer = setTimeout(() => this.#ended(probe, reason), 0)
      return
    }
    probe.timer = setTimeout(
      () => this.#ended(probe, `no answer within ${question.withinMs} ms`),
      Math.max(0, question.withinMs),
    )
    this.#connect(probe, question)
  }

  /** It is answered: its socket goes, and nothing is told. */
  done(id: string): void {
    const probe = this.#open.get(id)
    if (probe !== undefined) this.#drop(probe)
  }

  /** Ends all that are open, each told why. */
  endAll(reason: string): void {
    for (const probe of [...this.#open.values()]) this.#ended(probe, reason)
  }

  /** Ends all, untold. */
  close(): void {
    for (const probe of [...this.#open.values()]) this.#drop(probe)
  }

  #connect(probe: Probe, { id, url, send }: Question): void {
    const { clock, tap, name, venue, budget } = this.#options
    const connection = `${name}#${id}`
    const socket = new WebSocket(url, { maxPayload: MAX_FRAME_BYTES, handshakeTimeout: HANDSHAKE_WITHIN_MS })
    probe.socket = socket
    let failure: string | undefined
    socket.on('open', () => {
      tap?.({ kind: 'open', at: clock.now(), connection, url, venue, probe: { of: name, id } })
      this.#send(probe, [...send], budget.sends(), connection)
    })
    socket.on('message', (message: Buffer) => {
      if (this.#open.get(id) !== probe) return
      const now = clock.now()
      const text = message.toString('utf8')
      tap?.({ kind: 'frame', at: now, connection, text })
      this.#tell({ kind: 'probe', now, id, text })
    })
    socket.on('error', (error) => {
      failure = error.message
    })
    socket.on('close', (code, why) => {
      const reason = why.toString('utf8')
      tap?.({ kind: 'closed', at: clock.now(), connection, code, reason })
      const said = reason === '' ? `closed with code ${code}` : `closed with code ${code}, ${reason}`
      this.#ended(probe, failure ?? said)
    })
  }

  #send(probe: Probe, texts: string[], pacing: Pacing, connection: string): void {
    const { clock, tap } = this.#options
    while (texts.length > 0 && probe.socket?.readyState === WebSocket.OPEN) {
      const waitMs = pacing.take(clock.now() / 1000)
      if (waitMs > 0) {
        probe.sender = setTimeout(() => this.#send(probe, texts, pacing, connection), waitMs)
        return
      }
      const text = texts.shift() as string
      tap?.({ kind: 'sent', at: clock.now(), connection, text })
      probe.socket.send(text)
    }
  }

  #ended(probe: Probe, reason: string): void {
    if (this.#open.get(probe.id) !== probe) return
    this.#drop(probe)
    this.#tell({ kind: 'probe-ended', now: this.#options.clock.now(), id: probe.id, reason })
  }

  #drop(probe: Probe): void {
    this.#open.delete(probe.id)
    clearTimeout(probe.timer)
    clearTimeout(probe.sender)
    probe.socket?.terminate()
  }
}

type Probe = {
  readonly id: string
  socket: WebSocket | undefined
  timer: NodeJS.Timeout | undefined
  sender: NodeJS.Timeout | undefined
}
