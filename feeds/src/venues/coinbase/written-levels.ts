import type { Instrument, Step } from '@depthcast/market'
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
class WrittenLevels {
  readonly #text: string
  readonly from: number
  readonly to: number

  constructor(text: string, from: number, to: number) {
    this.#text = text
    this.from = from
    this.to = to
  }

  /** Undefined where anything is other than plain decimals on the instrument's grid: then it is parsed, and what is wrong with it said. */
  read({ tickSize, lotSize }: Instrument): number[] | undefined {
    const [ticksOf, lotsOf] = [scanner(tickSize), scanner(lotSize)]
    if (ticksOf === undefined || lotsOf === undefined) return undefined
    const text = this.#text
    const last = this.to - 1
    const flat: number[] = []
    let at = this.from + 1
    while (at < last) {
      if (!text.startsWith('["', at)) return undefined
      const middle = text.indexOf('","', at)
      const end = text.indexOf('"]', middle + 3)
      if (middle < 0 || end < 0 || end > last) return undefined
      const ticks = ticksOf(text, at + 2, middle)
      const lots = lotsOf(text, middle + 3, end)
      if (!(ticks > 0) || !(lots >= 0)) return undefined
      flat.push(ticks, lots)
      at = end + 2
      if (at < last && text.charCodeAt(at++) !== COMMA) return undefined
    }
    return at === last ? flat : undefined
  }

  parsed(): unknown {
    try {
      return JSON.parse(this.#text.slice(this.from, this.to))
    } catch {
      throw new Unreadable('not JSON')
    }
  }
}

const [COMMA, POINT, ZERO] = [0x2c, 0x2e, 0x30]

/** No bracket stands within a level's strings, so a side ends where two close together. */
function sideIn(text: string, name: string): WrittenLevels | undefined {
  const key = `"${name}":[`
  const from = text.indexOf(key) + key.length - 1
  if (from < key.length) return undefined
  const to = text.startsWith('[]', from) ? from + 2 : text.indexOf(']]', from) + 2
  return to < from ? undefined : new WrittenLevels(text, from, to)
}

/** Reads a plain decimal as a count of steps; NaN where it is none, or no whole number of them. Undefined for steps that are no power of ten. */
function scanner({ decimals, coefficient }: Step): ((text: string, from: number, to: number) => number) | undefined {
  if (coefficient !== 1) return undefined
  return (text, from, to) => {
    let whole = 0
    let point = -1
    for (let at = from; at < to; at++) {
      const code = text.charCodeAt(at)
      const digit = code - ZERO
      if (code === POINT && point < 0 && at > from && at + 1 < to) point = at
      else if (!(digit >= 0 && digit <= 9)) return Number.NaN
      else if (point < 0 || at - point <= decimals) whole = whole * 10 + digit
      else if (digit !== 0) return Number.NaN
    }
    if (from === to) return Number.NaN
    for (let seen = point < 0 ? 0 : Math.min(decimals, to - 1 - point); seen < decimals; seen++) whole *= 10
    return Number.isSafeInteger(whole) ? whole : Number.NaN
  }
}
