import type { Component } from 'svelte'
import * as z from 'zod/mini'
import type { PanelKind as PaintedKind, PanelId } from '../engine/messages.ts'
import { numberOf, type Workspace } from '../workspace/workspace.ts'
import { chart, depth, depthChart, feeds, grouping, heatmap, market, minValue, rateMs, unit, watch } from './options.ts'

/** What makes a kind of panel. Its program is fetched when the first panel of it is opened, so none stands before the first quote. */
type Kind<Options extends z.ZodMiniObject> = {
  readonly title: string
  /** On a tab, where there is less room. */
  readonly tab: string
  /** With the defaults in it. */
  readonly options: Options
  /** Which content the engine paints into its canvas; absent where the panel is drawn on the page. */
  readonly painted?: PaintedKind
  readonly load: () => Promise<{ readonly default: Component }>
}

const kind = <Options extends z.ZodMiniObject>(of: Kind<Options>): Kind<Options> => of

/** Every kind of panel there is, in the order a menu lists them. A new one is one file and one line here. */
export const PANELS = {
  chart: kind({
    title: 'Chart',
    tab: 'Chart',
    options: z.object(chart),
    load: () => import('./ChartPanel.svelte'),
  }),
  ladder: kind({
    title: 'Book',
    tab: 'Book',
    options: z.object({ depth, grouping, rateMs, unit }),
    painted: 'ladder',
    load: () => import('./LadderPanel.svelte'),
  }),
  depth: kind({
    title: 'Depth',
    tab: 'Depth',
    options: z.object(depthChart),
    painted: 'depth',
    load: () => import('./DepthPanel.svelte'),
  }),
  tape: kind({
    title: 'Trades',
    tab: 'Trades',
    options: z.object({ rateMs, minValue }),
    painted: 'tape',
    load: () => import('./TapePanel.svelte'),
  }),
  heatmap: kind({
    title: 'Heatmap',
    tab: 'Heat',
    options: z.object(heatmap),
    painted: 'heatmap',
    load: () => import('./HeatmapPanel.svelte'),
  }),
  watch: kind({
    title: 'Watch',
    tab: 'Watch',
    options: z.object(watch),
    load: () => import('./WatchlistPanel.svelte'),
  }),
  market: kind({
    title: 'Market',
    tab: 'Market',
    options: z.object(market),
    load: () => import('./MarketPanel.svelte'),
  }),
  alerts: kind({ title: 'Alerts', tab: 'Alerts', options: z.object({}), load: () => import('./AlertsPanel.svelte') }),
  about: kind({ title: 'About', tab: 'About', options: z.object({}), load: () => import('./AboutPanel.svelte') }),
  feeds: kind({
    title: 'Feeds',
    tab: 'Feeds',
    options: z.object(feeds),
    load: () => import('./FeedsPanel.svelte'),
  }),
  server: kind({ title: 'Server', tab: 'Server', options: z.object({}), load: () => import('./ServerPanel.svelte') }),
} as const

export type PanelKind = keyof typeof PANELS
export type OptionsOf<Name extends PanelKind> = Readonly<z.output<(typeof PANELS)[Name]['options']>>
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

/** A kind's options from what was stored: a field that is missing or no longer valid falls back alone. */
export function parseOptions(name: PanelKind, stored: unknown): Readonly<Record<string, unknown>> {
  const { options } = PANELS[name]
  const record = typeof stored === 'object' && stored !== null ? (stored as Record<string, unknown>) : {}
  const read = options.safeParse(record)
  if (read.success) return read.data
  const wrong = new Set(read.error.issues.map((issue) => issue.path[0]))
  return options.parse(Object.fromEntries(Object.entries(record).filter(([key]) => !wrong.has(key))))
}
