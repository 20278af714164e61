import type { FromEngine, PanelId, PanelReport, Point, Receipt, ToEngine } from '../engine/messages.ts'
import { Announcer, StateNews } from './announcer.ts'
import { cell } from './cell.ts'
import { type Connection, describeShortfall, UNLISTED } from './describe.ts'
import { type Quote, readQuotes } from './quotes.ts'

export type InstrumentRow = Extract<FromEngine, { kind: 'instruments' }>['instruments'][number]
export type Table = Extract<FromEngine, { kind: 'table' }>
export type Hit = Extract<FromEngine, { kind: 'hit' }>
export type Bars = Extract<FromEngine, { kind: 'bars' }>

type Answer = Extract<FromEngine, { request: number }>
type AnswerOf<Kind extends Answer['kind']> = Extract<Answer, { kind: Kind }>

type Begin = {
  readonly send: (message: ToEngine) => void
  /** Says a sentence to those who listen instead of looking. */
  readonly say: (sentence: string) => void
}

/** What the engine last said, and the answers that someone waits for. */
export class Heard {
  readonly instruments = cell<readonly InstrumentRow[]>([])
  readonly quotes = cell<ReadonlyMap<string, Quote>>(new Map())
  readonly reports = cell<ReadonlyMap<PanelId, PanelReport>>(new Map())
  readonly connection = cell<Connection | undefined>(undefined)
  readonly hit = cell<Hit | undefined>(undefined)
  /** Panels whose program the engine could not fetch, and why. */
  readonly failures = cell<ReadonlyMap<PanelId, string>>(new Map())
  readonly #send
  readonly #announcer: Announcer
  readonly #news = new StateNews()
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  readonly #barListeners = new Map<PanelId, (bars: Bars) => void>()
  /** Panels that were closed: what was said of them may still be under way. */
  readonly #gone = new Set<PanelId>()
  /** Why panels got less than they asked for, as far as it was said. */
  readonly #shortfalls = new Map<PanelId, string | undefined>()
  /** Whose quotes the engine's arrays hold, in their order. */
  #quoted: readonly string[] = []
  #requests = 0
  readonly #firstQuote = Promise.withResolvers<void>()

  constructor({ send, say }: Begin) {
    this.#send = send
    this.#announcer = new Announcer({ say })
  }

  /** Settles with the first quote on the page: whatever is not needed for that loads afterwards. */
  get firstQuote(): Promise<void> {
    return this.#firstQuote.promise
  }

  /** What happens once, and must be heard: it waits its turn as well. */
  alert(sentence: string): void {
    this.#announcer.keep(sentence)
  }

  hear(message: FromEngine): void {
    switch (message.kind) {
      case 'connection':
        this.connection.set(orSame(this.connection.value, message))
        break
      case 'instruments':
        this.#heardInstruments(message.instruments)
        break
      case 'quotes':
        this.#quoted = message.symbols ?? this.#quoted
        this.#heardQuotes(message.quotes)
        break
      case 'panels':
        this.#heardReports(message.reports)
        break
      case 'bars':
        this.#barListeners.get(message.panel)?.(message)
        break
      case 'table':
      case 'picked':
      case 'picture':
      case 'receipt':
      case 'quote-costs':
        this.#waiting.get(message.request)?.(message)
        this.#waiting.delete(message.request)
        break
      case 'hit':
        this.hit.set(message)
        break
      case 'panel-failed':
        this.failures.change((failures) => new Map([...failures, [message.panel, message.reason]]))
        break
    }
  }

  /** The engine is dead: nothing more will be heard of it. */
  failed(reason: string): void {
    this.connection.set({
      kind: 'connection',
      state: 'closed',
      reason: `the engine stopped (${reason}); reload the page`,
      bytesPerSecond: 0,
      latencyMs: Number.NaN,
      breaks: this.connection.value?.breaks ?? 0,
    })
    const state = { kind: 'stale', since: Date.now() } as const
    this.reports.change((reports) => new Map([...reports].map(([id, report]) => [id, { ...report, state }])))
    this.quotes.change((quotes) => new Map([...quotes].map(([id, quote]) => [id, { ...quote, state: state.kind }])))
  }

  /** The panel's content as text, taken now. */
  table(panel: PanelId): Promise<Table> {
    return this.ask('table', (request) => ({ kind: 'panel-table', panel, request }))
  }

  /** What is at a point of a panel, CSS px; without one, at its pointer, or where keys would put that first. */
  async pick(panel: PanelId, at?: Point): Promise<Hit['hit']> {
    return (await this.ask('picked', (request) => ({ kind: 'panel-pick', panel, request, at }))).hit
  }

