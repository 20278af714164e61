import { step } from '@depthcast/market'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AlertRule, away, limitOf, type Memory, type Observation, observe, unitsOf } from '../src/state/alerts.ts'
import { checkAlert } from '../src/state/alerts-form.ts'
import { MOST_RULES, readAlerts, writeAlerts } from '../src/state/alerts-stored.ts'
import { firingWords, ruleWords } from '../src/state/alerts-words.ts'
import type { InstrumentRow } from '../src/state/desk.ts'

const BTC: InstrumentRow = {
  id: 'test:BTC-USD',
  venue: 'test',
  base: 'BTC',
  quote: 'USD',
  tickSize: '0.5',
  lotSize: '0.001',
  state: 'live',
}
const RULE: AlertRule = { id: '1', symbol: BTC.id, measure: 'price-above', threshold: '100', isOn: true }
const NOTHING: Observation = {
  at: 0,
  isLive: true,
  bid: undefined,
  ask: undefined,
  last: undefined,
  volume24h: undefined,
  minute: undefined,
}

/** Each observation in turn, a second apart; which of them fired, and since when nobody had seen. */
function run(rule: AlertRule, limit: number, observations: readonly Partial<Observation>[]) {
  let memory: Memory | undefined
  return observations.flatMap((observation, index) => {
    const outcome = observe(rule, limit, memory, { ...NOTHING, at: index * 1000, ...observation })
    memory = outcome.memory
    return outcome.firing === undefined ? [] : [outcome.firing]
  })
}
const lasts = (...prices: readonly (number | undefined)[]) => prices.map((last) => ({ last }))
const at = (firings: ReturnType<typeof run>) => firings.map((firing) => firing.at / 1000)

test('a rule fires when the price comes from the other side, and the threshold itself is enough', () => {
  expect(at(run(RULE, 100, lasts(99, 100, 101, 99, 102)))).toEqual([1, 4])
  expect(at(run({ ...RULE, measure: 'price-below' }, 100, lasts(101, 100, 99, 101, 98)))).toEqual([1, 4])
})

test('a price that is there already when the rule begins does not fire until it went back', () => {
  expect(at(run(RULE, 100, lasts(105, 106, 104)))).toEqual([])
  expect(at(run(RULE, 100, lasts(105, 99, 104)))).toEqual([2])
})

test('what is stale or unknown never fires, and is not remembered as a price', () => {
  const stale = { last: 150, isLive: false }
  expect(run(RULE, 100, [{ last: 99 }, stale, stale])).toEqual([])
  expect(at(run(RULE, 100, [stale, { last: 99 }, { last: 150, isLive: false }, { last: 99 }]))).toEqual([])
  expect(run(RULE, 100, lasts(99, undefined, undefined))).toEqual([])
})

test('what happened while nobody could tell is told as that, with the time since when', () => {
  const firings = run(RULE, 100, [{ last: 99 }, { last: 99 }, { isLive: false }, { last: 120 }])
  expect(firings).toEqual([{ at: 3000, unseenSince: 1000 }])
  expect(run(RULE, 100, [{ last: 99 }, { isLive: false }, { last: 99 }, { last: 100 }])).toEqual([{ at: 3000 }])
})

test('a page that slept does not take the first price after it for the next one', () => {
  const memory = observe(RULE, 100, undefined, { ...NOTHING, at: 1000, last: 99 }).memory
  const slept = observe(RULE, 100, away(memory), { ...NOTHING, at: 60_000, last: 120 })
  expect(slept.firing).toEqual({ at: 60_000, unseenSince: 1000 })
})

test('a rule that may fire again waits its time, and then for the next crossing', () => {
  const again = { ...RULE, againMs: 3000 }
  expect(at(run(again, 100, lasts(99, 100, 99, 100, 99, 100, 99)))).toEqual([1, 5])
  expect(at(run(again, 100, lasts(99, 100, 100, 100, 100, 100)))).toEqual([1])
})

