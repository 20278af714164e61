import { expect, test } from 'vitest'
import { readVenueDepths, VENUE_DEPTHS } from '../src/venue-depth.ts'
import { VENUES } from '../src/venues/index.ts'
import { Driver, instrument } from './driver.ts'

const DEPTHS = { kraken: [10, 1000], other: [1, 5] }

test.each([
  { text: 'kraken=10', read: { kraken: { depth: 10 } } },
  { text: 'Kraken=1000, other=5', read: { kraken: { depth: 1000 }, other: { depth: 5 } } },
])('$text says how deep books are to be', ({ text, read }) => {
  expect(readVenueDepths(text, DEPTHS)).toEqual(read)
})

test.each([
  '',
  '10',
  'kraken',
  'kraken=',
  'kraken=11',
  'kraken=1e1',
  'kraken=10,',
  'kraken=10,kraken=1000',
  'simulated=10',
  'constructor=10',
])('not so: %s', (text) => {
  expect(readVenueDepths(text, DEPTHS)).toBeUndefined()
})

test.each(Object.entries(VENUE_DEPTHS))('%s takes every depth that it says it has: %j', (venue, depths) => {
  const { plan, protocol } = VENUES.find(({ id }) => id === venue)!
  for (const depth of depths) {
    for (const one of plan([instrument(venue, 'BTC/USD', 'BTC', 'USD')], { depth }))
      expect(() => protocol(one)).not.toThrow()
  }
})

test('kraken is asked for the depth that was chosen, and for a thousand levels otherwise', () => {
  const kraken = VENUES.find(({ id }) => id === 'kraken')!
  const asked = (options: { readonly depth?: number }): unknown[] => {
    const [plan] = kraken.plan([instrument('kraken', 'BTC/USD', 'BTC', 'USD')], options)
    const { sent } = new Driver(kraken.protocol(plan!)).open()
    return sent.flatMap((one) => (JSON.parse(JSON.stringify(one)).params.depth ?? []) as unknown[])
  }
  expect(asked({ depth: 10 })).toEqual([10])
  expect(asked({})).toEqual([1000])
})
