import { expect, test } from 'vitest'
import { adviceFor, cleaned, faultOf } from '../src/state/refusal.ts'

test.each([
  ['  dck_abc\n', 'dck_abc'],
  ['Bearer dck_abc', 'dck_abc'],
  ['Authorization: Bearer dck_abc', 'dck_abc'],
  ['"dck_abc"', 'dck_abc'],
  ["'dck_abc'", 'dck_abc'],
  ['dck_abc', 'dck_abc'],
  ['"dck_abc', '"dck_abc'],
])('%j is pasted, and %j is meant', (pasted, token) => {
  expect(cleaned(pasted)).toBe(token)
})

test.each([
  ['', /nothing/],
  ['a b', /space/],
  ['a\nb', /line break/],
  ['schlüssel', /letter/],
  ['x'.repeat(4097), /at most 4096 characters, this one 4097/],
])('%j is no token, and why is said before anybody is asked', (text, why) => {
  expect(faultOf(text)).toMatch(why)
})

test('the longest token there may be, of every sign there may be, is one', () => {
  expect(faultOf('x'.repeat(4096))).toBeUndefined()
  expect(faultOf(String.fromCharCode(...Array.from({ length: 94 }, (_, n) => n + 0x21)))).toBeUndefined()
})

test.each([
  [401, 'missing: this gateway wants a token', /Paste/],
  [401, 'expired: the token expired', /fresh/],
  [401, 'unknown: no such key', /withdrawn/],
  [401, 'something new', /copied whole/],
  [403, 'origin: pages of this origin may not', /--allow-origin/],
  [406, '3 clients are connected with this key: limit connectionsPerKey is 3', /Close another/],
])('a refusal %i %j comes with what to do', (code, reason, advice) => {
  expect(adviceFor({ code, reason })).toMatch(advice)
})