  /** A panel's canvas as it is now, in device pixels. Rejects where there is none. */
  async picture(panel: PanelId): Promise<ImageBitmap> {
    const { picture } = await this.ask('picture', (request) => ({ kind: 'panel-picture', panel, request }))
    if (picture === undefined) throw new Error(`there is no picture of ${panel}`)
    return picture
  }

  /** What stands behind what a panel shows; undefined while it shows nothing. */
  async receipt(panel: PanelId): Promise<Receipt | undefined> {
    return (await this.ask('receipt', (request) => ({ kind: 'panel-receipt', panel, request }))).receipt
  }

  /** Asks the engine for the one answer of a kind. */
  ask<Kind extends Answer['kind']>(kind: Kind, question: (request: number) => ToEngine): Promise<AnswerOf<Kind>> {
    const request = ++this.#requests
    return new Promise((resolve, reject) => {
      this.#waiting.set(request, (answer) => {
        if (answer.kind === kind) resolve(answer as AnswerOf<Kind>)
        else reject(new TypeError(`${kind} was asked for, ${answer.kind} answered`))
      })
      this.#send(question(request))
    })
  }

  /** Follows the bars of a chart until the returned function is called. */
  followBars(
    chart: Omit<Extract<ToEngine, { kind: 'bars-open' }>, 'kind'>,
    listener: (bars: Bars) => void,
  ): () => void {
    const { panel, symbol, interval } = chart
    const hear = (message: Bars): void => {
      // What was under way for the chart before belongs to nobody.
      if (message.symbol === symbol && message.interval === interval) listener(message)
    }
    this.#barListeners.set(panel, hear)
    this.opened(panel)
    this.#send({ kind: 'bars-open', ...chart })
    return () => {
      if (this.#barListeners.get(panel) !== hear) return
      this.#barListeners.delete(panel)
      this.#send({ kind: 'bars-close', panel })
      this.forget(panel)
    }
  }

  /** That a panel's program could not be fetched is no longer so, or no longer matters. */
  forgetFailure(panel: PanelId): void {
    this.failures.change((failures) => new Map([...failures].filter(([id]) => id !== panel)))
  }

  /** Who asks is someone else from now on, who may not even know of what the one before saw. */
  forgetInstruments(): void {
    this.instruments.set([])
  }

  /** What is said of a panel from now on is of this one. */
  opened(panel: PanelId): void {
    this.#gone.delete(panel)
  }

  /** What was said of a panel that the engine paints no more. */
  forget(panel: PanelId): void {
    this.#gone.add(panel)
    this.forgetFailure(panel)
    this.reports.change((reports) => new Map([...reports].filter(([id]) => id !== panel)))
    this.#shortfalls.delete(panel)
    this.#news.forget(panel)
    if (this.hit.value?.panel === panel) this.hit.set(undefined)
  }

  /**
   * They are told anew with every connection: a row that says the same stays the same, and what shows it undisturbed. One that is not among them any
   * more stays as well, behind the others, and says so; only a gateway that has none yet says nothing of any.
   */
  #heardInstruments(rows: readonly InstrumentRow[]): void {
    const before = new Map(this.instruments.value.map((row) => [row.id, row]))
    if (rows.length === 0 && before.size > 0) return
    const listed = new Set(rows.map(({ id }) => id))
    const gone = [...before.values()].filter(({ id }) => !listed.has(id)).map((row) => ({ ...row, state: UNLISTED }))
    this.instruments.set([...rows, ...gone].map((row) => orSame(before.get(row.id), row)))
  }

  #heardQuotes(values: Float64Array): void {
    const quotes = readQuotes(values, this.#quoted, this.quotes.value, Date.now())
    this.quotes.set(quotes)
    for (const quote of quotes.values())
      if (quote.last !== undefined || quote.bid !== undefined) this.#firstQuote.resolve()
  }

  #heardReports(reports: readonly PanelReport[]): void {
    const known = new Map(this.reports.value)
    let isNew = false
    for (const report of reports) {
      const before = known.get(report.panel)
      if (orSame(before, report) === before || this.#gone.has(report.panel)) continue
      isNew = true
      known.set(report.panel, report)
      const news = this.#news.of(report)
      if (news !== undefined) this.#announcer.announce(news)
      const shortfall = describeShortfall(report, this.connection.value?.limits)
      if (shortfall !== undefined && shortfall.why !== this.#shortfalls.get(report.panel))
        this.#announcer.announce(shortfall.why)
      if (report.asked !== undefined) this.#shortfalls.set(report.panel, shortfall?.why)
    }
    // Once a second all is told though nothing moved.
    if (isNew) this.reports.set(known)
  }
}

/** What was there before where it says the same. */
function orSame<T>(before: T | undefined, now: T): T {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(now) ? before : now
}
