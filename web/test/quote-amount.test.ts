import { fromLots, fromTicks, step } from '@depthcast/market'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { numberStyle } from '../src/engine/decimal.ts'
import { QuoteAmount } from '../src/engine/quote-amount.ts'

const EN = numberStyle('en')

test.each([
  // 63,142.5 × 0.901 = 56,891.3925
  { tick: '0.5', lot: '0.001', ticks: 126_285, lots: 901, full: '56,891.4', compact: '56.9K', exact: '56891.3925' },
  { tick: '0.5', lot: '0.001', ticks: 2, lots: 3, full: '0.0', compact: '0.0', exact: '0.0030' },
  { tick: '0.25', lot: '5', ticks: 3, lots: 7, full: '26.25', compact: '26.25', exact: '26.25' },
  { tick: '0.01', lot: '0.01', ticks: 999_999, lots: 100, full: '9,999.99', compact: '9,999.99', exact: '9999.9900' },
  { tick: '10', lot: '1', ticks: 1000, lots: 1, full: '10,000', compact: '10.0K', exact: '10000' },
  // Half of the last decimal is rounded up.
  { tick: '0.1', lot: '0.5', ticks: 1, lots: 1, full: '0.1', compact: '0.1', exact: '0.05' },
  { tick: '1', lot: '1', ticks: -5, lots: 3, full: '\u221215', compact: '\u221215', exact: '-15' },
])(
  '$lots lots of $lot at $ticks ticks of $tick are worth $exact',
  ({ tick, lot, ticks, lots, full, compact, exact }) => {
    const amount = new QuoteAmount({ tickSize: step(tick), lotSize: step(lot) }, EN)
    const steps = amount.of(ticks, lots)
    expect([amount.full(steps), amount.compact(steps), amount.exact(steps)]).toEqual([full, compact, exact])
  },
)

test('what a whole book is worth is exact to the last digit, however deep it is', () => {
  const level = fc.tuple(fc.integer({ min: 1, max: 1e12 }), fc.integer({ min: 1, max: 2 ** 50 }))
  const steps = fc.constantFrom('0.01', '0.00000001', '0.25', '5', '1')
  fc.assert(
    fc.property(steps, steps, fc.array(level, { minLength: 1, maxLength: 50 }), (tick, lot, levels) => {
      const instrument = { tickSize: step(tick), lotSize: step(lot) }
      const amount = new QuoteAmount(instrument, EN)
      const sum = levels.reduce((all, [ticks, lots]) => all + amount.of(ticks, lots), 0n)
      // Reckoned anew from the decimals a reader sees.
      const digits = (text: string): bigint => BigInt(text.replace('.', ''))
      const expected = levels.reduce(
        (all, [ticks, lots]) =>
          all + digits(fromTicks(ticks, instrument.tickSize)) * digits(fromLots(lots, instrument.lotSize)),
        0n,
      )
      expect(digits(amount.exact(sum))).toBe(expected)
      const decimals = (text: string): number => text.split('.')[1]?.length ?? 0
      expect(decimals(amount.exact(sum))).toBe(instrument.tickSize.decimals + instrument.lotSize.decimals)
      expect(decimals(amount.full(sum))).toBe(instrument.tickSize.decimals)
      // What is written with a price's decimals is off by half of its last digit at most.
      const cut = 10n ** BigInt(instrument.lotSize.decimals)
      const off = digits(amount.full(sum).replaceAll(',', '')) * cut - expected
      expect(2n * (off < 0n ? -off : off)).toBeLessThanOrEqual(cut)
    }),
  )
})
