import type { Instrument, InstrumentId, Micros, VenueEvent, VenueSeq } from '@depthcast/market'
import { Book } from '@depthcast/market'
import type { CaptureRecord } from './capture.ts'
import type { BookImage, Output } from './venue.ts'

/** Kept of each instrument, and of what belongs to none: so many records, or so many characters. */
export type RingBounds = { readonly records: number; readonly characters: number }
const RING_BOUNDS: RingBounds = { records: 500, characters: 1_000_000 }

/** What is kept of one instrument. */
export type KeptFrames = {
  /** In order; the opening of the socket first. */
  readonly records: readonly CaptureRecord[]
  /** The book as it stood before the first of its records, where older ones were dropped; undefined where none were, or it had no book. */
  readonly image: BookImage | undefined
}

/**
 * The last things that happened on a connection, for each instrument its own: what a bug report needs to be replayed.
 *
 * A record belongs to the instruments that the protocol spoke of when it was given it, else to those that its text names, else to all. What is
 * dropped is folded into an image of the book, so that what is kept always has something to stand on. Not for the hot path of a gateway that
 * keeps none.
 */
export class FrameRing {
  readonly #instruments: readonly Instrument[]
  readonly #rings = new Map<InstrumentId, Ring>()
  readonly #common: Ring
  #opening: CaptureRecord | undefined
  /** Since the last step of the protocol: nobody knows yet whose they are. */
  #fresh: Kept[] = []
  #serial = 0

  constructor(instruments: readonly Instrument[], bounds: RingBounds = RING_BOUNDS) {
    this.#instruments = instruments
    this.#common = new Ring(bounds)
    for (const { id } of instruments) this.#rings.set(id, new Ring(bounds))
  }

  /** Takes a record in, before the protocol is given it. */
  add(record: CaptureRecord): void {
    if (record.kind === 'open' && record.probe === undefined) {
      // A new socket: what its books stand on begins here.
      this.#opening = record
      this.#common.clear()
      for (const ring of this.#rings.values()) ring.clear()
      this.#fresh = []
    } else this.#fresh.push({ serial: this.#serial++, record, size: sizeOf(record), events: [] })
  }

  /** What the protocol made of the newest records. */
  settle(outputs: readonly Output[]): void {
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
    if (own === undefined) return { records: [], image: undefined }
    const from = own.hasDropped && first !== undefined ? first.serial : 0
    const common = this.#common.kept().filter(({ serial }) => serial >= from)
    const all = [...common, ...own.kept(), ...this.#fresh].toSorted((a, b) => a.serial - b.serial)
    const records = all.map(({ record }) => record)
    const opening = this.#opening
    if (opening === undefined || opening.kind === 'header') return { records, image: undefined }
    // The time between is not to be waited for, nor any deadline in it to be missed.
    const at = from > 0 && first !== undefined && first.record.kind !== 'header' ? first.record.at : opening.at
    return { records: [{ ...opening, at }, ...records], image: own.hasDropped ? own.image(instrument) : undefined }
  }

  #namedIn(text: string): Set<InstrumentId> {
    const named = this.#instruments.filter(({ venueSymbol }) => text.includes(venueSymbol))
    return new Set(named.map(({ id }) => id))
  }
}

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
  #kept: Kept[] = []
  #from = 0
  #size = 0
  #book: Book | undefined
  #venueSeq: VenueSeq | undefined
  #exchangeTime: Micros | undefined
  hasDropped = false

  constructor(bounds: RingBounds) {
    this.#bounds = bounds
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
  }

  add(kept: Kept): void {
    this.#kept.push(kept)
    this.#size += kept.size
    const { records, characters } = this.#bounds
    while (
      this.#kept.length - this.#from > 1 &&
      (this.#kept.length - this.#from > records || this.#size > characters)
    ) {
      const dropped = this.#kept[this.#from++] as Kept
      this.#size -= dropped.size
      this.hasDropped = true
      for (const event of dropped.events) this.#fold(event)
    }
    // The dropped ones are let go a ring's length at a time, so that each costs little.
    if (this.#from > records) {
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
