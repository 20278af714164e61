import { createContext } from 'svelte'
import type { Bar, FromEngine, PanelId, PanelReport, ToEngine, ViewState } from '../engine/messages.ts'
import type { Shell } from '../workspace/first.ts'
import { type History, NO_HISTORY, recorded, redo, undo } from '../workspace/history.ts'
import {
  type Group,
  leadGroup,
  panelsOf,
  setGroupSymbol,
  symbolOf,
  tabbed,
  type Workspace,
} from '../workspace/workspace.ts'
import { Announcer } from './announcer.ts'
import { cell } from './cell.ts'
import { type Connection, describeShortfall, describeState } from './describe.ts'
import type { Engine } from './engine.ts'
import type { Offer } from './panel.ts'
import { type Quote, readQuotes } from './quotes.ts'
import { QuoteNeeds } from './quotes-needs.ts'
import type { Settings } from './settings.ts'

export type InstrumentRow = Extract<FromEngine, { kind: 'instruments' }>['instruments'][number]
export type Table = Extract<FromEngine, { kind: 'table' }>
export type Hit = Extract<FromEngine, { kind: 'hit' }>
export type Bars = Extract<FromEngine, { kind: 'bars' }>

/** Everything the panels share: what the engine last said, what the user chose, and the few things they can do about either. */
export class Desk {
  readonly settings
  readonly workspaces
  /** Which shape the page has. */
  readonly shell
  readonly instruments = cell<readonly InstrumentRow[]>([])
  readonly quotes = cell<ReadonlyMap<string, Quote>>(new Map())
  readonly reports = cell<ReadonlyMap<PanelId, PanelReport>>(new Map())
  readonly connection = cell<Connection | undefined>(undefined)
  readonly hit = cell<Hit | undefined>(undefined)
  /** Panels whose program the engine could not fetch, and why. */
  readonly failures = cell<ReadonlyMap<PanelId, string>>(new Map())
  readonly paused = cell(false)
  /** The one panel that fills the page; undefined while all are shown. */
  readonly maximised = cell<PanelId | undefined>(undefined)
  /** The layouts the user saved, by their names. */
  readonly layouts
  /** What drags panels; undefined while it is not loaded, or where there is none. */
  readonly dragger = cell<Dragger | undefined>(undefined)
  /** A sentence the user must see, until they say that they did. */
  readonly notice = cell<string | undefined>(undefined)
  /** What the live region says. */
  readonly spoken = cell('')
  /** What can be taken from each panel; by `PanelHandle.offer`. */
  readonly offers = new Map<PanelId, readonly Offer[]>()
  readonly #engine: Engine
  readonly #announcer = new Announcer({ say: (sentence) => this.spoken.set(sentence) })
  readonly #tables = new Map<number, (table: Table) => void>()
  #histories: Readonly<Record<Shell, History>> = { desktop: NO_HISTORY, tablet: NO_HISTORY, phone: NO_HISTORY }
  readonly #barListeners = new Map<PanelId, (bars: Bars) => void>()
  /** Why panels got less than they asked for, as far as it was said. */
  readonly #shortfalls = new Map<PanelId, string | undefined>()
  #requests = 0
  readonly #needs = new QuoteNeeds((symbols, ratesMs) => this.send({ kind: 'watch', symbols, ratesMs }))
  /** Whose quotes the engine's arrays hold, in their order. */
  #quoted: readonly string[] = []
  #firstQuote = Promise.withResolvers<void>()

