import { INSTRUMENT_STATES } from '@depthcast/market'
import { expect, test } from 'vitest'
import { neighbour } from '../src/state/actions.ts'
import { Announcer } from '../src/state/announcer.ts'
import { preferredPlace } from '../src/state/engine.ts'
import { symbolIn } from '../src/state/links.ts'
import { type Quote, readQuotes } from '../src/state/quotes.ts'
import { loadWorkspaces } from '../src/state/remembered.ts'
import { DEFAULT_SETTINGS, loadSettings, parseSettings, saveSettings, saveWorkspaces } from '../src/state/settings.ts'
import { FIRST } from '../src/workspace/first.ts'
import { setOptions } from '../src/workspace/workspace.ts'

const NONE: ReadonlyMap<string, Quote> = new Map()
const LIVE = INSTRUMENT_STATES.indexOf('live')

function values(last: number): Float64Array {
  return Float64Array.of(99, 101, last, 90, 110, 80, 1234, 5000, LIVE)
}

test('quotes are read in the order of the watched symbols, and NaN is unknown', () => {
  const array = new Float64Array(18)
  array.set(values(100))
  array.fill(Number.NaN, 9, 16)
  array.set([0, -1], 16)
  const quotes = readQuotes(array, ['a', 'b'], NONE, 0)
  expect(quotes.get('a')).toMatchObject({
    bid: 99,
    ask: 101,
    last: 100,
    open24h: 90,
    volume24h: 1234,
    updatedAt: 5000,
    state: 'live',
  })
  expect(quotes.get('b')).toMatchObject({
    bid: undefined,
    last: undefined,
    updatedAt: undefined,
    state: undefined,
    direction: undefined,
  })
})

test('an array for fewer symbols than are watched gives no quote rather than a wrong one', () => {
  expect([...readQuotes(values(100), ['a', 'b'], NONE, 0).keys()]).toEqual(['a'])
})

test('a price flashes at most twice a second however often it moves', () => {
  let quotes = readQuotes(values(100), ['a'], NONE, 0)
  for (let now = 100; now <= 10_000; now += 100) quotes = readQuotes(values(100 + now), ['a'], quotes, 1_000_000 + now)
  expect(quotes.get('a')?.flashes).toBeLessThanOrEqual(20)
  expect(quotes.get('a')?.flashes).toBeGreaterThan(15)
})

test('a price that does not move does not flash, and keeps the direction it last had', () => {
  const first = readQuotes(values(100), ['a'], NONE, 1_000_000)
  const down = readQuotes(values(99), ['a'], first, 1_001_000)
  const same = readQuotes(values(99), ['a'], down, 1_002_000)
  expect([first, down, same].map((quotes) => [quotes.get('a')?.flashes, quotes.get('a')?.direction])).toEqual([
    [0, undefined],
    [1, 'down'],
    [1, 'down'],
  ])
})

test('the live region says at most one sentence in five seconds, and then the newest', () => {
  let now = 0
  const due: { at: number; run: () => void }[] = []
  const said: string[] = []
  const announcer = new Announcer({
    say: (sentence) => said.push(sentence),
    now: () => now,
    schedule: (run, afterMs) => due.push({ at: now + afterMs, run }),
  })
  announcer.announce('stale')
  announcer.announce('gap')
  announcer.announce('live again')
  expect(said).toEqual(['stale'])
  expect(due.map(({ at }) => at)).toEqual([5000])
  now = 5000
  for (const { run } of due.splice(0)) run()
  expect(said).toEqual(['stale', 'live again'])
  now = 10_000
  announcer.announce('stale')
  expect(said).toEqual(['stale', 'live again', 'stale'])
})

test('an alert is not lost to what the market does before its turn comes', () => {
  let now = 0
  const due: (() => void)[] = []
  const said: string[] = []
  const announcer = new Announcer({
    say: (sentence) => said.push(sentence),
    now: () => now,
    schedule: (run) => due.push(run),
  })
  announcer.announce('stale')
  announcer.keep('Alert: one')
  announcer.announce('gap')
  announcer.keep('Alert: two')
  announcer.announce('live again')
  expect([said, due.length]).toEqual([['stale'], 1])
  now = 5000
  due[0]?.()
  expect(said).toEqual(['stale', 'Alert: one. Alert: two. live again'])
  now = 10_000
  announcer.announce('stale')
  expect(said.at(-1)).toBe('stale')
})

