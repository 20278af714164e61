import type { Bar, BarProof, BarsOptions } from '../engine/messages.ts'
import type { ChartInterval } from '../panels/options.ts'
import type { Desk } from '../state/desk.ts'
import { MOST_BARS } from './bars.ts'
import { fetchCandles, type History } from './history.ts'

/** What a feed fills. */
type Filled = {
  readonly bars: readonly Bar[]
  load(bars: readonly Bar[]): void
  follow(bars: readonly Bar[]): void
  setProofs(proofs: ReadonlyMap<number, BarProof>): void
  clear(): void
}

/** `end`: why there is nothing before the oldest bar, where there is nothing: the history begins there, or the chart holds as many bars as it may. */
export type PastState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'loaded'; readonly end?: 'start' | 'full' }
  | { readonly kind: 'failed'; readonly reason: string; readonly isOlder: boolean }

type Of = {
  readonly desk: Pick<Desk, 'followBars' | 'send'>
  readonly panel: string
  readonly symbol: string
  readonly interval: ChartInterval
  readonly options: BarsOptions
  readonly chart: Filled
  readonly onPast: (state: PastState) => void
  readonly fetchPast?: typeof fetchCandles
}

/** Bars of the past asked for at a time: more than any screen shows at first. */
const PAGE = 500
const MOST_PROOFS = 2000
/** Room for those that begin while someone looks at the past: what is full drops its oldest, which may be in sight. */
const ROOM = 250
/** Pages without a bar in them, of a market that is rarely traded, one after the other. */
const MOST_EMPTY = 20
/** After a failure nobody gave a time for; looking around is not asking again. */
const RETRY_MS = 5_000

/** Brings a chart its bars: those that move from the engine, those of the past over HTTP, a page at a time as someone looks further back. */
export class ChartFeed {
  readonly #of: Of
  readonly #fetch: typeof fetchCandles
  readonly #stop: () => void
  #proofs: ReadonlyMap<number, BarProof> = new Map()
  /** Where the next page ends, ms, while the oldest bar is the one it was told for; undefined where there is none. */
  #next: { readonly oldest: number; readonly before: number | undefined } | undefined
  /** Between two bars that are there, some may be missing: between this one and what begins before a time. */
  #hole: { readonly known: number; readonly before: number } | undefined
  /** Older pages are not asked for by looking before this. */
  #notBefore = 0
  #asked = 0
  #isAsking = false

  constructor(of: Of) {
    this.#of = of
    this.#fetch = of.fetchPast ?? fetchCandles
    const { desk, panel, symbol, interval, options } = of
    this.#stop = desk.followBars({ panel, symbol, interval, options }, (heard) => this.#hear(heard))
    void this.#loadNewest()
  }

  choose(options: BarsOptions): void {
    this.#of.desk.send({ kind: 'bars-options', panel: this.#of.panel, options })
    if (options.certificate) return
    this.#proofs = new Map()
    this.#of.chart.setProofs(this.#proofs)
  }

  /** Someone looks at where the bars begin. */
  more(): void {
    if (!this.#isAsking && performance.now() >= this.#notBefore) void this.#loadOlder()
  }

  /** Someone wants what could not be had. */
  again(): void {
    if (this.#next === undefined) void this.#loadNewest()
    else if (this.#hole !== undefined) void this.#fill(this.#hole)
    else void this.#loadOlder()
  }

  close(): void {
    this.#asked += 1
    this.#stop()
  }

  #hear({ reset, isOther, bars, proofs }: Parameters<Parameters<Desk['followBars']>[1]>[0]): void {
    const { chart } = this.#of
    const newest = chart.bars.at(-1)
    const first = bars[0]
    if (isOther) {
      this.#proofs = new Map()
      chart.clear()
      void this.#loadNewest()
    } else if (reset && newest !== undefined && first !== undefined && first.time > newest.time) {
      // So long was nothing heard that there are bars in between.
      void this.#fill({ known: newest.time, before: first.time })
    }
    if (bars.length > 0) chart.follow(bars)
    if (proofs.length === 0) return
    const all = new Map([...this.#proofs, ...proofs.map((proof) => [proof.time, proof] as const)])
    // A chart of seconds may stay open all day.
    this.#proofs = all.size <= MOST_PROOFS ? all : new Map([...all].slice(-MOST_PROOFS))
    chart.setProofs(this.#proofs)
  }

  async #loadNewest(): Promise<void> {
    this.#next = this.#hole = undefined
    const page = await this.#ask(undefined, PAGE)
    if (page !== undefined) this.#take(page)
  }

  async #loadOlder(): Promise<void> {
    const { chart, onPast } = this.#of
    const oldest = chart.bars[0]?.time
    if (oldest === undefined || this.#next === undefined) return
    // Others may have come before it, or it may have gone.
    let { before } = this.#next.oldest === oldest ? this.#next : { before: oldest }
    for (let empty = 0; before !== undefined && empty < MOST_EMPTY; empty += 1) {
      const room = MOST_BARS - ROOM - chart.bars.length
      if (room <= 0) {
        onPast({ kind: 'loaded', end: 'full' })
        return
      }
      const page = await this.#ask(before, Math.min(PAGE, room))
      if (page === undefined) return
      this.#take(page)
      if (page.bars.length > 0) return
      before = page.next
    }
  }

  async #fill({ known, before }: { readonly known: number; readonly before: number }): Promise<void> {
    let end: number | undefined = before
    while (end !== undefined && end > known) {
      this.#hole = { known, before: end }
      const page: Loaded | undefined = await this.#ask(end, PAGE)
      if (page === undefined) return
      this.#of.chart.load(page.bars)
      end = page.next
    }
    this.#hole = undefined
    this.#settle()
  }

  #take({ bars, next }: Loaded): void {
    const { chart } = this.#of
    chart.load(bars)
    this.#next = { oldest: chart.bars[0]?.time ?? Number.NaN, before: next }
    this.#settle()
  }

  /** Not before the bars are on the chart: as they come, what is in sight moves, and that would ask again. */
  #settle(): void {
    this.#isAsking = false
    const isWhole = this.#next !== undefined && this.#next.before === undefined
    this.#of.onPast(isWhole ? { kind: 'loaded', end: 'start' } : { kind: 'loaded' })
  }

  /** Undefined where it failed, another question is on its way, or nobody waits for an answer any more. */
  async #ask(before: number | undefined, limit: number): Promise<Loaded | undefined> {
    const { symbol, interval, onPast } = this.#of
    this.#asked += 1
    const asked = this.#asked
    this.#isAsking = true
    onPast({ kind: 'loading' })
    const page = await this.#fetch(symbol, interval, limit, { before })
    if (asked !== this.#asked) return undefined
    if (page.kind === 'loaded') return page
    this.#isAsking = false
    this.#notBefore = performance.now() + (page.retryAfterMs ?? RETRY_MS)
    onPast({ kind: 'failed', reason: page.reason, isOlder: before !== undefined && this.#hole === undefined })
    return undefined
  }
}

type Loaded = Extract<History, { kind: 'loaded' }>
