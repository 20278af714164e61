import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { CHANNEL_NAMES } from '@depthcast/protocol'
import { expect, test } from 'vitest'
import { ApiKeys, newKey } from '../../src/auth/api-keys.ts'
import { FakeClock } from '../fakes/clock.ts'
import { folder } from '../fakes/folder.ts'
import { FakeLog } from '../fakes/log.ts'

const EVERYTHING = { symbols: ['*'], channels: CHANNEL_NAMES, maxDepth: 'all', minRateMs: 0 }

function keysOf(...lines: readonly string[]) {
  const files = folder()
  const file = files.write('keys.ndjson', `${lines.join('\n')}\n`)
  const surroundings = { clock: new FakeClock(), log: new FakeLog() }
  const keys = new ApiKeys(file, surroundings)
  /** What the file says from now on, a second later. */
  const edit = (...edited: readonly string[]) => {
    files.write('keys.ndjson', `${edited.join('\n')}\n`)
    surroundings.clock.advance(1000)
  }
  return { ...surroundings, keys, file, edit, path: files.path }
}

const [desk, other] = [newKey('desk'), newKey('other')]
const lineOf = (fields: object) => JSON.stringify({ ...JSON.parse(desk.line), ...fields })

test('a new key is 256 random bits behind a prefix, and its line says nothing of it', () => {
  expect(desk.key).toMatch(/^dc_[\w-]{43}$/)
  expect(Buffer.from(desk.key.slice(3), 'base64url')).toHaveLength(32)
  expect(newKey('desk').key).not.toBe(desk.key)
  expect(desk.line).not.toContain(desk.key.slice(3, 13))
})

test('a key of the file is let in with what its line gives; what is left out is not limited', () => {
  const { keys } = keysOf('# the desk', '', desk.line, other.line)
  expect(keys.identify(desk.key)).toMatchObject({ name: 'key:desk', key: 'key:desk', entitlements: EVERYTHING })
  const limited = { symbols: ['kraken:*'], channels: ['book'], maxDepth: 10, minRateMs: 100, connections: 2 }
  expect(keysOf(lineOf(limited)).keys.identify(desk.key).entitlements).toEqual(limited)
})

test.each([
  { name: 'is not in the file', key: other.key, reason: 'unknown' },
  {
    name: 'differs in its last character',
    key: desk.key.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')),
    reason: 'unknown',
  },
  { name: 'is cut short', key: desk.key.slice(0, -1), reason: 'malformed' },
  { name: 'is the digest that the file holds', key: JSON.parse(desk.line).sha256, reason: 'malformed' },
  { name: 'has a space behind it', key: `${desk.key} `, reason: 'malformed' },
])('a key that $name is refused, and not repeated', ({ key, reason }) => {
  const { keys } = keysOf(desk.line)
  const refused = () => keys.identify(key)
  expect(refused).toThrow(
    expect.objectContaining({ code: 401, reason, message: expect.stringMatching(`^${reason}: `) }),
  )
  expect(refused).not.toThrow(key.trim().slice(3, 20))
})

test('a key is over the moment it expires, also for who is in already', () => {
  const { keys, clock } = keysOf(lineOf({ expires: new Date(1_700_000_010_000).toISOString() }))
  const identity = keys.identify(desk.key)
  expect(identity.expiresAt).toBe(1_700_000_010_000_000)
  clock.advance(9999)
  expect(identity.isValid?.()).toBe(true)
  clock.advance(1)
  expect(identity.isValid?.()).toBe(false)
  expect(() => keys.identify(desk.key)).toThrow(expect.objectContaining({ reason: 'expired' }))
})

test('the file counts as it is now: a key that was taken out is out, one that was put in is in', () => {
  const { keys, edit, log } = keysOf(desk.line)
  const identity = keys.identify(desk.key)
  edit(other.line)
  expect(identity.isValid?.()).toBe(false)
  expect(() => keys.identify(desk.key)).toThrow('unknown')
  expect(keys.identify(other.key).name).toBe('key:other')
  expect(log.of('auth.file-read')).toHaveLength(1)
})

test('an edit that breaks the file, and a file that goes away, change nothing and are told once', () => {
  const { keys, edit, log, clock, file } = keysOf(desk.line)
  edit(other.line, '{"name":')
  expect(keys.identify(desk.key).name).toBe('key:desk')
  clock.advance(5000)
  expect(keys.identify(desk.key).name).toBe('key:desk')
  expect(log.of('auth.file-refused')).toMatchObject([{ fields: { reason: expect.stringMatching(/^line 2: /) } }])
  rmSync(file)
  clock.advance(1000)
  expect(keys.identify(desk.key).name).toBe('key:desk')
  clock.advance(1000)
  keys.identify(desk.key)
  expect(log.of('auth.file-refused')).toHaveLength(2)
  edit(other.line)
  expect(keys.identify(other.key).name).toBe('key:other')
})

test.each([
  { lines: ['desk'], word: 'line 1: not JSON' },
  { lines: ['[]'], word: 'line 1: it must be a map of fields' },
  { lines: [desk.line, lineOf({ name: 'twin' })], word: 'line 2: twin has the key of another line' },
  {
    lines: [desk.line, JSON.stringify({ ...JSON.parse(other.line), name: 'desk' })],
    word: 'line 2: there is another key of the name desk',
  },
  { lines: [lineOf({ sha256: 'abc' })], word: '64 hexadecimal digits' },
  { lines: [lineOf({ key: desk.key })], word: 'a field is not one of' },
  { lines: [lineOf({ symbols: [] })], word: 'symbols must be 1 to 1000 patterns' },
  { lines: [lineOf({ channels: ['books'] })], word: 'channels must be some of book, trades' },
  { lines: [lineOf({ maxDepth: 0 })], word: 'maxDepth must be' },
  { lines: [lineOf({ expires: 'tomorrow' })], word: 'expires must be a time such as' },
])('a file with $word is refused at the start in one line, without what it holds', ({ lines, word }) => {
  const open = () => keysOf(...lines)
  expect(open).toThrow(expect.objectContaining({ name: 'ConfigError' }))
  expect(open).toThrow(word)
  expect(open).not.toThrow(/\n/)
  expect(open).not.toThrow(desk.key)
})

test('a file that is not there is refused by its name', () => {
  const surroundings = { clock: new FakeClock(), log: new FakeLog() }
  const missing = join(folder().path, 'none')
  expect(() => new ApiKeys(missing, surroundings)).toThrow(`${missing}: there is no such file`)
})
