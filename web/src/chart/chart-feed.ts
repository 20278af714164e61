import type { Bar, BarProof, BarsOptions } from '../engine/messages.ts'
import type { ChartInterval } from '../panels/options.ts'
import type { Desk } from '../state/desk.ts'
import { fetchCandles, type History } from './history.ts'

/** What a feed fills. */
type Filled = {
  readonly bars: readonly Bar[]
  load(bars: readonly Bar[]): void
  follow(bars: readonly Bar[]): void
  setProofs(proofs: ReadonlyMap<number, BarProof>): void
  clear(): void
}

export type PastState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'loaded' }
  | { readonly kind: 'failed'; readonly reason: string }

type Of = {
  readonly desk: Pick<Desk, 'followBars' | 'send'>
  readonly panel: string
  readonly symbol: string
  readonly interval: ChartInterval
  readonly options: BarsOptions
  readonly chart: Filled
  readonly onPast: (state: PastState) => void
  readonly fetchPast?: (symbol: string, interval: string, limit: number) => Promise<History>
}

/** Bars of the past asked for at a time: more than any screen shows at first. */
const PAGE = 500
const MOST_PROOFS = 2000
/** As many as the gateway keeps: it refuses to be asked for more. */
const ALL = 1500

/** Brings a chart its bars: those that move from the engine, those of the past over HTTP, a page at a time as someone looks further back. */
export class ChartFeed {
  readonly #of: Of
  readonly #fetch: NonNullable<Of['fetchPast']>
  readonly #stop: () => void
  #proofs: ReadonlyMap<number, BarProof> = new Map()
  #limit = PAGE
  /** The gateway has no more. */
  #isWhole = false
  #asked = 0
  #isAsking = false

  constructor(of: Of) {
    this.#of = of
    this.#fetch = of.fetchPast ?? fetchCandles
    const { desk, panel, symbol, interval, options } = of
    this.#stop = desk.followBars({ panel, symbol, interval, options }, (heard) => this.#hear(heard))
    void this.#load()
  }

  choose(options: BarsOptions): void {
    this.#of.desk.send({ kind: 'bars-options', panel: this.#of.panel, options })
    if (options.certificate) return
    this.#proofs = new Map()
    this.#of.chart.setProofs(this.#proofs)
  }

  /** Someone looks at where the bars begin. */
  more(): void {
    if (this.#isAsking || this.#isWhole) return
    this.#limit += PAGE
    void this.#load()
  }

  again(): void {
    void this.#load()
  }

  close(): void {
    this.#asked += 1
    this.#stop()
  }

  #hear({ reset, isOther, bars, proofs }: Parameters<Parameters<Desk['followBars']>[1]>[0]): void {
    const { chart } = this.#of
    const newest = chart.bars.at(-1)
    if (isOther) {
      this.#proofs = new Map()
      chart.clear()
      void this.#load()
    } else if (reset && newest !== undefined && (bars[0]?.time ?? newest.time) > newest.time) {
      // So long was nothing heard that there are bars in between.
      void this.#load()
    }
    if (bars.length > 0) chart.follow(bars)
    if (proofs.length === 0) return
    const all = new Map([...this.#proofs, ...proofs.map((proof) => [proof.time, proof] as const)])
    // A chart of seconds may stay open all day.
    this.#proofs = all.size <= MOST_PROOFS ? all : new Map([...all].slice(-MOST_PROOFS))
    chart.setProofs(this.#proofs)
  }

  async #load(): Promise<void> {
    const { symbol, interval, chart, onPast } = this.#of
    this.#asked += 1
    const asked = this.#asked
    this.#isAsking = true
    onPast({ kind: 'loading' })
    const history = await this.#fetch(symbol, interval, this.#limit)
    // Another answer is on its way, or nobody waits for one any more.
    if (asked !== this.#asked) return
    this.#isAsking = false
    if (history.kind === 'failed') {
      onPast(history)
      return
    }
    this.#isWhole = history.bars.length < this.#limit || this.#limit >= ALL
    chart.load(history.bars)
    onPast({ kind: 'loaded' })
  }
}
