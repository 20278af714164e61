import type { Candle, CandlesView, TradesView } from '@depthcast/client'
import {
  CandleBuilder,
  fromLots,
  fromTicks,
  INTERVALS,
  type Instrument,
  type Interval,
  type Lots,
  type Micros,
  type Candle as OwnCandle,
  type Ticks,
} from '@depthcast/market'
import type { BarFigures, BarProof, BarsTally, JudgedBar } from './messages.ts'

/** Bars and trades come over views of their own, each at its rate: for so long a difference may be one that is under way. */
const GRACE_MS = 5000
/** Bars held to be compared. */
const KEPT = 600

/**
 * Counts an instrument's trades into bars, as they came to this client, and holds the server's closed bars against them.
 *
 * Equal figures are equal, however they came about. Where they differ it matters whether every trade of the bar was heard: all bars are whole that
 * begin after the view of trades did, and after whatever was lost of it. What differs is not judged before it had `GRACE_MS` to arrive, and
 * judged again with each late trade. Times are µs since 1970 where they are the market's, and ms of the host's clock where they are called `now`.
 */
export class BarJudge {
  readonly #intervalUs: number
  readonly #fold: CandleBuilder
  readonly #own = new Map<number, OwnCandle>()
  readonly #theirs = new Map<number, Candle>()
  /** Bars that are to be looked at: something came of them, or may still come. */
  readonly #due = new Set<number>()
  /** Since when a bar differs, by its time. */
  readonly #differsSince = new Map<number, number>()
  readonly #proofs = new Map<number, BarProof>()
  #tally: BarsTally | undefined
  #instrument: Instrument | undefined
  /** Bars that begin later are whole. */
  #heardFrom = Number.POSITIVE_INFINITY
  #newestTradeAt = 0
  /** The server's clock, as far as it was told. */
  #serverTime = 0
  /** A trade without a time belongs to no bar anyone could name. */
  #isUntimed = false

  constructor(interval: Interval) {
    this.#intervalUs = INTERVALS[interval]
    this.#fold = new CandleBuilder(this.#intervalUs, { keep: KEPT })
  }

