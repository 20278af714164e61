import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromLots, fromTicks, lots, micros, step, ticks, toLots, toTicks, UnitError } from '../src/index.ts'

const MAX = Number.MAX_SAFE_INTEGER

/** Steps of every kind a venue could have: powers of ten, coefficients, whole numbers. */
const steps = fc
  .tuple(fc.oneof(fc.constantFrom(1, 5, 25, 125, 3, 10, 100), fc.integer({ min: 1, max: 99_999 })), fc.nat({ max: 20 }))
  .map(([coefficient, decimals]) => step(`${coefficient}e-${decimals}`))
const safe = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.integer({ min: -20, max: 20 }),
  fc.constantFrom(MAX, -MAX, MAX - 1),
)

function codeOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    expect(error).toBeInstanceOf(UnitError)
    return (error as UnitError).code
  }
  return 'none'
}

describe('step', () => {
  test.each([
    ['0.25', '0.25', 2, 25],
    ['5', '5', 0, 5],
    ['1e-8', '0.00000001', 8, 1],
    ['0.00000001', '0.00000001', 8, 1],
    ['0.01000000', '0.01', 2, 1],
    ['10', '10', 0, 10],
    ['1e2', '100', 0, 100],
    ['2.5E+1', '25', 0, 25],
    ['1.5', '1.5', 1, 15],
    ['0010.50', '10.5', 1, 105],
    ['1.0', '1', 0, 1],
  ])('reads %s as %s', (text, canonical, decimals, coefficient) => {
    expect(step(text)).toEqual({ text: canonical, decimals, coefficient })
  })

  test.each([
    ['', 'UNIT_NOT_DECIMAL'],
    ['.', 'UNIT_NOT_DECIMAL'],
    ['1.', 'UNIT_NOT_DECIMAL'],
    ['.5', 'UNIT_NOT_DECIMAL'],
    [' 1', 'UNIT_NOT_DECIMAL'],
    ['1e', 'UNIT_NOT_DECIMAL'],
    ['0x10', 'UNIT_NOT_DECIMAL'],
    ['0', 'UNIT_BAD_STEP'],
    ['0.000', 'UNIT_BAD_STEP'],
    ['-0.01', 'UNIT_BAD_STEP'],
    ['9007199254740993', 'UNIT_OVERFLOW'],
    ['1e16', 'UNIT_OVERFLOW'],
    ['1e-31', 'UNIT_OVERFLOW'],
    ['1e999', 'UNIT_OVERFLOW'],
  ])('refuses %s with %s', (text, code) => {
    expect(codeOf(() => step(text))).toBe(code)
  })
})

describe('a decimal as a count of steps', () => {
  test.each([
    ['0.3521', '0.0001', 3521],
    ['0.35210000', '0.0001', 3521],
    ['64123.5', '0.25', 256494],
    ['64125', '5', 12825],
    ['64125.000', '5', 12825],
    ['0.00000001', '1e-8', 1],
    ['21000000.00000000', '1e-8', 2_100_000_000_000_000],
    ['-0.75', '0.25', -3],
    ['007', '1', 7],
    ['3', '0.001', 3000],
    ['9007199254740991', '1', MAX],
    ['-9007199254740991', '1', -MAX],
    // the digits pass 2^53, the count of steps does not
    ['2251799813685247.75', '0.25', MAX],
    ['45035996273704955', '5', MAX],
    ['0.0000000000000000000000000000', '1e-30', 0],
  ])('%s on %s is %d', (text, size, want) => {
    expect(toTicks(text, step(size))).toBe(want)
  })

  test.each([
    '',
    '.',
    '-',
    '-.',
    '1e5',
    '1E5',
    ' 1',
    '1 ',
    '+1',
    '--1',
    '1-',
    'NaN',
    'Infinity',
    '1_0',
    '1,0',
    '1.',
    '.5',
    '1.2.3',
    '0x1',
    '١',
    '12a',
    '0.00a',
    '0.1000b',
    '99999999999999999999x',
  ])('%j is not a decimal', (text) => {
    expect(codeOf(() => toTicks(text, step('0.01')))).toBe('UNIT_NOT_DECIMAL')
    expect(codeOf(() => toLots(text, step('1')))).toBe('UNIT_NOT_DECIMAL')
  })

  test.each([
    ['0.123', '0.01'],
    ['0.1200001', '0.01'],
    ['7', '5'],
    ['0.3', '0.25'],
    ['-0.3', '0.25'],
    ['0.0000000000000000000000000000001', '1e-30'],
    ['12345678901234567890.1', '5'],
  ])('%s is not a multiple of %s', (text, size) => {
    expect(codeOf(() => toTicks(text, step(size)))).toBe('UNIT_NOT_MULTIPLE')
  })

  test.each([
    ['9007199254740992', '1'],
    ['9007199254740993', '1'],
    ['-9007199254740992', '1'],
    ['90071992.54740992', '1e-8'],
    ['90071992547409.92', '0.01'],
    ['1', '1e-30'],
    ['123456789012345678901234567890', '0.00000001'],
    ['45035996273704960', '5'],
  ])('%s on %s is an overflow that names the value', (text, size) => {
    expect(codeOf(() => toTicks(text, step(size)))).toBe('UNIT_OVERFLOW')
    expect(() => toTicks(text, step(size))).toThrow(text)
  })

  test('the first count that does not fit is one more than the last that does', () => {
    expect(toLots('90071992.54740991', step('1e-8'))).toBe(MAX)
    expect(codeOf(() => toLots('90071992.54740992', step('1e-8')))).toBe('UNIT_OVERFLOW')
  })

  test('zero is never negative', () => {
    for (const text of ['-0', '-0.00', '-0.0000', '0']) {
      expect(Object.is(toTicks(text, step('0.01')), 0)).toBe(true)
      expect(Object.is(toLots(text, step('0.25')), 0)).toBe(true)
    }
  })

  test('a quantity below zero has its own code', () => {
    expect(codeOf(() => toLots('-0.01', step('0.01')))).toBe('UNIT_NEGATIVE')
    expect(codeOf(() => toLots('-2251799813685247.75', step('0.25')))).toBe('UNIT_NEGATIVE')
  })

  test('a message carries a long value shortened', () => {
    expect(() => toTicks('x'.repeat(10_000), step('1'))).toThrow(/^.{1,120}$/)
  })

  test('any text gives its exact count of steps or a typed error, as big integers have it', () => {
    const text = fc.oneof(
      fc.stringMatching(/^-?[0-9]{1,20}(\.[0-9]{1,20})?$/),
      fc.stringMatching(/^-?[0-9]{1,9}\.[0-9]{1,6}0{0,9}$/),
      fc.stringMatching(/^[-+]?[0-9.e]{0,12}$/),
      fc.string(),
    )
    fc.assert(
      fc.property(text, steps, (price, tickSize) => {
        const want = oracle(price, tickSize.decimals, tickSize.coefficient)
        if (typeof want === 'string') expect(codeOf(() => toTicks(price, tickSize))).toBe(want)
        else expect(toTicks(price, tickSize)).toBe(want)
      }),
      { numRuns: 3000 },
    )
  })
})

