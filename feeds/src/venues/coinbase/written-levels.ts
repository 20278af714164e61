import type { Instrument } from '@depthcast/market'
import { lastWins, levels, parseObject, type Raw, Unreadable } from '../wire.ts'

/** Shorter frames are parsed as sooner as they are looked through. */
const BIG = 100_000

/**
 * A frame as an object, the two sides of a big snapshot left as they are written. A busy product's book is some 20 MB, and JSON.parse takes four fifths
 * of the time that it costs: two strings and an array a level. Read from the text, level by level, it takes a fraction. Throws Unreadable.
 */
export function parseFrame(text: string): Raw {
  if (text.length < BIG || !text.startsWith('{"type":"snapshot"')) return parseObject(text)
  const bids = sideIn(text, 'bids')
  const asks = sideIn(text, 'asks')
  if (bids === undefined || asks === undefined) return parseObject(text)
  const [first, second] = bids.from < asks.from ? [bids, asks] : [asks, bids]
  if (first.to > second.from) return parseObject(text)
  const rest = `${text.slice(0, first.from)}[]${text.slice(first.to, second.from)}[]${text.slice(second.to)}`
  return { ...parseObject(rest), bids, asks }
}

/** The levels of one side as flat ticks and lots, a price named twice once. Throws Unreadable or UnitError. */
export function levelsOf(value: unknown, name: string, instrument: Instrument): number[] {
  if (!(value instanceof WrittenLevels)) return levels(value, name, instrument)
  const flat = value.read(instrument)
  return flat === undefined ? levels(value.parsed(), name, instrument) : lastWins(flat)
}

/** `[["price","size"],…]` in a frame's text, from its first bracket to behind its last. */
export class WrittenLevels {
  readonly from: number
  readonly to: number
  readonly #text: string
  /** What has been read, and up to where. */
  readonly #flat: number[] = []
  #at: number
  #isOdd = false

  constructor(text: string, from: number, to: number) {
    this.#text = text
    this.from = from
    this.#at = from + 1
    this.to = to
  }

  /** Reads on, so many levels at most. True when nothing is left to read. */
  readOn({ tickSize, lotSize }: Instrument, most: number): boolean {
    const flat = this.#flat
    const end = flat.length + 2 * most
    const last = this.to - 1
    if (tickSize.coefficient !== 1 || lotSize.coefficient !== 1) this.#isOdd = true
    while (!this.#isOdd && this.#at < last && flat.length < end) {
      const ticks = this.#passes(OPEN) ? this.#steps(tickSize.decimals) : Number.NaN
      const lots = this.#passes(COMMA) ? this.#steps(lotSize.decimals) : Number.NaN
      const isRead = ticks > 0 && lots >= 0 && this.#passes(CLOSE)
      if (isRead) flat.push(ticks, lots)
      this.#isOdd = !isRead || (this.#at < last ? !this.#passes(COMMA) : this.#at > last)
    }
    return this.#isOdd || this.#at === last
  }

  /** All of it. Undefined where anything is other than plain decimals on the instrument's grid: then it is parsed, and what is wrong with it said. */
  read(instrument: Instrument): number[] | undefined {
    this.readOn(instrument, Number.POSITIVE_INFINITY)
    return this.#isOdd ? undefined : this.#flat
  }

  /** Goes past this character, if it is the next one. */
  #passes(code: number): boolean {
    return this.#text.charCodeAt(this.#at++) === code
  }

  /** Goes past a plain decimal in quotes and counts it in steps of so many decimals; NaN where it is none, or no whole number of them. */
  #steps(decimals: number): number {
    const text = this.#text
    if (!this.#passes(QUOTE)) return Number.NaN
    const from = this.#at
    let whole = 0
    let point = -1
    let at = from
    for (; ; at++) {
      const code = text.charCodeAt(at)
      const digit = code - ZERO
      if (digit >= 0 && digit <= 9) {
        if (point < 0 || at - point <= decimals) whole = whole * 10 + digit
        else if (digit !== 0) return Number.NaN
      } else if (code === POINT && point < 0 && at > from) point = at
      else if (code === QUOTE) break
      else return Number.NaN
    }
    this.#at = at + 1
    const isWritten = at > from && point !== at - 1
    for (let seen = point < 0 ? 0 : Math.min(decimals, at - 1 - point); seen < decimals; seen++) whole *= 10
    return isWritten && Number.isSafeInteger(whole) ? whole : Number.NaN
  }

  parsed(): unknown {
    try {
      return JSON.parse(this.#text.slice(this.from, this.to))
    } catch {
      throw new Unreadable('not JSON')
    }
  }
}

const [QUOTE, COMMA, POINT, ZERO, OPEN, CLOSE] = [0x22, 0x2c, 0x2e, 0x30, 0x5b, 0x5d]

/** No bracket stands within a level's strings, so a side ends where two close together. */
function sideIn(text: string, name: string): WrittenLevels | undefined {
  const key = `"${name}":[`
  const from = text.indexOf(key) + key.length - 1
  if (from < key.length) return undefined
  const to = text.startsWith('[]', from) ? from + 2 : text.indexOf(']]', from) + 2
  return to < from ? undefined : new WrittenLevels(text, from, to)
}
