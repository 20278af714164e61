import { QUOTE_COST_FIELDS } from '../engine/quote-messages.ts'
import { type Cell, cell } from './cell.ts'
import type { Desk } from './desk.ts'

type Field = (typeof QUOTE_COST_FIELDS)[number]
/** As `QUOTE_COST_FIELDS` say; the rates are those between the last two looks, NaN before there were two. */
type QuoteCost = Readonly<Record<Field, number>> & {
  readonly bytesPerSecond: number
  readonly mergedNow: number
  readonly updatesNow: number
}
export type QuoteCosts = ReadonlyMap<string, QuoteCost>

const EVERY_MS = 1000

/** While the page is paused nothing comes: the first look has the rest of what did, the second nothing, and a third would have the same. */
const PAUSED_LOOKS = 2

/** Asks the engine once a second what quotes cost, for as long as anyone looks. */
class CostWatch {
  readonly costs: Cell<QuoteCosts> = cell<QuoteCosts>(new Map())
  readonly #desk: Pick<Desk, 'ask' | 'paused'>
  #followers = 0
  #timer: ReturnType<typeof setInterval> | undefined
  #lookedAt = 0
  #pausedLooks = 0

  constructor(desk: Pick<Desk, 'ask' | 'paused'>) {
    this.#desk = desk
  }

  /** From now until the returned function is called. */
  follow(): () => void {
    this.#followers += 1
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => void this.#look(), EVERY_MS)
      void this.#look()
    }
    return () => {
      this.#followers -= 1
      if (this.#followers > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }

  async #look(): Promise<void> {
    this.#pausedLooks = this.#desk.paused.value ? this.#pausedLooks + 1 : 0
    if (this.#pausedLooks > PAUSED_LOOKS) return
    const { symbols, costs } = await this.#desk.ask('quote-costs', (request) => ({ kind: 'quote-costs', request }))
    const now = performance.now()
    this.costs.set(readCosts(symbols, costs, this.costs.value, now - this.#lookedAt))
    this.#lookedAt = now
  }
}

const watches = new WeakMap<object, CostWatch>()

/** The page's one watch: whoever looks, looks at the same figures. */
export function quoteCostsOf(desk: Pick<Desk, 'ask' | 'paused'>): CostWatch {
  const watch = watches.get(desk) ?? new CostWatch(desk)
  watches.set(desk, watch)
  return watch
}

/** Reads the engine's array; `before` is the look before, `passedMs` ago. A quote that counts from nothing again is one that was asked for anew. */
export function readCosts(
  symbols: readonly string[],
  values: Float64Array,
  before: QuoteCosts,
  passedMs: number,
): QuoteCosts {
  return new Map(
    symbols.map((symbol, index) => {
      const at = index * QUOTE_COST_FIELDS.length
      const told = Object.fromEntries(
        QUOTE_COST_FIELDS.map((name, field) => [name, values[at + field] ?? Number.NaN]),
      ) as Record<Field, number>
      const last = before.get(symbol)
      const since = (name: 'bytes' | 'merged' | 'updates'): number =>
        last === undefined || last.messages > told.messages ? Number.NaN : told[name] - last[name]
      const bytesPerSecond = (since('bytes') / passedMs) * 1000
      return [symbol, { ...told, bytesPerSecond, mergedNow: since('merged'), updatesNow: since('updates') }]
    }),
  )
}

/** What some quotes cost one of those who need them: each quote is split evenly among its users. */
export type QuotesShare = {
  readonly bytesPerSecond: number
  readonly bytes: number
  /** Source updates a message, of the last second. */
  readonly merged: number
  /** How many of these quotes others need as well, and who they are. */
  readonly shared: number
  readonly others: ReadonlySet<string>
}

export function shareOf(who: string, costs: QuoteCosts, usersOf: (symbol: string) => ReadonlySet<string>): QuotesShare {
  const used = [...costs].flatMap(([symbol, cost]) => {
    const users = usersOf(symbol)
    return users.has(who) ? [{ cost, users }] : []
  })
  const sum = (of: (cost: QuoteCost) => number): number =>
    used.reduce((all, { cost, users }) => all + known(of(cost)) / users.size, 0)
  const whole = (of: (cost: QuoteCost) => number): number => used.reduce((all, { cost }) => all + known(of(cost)), 0)
  const updates = whole(({ updatesNow }) => updatesNow)
  return {
    bytesPerSecond: sum(({ bytesPerSecond }) => bytesPerSecond),
    bytes: sum(({ bytes }) => bytes),
    merged: updates === 0 ? 0 : whole(({ mergedNow }) => mergedNow) / updates,
    shared: used.filter(({ users }) => users.size > 1).length,
    others: new Set(used.flatMap(({ users }) => [...users].filter((user) => user !== who))),
  }
}

function known(value: number): number {
  return Number.isFinite(value) ? value : 0
}
