import type { Quote } from '../state/quotes.ts'

/**
 * What a tape offers to hide trades below, in the quote currency: nothing, and powers of ten around a millionth of a day's turnover, which is
 * about what a trade is worth where much is traded. They stay the same until a day's turnover is ten times another.
 */
export function valuesAround(quote: Pick<Quote, 'last' | 'volume24h'> | undefined): readonly string[] {
  const turnover = (quote?.last ?? Number.NaN) * (quote?.volume24h ?? Number.NaN)
  const middle = turnover > 0 && Number.isFinite(turnover) ? Math.round(Math.log10(turnover / A_MILLION)) : USUAL
  const powers = Array.from({ length: 5 }, (_, at) => Math.min(MOST, Math.max(LEAST, middle)) - 1 + at)
  return ['0', ...powers.map(powerOfTen)]
}

const A_MILLION = 1e6
/** A thousand dollars. */
const USUAL = 3
/** What the option's rule takes. */
const LEAST = -8
const MOST = 8

function powerOfTen(power: number): string {
  return power >= 0 ? `1${'0'.repeat(power)}` : `0.${'0'.repeat(-power - 1)}1`
}
