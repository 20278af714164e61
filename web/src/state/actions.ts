import type { Desk } from './desk.ts'
import { basisPoints, decimalsOf, formatNumber, UNKNOWN } from './format.ts'
import { CHART_INTERVALS, DEPTHS, GROUPINGS } from './settings.ts'

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

export function stepInterval(desk: Desk): void {
  const index = CHART_INTERVALS.indexOf(desk.settings.value.interval)
  const next = CHART_INTERVALS[(index + 1) % CHART_INTERVALS.length]
  if (next !== undefined) desk.setInterval(next)
}

export function stepGrouping(desk: Desk, step: 1 | -1): void {
  desk.setOptions('ladder', { grouping: neighbour(GROUPINGS, desk.settings.value.panels.ladder.grouping, step) })
}

export function stepDepth(desk: Desk, step: 1 | -1): void {
  desk.setOptions('ladder', { depth: neighbour(DEPTHS, desk.settings.value.panels.ladder.depth, step) })
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
