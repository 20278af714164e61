import type { Client } from '@depthcast/client'
import type { ChartBars } from './chart-bars.ts'
import type { EngineHost } from './host.ts'
import type { BarsToEngine, FromEngine, PanelId, PanelReport } from './messages.ts'
import type { Question } from './question-messages.ts'
import { answerNone } from './questions.ts'
import type { Life } from './traffic.ts'

/** What makes a chart's bars: at once where it is there already. */
export type BarsProgram = typeof import('./chart-bars.ts')
export type BarsSource = BarsProgram | { readonly load: () => Promise<BarsProgram> }
export const BARS: BarsSource = { load: () => import('./chart-bars.ts') }

type ToChart = Exclude<BarsToEngine, { kind: 'bars-retry' }>

export type ChartsContext = {
  readonly client: Client
  readonly host: EngineHost
  readonly life: () => Life
  readonly post: (message: FromEngine) => void
  readonly source: BarsSource
}

/** The bars of all charts on the page. Their program is fetched with the first of them; what is said to a chart meanwhile waits, in order. */
export class Charts {
  readonly #of: ChartsContext
  readonly #charts = new Map<PanelId, ChartBars>()
  #make: BarsProgram | undefined
  #isLoading = false
  #waiting: readonly ToChart[] = []
  #isPaused = false

  constructor(of: ChartsContext) {
    this.#of = of
    if (!('load' in of.source)) this.#make = of.source
  }

  handle(message: BarsToEngine): void {
    const { panel } = message
    if (message.kind === 'bars-retry') this.#load()
    else if (this.#make !== undefined) this.#tell(this.#make, message)
    else if (message.kind === 'bars-close') this.#waiting = this.#waiting.filter((each) => each.panel !== panel)
    else {
      this.#waiting = [...this.#waiting.filter((each) => each.panel !== panel || each.kind !== message.kind), message]
      this.#load()
    }
  }

  has(panel: PanelId): boolean {
    return this.#charts.has(panel)
  }

  /** Fetches the program where charts wait for it. */
  #load(): void {
    const { source, post } = this.#of
    if (this.#isLoading || this.#waiting.length === 0 || !('load' in source)) return
    this.#isLoading = true
    source
      .load()
      .then(
        (make) => {
          this.#make = make
          for (const message of this.#waiting) this.#tell(make, message)
          this.#waiting = []
        },
        (error: unknown) => {
          const reason = error instanceof Error ? error.message : String(error)
          for (const { kind, panel } of this.#waiting)
            if (kind === 'bars-open') post({ kind: 'panel-failed', panel, reason })
        },
      )
      .finally(() => {
        this.#isLoading = false
      })
  }

  setPaused(paused: boolean): void {
    this.#isPaused = paused
    for (const chart of this.#charts.values()) chart.setPaused(paused)
  }

  /** Looks at the evidence behind every chart again. */
  judge(): void {
    for (const chart of this.#charts.values()) chart.judge()
  }

  reports(): readonly PanelReport[] {
    return [...this.#charts.values()].flatMap((chart) => chart.report() ?? [])
  }

  /** A receipt is all that can be asked for here: the chart is drawn on the page. */
  answer(question: Question): void {
    const { post } = this.#of
    const receipt = this.#charts.get(question.panel)?.receipt()
    if (question.kind !== 'panel-receipt' || receipt === undefined) answerNone(question, post)
    else
      receipt
        .then((told) => post({ ...question, kind: 'receipt', receipt: told }))
        .catch(() => answerNone(question, post))
  }

  close(): void {
    for (const chart of this.#charts.values()) chart.close()
    this.#charts.clear()
    this.#waiting = []
  }

  #tell(make: BarsProgram, message: ToChart): void {
    const { panel } = message
    const chart = this.#charts.get(panel)
    switch (message.kind) {
      case 'bars-open':
        this.#opened(make, panel).show(message.symbol, message.interval, message.options)
        break
      case 'bars-options':
        chart?.choose(message.options)
        break
      case 'bars-drawn':
        chart?.drawn()
        break
      case 'bars-close':
        chart?.close()
        this.#charts.delete(panel)
        break
    }
  }

  #opened({ ChartBars }: BarsProgram, panel: PanelId): ChartBars {
    const known = this.#charts.get(panel)
    if (known !== undefined) return known
    const bars = new ChartBars({ ...this.#of, panel })
    bars.setPaused(this.#isPaused)
    this.#charts.set(panel, bars)
    return bars
  }
}
