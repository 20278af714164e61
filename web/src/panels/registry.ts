import type { Component } from 'svelte'
import type { PanelKind as PaintedKind, PanelId } from '../engine/messages.ts'
import { numberOf, type Workspace } from '../workspace/workspace.ts'
import type { OptionsByKind } from './options.ts'

/** What makes a kind of panel. Its program is fetched when the first panel of it is opened, so none stands before the first quote. */
type Kind = {
  readonly title: string
  /** On a tab, where there is less room. */
  readonly tab: string
  /** Which content the engine paints into its canvas; absent where the panel is drawn on the page. */
  readonly painted?: PaintedKind
  readonly load: () => Promise<{ readonly default: Component }>
}

/** Every kind of panel there is, in the order a menu lists them. A new one is one file and one line here. */
export const PANELS: Readonly<Record<keyof OptionsByKind, Kind>> = {
  chart: {
    title: 'Chart',
    tab: 'Chart',
    load: () => import('./ChartPanel.svelte'),
  },
  ladder: {
    title: 'Book',
    tab: 'Book',
    painted: 'ladder',
    load: () => import('./LadderPanel.svelte'),
  },
  depth: {
    title: 'Depth',
    tab: 'Depth',
    painted: 'depth',
    load: () => import('./DepthPanel.svelte'),
  },
  tape: {
    title: 'Trades',
    tab: 'Trades',
    painted: 'tape',
    load: () => import('./TapePanel.svelte'),
  },
  heatmap: {
    title: 'Heatmap',
    tab: 'Heat',
    painted: 'heatmap',
    load: () => import('./HeatmapPanel.svelte'),
  },
  watch: {
    title: 'Watch',
    tab: 'Watch',
    load: () => import('./WatchlistPanel.svelte'),
  },
  market: {
    title: 'Market',
    tab: 'Market',
    load: () => import('./MarketPanel.svelte'),
  },
  alerts: { title: 'Alerts', tab: 'Alerts', load: () => import('./AlertsPanel.svelte') },
  about: { title: 'About', tab: 'About', load: () => import('./AboutPanel.svelte') },
  feeds: {
    title: 'Feeds',
    tab: 'Feeds',
    load: () => import('./FeedsPanel.svelte'),
  },
  server: { title: 'Server', tab: 'Server', load: () => import('./ServerPanel.svelte') },
}

export type PanelKind = keyof OptionsByKind
export type OptionsOf<Name extends PanelKind> = Readonly<OptionsByKind[Name]>
export const PANEL_KINDS = Object.keys(PANELS) as readonly PanelKind[]

/** What a panel is called; several of a kind are told apart by their numbers. */
export function panelName(workspace: Workspace, panel: PanelId, of: 'title' | 'tab' = 'tab'): string {
  const kind = workspace.panels[panel]?.kind
  return kind === undefined ? panel : PANELS[kind][of] + numberOf(workspace, panel)
}

const loaded = new Map<PanelKind, Component>()

/** A kind's component at once where it was fetched before. */
export function loadedPanel(name: PanelKind): Component | undefined {
  return loaded.get(name)
}

export async function loadPanel(name: PanelKind): Promise<Component> {
  const { default: component } = await PANELS[name].load()
  loaded.set(name, component)
  return component
}
