import type { Instrument, Levels, Lots, Micros, Ticks } from '@depthcast/market'
import { fromLots, fromTicks, toLots, toTicks } from '@depthcast/market'

/** A JSON object as it came, nothing known about its fields. */
export type Raw = Readonly<Record<string, unknown>>

/** What a frame holds is not what the venue's documentation says. Caught by the venue's protocol, which makes it a VenueProtocolError. */
export class Unreadable extends Error {}

/** Parses a frame that must be a JSON object. */
export function parseObject(text: string): Raw {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Unreadable('not JSON')
  }
  return object(value, 'frame')
}

export function object(value: unknown, name: string): Raw {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Unreadable(`${name} is not an object`)
  return value as Raw
}

export function list(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Unreadable(`${name} is not a list`)
  return value
}

export function string(raw: Raw, field: string): string {
  const value = raw[field]
  if (typeof value !== 'string') throw new Unreadable(`${field} is not a string`)
  return value
}

/** An id or a time: a whole number from 0 up that a double holds exactly. */
export function integer(raw: Raw, field: string): number {
  const value = raw[field]
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Unreadable(`${field} is not a whole number`)
  return value as number
}

/** A price in ticks, above zero. Throws Unreadable or UnitError. */
export function price(value: unknown, instrument: Instrument): Ticks {
  if (typeof value !== 'string') throw new Unreadable('a price is not a string')
  const ticks = toTicks(value, instrument.tickSize)
  if (ticks <= 0) throw new Unreadable(`price ${value} is not above zero`)
  return ticks
}

/** A quantity in lots, zero and up. Throws Unreadable or UnitError. */
export function quantity(value: unknown, instrument: Instrument): Lots {
  if (typeof value !== 'string') throw new Unreadable('a quantity is not a string')
  return toLots(value, instrument.lotSize)
}

/** A figure for people, e.g. a 24 h volume: undefined where it is absent or off the instrument's grid, never rounded. */
export function optional<T>(
  value: unknown,
  read: (value: unknown, instrument: Instrument) => T,
  instrument: Instrument,
): T | undefined {
  if (value === undefined || value === null) return undefined
  try {
    return read(value, instrument)
  } catch {
    return undefined
  }
}

/** Levels `[["price","quantity"], …]` as flat ticks and lots, a price named twice once, with its last quantity. */
export function levels(value: unknown, name: string, instrument: Instrument): number[] {
  const flat: number[] = []
  for (const entry of list(value, name)) {
    const level = list(entry, `a level of ${name}`)
    flat.push(price(level[0], instrument), quantity(level[1], instrument))
  }
  return lastWins(flat)
}

/** The levels of a whole book side, best first, without empty ones. What is that already, as it nearly always is, is given back as it is. */
export function sideOfBook(flat: number[], side: 'bid' | 'ask'): number[] {
  if (direction(flat) === (side === 'bid' ? -1 : 1) && !flat.includes(0)) return flat
  const pairs: [number, number][] = []
  for (let at = 0; at < flat.length; at += 2) {
    if (flat[at + 1]! > 0) pairs.push([flat[at]!, flat[at + 1]!])
  }
  pairs.sort(side === 'bid' ? (a, b) => b[0] - a[0] : (a, b) => a[0] - b[0])
  return pairs.flat()
}

/** Keeps the last quantity of each price: venues may name one twice in a message, and the last is the one that stands. */
export function lastWins(flat: number[]): number[] {
  if (direction(flat) !== 0) return flat
  const byPrice = new Map<number, number>()
  for (let at = 0; at < flat.length; at += 2) byPrice.set(flat[at]!, flat[at + 1]!)
  if (byPrice.size * 2 === flat.length) return flat
  return [...byPrice].flat()
}

/** 1 when each price is above the one before, -1 when below, 0 when neither holds throughout; of less than two levels, 1. */
function direction(flat: readonly number[]): -1 | 0 | 1 {
  const sign = flat.length < 4 || flat[2]! > flat[0]! ? 1 : -1
  for (let at = 2; at < flat.length; at += 2) {
    if ((flat[at]! - flat[at - 2]!) * sign <= 0) return 0
  }
  return sign
}

/** `2021-04-17T16:43:30.244075Z` in µs, whatever the number of decimals. Throws Unreadable. */
export function isoMicros(text: string): Micros {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text)
  const ms = parts === null ? Number.NaN : Date.parse(`${parts[1]}Z`)
  if (parts === null || Number.isNaN(ms)) throw new Unreadable(`${text.slice(0, 40)} is not a time`)
  return (ms * 1000 + Number((parts[2] ?? '').padEnd(6, '0').slice(0, 6))) as Micros
}

/** Flat ticks and lots as `[["price","quantity"], …]`, as most venues write levels. */
export function pairs(levels: Levels, { tickSize, lotSize }: Instrument): [price: string, quantity: string][] {
  const told: [string, string][] = []
  for (let at = 0; at < levels.length; at += 2) {
    told.push([fromTicks(levels[at]!, tickSize), fromLots(levels[at + 1]!, lotSize)])
  }
  return told
}
