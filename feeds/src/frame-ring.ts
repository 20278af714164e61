import type { Instrument, InstrumentId } from '@depthcast/market'
import type { CaptureRecord } from './capture.ts'
import type { Output } from './venue.ts'

/** Kept of each instrument, and of what belongs to none: so many records, or so many characters. */
export type RingBounds = { readonly records: number; readonly characters: number }
export const RING_BOUNDS: RingBounds = { records: 500, characters: 1_000_000 }

/**
 * The last things that happened on a connection, for each instrument its own: what a bug report needs to be replayed.
 *
 * A record belongs to the instruments that the protocol spoke of when it was given it, else to those that its text names, else to all. What
 * opened the connection and what gave an instrument its book stay for as long as they count. Not for the hot path of a gateway that keeps none.
 */
export class FrameRing {
  readonly #instruments: readonly Instrument[]
  readonly #rings = new Map<InstrumentId, Ring>()
  readonly #common: Ring
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
    const kept = { serial: this.#serial++, record, size: sizeOf(record) }
    if (record.kind === 'open' && record.probe === undefined) {
      // A new socket: what its books stand on begins here.
      this.#common.begin(kept)
      for (const ring of this.#rings.values()) ring.clear()
      this.#fresh = []
    } else this.#fresh.push(kept)
  }

  /** What the protocol made of the newest records. */
  settle(outputs: readonly Output[]): void {
    if (this.#fresh.length === 0) return
    const spoken = new Set(outputs.map(instrumentOf).filter((id) => id !== undefined))
    const seeded = new Set(outputs.map(seededBy).filter((id) => id !== undefined))
    for (const kept of this.#fresh) {
      const { kind } = kept.record
      // What we send is a consequence of the step before, so this one says nothing of whose it is.
      const isCause = kind === 'frame' || kind === 'http'
      const owners = isCause && spoken.size > 0 ? spoken : this.#namedIn(textOf(kept.record))
      if (owners.size === 0) this.#common.add(kept)
      for (const id of owners) {
        const ring = this.#rings.get(id)
        if (isCause && seeded.has(id)) ring?.seed(kept)
        else ring?.add(kept)
      }
    }
    this.#fresh = []
  }

  /** Everything kept that concerns an instrument, in order, with a note where records between are gone. */
  records(instrument: InstrumentId): readonly CaptureRecord[] {
    const own = this.#rings.get(instrument)
    if (own === undefined) return []
    const all = [...this.#common.kept(), ...own.kept(), ...this.#fresh].toSorted((a, b) => a.serial - b.serial)
    const records = all.map(({ record }) => record)
    const lost = own.lost
    const at = records.find((record) => record.kind !== 'header')?.at
    if (lost === 0 || at === undefined) return records
    const text = `${lost} records of ${instrument} after its snapshot are gone: a replay breaks where they are missing`
    return [{ kind: 'note', at, text }, ...records]
  }

  #namedIn(text: string): Set<InstrumentId> {
    const named = this.#instruments.filter(({ venueSymbol }) => text.includes(venueSymbol))
    return new Set(named.map(({ id }) => id))
  }
}

type Kept = { readonly serial: number; readonly record: CaptureRecord; readonly size: number }

/** The newest records within bounds, and one that stays. */
class Ring {
  readonly #bounds: RingBounds
  #kept: Kept[] = []
  #from = 0
  #size = 0
  #first: Kept | undefined
  /** Dropped since the one that stays. */
  lost = 0

  constructor(bounds: RingBounds) {
    this.#bounds = bounds
  }

  /** Everything before this is over. */
  begin(first: Kept): void {
    this.clear()
    this.#first = first
  }

  clear(): void {
    this.#kept = []
    this.#from = 0
    this.#size = 0
    this.#first = undefined
    this.lost = 0
  }

  /** This one the book stands on; what came before may be needed to join it. */
  seed(kept: Kept): void {
    this.#first = kept
    this.lost = 0
    this.add(kept)
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
      if (this.#first !== undefined && dropped.serial > this.#first.serial) this.lost++
    }
    // The dropped ones are let go a ring's length at a time, so that each costs little.
    if (this.#from > records) {
      this.#kept = this.#kept.slice(this.#from)
      this.#from = 0
    }
  }

  kept(): readonly Kept[] {
    const kept = this.#kept.slice(this.#from)
    return this.#first === undefined || kept.includes(this.#first) ? kept : [this.#first, ...kept]
  }
}

function instrumentOf(output: Output): InstrumentId | undefined {
  if (output.kind === 'event') return output.event.instrument
  if (output.kind === 'check') return output.instrument
  return output.kind === 'error' ? output.error.instrument : undefined
}

function seededBy(output: Output): InstrumentId | undefined {
  return output.kind === 'event' && output.event.kind === 'book-snapshot' ? output.event.instrument : undefined
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