test('a spread is compared without rounding: a ten-thousandth of a basis point decides', () => {
  const wide = { ...RULE, measure: 'spread-above', threshold: '2' } as const
  const limit = limitOf(wide, BTC)
  expect(limit).toEqual({ kind: 'limit', units: 20_000 })
  // Of 9999 and 10001 the middle is 10000: exactly 2 bp.
  const exact = { bid: 9999, ask: 10_001 }
  expect(at(run(wide, 20_000, [{ bid: 10_000, ask: 10_001 }, exact]))).toEqual([1])
  expect(at(run(wide, 20_001, [{ bid: 10_000, ask: 10_001 }, exact]))).toEqual([])
  expect(
    at(
      run(wide, 20_000, [
        { bid: 10_000, ask: 10_001 },
        { bid: undefined, ask: 20_000 },
      ]),
    ),
  ).toEqual([])
})

test('each minute begins with nothing: one that reaches the volume fires, once, and the next again', () => {
  const busy = { ...RULE, measure: 'volume-minute', againMs: 1000 } as const
  const minutes = [
    [0, 40],
    [0, 120],
    [0, 130],
    [60, 110],
    [120, 20],
  ].map(([start = 0, lots = 0]) => ({ minute: { start, lots } }))
  expect(at(run(busy, 100, minutes))).toEqual([1, 3])
  expect(at(run(busy, 100, minutes.slice(1)))).toEqual([2])
})

test.each([
  { measure: 'price-above', threshold: '100.3', reason: 'goes in steps of 0.5' },
  { measure: 'price-above', threshold: '0', reason: 'must be above zero' },
  { measure: 'volume-24h', threshold: '0.0001', reason: 'goes in steps of 0.001' },
  { measure: 'spread-above', threshold: 'wide', reason: 'is not a number like 63142.5' },
  { measure: 'price-above', threshold: '99999999999999999999', reason: 'is too large' },
] as const)('a $measure of $threshold $reason', ({ measure, threshold, reason }) => {
  expect(limitOf({ measure, threshold }, BTC)).toEqual({ kind: 'unusable', reason })
})

test('the decimal a page was sent is the very tick it came from, whatever the tick', () => {
  const size = fc.constantFrom('0.01', '0.5', '0.25', '1e-8', '5', '0.00000003', '100').map(step)
  void fc.assert(
    fc.property(size, fc.integer({ min: -(2 ** 45), max: 2 ** 45 }), (tick, units) => {
      expect(unitsOf((units * tick.coefficient) / 10 ** tick.decimals, tick)).toBe(units)
    }),
  )
})

/** What happens to one rule: a price, or nothing that can be told. */
const market = fc.array(fc.option(fc.integer({ min: 95, max: 105 }), { nil: undefined }), { maxLength: 60 })

test('property: a rule never fires on what is unknown, always from the other side, and misses no crossing', () => {
  void fc.assert(
    fc.property(market, fc.constantFrom('price-above', 'price-below'), (prices, measure) => {
      const fired = new Map(
        run({ ...RULE, measure, againMs: 1 }, 100, lasts(...prices)).map((firing) => [firing.at / 1000, firing]),
      )
      const isBeyond = (price: number): boolean => (measure === 'price-above' ? price >= 100 : price <= 100)
      let before: { readonly price: number; readonly index: number } | undefined
      prices.forEach((price, index) => {
        const crosses = price !== undefined && before !== undefined && isBeyond(price) && !isBeyond(before.price)
        const firing = fired.get(index)
        expect(firing !== undefined).toBe(crosses)
        const skipped = before !== undefined && before.index !== index - 1
        if (firing !== undefined) expect(firing.unseenSince).toBe(skipped ? (before?.index ?? 0) * 1000 : undefined)
        if (price !== undefined) before = { price, index }
      })
    }),
  )
})

