import type { Instrument, InstrumentId } from '@depthcast/market'
import type { CaptureRecord } from './capture.ts'
import { type Kept, Ring, type RingBounds } from './ring.ts'
import type { BookImage, Output } from './venue.ts'

/** Kept of each instrument, and of what belongs to none. */
const RING_BOUNDS: RingBounds = { records: 500, characters: 1_000_000 }
/** The same while a book is held against a fresh one, or has differed from one: what came since the question is all there is to show it. */
const PINNED_BOUNDS: RingBounds = { records: 20_000, characters: 16_000_000 }
/** Second sockets whose opening is remembered: each question has one at most. */
const MOST_OPENINGS = 100

/** What is kept of one instrument. */
export type KeptFrames = {
  /** In order; the opening of the socket first. */
  readonly records: readonly CaptureRecord[]
  /** The book as it stood before the first of its records, where older ones were dropped; undefined where none were, or it had no book. */
  readonly image: BookImage | undefined
  /** So much came since a fresh book was first found to differ that the question is gone. */
  readonly isCut: boolean
}

/**
 * The last things that happened on a connection, for each instrument its own: what a bug report needs to be replayed.
 *
 * A record belongs to the instruments that the protocol spoke of when it was given it, else to those that its text names, else to all. What is
 * dropped is folded into an image of the book, so that what is kept always has something to stand on. Nothing is dropped that came since a fresh book
 * was asked for, until it agrees, within bounds of its own. Not for the hot path of a gateway that keeps none.
 */
export class FrameRing {
  readonly #instruments: readonly Instrument[]
  readonly #rings = new Map<InstrumentId, Ring>()
  readonly #common: Ring
  #opening: CaptureRecord | undefined
  /** Of second sockets, by connection, oldest first. */
  readonly #openings = new Map<string, OpenRecord>()
  /** Whose fresh book is being asked for. */
  #asked: InstrumentId | undefined
  /** Since the last step of the protocol: nobody knows yet whose they are. */
  #fresh: Kept[] = []
  #serial = 0

  constructor(
    instruments: readonly Instrument[],
    bounds: RingBounds = RING_BOUNDS,
    pinnedBounds: RingBounds = PINNED_BOUNDS,
  ) {
    this.#instruments = instruments
    this.#common = new Ring(bounds, pinnedBounds)
    for (const { id } of instruments) this.#rings.set(id, new Ring(bounds, pinnedBounds))
  }

