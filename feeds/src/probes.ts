import type { Pacing } from './backoff.ts'
import type { Closed, Tap } from './capture.ts'
import type { Cancel, Outside, Socket } from './outside.ts'
import type { Input, Output } from './venue.ts'
import type { VenueBudget } from './venue-budget.ts'

type Question = Extract<Output, { kind: 'probe' }>
type Told = Extract<Input, { kind: 'probe' | 'probe-ended' }>

export type ProbesOptions = {
  /** Of the connection beside whose stream they ask, for recordings. */
  readonly name: string
  readonly venue: string
  readonly outside: Outside
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

  /** A question with the name of one whose socket is there is asked on that socket, and its time begins anew. */
  ask(question: Question): void {
    const { id, send, withinMs } = question
    const { budget, outside, name } = this.#options
    const known = this.#open.get(id)
    if (known !== undefined) {
      known.texts.push(...send)
      if (known.socket !== undefined) this.#expect(known, withinMs)
      this.#send(known)
      return
    }
    const probe: Probe = {
      id,
      connection: `${name}#${id}`,
      texts: [...send],
      pacing: budget.sends(),
      socket: undefined,
      isOpen: false,
      timer: undefined,
      sender: undefined,
    }
    this.#open.set(id, probe)
    const waitMs = budget.connects.take(outside.clock.now() / 1000)
    if (waitMs > 0) {
      const reason = `as many connections as the venue allows, the next in ${Math.ceil(waitMs)} ms`
      probe.timer = outside.later(0, () => this.#ended(probe, reason))
      return
    }
    this.#expect(probe, withinMs)
    this.#connect(probe, question.url)
  }

  /** It is answered: its socket goes, and nothing is told. */
  done(id: string): void {
    const probe = this.#open.get(id)
    if (probe !== undefined) this.#drop(probe, { ...OURS, why: 'it is answered', isFinal: true })
  }

  /** Ends all that are open, each told why. */
  endAll(reason: string): void {
    for (const probe of [...this.#open.values()]) this.#ended(probe, reason)
  }

  /** Ends all, untold. */
  close(): void {
    for (const probe of [...this.#open.values()])
      this.#drop(probe, { ...OURS, why: 'the feed is closed', isFinal: true })
  }

  #expect(probe: Probe, withinMs: number): void {
    probe.timer?.()
    const lateness = `no answer within ${withinMs} ms`
    probe.timer = this.#options.outside.later(Math.max(0, withinMs), () => this.#ended(probe, lateness))
  }

  #connect(probe: Probe, url: string): void {
    const { outside, tap, name, venue } = this.#options
    const { clock } = outside
    const { id, connection } = probe
    let failure: string | undefined
    probe.socket = outside.connect(url, {
      onOpen: () => {
        probe.isOpen = true
        tap?.({ kind: 'open', at: clock.now(), connection, url, venue, probe: { of: name, id } })
        this.#send(probe)
      },
      onFrame: (text) => {
        if (this.#open.get(id) !== probe) return
        const now = clock.now()
        tap?.({ kind: 'frame', at: now, connection, text })
        this.#tell({ kind: 'probe', now, id, text })
      },
      onPing: () => {},
      onRefused: (status) => {
        failure = `the handshake was answered with HTTP ${status}`
      },
      onError: (error) => {
        failure ??= error.message
      },
      onClose: (code, reason) => {
        const said = reason === '' ? `closed with code ${code}` : `closed with code ${code}, ${reason}`
        this.#ended(probe, failure ?? said, { code, reason })
      },
    })
  }

  #send(probe: Probe): void {
    const { outside, tap } = this.#options
    const { texts, pacing, connection } = probe
    while (texts.length > 0 && probe.isOpen && probe.sender === undefined) {
      const waitMs = pacing.take(outside.clock.now() / 1000)
      if (waitMs > 0) {
        probe.sender = outside.later(waitMs, () => {
          probe.sender = undefined
          this.#send(probe)
        })
        return
      }
      const text = texts.shift() as string
      tap?.({ kind: 'sent', at: outside.clock.now(), connection, text })
      probe.socket?.send(text)
    }
  }

  /** `wire` is the end that came from there; else it is us who end it. */
  #ended(probe: Probe, reason: string, wire?: { readonly code: number; readonly reason: string }): void {
    if (this.#open.get(probe.id) !== probe) return
    this.#drop(probe, wire === undefined ? { ...OURS, why: reason } : { ...wire, why: reason })
    this.#tell({ kind: 'probe-ended', now: this.#options.outside.clock.now(), id: probe.id, reason })
  }

  #drop(probe: Probe, end: Omit<Closed, 'kind' | 'at' | 'connection' | 'probe'>): void {
    const { tap, outside, name } = this.#options
    const { connection, id, isOpen } = probe
    // A recording shows also the end of a question whose socket never opened.
    const of = isOpen ? {} : { probe: { of: name, id } }
    tap?.({ kind: 'closed', at: outside.clock.now(), connection, ...end, ...of })
    this.#open.delete(id)
    probe.timer?.()
    probe.sender?.()
    probe.isOpen = false
    probe.socket?.terminate()
  }
}

const OURS = { code: 1006, reason: '', by: 'us' } as const

type Probe = {
  readonly id: string
  /** For recordings. */
  readonly connection: string
  /** What is still to be sent. */
  readonly texts: string[]
  readonly pacing: Pacing
  socket: Socket | undefined
  isOpen: boolean
  timer: Cancel | undefined
  sender: Cancel | undefined
}
