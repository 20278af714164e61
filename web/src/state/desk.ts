import { createContext } from 'svelte'
import type { FromEngine, PanelId, ToEngine } from '../engine/messages.ts'
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
import { cell } from './cell.ts'
import type { Engine } from './engine.ts'
import { Heard, type InstrumentRow } from './heard.ts'
import type { Offer } from './panel.ts'
import { standingOf } from './quotes.ts'
import { QuoteNeeds } from './quotes-needs.ts'
import type { Settings } from './settings.ts'

export type { InstrumentRow, Table } from './heard.ts'

/** Everything the panels share: what the engine last said, what the user chose, and the few things they can do about either. */
export class Desk {
  readonly #heard = new Heard({
    send: (message) => this.send(message),
    say: (sentence) => this.spoken.set(sentence),
  })
  readonly instruments = this.#heard.instruments
  readonly quotes = this.#heard.quotes
  readonly reports = this.#heard.reports
  readonly connection = this.#heard.connection
  readonly hit = this.#heard.hit
  readonly failures = this.#heard.failures
  readonly table = this.#heard.table.bind(this.#heard)
  readonly pick = this.#heard.pick.bind(this.#heard)
  readonly picture = this.#heard.picture.bind(this.#heard)
  readonly receipt = this.#heard.receipt.bind(this.#heard)
  readonly ask = this.#heard.ask.bind(this.#heard)
  readonly followBars = this.#heard.followBars.bind(this.#heard)
  readonly alert = this.#heard.alert.bind(this.#heard)
  readonly settings
  readonly workspaces
  /** Which shape the page has. */
  readonly shell
  readonly paused = cell(false)
  /** The panel that last had the focus or the pointer's press. */
  readonly used = cell<PanelId | undefined>(undefined)
  /** The one panel that fills the page; undefined while all are shown. */
  readonly maximised = cell<PanelId | undefined>(undefined)
  /** The layouts the user saved, by their names. */
  readonly layouts
  /** What drags panels; undefined while it is not loaded, or where there is none. */
  readonly dragger = cell<Dragger | undefined>(undefined)
  /** A sentence the user must see, until they say that they did. */
  readonly notice = cell<string | undefined>(undefined)
  /** How often the tables that screen readers read were to be taken anew. */
  readonly refreshes = cell(0)
  /** What the live region says. */
  readonly spoken = cell('')
  /** What can be taken from each panel; by `PanelHandle.offer`. */
  readonly offers = new Map<PanelId, readonly Offer[]>()
  readonly #engine: Engine
  #histories: Readonly<Record<Shell, History>> = { desktop: NO_HISTORY, tablet: NO_HISTORY, phone: NO_HISTORY }
  readonly #needs = new QuoteNeeds((symbols, ratesMs) => this.send({ kind: 'watch', symbols, ratesMs }))

  constructor(
    { settings, workspaces, layouts = [], shell }: Begin,
    startEngine: (hear: (message: FromEngine) => void, fail: (reason: string) => void) => Engine,
  ) {
    this.settings = cell(settings)
    this.workspaces = cell(workspaces)
    this.layouts = cell(layouts)
    this.shell = cell(shell)
    this.#engine = startEngine(
      (message) => this.#heard.hear(message),
      (reason) => this.#heard.failed(reason),
    )
  }

  get place(): Engine['place'] {
    return this.#engine.place
  }

  /** Settles with the first quote on the page: whatever is not needed for that loads afterwards. */
  get firstQuote(): Promise<void> {
    return this.#heard.firstQuote
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

  /** The instrument the page's header shows: that of the group last worked with. */
  get instrument(): InstrumentRow | undefined {
    const { group } = this
    return this.instrumentOf(this.workspace.groups[group], group)
  }

  /** The group the header stands for. */
  get group(): Group {
    return leadGroup(this.workspace, this.used.value)
  }

  /** The instrument of a symbol; where there is none such each group has one of its own, as long as there are enough. */
  instrumentOf(symbol: string | undefined, group: Group = 1): InstrumentRow | undefined {
    const rows = this.instruments.value
    return rows.find((row) => row.id === symbol) ?? rows[group - 1] ?? rows[0]
  }

  /** An instrument's state now. */
  stateOf(row: InstrumentRow | undefined): string {
    return row === undefined ? 'connecting' : standingOf(row, this.quotes.value.get(row.id))
  }

  send(message: ToEngine, transfer?: Transferable[]): void {
    if (message.kind === 'token') this.#heard.forgetInstruments()
    if (message.kind === 'panel-open') this.#heard.opened(message.panel)
    this.#engine.send(message, transfer)
  }

  /** Asks for the quotes of these until the returned function is called; `rateMs` is the least time between two of them, `who` needs them. */
  watch(symbols: readonly string[], rateMs?: number, who?: string): () => void {
    return this.#needs.add(symbols, rateMs, who)
  }

  /** Who needs the quotes of a symbol: panels by their ids, and parts of the page. */
  quoteUsers(symbol: string): ReadonlySet<string> {
    return this.#needs.users(symbol)
  }

  /** What the page shows one by one: the header's instrument and each panel's. */
  get shown(): readonly string[] {
    const { layout, panels } = this.workspace
    const rows = panelsOf(layout).map((id) => this.instrumentOf(symbolOf(this.workspace, id), panels[id]?.group))
    return [...new Set([this.instrument, ...rows].flatMap((row) => (row === undefined ? [] : [row.id])))]
  }

  /** Gives the header, and every panel of its group, another instrument. */
  select(symbol: string): void {
    this.change((workspace) => setGroupSymbol(workspace, this.group, symbol))
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

  /** Has the engine fetch the program of a chart's bars again. */
  retryBars(panel: PanelId): void {
    this.#heard.forgetFailure(panel)
    this.send({ kind: 'bars-retry', panel })
  }

  /** The engine paints a panel no more; what it said of it is forgotten. */
  closeSurface(panel: PanelId): void {
    this.send({ kind: 'panel-close', panel })
    this.#heard.forget(panel)
  }

  /** What the user asked to hear is said at once, unlike what the market does. */
  say(sentence: string): void {
    // A live region speaks when its text changes, so the same words need a difference nobody hears.
    this.spoken.change((spoken) => (spoken === sentence ? `${sentence}\u00a0` : sentence))
  }

  close(): void {
    this.#engine.close()
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

export const [useDesk, provideDesk] = createContext<Desk>()
