import type { Component } from 'svelte'
import ChartPanel from './ChartPanel.svelte'
import LadderPanel from './LadderPanel.svelte'
import TapePanel from './TapePanel.svelte'
import WatchlistPanel from './WatchlistPanel.svelte'

export type PanelName = 'chart' | 'ladder' | 'tape' | 'watch'

/** Every panel there is, in the order of the number keys that focus them. A new panel is one file and one line here. */
export const PANELS: readonly { readonly name: PanelName; readonly tab: string; readonly component: Component }[] = [
  { name: 'chart', tab: 'Chart', component: ChartPanel },
  { name: 'ladder', tab: 'Book', component: LadderPanel },
  { name: 'tape', tab: 'Trades', component: TapePanel },
  { name: 'watch', tab: 'Watch', component: WatchlistPanel },
]
