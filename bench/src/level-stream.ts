import { Random } from './random.ts'

/** Flat pairs `[ticks, lots, …]`, as a venue's message is after parsing; 0 lots removes the level. */
type LevelMessage = { readonly bids: readonly number[]; readonly asks: readonly number[] }

/** A book and the updates that follow it. */
export type LevelStream = {
  readonly snapshot: LevelMessage
  readonly messages: readonly LevelMessage[]
  readonly updates: number
  readonly counts: {
    readonly deletes: number
    readonly inserts: number
    readonly changes: number
    readonly unknown: number
  }
}

export type LevelStreamOptions = { readonly seed: number; readonly updates: number; readonly levels: number }

/**
 * A stream of level updates shaped like real ones.
 *
 * In recordings of Coinbase, Kraken, Binance and Binance US (15,000 updates, books of 400 to 5,000 levels) half of the updates hit the best 4 or
 * 5 levels, three quarters the best 7 to 13, nine in ten the best 16 to 34, and one in a hundred lies beyond the 45th to 190th; 8 to 45 % remove
 * a level, mostly 27 to 45; about 1 % remove one that is not there. So: the distance from the touch is log-normal with median 4 and sigma 1.5,
 * 35 % remove, 1 % remove the unknown, and inserts hold each side at about `levels`. Quantities are log-normal too, some of them past 2^31.
 */
export function levelStream({ seed, updates, levels }: LevelStreamOptions): LevelStream {
  const random = new Random(seed)
  const bids = new SideModel(random, levels, 1_000_000, 1)
  const asks = new SideModel(random, levels, -1_000_003, -1)
  const snapshot = { bids: bids.flat(), asks: asks.flat() }
  const messages: LevelMessage[] = []
  const counts = { deletes: 0, inserts: 0, changes: 0, unknown: 0 }
  for (let made = 0; made < updates; ) {
    const size = Math.min(updates - made, 1 + Math.floor(random.logNormal(1.5, 1)))
    const message = { bids: [] as number[], asks: [] as number[] }
    for (let each = 0; each < size; each++) {
      const isBid = random.next() < 0.5
      const [side, other, list] = isBid ? [bids, asks, message.bids] : [asks, bids, message.asks]
      counts[side.update(list, other.best)]++
    }
    made += size
    messages.push(message)
  }
  return { snapshot, messages, updates, counts }
}

/** One side as the generator sees it: keys ascending, best last; an ask's key is minus its price. */
class SideModel {
  readonly #random: Random
  readonly #levels: number
  readonly #sign: 1 | -1
  readonly #keys: number[] = []

  constructor(random: Random, levels: number, bestKey: number, sign: 1 | -1) {
    this.#random = random
    this.#levels = levels
    this.#sign = sign
    let key = bestKey
    for (let level = 0; level < levels; level++) {
      this.#keys.unshift(key)
      key -= 1 + random.below(3)
    }
  }

  get best(): number {
    return this.#keys.at(-1)!
  }

  flat(): number[] {
    return this.#keys.toReversed().flatMap((key) => [key * this.#sign, this.#quantity()])
  }

  /** Makes one update, notes it in `list`, and says what it was. */
  update(list: number[], otherBest: number): 'deletes' | 'inserts' | 'changes' | 'unknown' {
    const rank = Math.min(this.#keys.length - 1, Math.floor(this.#random.logNormal(4, 1.5)))
    const index = this.#keys.length - 1 - rank
    const key = this.#keys[index]!
    const chance = this.#random.next()
    if (chance < 0.35) {
      this.#keys.splice(index, 1)
      list.push(key * this.#sign, 0)
      return 'deletes'
    }
    if (chance < 0.36) {
      const absent = this.#keys[0]! - 1 - this.#random.below(100)
      list.push(absent * this.#sign, 0)
      return 'unknown'
    }
    if (this.#keys.length < this.#levels) {
      const reach = rank === 0 ? Math.ceil((-otherBest - key) / 2) : 3
      const [at, inserted] = this.#freeBelow(Math.min(key + this.#random.below(reach + 1), -otherBest - 1))
      this.#keys.splice(at, 0, inserted)
      list.push(inserted * this.#sign, this.#quantity())
      return 'inserts'
    }
    list.push(key * this.#sign, this.#quantity())
    return 'changes'
  }

  /** The first key at or below this one that is not taken, and its place. */
  #freeBelow(wanted: number): readonly [at: number, key: number] {
    let key = wanted
    let at = this.#keys.length
    while (at > 0 && this.#keys[at - 1]! >= key) {
      at--
      if (this.#keys[at] === key) key--
    }
    return [at, key]
  }

  #quantity(): number {
    return 1 + Math.floor(this.#random.logNormal(50_000_000, 1.5))
  }
}