  constructor(
    { settings, workspaces, layouts = [], shell }: Begin,
    startEngine: (hear: (message: FromEngine) => void, fail: (reason: string) => void) => Engine,
  ) {
    this.settings = cell(settings)
    this.workspaces = cell(workspaces)
    this.layouts = cell(layouts)
    this.shell = cell(shell)
    this.#engine = startEngine(
      (message) => this.#hear(message),
      (reason) => this.#failed(reason),
    )
  }

  get place(): Engine['place'] {
    return this.#engine.place
  }

  /** Settles with the first quote on the page: whatever is not needed for that loads afterwards. */
  get firstQuote(): Promise<void> {
    return this.#firstQuote.promise
  }

  /** What is on the page, and where. */
  get workspace(): Workspace {
    return this.workspaces.value[this.shell.value]
  }

  change(step: (workspace: Workspace) => Workspace): void {
    const shell = this.shell.value
    this.workspaces.change((workspaces) => ({ ...workspaces, [shell]: step(workspaces[shell]) }))
  }

  /** Changes the layout in a way that can be undone. */
  arrange(step: (workspace: Workspace) => Workspace): void {
    const before = this.workspace
    this.change(step)
    this.#remember(recorded(this.#histories[this.shell.value], before, this.workspace))
  }

  /** Takes a whole layout on; groups it says nothing of keep their instruments. */
  take(workspace: Workspace): void {
    this.arrange(({ groups }) => {
      const taken = { ...workspace, groups: { ...groups, ...workspace.groups } }
      return this.shell.value === 'phone' ? tabbed(taken) : taken
    })
    this.maximised.set(undefined)
  }

  undo(): void {
    this.#travel(undo, 'Nothing to undo', 'Layout undone')
  }

  redo(): void {
    this.#travel(redo, 'Nothing to redo', 'Layout redone')
  }

  closePanel(panel: PanelId): void {
    // What edits is loaded when someone edits.
    void import('../workspace/edit.ts').then(({ closePanel }) => {
      this.maximised.set(undefined)
      this.arrange((workspace) => closePanel(workspace, panel))
    })
  }

  /** The page took another shape: its panels are others, the instruments stay. */
  reshape(shell: Shell): void {
    if (shell === this.shell.value) return
    const { groups } = this.workspace
    this.shell.set(shell)
    this.change((workspace) => ({ ...workspace, groups: { ...workspace.groups, ...groups } }))
    this.maximised.set(undefined)
  }

  /** The instrument the page's header shows. */
  get instrument(): InstrumentRow | undefined {
    const group = leadGroup(this.workspace)
    return this.instrumentOf(this.workspace.groups[group], group)
  }

  /** The instrument of a symbol; where there is none such each group has one of its own, as long as there are enough. */
  instrumentOf(symbol: string | undefined, group: Group = 1): InstrumentRow | undefined {
    const rows = this.instruments.value
    return rows.find((row) => row.id === symbol) ?? rows[group - 1] ?? rows[0]
  }

  /** An instrument's state: what its last quote said, or the listing before there was one. */
  stateOf(row: InstrumentRow | undefined): string {
    return row === undefined ? 'connecting' : (this.quotes.value.get(row.id)?.state ?? row.state)
  }

  send(message: ToEngine, transfer?: Transferable[]): void {
    this.#engine.send(message, transfer)
  }

  /** Asks for the quotes of these until the returned function is called; `rateMs` is the least time between two of them. */
  watch(symbols: readonly string[], rateMs?: number): () => void {
    return this.#needs.add(symbols, rateMs)
  }

  /** What the page shows one by one: the header's instrument and each panel's. */
  get shown(): readonly string[] {
    const { layout, panels } = this.workspace
    const rows = panelsOf(layout).map((id) => this.instrumentOf(symbolOf(this.workspace, id), panels[id]?.group))
    return [...new Set([this.instrument, ...rows].flatMap((row) => (row === undefined ? [] : [row.id])))]
  }

  /** What the market did and a listener should hear, when it is its turn. */
  announce(sentence: string): void {
    this.#announcer.announce(sentence)
  }

  /** Gives the header, and every panel of its group, another instrument. */
  select(symbol: string): void {
    this.change((workspace) => setGroupSymbol(workspace, leadGroup(workspace), symbol))
  }

  /** One panel over the whole page, or all of them again. */
  toggleMaximised(panel: PanelId): void {
    this.maximised.change((current) => (current === undefined ? panel : undefined))
  }

  setPaused(paused: boolean): void {
    this.paused.set(paused)
    this.send({ kind: 'pause', paused })
    this.say(paused ? 'Paused' : 'Resumed')
  }

  /** The panel's content as text, taken now. */
  table(panel: PanelId): Promise<Table> {
    const request = ++this.#requests
    return new Promise((resolve) => {
      this.#tables.set(request, resolve)
      this.send({ kind: 'panel-table', panel, request })
    })
  }

  /** Follows the bars of a chart until the returned function is called. */
  followBars(
    { panel, symbol, interval }: { panel: PanelId; symbol: string; interval: string },
    listener: (reset: boolean, bars: readonly Bar[]) => void,
  ): () => void {
    const hear = (message: Bars): void => {
      // What was under way for the chart before belongs to nobody.
      if (message.symbol === symbol && message.interval === interval) listener(message.reset, message.bars)
    }
    this.#barListeners.set(panel, hear)
    this.send({ kind: 'bars-open', panel, symbol, interval })
    return () => {
      if (this.#barListeners.get(panel) !== hear) return
      this.#barListeners.delete(panel)
      this.send({ kind: 'bars-close', panel })
    }
  }

  /** Has the engine fetch a panel's program again. */
  retryPanel(panel: PanelId): void {
    this.#forgetFailure(panel)
    this.send({ kind: 'panel-retry', panel })
  }

  /** The engine paints a panel no more; what it said of it is forgotten. */
  closeSurface(panel: PanelId): void {
    this.send({ kind: 'panel-close', panel })
    this.#forgetFailure(panel)
    this.reports.change((reports) => new Map([...reports].filter(([id]) => id !== panel)))
    this.#shortfalls.delete(panel)
    if (this.hit.value?.panel === panel) this.hit.set(undefined)
  }

  /** What the user asked to hear is said at once, unlike what the market does. */
  say(sentence: string): void {
    // A live region speaks when its text changes, so the same words need a difference nobody hears.
    this.spoken.change((spoken) => (spoken === sentence ? `${sentence}\u00a0` : sentence))
  }

  close(): void {
    this.#engine.close()
  }

  #forgetFailure(panel: PanelId): void {
    this.failures.change((failures) => new Map([...failures].filter(([id]) => id !== panel)))
  }

  #travel(step: typeof undo, none: string, done: string): void {
    const [workspace, history] = step(this.#histories[this.shell.value], this.workspace) ?? []
    if (workspace === undefined || history === undefined) {
      this.say(none)
      return
    }
    this.maximised.set(undefined)
    this.change(() => workspace)
    this.#remember(history)
    this.say(done)
  }

  #remember(history: History): void {
    this.#histories = { ...this.#histories, [this.shell.value]: history }
  }

  #hear(message: FromEngine): void {
    switch (message.kind) {
      case 'connection':
        this.connection.set(message)
        break
      case 'instruments':
        this.instruments.set(message.instruments)
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
        this.#tables.get(message.request)?.(message)
        this.#tables.delete(message.request)
        break
      case 'hit':
        this.hit.set(message)
        break
      case 'panel-failed':
        this.failures.change((failures) => new Map([...failures, [message.panel, message.reason]]))
        break
    }
  }

  #heardQuotes(values: Float64Array): void {
    const quotes = readQuotes(values, this.#quoted, this.quotes.value, Date.now())
    this.quotes.set(quotes)
    for (const quote of quotes.values())
      if (quote.last !== undefined || quote.bid !== undefined) this.#firstQuote.resolve()
  }

  #heardReports(reports: readonly PanelReport[]): void {
    const known = new Map(this.reports.value)
    for (const report of reports) {
      const before = known.get(report.panel)
      known.set(report.panel, report)
      if (before?.symbol === report.symbol) this.#noticeChange(before.state, report)
      const shortfall = describeShortfall(report, this.connection.value?.limits)
      if (shortfall !== undefined && shortfall.why !== this.#shortfalls.get(report.panel))
        this.#announcer.announce(shortfall.why)
      if (report.asked !== undefined) this.#shortfalls.set(report.panel, shortfall?.why)
    }
    this.reports.set(known)
  }

  #noticeChange(before: ViewState, report: PanelReport): void {
    const state = report.state
    if (before.kind === state.kind) return
    const wasWell = WELL.has(before.kind)
    if (WELL.has(state.kind)) {
      if (!wasWell) this.#announcer.announce(`${report.symbol} is live again`)
    } else if (state.kind !== 'paused') this.#announcer.announce(`${report.symbol} ${describeState(state).text}`)
  }

  #failed(reason: string): void {
    this.connection.set({
      kind: 'connection',
      state: 'closed',
      reason: `the engine stopped (${reason}); reload the page`,
      bytesPerSecond: 0,
      latencyMs: Number.NaN,
      breaks: this.connection.value?.breaks ?? 0,
    })
  }
}

export type Workspaces = Readonly<Record<Shell, Workspace>>
/** Begins to drag a panel by its header. */
type Dragger = (panel: PanelId, event: DragEvent) => void
type Begin = {
  readonly settings: Settings
  readonly workspaces: Workspaces
  readonly layouts?: readonly Workspace[]
  readonly shell: Shell
}

const WELL: ReadonlySet<ViewState['kind']> = new Set(['loading', 'live', 'quiet', 'paused'])

export const [useDesk, provideDesk] = createContext<Desk>()
