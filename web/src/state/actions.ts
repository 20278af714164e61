import type { PanelId } from '../engine/messages.ts'
import { CHART_INTERVALS, DEPTHS, GROUPINGS } from '../panels/options.ts'
import type { OptionsOf, PanelKind } from '../panels/registry.ts'
import { firstOf, setOptions } from '../workspace/workspace.ts'
import type { Desk } from './desk.ts'
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