  /** Takes a record in, before the protocol is given it. */
  add(record: CaptureRecord): void {
    if (record.kind === 'open' && record.probe === undefined) {
      // A new socket: what its books stand on begins here.
      this.#opening = record
      this.#common.clear()
      for (const ring of this.#rings.values()) ring.clear()
      this.#openings.clear()
      this.#asked = undefined
      this.#fresh = []
      return
    }
    if (record.kind === 'open') this.#remember(record)
    this.#fresh.push({ serial: this.#serial++, record, size: sizeOf(record), events: [] })
  }

  /** What the protocol made of the newest records. */
  settle(outputs: readonly Output[]): void {
    for (const output of outputs) this.#pin(output, outputs)
    if (this.#fresh.length === 0) return
    const spoken = new Set(outputs.map(instrumentOf).filter((id) => id !== undefined))
    const events = outputs.flatMap((output) => (output.kind === 'event' ? [output.event] : []))
    for (const kept of this.#fresh) {
      const { kind } = kept.record
      // What we send is a consequence of the step before, so this one says nothing of whose it is.
      const isCause = kind === 'frame' || kind === 'http'
      const owners = isCause && spoken.size > 0 ? spoken : this.#namedIn(textOf(kept.record))
      if (owners.size === 0) this.#common.add(kept)
      for (const id of owners) {
        const own = isCause ? events.filter(({ instrument }) => instrument === id) : []
        this.#rings.get(id)?.add({ ...kept, events: own })
      }
    }
    this.#fresh = []
  }

  /** Everything kept that concerns an instrument, with what it stands on. Where records were dropped, none is older than its own oldest. */
  of(instrument: Instrument): KeptFrames {
    const own = this.#rings.get(instrument.id)
    const first = own?.first
    if (own === undefined) return { records: [], image: undefined, isCut: false }
    const from = own.hasDropped && first !== undefined ? first.serial : 0
    const common = this.#common.kept().filter(({ serial }) => serial >= from)
    const all = [...common, ...own.kept(), ...this.#fresh].toSorted((a, b) => a.serial - b.serial)
    const records = this.#opened(all.map(({ record }) => record))
    const { isCut } = own
    const opening = this.#opening
    if (opening === undefined || opening.kind === 'header') return { records, image: undefined, isCut }
    // The time between is not to be waited for, nor any deadline in it to be missed.
    const at = from > 0 && first !== undefined && first.record.kind !== 'header' ? first.record.at : opening.at
    const image = own.hasDropped ? own.image(instrument) : undefined
    return { records: [{ ...opening, at }, ...records], image, isCut }
  }

  /** Keeps what comes from a question on until it is answered, and past an answer that differs until the book is proven or another. */
  #pin(output: Output, all: readonly Output[]): void {
    const ring = this.#asked === undefined ? undefined : this.#rings.get(this.#asked)
    if (output.kind === 'event') {
      const { event } = output
      if (event.kind !== 'gap' || event.stream !== 'book') return
      this.#rings.get(event.instrument)?.unpin()
    } else if (output.kind === 'probe' && output.about !== undefined) {
      if (ring?.isDoubted === false) ring.unpin()
      this.#asked = output.about
      this.#rings.get(output.about)?.pin(this.#fresh[0]?.serial ?? this.#serial)
    } else if ((output.kind === 'probe' || output.kind === 'probe-done') && ring !== undefined) {
      const found = all.find((one) => one.kind === 'check' && one.check === 'oracle' && one.instrument === this.#asked)
      if (found?.kind === 'check' && !found.ok) ring.isDoubted = true
      else if (found !== undefined || !ring.isDoubted) ring.unpin()
      this.#asked = undefined
    } else return
    const pins = [...this.#rings.values()].flatMap(({ pinned }) => pinned ?? [])
    if (pins.length === 0) this.#common.unpin()
    else this.#common.pinned = Math.min(...pins)
  }

  #remember(record: OpenRecord): void {
    this.#openings.set(record.connection, record)
    const [oldest] = this.#openings.keys()
    if (this.#openings.size > MOST_OPENINGS && oldest !== undefined) this.#openings.delete(oldest)
  }

  /** Second sockets whose opening was dropped are opened before the first that was sent on them; what is told before answers a question that is gone. */
  #opened(records: readonly CaptureRecord[]): readonly CaptureRecord[] {
    const open = new Set<string>()
    return records.flatMap((record) => {
      if (record.kind === 'header' || !('connection' in record) || record.connection === undefined) return [record]
      const { connection, at } = record
      const opening = this.#openings.get(connection)
      if (record.kind === 'open') open.add(connection)
      if (opening === undefined || open.has(connection)) return [record]
      if (record.kind !== 'sent') return []
      open.add(connection)
      return [{ ...opening, at }, record]
    })
  }

  #namedIn(text: string): Set<InstrumentId> {
    const named = this.#instruments.filter(({ venueSymbol }) => text.includes(venueSymbol))
    return new Set(named.map(({ id }) => id))
  }
}

type OpenRecord = Extract<CaptureRecord, { kind: 'open' }>

function instrumentOf(output: Output): InstrumentId | undefined {
  if (output.kind === 'event') return output.event.instrument
  if (output.kind === 'check') return output.instrument
  return output.kind === 'error' ? output.error.instrument : undefined
}

function textOf(record: CaptureRecord): string {
  switch (record.kind) {
    case 'frame':
    case 'sent':
    case 'note':
      return record.text
    case 'http':
      return record.url
    case 'header':
    case 'open':
    case 'ping':
    case 'pong':
    case 'closed':
      return ''
  }
}

function sizeOf(record: CaptureRecord): number {
  return record.kind === 'http' ? record.url.length + record.body.length : textOf(record).length
}
