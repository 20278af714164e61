import { readFileSync } from 'node:fs'
import {
  afterClose,
  CLOSE_CODES,
  ERROR_WORDS,
  ERRORS,
  type ErrorRow,
  type ErrorSlug,
  errorRow,
  ProtocolError,
} from '@depthcast/protocol'
import { expect, test } from 'vitest'

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
const rows: readonly (ErrorRow & { readonly slug: ErrorSlug })[] = ERRORS

test('docs/errors.md lists exactly the errors of the table, word for word', () => {
  const documented = page.split('\n').filter((line) => /^\| \d{3} \|/.test(line))
  expect(documented).toEqual(
    rows.map(({ code, slug, retry, closes }) => {
      const { meaning, recovery } = ERROR_WORDS[slug]
      const ends = closes ? `${closes.code} ${closes.when} ` : ''
      return `| ${code} | \`${slug}\` | ${meaning} | ${recovery} | ${retry} | ${ends}|`
    }),
  )
})

test('docs/errors.md names every close code, and none that the server does not use', () => {
  const used = CLOSE_CODES.map(({ code }) => String(code))
  const documented = page.match(/(?<!\d|–)4[0-2]\d\d(?!\d|–)/g) ?? []
  expect([...new Set(documented)].toSorted()).toEqual(used.toSorted())
})

test('no code, slug or close code is used twice', () => {
  expect(new Set(rows.map(({ code }) => code)).size).toBe(rows.length)
  expect(new Set(rows.map(({ slug }) => slug)).size).toBe(rows.length)
  expect(new Set(CLOSE_CODES.map(({ code }) => code)).size).toBe(CLOSE_CODES.length)
})

test('what a close code tells a client to do is what its error says about trying again', () => {
  for (const { slug, retry, closes } of rows) {
    if (closes) expect([slug, afterClose(closes.code)]).toEqual([slug, retry === 'no' ? 'stop' : 'backoff'])
  }
})

test.each([
  { code: 4000, next: 'stop' },
  { code: 4099, next: 'stop' },
  { code: 4100, next: 'backoff' },
  { code: 4107, next: 'backoff' },
  { code: 4200, next: 'at-once' },
  { code: 4299, next: 'at-once' },
  { code: 1006, next: 'backoff' },
  { code: 4300, next: 'backoff' },
])('after close code $code a client does: $next', ({ code, next }) => {
  expect(afterClose(code)).toBe(next)
})

test('an error carries to the wire its code, slug and message, and nothing of its cause', () => {
  const error = new ProtocolError('rate-limited', 'limit 50 a second', {
    retryAfterMs: 200,
    cause: new Error('secret'),
  })
  expect(error.toWire()).toStrictEqual({
    code: 429,
    slug: 'rate-limited',
    message: 'limit 50 a second',
    retryAfterMs: 200,
  })
  expect(error).toMatchObject({ retry: 'later', closes: { code: 4129, when: 'repeated' } })
  expect(new ProtocolError('unknown-symbol', 'no').toWire()).toStrictEqual({
    code: 404,
    slug: 'unknown-symbol',
    message: 'no',
  })
  expect(errorRow('plan').code).toBe(409)
})
