import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maySee, refuseForbidden, shallower } from '../../src/auth/entitlements.ts'
import { ANYONE } from '../../src/auth/gatekeeper.ts'

const of = (...symbols: readonly string[]) => ({ ...ANYONE.entitlements, symbols })

test.each([
  ['*', true],
  ['kraken:*', true],
  ['*:BTC-*', true],
  ['*-USD', true],
  ['kraken:BTC-USD', true],
  ['k*n:*C-*D', true],
  ['**', true],
  ['kraken:BTC-USD*', true],
  ['kraken:BTC', false],
  ['*:BTC', false],
  ['KRAKEN:*', false],
  ['kraken:BTC-USD-*-USD', false],
  ['kraken:BTC-US*SD', false],
  ['.*', false],
  ['kraken.BTC-USD', false],
  ['', false],
])('the pattern %j lets kraken:BTC-USD through: %s', (pattern, expected) => {
  expect(maySee(of(pattern), 'kraken:BTC-USD')).toBe(expected)
  expect(maySee(of('coinbase:*', pattern), 'kraken:BTC-USD')).toBe(expected)
})

test('patterns mean what they would mean as regular expressions', () => {
  const letters = (characters: string, maxLength: number) =>
    fc.array(fc.constantFrom(...characters), { maxLength }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(letters('ab*', 8), letters('ab', 12), (pattern, text) => {
      expect(maySee(of(pattern), text)).toBe(new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text))
    }),
  )
})

test('a pattern made to be slow is not', () => {
  const pattern = `${'*a'.repeat(32)}*b`
  expect(maySee(of(pattern), 'a'.repeat(100_000))).toBe(false)
})

test('a refusal says what may be had, however much that is', () => {
  const few = { ...of('kraken:*'), channels: ['book', 'status'] as const }
  expect(() => refuseForbidden(few, 'trades', 'kraken:BTC-USD')).toThrow(
    'trades is not yours: you may have book, status',
  )
  expect(() => refuseForbidden(few, 'book', 'coinbase:BTC-USD')).toThrow(
    expect.objectContaining({ code: 403, message: 'coinbase:BTC-USD is not yours: you may have kraken:*' }),
  )
  const many = of(...Array.from({ length: 100 }, (_, index) => `venue${index}:*`))
  expect(() => refuseForbidden(many, 'book', 'kraken:BTC-USD')).toThrow('and 92 more')
  refuseForbidden(few, 'book', 'kraken:BTC-USD')
})

test.each([
  ['all', 'all', 'all'],
  ['all', 5, 5],
  [5, 'all', 5],
  [5, 6, 5],
] as const)('of the depths %s and %s the shallower is %s', (one, other, expected) => {
  expect(shallower(one, other)).toBe(expected)
})
