import type { PanelId } from '../engine/messages.ts'
import { panelName } from '../panels/registry.ts'
import { firstOf, panelsOf, setOptions, symbolOf } from '../workspace/workspace.ts'
import { type Option, optionsOf } from './choices.ts'
import type { Desk, InstrumentRow } from './desk.ts'
import { basisPoints, decimalsOf, formatNumber, UNKNOWN } from './format.ts'

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

/** Every panel shows the newest, and nothing is paused. */
export function backToLive(desk: Desk): void {
  for (const panel of desk.reports.value.keys()) desk.send({ kind: 'panel-resume', panel })
  if (desk.paused.value) desk.setPaused(false)
}

export function refreshTables(desk: Desk): void {
  desk.refreshes.change((times) => times + 1)
}

export type OptionStep = { readonly option: string; readonly to: 'less' | 'more' | 'next' }

/**
 * Another choice of an option: the smaller or larger one, where either end is the end, or the next one round. Keys mean the panel in use where it has
 * such an option, else the first book, else the first panel that has it.
 */
export function stepOption(desk: Desk, inUse: PanelId | undefined, { option: name, to }: OptionStep): void {
  const { layout, panels } = desk.workspace
  const candidates = [inUse, firstOf(desk.workspace, 'ladder'), ...panelsOf(layout)]
  for (const panel of candidates) {
    const state = panel === undefined ? undefined : panels[panel]
    const option = state && optionsOf(state.kind).find((each) => each.name === name)
    if (panel === undefined || state === undefined || option === undefined) continue
    const value = stepped(option, state.options[name], to)
    desk.change((workspace) => setOptions(workspace, panel, { [name]: value }))
    const title = panelName(desk.workspace, panel, 'title')
    desk.say(`${title}: ${option.title} ${option.text(value, instrumentOfPanel(desk, panel))}`)
    return
  }
}

function stepped({ choices }: Option, value: unknown, to: OptionStep['to']): unknown {
  if (to === 'next') return choices[(choices.indexOf(value) + 1) % choices.length]
  const numbers = choices.filter((choice) => typeof choice === 'number')
  return typeof value === 'number' ? neighbour(numbers, value, to === 'more' ? 1 : -1) : value
}

/** The next larger or smaller choice; at either end the value stays. */
export function neighbour(choices: readonly number[], value: number, step: 1 | -1): number {
  const next = step === 1 ? choices.find((choice) => choice > value) : choices.findLast((choice) => choice < value)
  return next ?? value
}

export function instrumentOfPanel(desk: Desk, panel: PanelId): InstrumentRow | undefined {
  return desk.instrumentOf(symbolOf(desk.workspace, panel), desk.workspace.panels[panel]?.group)
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