test.each([
  { stored: null, want: DEFAULT_SETTINGS },
  { stored: '{', want: DEFAULT_SETTINGS },
  { stored: '[]', want: DEFAULT_SETTINGS },
  { stored: 'null', want: DEFAULT_SETTINGS },
  { stored: '{"theme":"neon","singleKeys":"yes"}', want: DEFAULT_SETTINGS },
  { stored: '{"theme":"light"}', want: { ...DEFAULT_SETTINGS, theme: 'light' } },
])('settings stored as $stored fall back field by field', ({ stored, want }) => {
  expect(parseSettings(stored, DEFAULT_SETTINGS)).toEqual(want)
})

function memory(stored: Readonly<Record<string, string>> = {}) {
  const kept = new Map(Object.entries(stored))
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => void kept.set(key, text),
  }
}

test('settings and workspaces come back as they were saved, and a phone starts light', () => {
  const storage = memory()
  const mine = { ...DEFAULT_SETTINGS, theme: 'light', singleKeys: false } as const
  const workspaces = { ...FIRST, desktop: setOptions(FIRST.desktop, 'tape-1', { minValue: '0.1', rateMs: 50 }) }
  saveSettings(storage, mine)
  saveWorkspaces(storage, workspaces)
  expect(loadSettings(storage)).toEqual(mine)
  expect(loadWorkspaces(storage)).toEqual(workspaces)
  expect(FIRST.phone.panels['ladder-1']?.options).toMatchObject({ depth: 12, grouping: 1, rateMs: 200 })
})

test('what was stored before there were workspaces goes on in them: symbol, interval and each panel, field by field', () => {
  const before = {
    symbol: 'simulated:ETH-USD',
    interval: '5m',
    panels: { ladder: { depth: -1, grouping: 10, rateMs: 1e9 }, tape: { depth: 50, rateMs: 50, minValue: '<b>' } },
  }
  const { desktop, phone } = loadWorkspaces(memory({ 'depthcast.settings.1': JSON.stringify(before) }))
  expect(desktop.groups).toEqual({ 1: 'simulated:ETH-USD' })
  expect(desktop.panels).toMatchObject({
    'chart-1': { options: { interval: '5m' } },
    'ladder-1': { options: { depth: 25, grouping: 10, rateMs: 100 } },
    'tape-1': { options: { rateMs: 50, minValue: '0' } },
  })
  expect(phone.panels['ladder-1']?.options).toMatchObject({ grouping: 10 })
})

test('a stored workspace that does not hold leaves the others alone', () => {
  const workspaces = { ...FIRST, desktop: { ...FIRST.desktop, layout: { kind: 'tabs', panels: ['nobody-1'] } } }
  const tablet = setOptions(FIRST.tablet, 'chart-1', { interval: '1h' })
  const storage = memory({ 'depthcast.workspaces.1': JSON.stringify({ ...workspaces, tablet }) })
  expect(loadWorkspaces(storage)).toEqual({ ...FIRST, tablet })
})

test('a storage that throws costs the memory, not the page', () => {
  const storage = {
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError')
    },
  }
  expect(() => saveSettings(storage, DEFAULT_SETTINGS)).not.toThrow()
})

test('stepping through choices stops at either end, and finds its way back from a value that is none of them', () => {
  const choices = [1, 5, 10]
  expect([
    neighbour(choices, 5, 1),
    neighbour(choices, 10, 1),
    neighbour(choices, 1, -1),
    neighbour(choices, 7, -1),
    neighbour(choices, 7, 1),
  ]).toEqual([10, 10, 1, 5, 10])
})

test('the engine runs in a worker unless the address asks for the page', () => {
  expect([preferredPlace(''), preferredPlace('?engine=main'), preferredPlace('?engine=worker')]).toEqual([
    'worker',
    'main',
    'worker',
  ])
})

test.each([
  { search: '?symbol=', want: undefined },
  { search: `?symbol=${'x'.repeat(81)}`, want: undefined },
  { search: '?engine=main', want: undefined },
  { search: '?symbol=kraken:BTC-USD', want: 'kraken:BTC-USD' },
])(
  'an address asks for an instrument only by what can be one, else all that is stored with it would be lost: $search',
  ({ search, want }) => {
    expect(symbolIn(search)).toBe(want)
  },
)