test('property: two firings are never nearer than the rule allows', () => {
  void fc.assert(
    fc.property(market, fc.integer({ min: 1, max: 20_000 }), (prices, againMs) => {
      const times = run({ ...RULE, againMs }, 100, lasts(...prices)).map((firing) => firing.at)
      times.slice(1).forEach((time, index) => {
        expect(time - (times[index] ?? 0)).toBeGreaterThanOrEqual(againMs)
      })
    }),
  )
})

test('the form says beside each field what is wrong with it', () => {
  const fields = { symbol: BTC.id, measure: 'price-above', threshold: ' 100.5 ', againMs: 0 }
  expect(checkAlert(fields, [BTC], [])).toEqual({
    kind: 'rule',
    rule: { symbol: BTC.id, measure: 'price-above', threshold: '100.5', isOn: true },
  })
  expect(checkAlert({ ...fields, againMs: 60_000 }, [BTC], [])).toMatchObject({ rule: { againMs: 60_000 } })
  const wrong = (change: Partial<typeof fields>, rules: readonly AlertRule[] = []) => {
    const checked = checkAlert({ ...fields, ...change }, [BTC], rules)
    return checked.kind === 'wrong' ? checked.errors : checked
  }
  expect(wrong({ threshold: '1,000' })).toEqual({ threshold: 'Write a number like 63142.5.' })
  expect(wrong({ threshold: '' })).toEqual({ threshold: 'Write a number like 63142.5.' })
  expect(wrong({ threshold: '100.3' })).toEqual({ threshold: 'It goes in steps of 0.5.' })
  expect(wrong({ symbol: '', threshold: '-1' })).toEqual({
    symbol: 'Choose an instrument.',
    threshold: 'Write a number like 63142.5.',
  })
  expect(wrong({ symbol: 'test:GONE-USD' })).toEqual({ symbol: 'This gateway does not have it.' })
  expect(wrong({}, [{ ...RULE, threshold: '100.50' }])).toEqual({ threshold: 'There is such a rule already.' })
  const full = Array.from({ length: MOST_RULES }, (_, id) => ({ ...RULE, id: String(id), threshold: String(id + 200) }))
  expect(Object.keys(wrong({}, full))).toEqual(['threshold'])
})

test('rules come back as they were stored, and those that cannot be read are counted', () => {
  const log = [{ at: 1, symbol: BTC.id, sentence: 'it did', isUnseen: true }]
  const stored = { rules: [RULE, { ...RULE, id: '2', againMs: 60_000 }], log, notify: true }
  expect(readAlerts(writeAlerts(stored))).toEqual({ alerts: stored, lost: 0 })
  expect(readAlerts(null)).toMatchObject({ alerts: { rules: [] }, lost: 0 })
  expect(readAlerts('{')).toMatchObject({ alerts: { rules: [] }, lost: 1 })
  expect(readAlerts(JSON.stringify({ version: 2, rules: [RULE] }))).toMatchObject({ alerts: { rules: [] }, lost: 1 })
  const mixed = JSON.stringify({ version: 1, rules: [RULE, { ...RULE, measure: 'gut feeling' }], log: [7, log[0]] })
  expect(readAlerts(mixed)).toEqual({ alerts: { rules: [RULE], log, notify: false }, lost: 1 })
})

test('a firing says what, where, and if nobody could watch also between when', () => {
  const rule = { ...RULE, threshold: '64000' }
  expect(ruleWords(rule, BTC)).toBe('Price rises to 64,000.0 USD')
  expect(firingWords(rule, BTC, { at: 0 })).toBe('BTC-USD test: price rose to 64,000.0 USD')
  expect(firingWords(rule, BTC, { at: 61_000, unseenSince: 0 })).toBe(
    'BTC-USD test: price rose to 64,000.0 USD between 00:00:00 and 00:01:01, while nobody could watch',
  )
  expect(ruleWords({ ...RULE, measure: 'spread-above', threshold: '2.5' }, BTC)).toBe('Spread widens to 2.5 bp')
})
