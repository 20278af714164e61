import type { Instrument, InstrumentId, Micros, VenueEvent, VenueSeq } from '@depthcast/market'
import { Book } from '@depthcast/market'
import type { CaptureRecord } from './capture.ts'
import type { BookImage, Output } from './venue.ts'

/** Kept of each instrument, and of what belongs to none: so many records, or so many characters. */
export type RingBounds = { readonly records: number; readonly characters: number }
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

/** `events` is what the protocol said of the ring's instrument when it was given the record. */
type Kept = {
  readonly serial: number
  readonly record: CaptureRecord
  readonly size: number
  readonly events: readonly VenueEvent[]
}

/** The newest records within bounds, and the book as it stood before them. */
class Ring {
  readonly #bounds: RingBounds
  readonly #pinnedBounds: RingBounds
  #kept: Kept[] = []
  #from = 0
  #size = 0
  #book: Book | undefined
  #venueSeq: VenueSeq | undefined
  #exchangeTime: Micros | undefined
  hasDropped = false
  /** Nothing from this serial on is dropped; undefined where everything may be. */
  pinned: number | undefined
  /** A fresh book differed. */
  isDoubted = false
  /** More came since the pin than may be kept: it was given up. */
  isCut = false

  constructor(bounds: RingBounds, pinnedBounds: RingBounds) {
    this.#bounds = bounds
    this.#pinnedBounds = pinnedBounds
  }

  get first(): Kept | undefined {
    return this.#kept[this.#from]
  }

  clear(): void {
    this.#kept = []
    this.#from = 0
    this.#size = 0
    this.#book = undefined
    this.hasDropped = false
    this.unpin()
  }

  /** A doubt keeps the pin of the question that raised it, or none where that was given up. */
  pin(serial: number): void {
    if (!this.isDoubted) this.pinned = serial
  }

  unpin(): void {
    this.pinned = undefined
    this.isDoubted = false
    this.isCut = false
    this.#trim()
  }

  add(kept: Kept): void {
    this.#kept.push(kept)
    this.#size += kept.size
    if (this.pinned !== undefined && this.#exceeds(this.#pinnedBounds)) {
      this.pinned = undefined
      this.isCut = true
    }
    this.#trim()
  }

  #exceeds({ records, characters }: RingBounds): boolean {
    const count = this.#kept.length - this.#from
    return count > 1 && (count > records || this.#size > characters)
  }

  #trim(): void {
    const pinned = this.pinned ?? Number.POSITIVE_INFINITY
    while (this.#exceeds(this.#bounds) && (this.first?.serial ?? 0) < pinned) {
      const dropped = this.#kept[this.#from++] as Kept
      this.#size -= dropped.size
      this.hasDropped = true
      for (const event of dropped.events) this.#fold(event)
    }
    // The dropped ones are let go a ring's length at a time, so that each costs little.
    if (this.#from > this.#bounds.records) {
      this.#kept = this.#kept.slice(this.#from)
      this.#from = 0
    }
  }

  kept(): readonly Kept[] {
    return this.#kept.slice(this.#from)
  }

  image(instrument: Instrument): BookImage | undefined {
    if (this.#book === undefined) return undefined
    const seq = this.#venueSeq === undefined ? {} : { venueSeq: this.#venueSeq }
    const time = this.#exchangeTime === undefined ? {} : { exchangeTime: this.#exchangeTime }
    return { instrument, bids: this.#book.bids(), asks: this.#book.asks(), ...seq, ...time }
  }

  #fold(event: VenueEvent): void {
    if (event.kind === 'gap' && event.stream === 'book') this.#book = undefined
    if (event.kind === 'book-snapshot') {
      this.#book = new Book()
      this.#book.replace(event.bids, event.asks)
      this.#venueSeq = event.venueSeq
      this.#exchangeTime = event.exchangeTime
    }
    if (event.kind === 'book-delta' && this.#book !== undefined) {
      this.#book.apply(event.bids, event.asks)
      this.#venueSeq = event.venueSeq ?? this.#venueSeq
      this.#exchangeTime = event.exchangeTime ?? this.#exchangeTime
    }
  }
}

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
