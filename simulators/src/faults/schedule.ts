import { Chance } from './chance.ts'
import { FAULT_VENUES } from './fault.ts'
import type { FaultSpec } from './spec.ts'
import { type FaultName, faultNamed } from './table.ts'

export type Place = { readonly venue: string; readonly symbol?: string }

/** How often one fault struck at one venue, and when first, µs since the opening. */
export type Struck = {
  readonly fault: string
  readonly venue: string
  readonly symbol: string
  readonly count: number
  readonly firstAt: number
}

/**
 * Says when faults strike. Whoever could do wrong asks at each opportunity; the answer follows from the seed and from the order of the questions, so
 * that the same run does the same wrong. Each strike is counted where it happened.
 */
export class FaultSchedule {
  readonly #entries = new Map<string, Entry[]>()
  readonly #struck = new Map<string, Struck>()
  readonly #clock: () => number
  #hear: (fault: FaultName, place: Place) => void = () => {}

  /** `clock` gives µs since the opening. */
  constructor(specs: readonly FaultSpec[], seed: number, clock: () => number) {
    this.#clock = clock
    for (const [index, spec] of specs.entries()) {
      const entry = new Entry(spec, new Chance(seed, `fault ${index} ${spec.fault.name}`))
      this.#entries.set(spec.fault.name, [...(this.#entries.get(spec.fault.name) ?? []), entry])
    }
  }

  /** True while any fault may still strike: without one, nothing needs to be asked. */
  get isEmpty(): boolean {
    return this.#entries.size === 0
  }

  /** Has every strike from now on told, as it happens. */
  listen(hear: (fault: FaultName, place: Place) => void): void {
    this.#hear = hear
  }

  /** Whether this fault happens here and now; then it is counted. Throws RangeError for a name that is none of the table. */
  strikes(fault: string, where: Place): boolean {
    return this.strike(fault, where) !== undefined
  }

  /** The same, and how long it lasts, µs; undefined where it does not strike. */
  strike(fault: string, where: Place): { readonly lasts: number } | undefined {
    const entries = this.#entries.get(fault)
    if (entries === undefined) {
      if (faultNamed(fault) === undefined) throw new RangeError(`no fault is named ${fault}`)
      return undefined
    }
    for (const entry of entries) {
      if (!entry.strikes(where, this.#clock())) continue
      this.#count(fault, where)
      this.#hear(entry.spec.fault.name, where)
      return { lasts: entry.spec.lasts }
    }
    return undefined
  }

  /** Whether it could strike here and now, chance aside: spares the search for a way to do it. */
  isDue(fault: FaultName, where: Place): boolean {
    const entries = this.#entries.get(fault)
    return entries?.some((entry) => entry.isDue(where, this.#clock())) ?? false
  }

  /** What struck so far, in the order of the first time. */
  counts(): readonly Struck[] {
    return [...this.#struck.values()]
  }

  #count(fault: string, { venue, symbol = '' }: Place): void {
    const key = `${fault} ${venue} ${symbol}`
    const { count, firstAt } = this.#struck.get(key) ?? { count: 0, firstAt: this.#clock() }
    this.#struck.set(key, { fault, venue, symbol, count: count + 1, firstAt })
  }
}

class Entry {
  readonly spec: FaultSpec
  readonly #random: Chance
  #left: number
  #notBefore: number

  constructor(spec: FaultSpec, random: Chance) {
    this.spec = spec
    this.#random = random
    this.#left = spec.count
    this.#notBefore = spec.after
  }

  isDue({ venue, symbol }: Place, now: number): boolean {
    const { spec } = this
    if (this.#left <= 0 || now < this.#notBefore || now > (spec.until ?? Number.POSITIVE_INFINITY)) return false
    if (spec.venue !== undefined ? spec.venue !== venue : !isPossible(spec, venue)) return false
    return spec.symbol === undefined || spec.symbol === symbol
  }

  strikes(where: Place, now: number): boolean {
    const { spec } = this
    if (!this.isDue(where, now) || (spec.p < 1 && this.#random.uniform() >= spec.p)) return false
    this.#left -= 1
    if (spec.every !== undefined) this.#notBefore = now + spec.every
    return true
  }
}

function isPossible({ fault }: FaultSpec, venue: string): boolean {
  const known = FAULT_VENUES.find((one) => one === venue)
  return known !== undefined && 'detectors' in fault.at[known]
}
