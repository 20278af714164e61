import type { Instrument, Micros, VenueEvent, VenueSeq } from '@depthcast/market'
import { Book } from '@depthcast/market'
import type { CaptureRecord } from './capture.ts'
import type { BookImage } from './venue.ts'

/** So many records, or so many characters. */
export type RingBounds = { readonly records: number; readonly characters: number }

/** `events` is what the protocol said of the ring's instrument when it was given the record. */
export type Kept = {
  readonly serial: number
  readonly record: CaptureRecord
  readonly size: number
  readonly events: readonly VenueEvent[]
}

/** The newest records within bounds, and the book as it stood before them. */
export class Ring {
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
