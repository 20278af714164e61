import type { Instrument } from '@depthcast/market'
import { step } from '@depthcast/market'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readSnapshot } from '../src/venues/coinbase/frames.ts'
import { parseFrame } from '../src/venues/coinbase/written-levels.ts'
import { parseObject } from '../src/venues/wire.ts'
import { instrument } from './driver.ts'

const BTC = instrument('coinbase', 'BTC-USD', 'BTC', 'USD')

/** What a reading gives, or how it fails. */
function outcome(text: string, parse: typeof parseObject, of: Instrument): unknown {
  try {
    return readSnapshot(parse(text), of)
  } catch (error) {
    return String(error)
  }
}

/** A level as a venue may write it, mostly rightly. */
const text = fc.oneof(
  { weight: 60, arbitrary: fc.integer({ min: 1, max: 999_999 }).map((n) => (n / 100).toFixed(2)) },
  {
    weight: 20,
    arbitrary: fc.integer({ min: 0, max: 999 }).map((n) => (n / 1000).toFixed(fc.sample(fc.nat(4), 1)[0])),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '0',
      '0.0',
      '0.00000000',
      '1.5000000',
      '1.23456',
      '',
      '.',
      '5.',
      '.5',
      '-1',
      '1e3',
      '1,5',
      '9'.repeat(20),
      '007.50',
    ),
  },
)
const level = fc.tuple(text, text).map(([price, size]) => `["${price}","${size}"]`)
const odd = fc.constantFrom('["1.00"]', '["1.00","2","3"]', '[1.00,"2"]', '["1.00", "2"]', 'null', '{}', '')
const side = fc.tuple(fc.array(level, { maxLength: 12 }), fc.option(odd, { freq: 12 }), fc.nat(12))

const PADDING = Array.from({ length: 6_000 }, (_, index) => `["${(20_000 + index / 100).toFixed(2)}","1.000"]`).join()

function snapshotOf(bids: string): string {
  return `{"type":"snapshot","product_id":"BTC-USD","bids":[${bids}],"asks":[${PADDING}],"time":"2023-11-14T22:13:20Z"}`
}

const SIZES = [
  '0',
  '0.0',
  '1',
  '1.5',
  '1.50000000',
  '1.2345',
  '1.2340',
  '',
  '.',
  '5.',
  '.5',
  '-1',
  '1e3',
  '1,5',
  '9'.repeat(20),
  '007.5',
]
const BIDS = [
  ...SIZES.flatMap((size) => [`["9.00","${size}"]`, `["8.00","1"],["9.00","${size}"]`]),
  ...SIZES.map((price) => `["${price}","1.000"],["8.00","1"]`),
  ...[
    '["9.00","1"]["8.00","1"]',
    '["9.00","1"];["8.00","1"]',
    '["9.00","1"],',
    '["9.00","1"] ,["8.00","1"]',
    '["9.00","1"],["9.00","2"]',
  ],
  ...['["9.00"]', '["9.00","1","7"]', '[9.00,"1"]', '["9.00", "1"]', 'null', '{}', ' ', '[]', '["9.00","1"'],
]

test.each(BIDS.map((bids) => ({ bids })))(
  'bids $bids read from the text are what they are parsed as, or fail as they do',
  ({ bids }) => {
    const text = snapshotOf(bids)
    expect(outcome(text, parseFrame, BTC)).toEqual(outcome(text, parseObject, BTC))
  },
)

test('a big snapshot read from its text is what it is parsed as, or fails as it does', () => {
  fc.assert(
    fc.property(
      side,
      fc.boolean(),
      fc.boolean(),
      fc.option(fc.nat(130_000), { freq: 8 }),
      (made, isFirst, isCoarse, cut) => {
        const [levels, strange, at] = made
        const bids = (strange === null ? levels : levels.toSpliced(at, 0, strange)).join()
        const sides = [`"bids":[${bids}]`, `"asks":[${PADDING}]`]
        const whole = `{"type":"snapshot","product_id":"BTC-USD",${(isFirst ? sides : sides.reverse()).join()},"time":"2023-11-14T22:13:20Z"}`
        const frame = cut === null ? whole : whole.slice(0, cut)
        const of = isCoarse ? { ...BTC, tickSize: step('0.05') } : BTC
        expect(outcome(frame, parseFrame, of)).toEqual(outcome(frame, parseObject, of))
      },
    ),
    { numRuns: 150 },
  )
})
