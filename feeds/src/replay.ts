import type { InstrumentId, Micros, VenueEvent } from '@depthcast/market'
import type { CaptureRecord } from './capture.ts'
import type { Capture } from './capture-files.ts'
import type { FeedError } from './errors.ts'
import { type Player, playerOf, type ReplayedConnection } from './replay-player.ts'
import { type ProbeTold, ReplayProbes } from './replay-probes.ts'
import { type Answer, ReplayReplies } from './replay-replies.ts'
import { DRAIN_MS, Succession } from './succession.ts'
import type { Recorded } from './survey.ts'
import type { Check, Input, Output } from './venue.ts'

/** Told of what the protocols make of the recording, in order. */
export type ReplayHandlers = {
  /** What a live link would have published. */
  onEvent(event: VenueEvent): void
  onCheck(check: Check, instrument: InstrumentId, ok: boolean): void
  onError(error: FeedError): void
  /** The book of the connection that is heard was compared with what the venue says of it, and is right. */
  onVerified?(instrument: InstrumentId, now: Micros): void
  /** Each recorded frame before it is played. */
  onFrame(from: ReplayedConnection, text: string, now: Micros): void
  /** What the recorder, or whoever reads the file, has to say of it. */
  onNote?(text: string, now: Micros): void
}

/** Past this a connection that gave way is let go, though the recording does not say that it was. */
const LET_GO_AFTER = (DRAIN_MS + 1_000) * 1_000

/**
 * Plays a recording through the venues' protocols on the recording's own clock.
 *
 * Frames go in at their recorded times, timers run between them, and a request the protocol makes is answered by the recorded reply to the same
 * path and symbol, never before that reply was really there; each reply answers one request. Where the recorder opened a second connection before
 * the first one ended, the replay goes over to it as the live link does. What comes out depends on the recording alone.
 */
export class Replay {
  readonly #handlers: ReplayHandlers
  readonly #recorded: readonly Recorded[]
  readonly #records: Iterator<CaptureRecord>
  /** By connection; one that was let go is in no longer. */
  readonly #players = new Map<string, Player>()
  readonly #links = new Map<string, Succession<Player>>()
  readonly #probes = new ReplayProbes<Player>()
  readonly #replies = new ReplayReplies<Player>()
  readonly #due: Due[] = []
  #next: TimedRecord | undefined
  #rolls = 0
  #now = 0 as Micros

  constructor(capture: Capture, recorded: readonly Recorded[], handlers: ReplayHandlers) {
    this.#handlers = handlers
    this.#recorded = recorded
    this.#records = capture.records()[Symbol.iterator]()
    this.#next = this.#read()
  }

  /** The recorder's time. */
  get now(): Micros {
    return this.#now
  }

  /** When the next thing happens, undefined when the recording is over: timers past its last record never run. */
  get nextAt(): Micros | undefined {
    const due = this.#due[0]?.at ?? Number.POSITIVE_INFINITY
    if (this.#next === undefined) return due <= this.#now ? this.#now : undefined
    return Math.min(this.#next.at, due) as Micros
  }

  /** The connections that are heard now, one of each link. */
  get heard(): readonly string[] {
    return [...this.#links.values()].map(({ current }) => current.name)
  }

  /** Times that a connection took over from the one before it. */
  get rolls(): number {
    return this.#rolls
  }

  /** Plays the next thing: one record, one timer or one reply. */
  step(): void {
    const record = this.#next
    const due = this.#due[0]
    if (due !== undefined && due.at <= (record?.at ?? this.#now)) {
      this.#due.shift()
      this.#advance(due.at)
      due.act()
      return
    }
    if (record === undefined) return
    this.#advance(record.at)
    this.#next = this.#read()
    this.#play(record)
  }

  #play(record: TimedRecord): void {
    const now = this.#now
    switch (record.kind) {
      case 'open':
        if (record.probe === undefined) this.#open(record)
        else this.#probes.opened(record.connection, record.probe)
        break
      case 'frame': {
        this.#tell(this.#probes.happened(record.connection, { kind: 'said', text: record.text }, now))
        const player = this.#players.get(record.connection)
        if (player === undefined) return
        this.#handlers.onFrame(player, record.text, now)
        this.#input(player, { kind: 'frame', now, text: record.text })
        return
      }
      case 'ping': {
        const player = this.#players.get(record.connection)
        if (player !== undefined) this.#input(player, { kind: 'ping', now })
        break
      }
      case 'closed':
        this.#closed(record)
        break
      case 'http':
        this.#answer(this.#replies.came(record))
        break
      case 'note':
        this.#handlers.onNote?.(record.text, now)
        return
      case 'sent':
        this.#sent(record.connection, record.text)
        return
      case 'pong':
        return
    }
  }

  /** A socket opened again without a recorded end is one that was lost; one more of a link is to take over from its first. */
  #open(record: OpenRecord): void {
    const known = this.#players.get(record.connection)
    const player = known ?? this.#join(record)
    if (player === undefined) return
    if (known?.isOpen === true) this.#lost(known, 1006, 'the recorder connected again')
    player.isOpen = true
    this.#input(player, { kind: 'open', now: this.#now })
  }

  /** What the recorder asked and the replay has not is asked now: a recording that begins in the middle does not show why. */
  #sent(connection: string, text: string): void {
    this.#tell(this.#probes.happened(connection, { kind: 'sent', text }, this.#now))
    const of = this.#probes.unasked(connection)
    const player = of === undefined ? undefined : this.#players.get(of)
    if (player?.isOpen === true) this.#input(player, { kind: 'asked', now: this.#now, text })
  }

  #join(record: OpenRecord): Player | undefined {
    const player = playerOf(record, this.#recorded)
    if (player === undefined) return undefined
    this.#players.set(player.name, player)
    const link = this.#links.get(player.link)
    if (link === undefined) this.#links.set(player.link, new Succession(player.instruments, player))
    else {
      this.#letGo(link.dropSuccessor())
      link.prepare(player)
    }
    return player
  }

  #closed(record: ClosedRecord): void {
    const { connection, code, why, probe, isFinal } = record
    const reason = why ?? (record.reason || `closed with code ${code}`)
    if (probe !== undefined) this.#probes.opened(connection, probe)
    const player = this.#players.get(connection)
    if (isFinal) {
      this.#probes.forget(connection)
      this.#letGo(player)
      return
    }
    this.#tell(this.#probes.happened(connection, { kind: 'ended', reason }, this.#now))
    if (player?.isOpen === true) this.#lost(player, code, reason)
  }