  /** Every verdict there is, oldest first. */
  get proofs(): readonly BarProof[] {
    return [...this.#proofs.values()].sort((a, b) => a.time - b.time)
  }

  /** How many bars came to which verdict. */
  get tally(): BarsTally {
    this.#tally ??= tallyOf(this.#proofs.values())
    return this.#tally
  }

  /**
   * The server's closed bars, oldest first, each with what it was held against: `before` where it began before all trades were heard and none
   * of its own were, `waiting` where what is missing may still come. Bars that the server does not have are there as well.
   */
  evidence(): readonly JudgedBar[] {
    const times = new Set([...this.#theirs.keys(), ...[...this.#proofs.keys()].map((time) => time * 1000)])
    return [...times]
      .sort((a, b) => a - b)
      .flatMap((time) => {
        const theirs = this.#theirs.get(time)
        if (theirs?.final === false) return []
        const own = this.#own.get(time)
        const proof = this.#proofs.get(time / 1000)
        const unjudged = this.#due.has(time) ? 'waiting' : 'before'
        return [
          { openTime: time, verdict: proof?.verdict ?? unjudged, ours: figuresOf(own), theirs: figuresOf(theirs) },
        ]
      })
  }

  takeTrades(view: Pick<TradesView, 'instrument' | 'added' | 'lost' | 'isBroken' | 'serverTime'>): void {
    const { instrument, added, lost, isBroken, serverTime } = view
    const isFirst = this.#instrument === undefined
    this.#instrument = instrument
    this.#serverTime = Math.max(this.#serverTime, serverTime)
    for (const trade of added) {
      if (trade.exchangeTime === undefined) this.#isUntimed = true
      else this.#count(trade.id, trade.price as Ticks, trade.quantity as Lots, trade.exchangeTime as Micros)
    }
    // What was missed happened by now, by the server's clock or the venue's, whichever is ahead.
    if (isFirst || lost > 0 || isBroken) this.#heardFrom = Math.max(this.#serverTime, this.#newestTradeAt)
  }

  takeBars({ changed, serverTime }: Pick<CandlesView, 'changed' | 'serverTime'>): void {
    this.#serverTime = Math.max(this.#serverTime, serverTime)
    for (const bar of changed) {
      const known = this.#theirs.get(bar.openTime)
      if (known !== undefined && bar.rev <= known.rev) continue
      this.#theirs.set(bar.openTime, bar)
      this.#due.add(bar.openTime)
      keepNewest(this.#theirs)
    }
  }

  /** Judges what can be judged, and returns the verdicts that are new or other than before. */
  judge(now: number): readonly BarProof[] {
    return [...this.#due].flatMap((time) => {
      const proof = this.#judge(time, now)
      if (proof === undefined) return []
      this.#differsSince.delete(time)
      this.#due.delete(time)
      if (proof === 'none' || isSame(proof, this.#proofs.get(proof.time))) return []
      this.#proofs.set(proof.time, proof)
      this.#tally = undefined
      keepNewest(this.#proofs)
      return [proof]
    })
  }

  /** The clock of differences stands still while something is known to be under way. */
  excuse(): void {
    this.#differsSince.clear()
  }

  #count(tradeId: string, price: Ticks, quantity: Lots, exchangeTime: Micros): void {
    this.#newestTradeAt = Math.max(this.#newestTradeAt, exchangeTime)
    try {
      const bar = this.#fold.add({ tradeId, price, quantity, exchangeTime, receivedAt: exchangeTime })
      if (bar === undefined) return
      this.#own.set(bar.openTime, bar)
      this.#due.add(bar.openTime)
      keepNewest(this.#own)
    } catch {
      // Its volume cannot be counted any more: the bar stays as it was, marked, and is not judged.
    }
  }

  /** Undefined while it is too early to tell, `none` where there is nothing to tell. */
  #judge(time: number, now: number): BarProof | 'none' | undefined {
    const own = this.#own.get(time)
    const theirs = this.#theirs.get(time)
    const isWhole = time > this.#heardFrom && !this.#isUntimed
    if (this.#instrument === undefined) return undefined
    if (theirs === undefined ? time + this.#intervalUs > this.#serverTime : !theirs.final) return undefined
    if (own === undefined && !isWhole) return 'none'
    const differs = differences(own, theirs, this.#instrument)
    if (differs.length === 0) return { time: time / 1000, verdict: 'match', differs }
    const since = this.#differsSince.get(time) ?? now
    this.#differsSince.set(time, since)
    if (now - since < GRACE_MS) return undefined
    const isCut = theirs?.overflow === true || own?.overflow === true
    return { time: time / 1000, verdict: isWhole && !isCut ? 'unexplained' : 'missed', differs }
  }
}

function differences(
  own: OwnCandle | undefined,
  theirs: Candle | undefined,
  { tickSize, lotSize }: Instrument,
): BarProof['differs'] {
  const price = (ticks: number | undefined) => (ticks === undefined ? undefined : fromTicks(ticks as Ticks, tickSize))
  const figures = [
    ['O', price(own?.open), price(theirs?.open)],
    ['H', price(own?.high), price(theirs?.high)],
    ['L', price(own?.low), price(theirs?.low)],
    ['C', price(own?.close), price(theirs?.close)],
    ['Vol', own && fromLots(own.volume, lotSize), theirs && fromLots(theirs.volume as Lots, lotSize)],
    // Some venues' own bars do not tell how many trades they are of.
    ...(theirs?.trades === 0 ? [] : [['trades', own && String(own.trades), theirs && String(theirs.trades)] as const]),
  ] as const
  return figures.filter(([, ours, server]) => ours !== server)
}

function figuresOf(bar: Candle | OwnCandle | undefined): BarFigures | undefined {
  return bar && [bar.open, bar.high, bar.low, bar.close, bar.volume, bar.trades]
}

function tallyOf(proofs: Iterable<BarProof>): BarsTally {
  const tally = { match: 0, missed: 0, unexplained: 0 }
  for (const { verdict } of proofs) tally[verdict] += 1
  return tally
}

function isSame(proof: BarProof, known: BarProof | undefined): boolean {
  return JSON.stringify(proof) === JSON.stringify(known)
}

/** The oldest by time go; a late one may have come after newer ones. */
function keepNewest(map: Map<number, unknown>): void {
  if (map.size <= KEPT) return
  map.delete(Math.min(...map.keys()))
}
