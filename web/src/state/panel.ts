import { createContext } from 'svelte'
import type { PanelKind as PaintedKind, PanelId, PanelReport } from '../engine/messages.ts'
import type { PanelKind } from '../panels/registry.ts'
import { type Group, numberOf, setGroup, setOptions, setSymbol, symbolOf } from '../workspace/workspace.ts'
import type { Desk, InstrumentRow, Table } from './desk.ts'

/** What a panel shows as a table, in exact decimals without grouping. */
export type Text = Pick<Table, 'symbol' | 'seq' | 'columns' | 'rows'>

/** What of a panel can be taken elsewhere. */
export type Offer = {
  readonly table?: () => Promise<Text>
  /** As it is on the screen now, in device pixels, without the panel's header. */
  readonly picture?: () => Promise<CanvasImageSource & { readonly width: number; readonly height: number }>
}

/** One panel as its component sees it: what it is, what it was set to, and how to set it. Reading inside a component follows every change. */
export class PanelHandle<Options extends object> {
  readonly id: PanelId
  readonly kind: PanelKind
  /** What the engine paints for it; undefined where it is drawn on the page. */
  readonly painted: PaintedKind | undefined
  readonly #desk: Desk
  readonly #title: string
  /** What was last known of it: it may be closed while its component still stands. */
  #options: Options

  constructor(
    desk: Desk,
    { id, kind, title, painted }: { id: PanelId; kind: PanelKind; title: string; painted: PaintedKind | undefined },
  ) {
    this.id = id
    this.kind = kind
    this.#title = title
    this.painted = painted
    this.#desk = desk
    this.#options = (desk.workspace.panels[id]?.options ?? {}) as Options
  }

  get title(): string {
    return this.#title + numberOf(this.#desk.workspace, this.id)
  }

  /** As its kind's schema in the registry says; the same object until one of them changes. */
  get options(): Options {
    this.#options = (this.#desk.workspace.panels[this.id]?.options as Options | undefined) ?? this.#options
    return this.#options
  }

  set(options: Partial<Options>): void {
    this.#desk.change((workspace) => setOptions(workspace, this.id, options as Record<string, unknown>))
  }

  get group(): Group | undefined {
    return this.#desk.workspace.panels[this.id]?.group
  }

  join(group: Group | undefined): void {
    const shown = this.instrument?.id
    this.#desk.change((workspace) => setGroup(workspace, this.id, group, shown))
  }

  /** Undefined while no instrument is known at all. */
  get instrument(): InstrumentRow | undefined {
    return this.#desk.instrumentOf(symbolOf(this.#desk.workspace, this.id), this.group)
  }

  /** Gives the panel, and so its whole group, another instrument. */
  select(symbol: string): void {
    this.#desk.change((workspace) => setSymbol(workspace, this.id, symbol))
  }

  /** Offers something for as long as the returned function is not called; `desk.offers` has what each panel offers at present. */
  offer(offer: Offer): () => void {
    const { offers } = this.#desk
    offers.set(this.id, [...(offers.get(this.id) ?? []), offer])
    return () => {
      const left = (offers.get(this.id) ?? []).filter((each) => each !== offer)
      if (left.length === 0) offers.delete(this.id)
      else offers.set(this.id, left)
    }
  }

  /** What the engine last said of it; undefined where it does not paint it. */
  get report(): PanelReport | undefined {
    return this.#desk.reports.value.get(this.id)
  }
}

const [panelHandle, provide] = createContext<PanelHandle<object>>()

/** For the components below this one. */
export function providePanel(panel: PanelHandle<object>): void {
  provide(panel)
}

/** The panel a component is in. `Options` is `OptionsOf` its kind, or the part of it that several kinds share. */
export function usePanel<Options extends object>(): PanelHandle<Options> {
  // The registry's schema made these options before anything could read them.
  return panelHandle() as PanelHandle<Options>
}