  #lost(player: Player, code: number, reason: string): void {
    player.isOpen = false
    this.#replies.forget(player)
    const gone = `the connection it was asked beside is gone: ${reason}`
    this.#tell(this.#probes.endAll(player, gone, this.#now))
    this.#input(player, { kind: 'closed', now: this.#now, code, reason })
    const link = this.#links.get(player.link)
    if (link?.leaving === player) this.#letGo(player)
    else if (link?.current === player) this.#letGo(link.dropSuccessor())
  }

  /** Nothing is heard of it any more. */
  #letGo(player: Player | undefined): void {
    if (player === undefined) return
    player.isGone = true
    player.isOpen = false
    this.#replies.forget(player)
    this.#probes.endAll(player, '', this.#now)
    if (this.#players.get(player.name) === player) this.#players.delete(player.name)
    const link = this.#links.get(player.link)
    link?.left(player)
    if (link?.successor === player) link.dropSuccessor()
  }

  #input(player: Player, input: Input): void {
    if (player.isGone) return
    for (const output of player.protocol.step(input)) this.#perform(player, output)
    this.#switchIfReady(this.#links.get(player.link))
  }

  #switchIfReady(link: Succession<Player> | undefined): void {
    if (link?.successor?.isOpen !== true) return
    const { current: old, leaving } = link
    const events = link.switch(this.#now)
    if (events === undefined) return
    this.#rolls++
    for (const event of events) this.#handlers.onEvent(event)
    this.#letGo(leaving)
    this.#schedule((this.#now + LET_GO_AFTER) as Micros, () => this.#letGo(old))
  }

  #perform(player: Player, output: Output): void {
    const now = this.#now
    switch (output.kind) {
      case 'event':
        if (this.#links.get(player.link)?.take(player, output.event)) this.#handlers.onEvent(output.event)
        break
      case 'check':
        this.#handlers.onCheck(output.check, output.instrument, output.ok)
        this.#verified(player, output)
        break
      case 'error':
      case 'reconnect':
        this.#handlers.onError(output.error)
        break
      case 'timer':
        this.#schedule(output.at, () => this.#input(player, { kind: 'tick', now: this.#now }))
        break
      case 'http': {
        const { request, notBefore = now } = output
        this.#answer(this.#replies.ask({ asker: player, request, notBefore }))
        break
      }
      case 'probe':
        this.#tellSoon(this.#probes.ask(player, output, now))
        break
      case 'probe-done':
        this.#probes.done(player, output.id)
        break
      case 'send':
      case 'roll':
        // The recording shows what came of it.
        return
    }
  }

  /** As the live link tells it: a sequence that goes on is told by the very event, a ticker from before says nothing of now. */
  #verified(player: Player, { check, instrument, ok }: Extract<Output, { kind: 'check' }>): void {
    if (!ok || (check !== 'checksum' && check !== 'oracle')) return
    if (this.#links.get(player.link)?.current === player) this.#handlers.onVerified?.(instrument, this.#now)
  }

  #answer(answers: readonly Answer<Player>[]): void {
    for (const { asker, at, reply } of answers) {
      const time = Math.max(this.#now, at) as Micros
      this.#schedule(time, () => this.#input(asker, { kind: 'http', now: this.#now, reply }))
    }
  }

  #tell(told: readonly ProbeTold<Player>[]): void {
    for (const { asker, input } of told) this.#input(asker, input)
  }

  /** Not from within the step of the protocol that asked. */
  #tellSoon(told: readonly ProbeTold<Player>[]): void {
    if (told.length > 0) this.#schedule(this.#now, () => this.#tell(told))
  }

  #schedule(at: Micros, act: () => void): void {
    const before = this.#due.findIndex((other) => other.at > at)
    this.#due.splice(before === -1 ? this.#due.length : before, 0, { at, act })
  }

  #advance(at: Micros): void {
    this.#now = Math.max(this.#now, at) as Micros
  }

  #read(): TimedRecord | undefined {
    for (;;) {
      const next = this.#records.next()
      if (next.done) return undefined
      if (next.value.kind !== 'header') return next.value
    }
  }
}

type Due = { readonly at: Micros; readonly act: () => void }
type TimedRecord = Exclude<CaptureRecord, { kind: 'header' }>
type OpenRecord = Extract<CaptureRecord, { kind: 'open' }>
type ClosedRecord = Extract<CaptureRecord, { kind: 'closed' }>
