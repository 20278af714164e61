import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { FEED_ERROR_CODES, VENUES } from '@depthcast/feeds'
import { INSTRUMENT_STATES } from '@depthcast/market'
import { expect, test } from 'vitest'
import { variableOf } from '../src/command-line.ts'
import { METRICS } from '../src/metric-table.ts'
import { SETTINGS } from '../src/settings.ts'

const PAGE = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')

/** The cells of every table row whose first cell is code. */
const ROWS = PAGE.split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('\\|', '|')),
  )

test('docs/operations.md lists every setting as the program does, and no other', () => {
  const expected = Object.values(SETTINGS).map((setting) => [
    `\`--${setting.flag}\``,
    `\`${variableOf(setting)}\``,
    setting.fallback === undefined ? '' : `\`${setting.fallback}\``,
    setting.help,
  ])
  expect(ROWS.filter(([name]) => name?.startsWith('`--'))).toEqual(expected)
})

test('docs/operations.md lists every metric as it is exposed, and no other', () => {
  const expected = Object.entries(METRICS).map(([name, { type, labels, help }]) => [
    `\`${name}\``,
    type,
    labels.join(', '),
    help,
  ])
  expect(ROWS.filter(([name]) => name?.startsWith('`depthcast_'))).toEqual(expected)
})

test('docs/operations.md says of every state and of every error of a source what happens, and of no other', () => {
  const names = (pattern: RegExp): string[] =>
    ROWS.map(([name = '']) => name.slice(1, -1)).filter((name) => pattern.test(name))
  const states = names(new RegExp(`^(${INSTRUMENT_STATES.join('|')})$`))
  expect(states.toSorted()).toEqual(INSTRUMENT_STATES.toSorted())
  expect(names(/^FEED_/)).toEqual(FEED_ERROR_CODES)
})

test('docs/operations.md gives each venue its grade and the silence after which its socket is given up', () => {
  const live = VENUES.filter(({ directory }) => directory({}).requests.length > 0)
  const rows = live.map(({ id }) => ROWS.find(([name]) => name === `\`${id}\``))
  expect(rows.map((row) => [row?.[0], row?.[1], row?.at(-1)])).toEqual(
    live.map(({ id, describe }) => {
      const { integrity, limits } = describe()
      return [`\`${id}\``, `\`${integrity}\``, `${(limits.silenceMs ?? 0) / 1000} s`]
    }),
  )
})

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const SOURCE = globSync('{server,feeds}/src/**/*.ts', { cwd: ROOT })
  .map((file) => readFileSync(`${ROOT}${file}`, 'utf8'))
  .join('\n')
  // An example in a comment is no event.
  .replaceAll(/^\s*(\/?\*|\/\/).*$/gm, '')
const AREAS = 'auth|feed|governor|http|hub|process|session|tls'

test('docs/operations.md lists every event of the log, and no other', () => {
  const named = [...SOURCE.matchAll(new RegExp(`'((?:${AREAS})\\.[a-z][a-z_-]+)'`, 'g'))].map(
    ([, name]) => `\`${name}\``,
  )
  const rows = ROWS.map(([name = '']) => name).filter((name) => new RegExp(`^\`(${AREAS})\\.`).test(name))
  expect(rows.toSorted()).toEqual([...new Set(named)].toSorted())
})

test('docs/operations.md gives each event the level and the fields it has in the source', () => {
  // What is logged with the event's name beside it; what comes by way of a function is not seen here.
  const calls = [...SOURCE.matchAll(/\blog\.(\w+)\(\s*(\{(?:[^{}]|\{[^{}]*\})*\}),\s*'([\w.-]+)',?\s*\)/g)]
  expect(calls.length).toBeGreaterThan(12)
  for (const [, level, fields = '', event] of calls) {
    const [, saidLevel, saidFields = ''] = ROWS.find(([name]) => name === `\`${event}\``) ?? []
    const said = [...saidFields.matchAll(/`(\w+)`/g)].map(([, name]) => name)
    expect([event, saidLevel]).toEqual([event, level])
    const spreads = /\.\.\./.test(fields)
    if (spreads) expect(said).toEqual(expect.arrayContaining(fieldsOf(fields)))
    else expect([event, said]).toEqual([event, fieldsOf(fields)])
  }
})

/** The names in `{ reason, err: error, path: path.slice(0, 200), ...more }` at its top level. */
function fieldsOf(literal: string): string[] {
  let flat = literal.trim().slice(1, -1)
  for (let before = ''; before !== flat; ) {
    before = flat
    flat = flat.replace(/\([^()]*\)|\{[^{}]*\}/g, '')
  }
  return flat
    .split(',')
    .map((field) => field.trim().split(':')[0] ?? '')
    .filter((name) => /^\w+$/.test(name))
}
