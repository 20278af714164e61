import { tick } from 'svelte'
import type { PanelId } from '../engine/messages.ts'
import { CHART_INTERVALS, DEPTHS, GROUPINGS } from '../panels/options.ts'
import { loadPanel, type OptionsOf, type PanelKind, panelName } from '../panels/registry.ts'
import type { Direction } from '../workspace/edit.ts'
import { activate, firstOf, setOptions } from '../workspace/workspace.ts'
import type { Desk } from './desk.ts'
import { basisPoints, decimalsOf, formatNumber, UNKNOWN } from './format.ts'
import type { Arrangement } from './keys.ts'

/** Says the best bid and ask of the chosen instrument. */
export function sayBest(desk: Desk): void {
  const { quote, price } = chosen(desk)
  desk.say(`Bid ${price(quote?.bid)}, ask ${price(quote?.ask)}`)
}

/** The spread in quote currency and in basis points of the mid. */
export function saySpread(desk: Desk): void {
  const { quote, price } = chosen(desk)
  desk.say(
    quote?.bid === undefined || quote.ask === undefined
      ? `Spread ${UNKNOWN}`
      : spreadWords(quote.bid, quote.ask, price),
  )
}

export function sayLast(desk: Desk): void {
  const { quote, price } = chosen(desk)
  desk.say(`Last ${price(quote?.last)}`)
}

/** The next interval of the chart in use, else of the first there is. */
export function stepInterval(desk: Desk, inUse: PanelId | undefined): void {
  change(desk, 'chart', inUse, ({ interval }) => {
    const next = CHART_INTERVALS[(CHART_INTERVALS.indexOf(interval) + 1) % CHART_INTERVALS.length]
    return next === undefined ? {} : { interval: next }
  })
}

export function stepGrouping(desk: Desk, inUse: PanelId | undefined, step: 1 | -1): void {
  change(desk, 'ladder', inUse, ({ grouping }) => ({ grouping: neighbour(GROUPINGS, grouping, step) }))
}

export function stepDepth(desk: Desk, inUse: PanelId | undefined, step: 1 | -1): void {
  change(desk, 'ladder', inUse, ({ depth }) => ({ depth: neighbour(DEPTHS, depth, step) }))
}

/** Moves a panel a step, or makes it larger or smaller; the focus stays with it. */
export async function arrangePanel(
  desk: Desk,
  panel: PanelId | undefined,
  { what, direction }: Arrangement,
): Promise<void> {
  if (panel === undefined) return
  const { moveToward, resizeToward } = await import('../workspace/edit.ts')
  const hadFocus = document.getElementById(`panel-${panel}`)?.contains(document.activeElement) ?? false
  const before = desk.workspace
  desk.maximised.set(undefined)
  desk.arrange((workspace) => (what === 'move' ? moveToward : resizeToward)(workspace, panel, direction))
  const name = panelName(desk.workspace, panel, 'title')
  const done = what === 'move' ? `moved ${direction}` : SIZES[direction]
  desk.say(desk.workspace === before ? `${name}: no further ${direction}` : `${name} ${done}`)
  await tick()
  if (hadFocus) focusPanel(panel)
}

/** Brings a panel to the front of its tabs and the focus to it. */
export async function showPanel(desk: Desk, panel: PanelId | undefined): Promise<void> {
  if (panel === undefined) return
  desk.change((workspace) => activate(workspace, panel))
  await tick()
  focusPanel(panel)
}

/** The watchlist may be behind another tab, and its program not loaded yet. */
export async function focusSearch(desk: Desk): Promise<void> {
  const watch = firstOf(desk.workspace, 'watch')
  if (watch === undefined) return
  desk.change((workspace) => activate(workspace, watch))
  await loadPanel('watch')
  await tick()
  document.getElementById(`${watch}-search`)?.focus()
}

function focusPanel(panel: PanelId): void {
  document.getElementById(`panel-${panel}`)?.focus()
}

const SIZES: Readonly<Record<Direction, string>> = { left: 'narrower', right: 'wider', up: 'lower', down: 'taller' }

/** Keys mean the panel in use where it is of their kind, else the first one that is. */
function change<Kind extends PanelKind>(
  desk: Desk,
  kind: Kind,
  inUse: PanelId | undefined,
  step: (options: OptionsOf<Kind>) => Partial<OptionsOf<Kind>>,
): void {
  const { panels } = desk.workspace
  const panel = inUse !== undefined && panels[inUse]?.kind === kind ? inUse : firstOf(desk.workspace, kind)
  const options = panel === undefined ? undefined : panels[panel]?.options
  if (panel === undefined || options === undefined) return
  desk.change((workspace) => setOptions(workspace, panel, step(options as OptionsOf<Kind>)))
}

/** The next larger or smaller choice; at either end the value stays. */
export function neighbour(choices: readonly number[], value: number, step: 1 | -1): number {
  const next = step === 1 ? choices.find((choice) => choice > value) : choices.findLast((choice) => choice < value)
  return next ?? value
}

function spreadWords(bid: number, ask: number, price: (value: number) => string): string {
  return `Spread ${price(ask - bid)}, ${formatNumber(basisPoints(bid, ask), 2)} basis points`
}

function chosen(desk: Desk) {
  const instrument = desk.instrument
  const quote = instrument === undefined ? undefined : desk.quotes.value.get(instrument.id)
  const decimals = decimalsOf(instrument?.tickSize ?? '0.01')
  return { quote, price: (value: number | undefined) => formatNumber(value, decimals) }
}