describe('a count of steps as a decimal', () => {
  test.each([
    [3521, '0.0001', '0.3521'],
    [-3, '0.25', '-0.75'],
    [0, '0.01', '0.00'],
    [-0, '0.01', '0.00'],
    [12825, '5', '64125'],
    [1, '1e-8', '0.00000001'],
    [MAX, '0.25', '2251799813685247.75'],
    [-MAX, '5', '-45035996273704955'],
    [MAX, '1e-30', '0.000000000000009007199254740991'],
  ])('%d on %s is %s', (count, size, want) => {
    expect(fromTicks(count, step(size))).toBe(want)
  })

  test('any safe integer on any step comes back from its decimal as itself', () => {
    fc.assert(
      fc.property(safe, steps, (count, size) => {
        expect(toTicks(fromTicks(count, size), size)).toBe(count === 0 ? 0 : count)
        expect(toLots(fromLots(Math.abs(count), size), size)).toBe(Math.abs(count))
      }),
      { numRuns: 3000 },
    )
  })

  test('zeros after the last decimal change nothing', () => {
    fc.assert(
      fc.property(safe, steps, fc.nat({ max: 12 }), (count, size, zeros) => {
        const text = fromTicks(count, size)
        expect(toTicks(`${text.includes('.') ? text : `${text}.0`}${'0'.repeat(zeros)}`, size)).toBe(
          count === 0 ? 0 : count,
        )
      }),
    )
  })

  test.each([
    [1.5, 'UNIT_NOT_INTEGER'],
    [Number.NaN, 'UNIT_NOT_INTEGER'],
    [Number.POSITIVE_INFINITY, 'UNIT_NOT_INTEGER'],
    [2 ** 53, 'UNIT_OVERFLOW'],
    [-(2 ** 53), 'UNIT_OVERFLOW'],
  ])('%d is refused with %s', (count, code) => {
    expect(codeOf(() => fromTicks(count, step('0.01')))).toBe(code)
    expect(codeOf(() => ticks(count))).toBe(code)
    expect(codeOf(() => micros(count))).toBe(code)
  })

  test('lots are never negative', () => {
    expect(codeOf(() => lots(-1))).toBe('UNIT_NEGATIVE')
    expect(codeOf(() => fromLots(-1, step('0.01')))).toBe('UNIT_NEGATIVE')
    expect(lots(MAX)).toBe(MAX)
  })
})

/** The definition, in big integers. */
function oracle(text: string, decimals: number, coefficient: number): number | string {
  if (!/^-?[0-9]+(\.[0-9]+)?$/.test(text)) return 'UNIT_NOT_DECIMAL'
  const [integer = '', fraction = ''] = text.replace('-', '').split('.')
  const scale = Math.max(decimals, fraction.length)
  const value = BigInt(integer + fraction.padEnd(scale, '0'))
  const size = BigInt(coefficient) * 10n ** BigInt(scale - decimals)
  if (value % size !== 0n) return 'UNIT_NOT_MULTIPLE'
  const count = value / size
  if (count > BigInt(MAX)) return 'UNIT_OVERFLOW'
  return count === 0n ? 0 : Number(text.startsWith('-') ? -count : count)
}
