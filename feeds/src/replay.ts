import type { Instrument, Micros } from '@depthcast/market'
import type { CaptureRecord } from './capture.ts'
import type { Capture } from './capture-files.ts'
import { FeedConfigError, type FeedError, VenueProtocolError } from './errors.ts'
import { retryAfter } from './http.ts'
import type { Check, HttpReply, HttpRequest, Input, Output, Protocol, Venue } from './venue.ts'
import { VENUES } from './venues/index.ts'

/** What a recording holds of one venue. */
export type Recorded = { readonly venue: Venue; readonly instruments: readonly Instrument[] }

/** Told of what the protocols make of the recording, in order. */
export type ReplayHandlers = {
  onEvent(event: Extract<Output, { kind: 'event' }>['event']): void
  onCheck(check: Check, instrument: Instrument['id'], ok: boolean): void
  onError(error: FeedError): void
  /** Each recorded frame before it is played. */
  onFrame(venue: Venue, text: string, now: Micros): void
  /** What the recorder, or whoever reads the file, has to say of it. */
  onNote?(text: string, now: Micros): void
}

/**
 * Reads a recording through once, to learn whose it is and which instruments are in it.
 *
 * Instruments come from the venue's directory where its reply was recorded, else from the numbers in the frames. Throws FeedConfigError when a
 * line cannot be read, when a socket's address belongs to no venue we speak, and when no instrument is found.
 */
export function survey(capture: Capture): readonly Recorded[] {
  const venues = new Map<string, Venue>()
  for (const record of capture.records()) {
    if (record.kind === 'open' && record.probe === undefined) venues.set(record.connection, venueOf(capture, record))
  }
  if (venues.size === 0) throw new FeedConfigError(`${capture.file}: no socket was opened in this recording`)
  return [...new Set(venues.values())].map((venue) => {
    const instruments = inferred(capture, venue, venues)
    if (instruments.length === 0)
      throw new FeedConfigError(`${capture.file}: no instrument in this recording of ${venue.id}`)
    return { venue, instruments }
  })
}

/**
 * Plays a recording through the venues' protocols on the recording's own clock.
 *
 * Frames go in at their recorded times, timers run between them, and a request the protocol makes is answered by the recorded reply to the same
 * path and symbol, never before that reply was really there; each reply answers one request. What comes out depends on the recording alone.
 */
export class Replay {
  readonly #handlers: ReplayHandlers
  readonly #recorded: readonly Recorded[]
  readonly #records: Iterator<CaptureRecord>
  readonly #players = new Map<string, Player>()
  /** By connection: questions asked beside the stream of a player. */
  readonly #probes = new Map<string, { readonly player: Player; readonly id: string }>()
  readonly #due: Due[] = []
  readonly #asked: Asked[] = []
  readonly #replies: { readonly key: string; readonly record: HttpRecord }[] = []
  #next: TimedRecord | undefined
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

  /** When the next thing happens, undefined when the recording is over. Timers past its last record never run. */
  get nextAt(): Micros | undefined {
    if (this.#next === undefined) return undefined
    return Math.min(this.#next.at, this.#due[0]?.at ?? Number.POSITIVE_INFINITY) as Micros
  }

  /** Plays the next thing: one record, one timer or one reply. */
  step(): void {
    const record = this.#next
    if (record === undefined) return
    const due = this.#due[0]
    if (due !== undefined && due.at <= record.at) {
      this.#due.shift()
      this.#advance(due.at)
      this.#input(due.player, due.input(this.#now))
      return
    }
    this.#advance(record.at)
    this.#next = this.#read()
    this.#play(record)
  }

  #play(record: TimedRecord): void {
    const now = this.#now
    switch (record.kind) {
      case 'open':
        this.#open(record)
        break
      case 'frame': {
        const probe = this.#probes.get(record.connection)
        if (probe !== undefined) this.#input(probe.player, { kind: 'probe', now, id: probe.id, text: record.text })
        const player = this.#players.get(record.connection)
        if (player === undefined) return
        this.#handlers.onFrame(player.venue, record.text, now)
        this.#input(player, { kind: 'frame', now, text: record.text })
        return
      }
      case 'ping': {
        const player = this.#players.get(record.connection)
        if (player !== undefined) this.#input(player, { kind: 'ping', now })
        break
      }
      case 'closed': {
        const reason = record.reason || `closed with code ${record.code}`
        const probe = this.#probes.get(record.connection)
        this.#probes.delete(record.connection)
        if (probe !== undefined) this.#input(probe.player, { kind: 'probe-ended', now, id: probe.id, reason })
        this.#close(this.#players.get(record.connection), record.code, reason)
        break
      }
      case 'http': {
        this.#replies.push({ key: keyOf(record.url), record })
        this.#match()
        break
      }
      case 'note':
        this.#handlers.onNote?.(record.text, now)
        return
      case 'sent':
      case 'pong':
        return
    }
  }

  /** A socket opened again without a recorded end is one that was lost. */
  #open({ connection, url, venue, probe }: OpenRecord): void {
    const now = this.#now
    if (probe !== undefined) {
      const player = this.#players.get(probe.of)
      if (player !== undefined) this.#probes.set(connection, { player, id: probe.id })
      return
    }
    const known = this.#players.get(connection)
    if (known !== undefined) {
      this.#close(known, 1006, 'the recorder connected again')
      known.isOpen = true
      this.#input(known, { kind: 'open', now })
      return
    }
    const part = this.#recorded.find((one) => one.venue.id === venue || one.venue.recognises?.(url) === true)
    if (part === undefined) return
    const plan = { venue: part.venue.id, url, instruments: part.instruments, options: {} }
    const player = { venue: part.venue, protocol: part.venue.protocol(plan), isOpen: true }
    this.#players.set(connection, player)
    this.#input(player, { kind: 'open', now })
  }

