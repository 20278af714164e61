import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseLexemes } from '../src/venues/lexemes.ts'
import { Unreadable } from '../src/venues/wire.ts'

/** What the platform makes of it when it is asked for the source of each number: slower, and not ours. */
function withSources(text: string): unknown {
  const revive = (_key: string, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' ? context?.source : value
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown)
}

test.each(['0.00005100', '62845.0', '1e-08', '-0', '12345678901234567890', '0', '-1.50E+3', '7.000'])(
  'the number %s stays as it is written',
  (number) => {
    expect(parseLexemes(`{"a":[${number}, ${number} ]}`)).toEqual({ a: [number, number] })
  },
)

test('everything else is as JSON.parse reads it', () => {
  const text =
    ' {"text":"a\\"b\\\\\\u00e9\\n","none":null,"yes":true,"no":false,"list":[],"object":{},"":[[{"x":""}]]}\r\n\t'
  expect(parseLexemes(text)).toEqual(JSON.parse(text))
})

test('a key named __proto__ is a key like any other', () => {
  const read = parseLexemes('{"__proto__":{"success":true}}') as Record<string, unknown>
  expect(Object.keys(read)).toEqual(['__proto__'])
  expect(read.success).toBeUndefined()
})

test.each([
  '',
  ' ',
  '{',
  '[1,',
  '[1,]',
  '{"a":1,}',
  '{"a" 1}',
  '{a:1}',
  '{"a":}',
  '01',
  '1.',
  '.5',
  '+1',
  '-',
  '1e',
  '1e+',
  '0x10',
  'NaN',
  'tru',
  'truely',
  'nul',
  '"',
  '"\\"',
  '"\\x"',
  '"\\u12"',
  '"\n"',
  '1 2',
  '[1]]',
  '{"a":1}}',
  '\u00a01',
])('%j is no JSON', (text) => {
  expect(() => JSON.parse(text)).toThrow()
  expect(() => parseLexemes(text)).toThrow(Unreadable)
})

test('what nests too deeply is refused before it costs the stack', () => {
  expect(() => parseLexemes('['.repeat(100_000))).toThrow(Unreadable)
  expect(parseLexemes('['.repeat(64) + ']'.repeat(64))).toBeDefined()
})

test('any JSON is read as the platform reads it with the sources of its numbers', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), fc.constantFrom(undefined, 1, '\t'), (json, space) => {
      const text = JSON.stringify(JSON.parse(json), null, space)
      expect(parseLexemes(text)).toEqual(withSources(text))
    }),
  )
})

test('with characters changed, cut or doubled it refuses exactly what the platform refuses', () => {
  const frame =
    '{"channel":"book","data":[{"bids":[{"price":0.5100,"qty":1e-08}],"ok":true,"none":null,"t":"a\\u0041"}]}'
  const change = fc.tuple(
    fc.nat(frame.length),
    fc.nat(3),
    fc.constantFrom('', '"', '\\', '0', '.', '-', 'e', ',', ':', '[', ']', '{', '}', ' ', '\n', 'u', 'null'),
  )
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const text = changes.reduce((made, [at, cut, put]) => made.slice(0, at) + put + made.slice(at + cut), frame)
      let want: unknown
      try {
        want = withSources(text)
      } catch {
        expect(() => parseLexemes(text)).toThrow(Unreadable)
        return
      }
      expect(parseLexemes(text)).toEqual(want)
    }),
    { numRuns: 2_000 },
  )
})