  /** What was asked on a lost socket is asked again on the next one; answered twice, a recorded reply would be wasted on the first. */
  #close(player: Player | undefined, code: number, reason: string): void {
    if (player?.isOpen !== true) return
    player.isOpen = false
    const kept = this.#asked.filter((asked) => asked.player !== player)
    this.#asked.splice(0, this.#asked.length, ...kept)
    this.#input(player, { kind: 'closed', now: this.#now, code, reason })
  }

  #input(player: Player, input: Input): void {
    for (const output of player.protocol.step(input)) this.#perform(player, output)
  }

  #perform(player: Player, output: Output): void {
    switch (output.kind) {
      case 'event':
        this.#handlers.onEvent(output.event)
        break
      case 'check':
        this.#handlers.onCheck(output.check, output.instrument, output.ok)
        break
      case 'error':
      case 'reconnect':
      case 'roll':
        this.#handlers.onError(output.error)
        break
      case 'timer':
        this.#schedule({ at: output.at, player, input: (now) => ({ kind: 'tick', now }) })
        break
      case 'http':
        this.#asked.push({ player, request: output.request, notBefore: output.notBefore ?? this.#now })
        this.#match()
        break
      case 'send':
      case 'probe':
      case 'probe-done':
        return
    }
  }

  #match(): void {
    for (let index = 0; index < this.#asked.length; index++) {
      const { player, request, notBefore } = this.#asked[index]!
      const found = this.#replies.findIndex(({ key }) => key === keyOf(request.url))
      if (found === -1) continue
      const { at, status, body, headers } = this.#replies.splice(found, 1)[0]!.record
      this.#asked.splice(index--, 1)
      const retryAfterMs = retryAfter(headers?.['retry-after'] ?? null, at / 1000)
      const limit = retryAfterMs === undefined ? {} : { retryAfterMs }
      const reply: HttpReply = { id: request.id, url: request.url, status, body, ...limit }
      this.#schedule({
        at: Math.max(this.#now, notBefore) as Micros,
        player,
        input: (now) => ({ kind: 'http', now, reply }),
      })
    }
  }

  #schedule(due: Due): void {
    const before = this.#due.findIndex((other) => other.at > due.at)
    this.#due.splice(before === -1 ? this.#due.length : before, 0, due)
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

type Player = { readonly venue: Venue; readonly protocol: Protocol; isOpen: boolean }
type Due = { readonly at: Micros; readonly player: Player; readonly input: (now: Micros) => Input }
type Asked = { readonly player: Player; readonly request: HttpRequest; readonly notBefore: Micros }
type TimedRecord = Exclude<CaptureRecord, { kind: 'header' }>
type OpenRecord = Extract<CaptureRecord, { kind: 'open' }>
type HttpRecord = Extract<CaptureRecord, { kind: 'http' }>

function venueOf(capture: Capture, { url, venue }: OpenRecord): Venue {
  const found = VENUES.find((candidate) => candidate.id === venue || candidate.recognises?.(url) === true)
  if (found === undefined) {
    const known = VENUES.filter((candidate) => candidate.recognises !== undefined).map((candidate) => candidate.id)
    throw new FeedConfigError(`${capture.file}: ${url} is no address of ${known.join(' or ')}`)
  }
  return found
}

function inferred(capture: Capture, venue: Venue, venues: ReadonlyMap<string, Venue>): readonly Instrument[] {
  function* frames(): Generator<string> {
    for (const record of capture.records()) {
      if (record.kind === 'frame' && venues.get(record.connection) === venue) yield record.text
    }
  }
  const replies: HttpReply[] = []
  for (const record of capture.records()) {
    if (record.kind === 'http') replies.push({ id: '', url: record.url, status: record.status, body: record.body })
  }
  const seen = venue.infer?.(frames(), replies) ?? []
  const listed = new Map(directoryOf(venue, replies).map((instrument) => [instrument.id, instrument]))
  return seen.map((instrument) => listed.get(instrument.id) ?? instrument)
}

function directoryOf(venue: Venue, replies: readonly HttpReply[]): readonly Instrument[] {
  const directory = venue.directory({})
  const found = directory.requests.map(({ url }) => replies.find((reply) => keyOf(reply.url) === keyOf(url)))
  if (found.length === 0 || found.some((reply) => reply === undefined)) return []
  try {
    return directory.parse(found as HttpReply[])
  } catch (error) {
    if (error instanceof VenueProtocolError) return []
    throw error
  }
}

/** What makes a recorded reply an answer: the same path and symbol. Host and limits may differ, the recorder had its own. */
function keyOf(url: string): string {
  const { pathname, searchParams } = new URL(url)
  return `${pathname}?${searchParams.get('symbol') ?? ''}`
}
