import { INSTRUMENT_STATES } from '@depthcast/market'
import { expect, test } from 'vitest'
import type { PanelReport, ViewState } from '../src/engine/messages.ts'
import {
  type Connection,
  describeConnection,
  describeInstrument,
  describeMerging,
  describeProof,
  describeShortfall,
  describeSource,
  describeState,
  sequenceRange,
  worstState,
} from '../src/state/describe.ts'

const NOW = Date.UTC(2026, 10, 21, 12, 4, 20)
const SINCE = Date.UTC(2026, 10, 21, 12, 4, 9)

test.each<{ state: ViewState; tone: string; text: string }>([
  { state: { kind: 'loading' }, tone: 'busy', text: 'Snapshot…' },
  { state: { kind: 'live' }, tone: 'calm', text: '' },
  { state: { kind: 'quiet', ageMs: 14_000 }, tone: 'calm', text: 'last trade 14 s ago' },
  { state: { kind: 'delayed', ageMs: 2_100 }, tone: 'warn', text: 'delayed 2.1 s' },
  {
    state: { kind: 'stale', since: SINCE, retryInMs: 1_700 },
    tone: 'warn',
    text: 'stale since 12:04:09 · retry in 2 s',
  },
  {
    state: { kind: 'stale', since: SINCE, reason: 'feed silent' },
    tone: 'warn',
    text: 'stale since 12:04:09 · feed silent',
  },
  { state: { kind: 'stale', since: SINCE }, tone: 'warn', text: 'stale since 12:04:09' },
  { state: { kind: 'gap', from: 1_204_882, to: 1_204_890 }, tone: 'warn', text: 'gap 1,204,882–890 · resyncing' },
  { state: { kind: 'gap', from: 7, isBehind: true }, tone: 'warn', text: 'behind · newest on its way' },
  { state: { kind: 'gap', from: 7 }, tone: 'warn', text: 'gap 7 · resyncing' },
  { state: { kind: 'invalid', reason: 'checksum mismatch' }, tone: 'error', text: 'checksum mismatch, quarantined' },
  { state: { kind: 'halted' }, tone: 'warn', text: 'halted by the venue' },
  { state: { kind: 'halted', reason: 'auction' }, tone: 'warn', text: 'halted: auction' },
  { state: { kind: 'ended', since: SINCE }, tone: 'busy', text: 'ended' },
  { state: { kind: 'paused' }, tone: 'busy', text: 'paused' },
  {
    state: { kind: 'refused', code: 404, reason: 'unknown symbol' },
    tone: 'error',
    text: 'refused (404): unknown symbol',
  },
])('$state.kind is said as "$text"', ({ state, tone, text }) => {
  expect(describeState(state)).toMatchObject({ tone, text })
})

test('an age that nobody knows is not made up', () => {
  expect(describeState({ kind: 'quiet' }).text).toBe('quiet')
})

test('a quiet book speaks of its last change, a quiet tape of its last trade', () => {
  expect(describeState({ kind: 'quiet', ageMs: 14_000 }, 'last change').text).toBe('last change 14 s ago')
})

test('a tape that never had a trade does not date one', () => {
  expect(describeState({ kind: 'quiet', ageMs: 14_000 }, 'no trades').text).toBe('no trades yet')
})

test.each([
  { from: 1_204_882, to: 1_204_890, want: '1,204,882–890' },
  { from: 1_204_882, to: 1_205_001, want: '1,204,882–205,001' },
  { from: 998, to: 1_002, want: '998–1,002' },
  { from: 12, to: 15, want: '12–15' },
  { from: 12, to: 12, want: '12' },
  { from: 12, to: undefined, want: '12' },
])('the sequence numbers $from to $to read $want', ({ from, to, want }) => {
  expect(sequenceRange(from, to)).toBe(want)
})

const REPORT: PanelReport = {
  panel: 'ladder',
  symbol: 'simulated:BTC-USD',
  state: { kind: 'live' },
  seq: 1_204_881,
  verifiedAt: NOW - 200,
  source: undefined,
  merged: 14.3,
  bytes: 0,
  bytesPerSecond: 1100,
  paintP50: 3,
  paintP99: 12,
  asked: { depth: 25, grouping: 1, rateMs: 200 },
  granted: { rateMs: 200 },
  refusal: undefined,
  unseen: 0,
}

test('a receipt names the sequence and the age of the last checksum', () => {
  expect(describeProof(REPORT, NOW)).toBe('seq 1,204,881 · checksum ok 0.2 s ago')
})

test.each([
  { source: { verified: 'checksum', at: NOW - 400 }, want: "venue's checksum ok 0.4 s ago" },
  { source: { verified: 'sequence', at: NOW + 50 }, want: "venue's sequence whole 0.0 s ago" },
  { source: { verified: 'oracle', at: NOW - 12_000 }, want: "venue's second source agreed 12 s ago" },
  { source: { verified: 'oracle', at: 0 }, want: 'nothing at the venue to check it by' },
  { source: { verified: 'none', at: 0 }, want: 'nothing at the venue to check it by' },
] as const)('what stands behind the book at its venue is said apart: $want', ({ source, want }) => {
  expect(describeSource(source, NOW)).toBe(want)
})

test('a receipt never claims a checksum that was not checked', () => {
  expect(describeProof({ ...REPORT, verifiedAt: 0 }, NOW)).not.toContain('ok')
})

test.each([
  { granted: { depth: 25, grouping: 1, rateMs: 200 }, want: undefined },
  { granted: { rateMs: 200 }, want: undefined },
  { granted: { depth: 'all' as const, grouping: 1, rateMs: 'raw' as const }, want: undefined },
  {
    granted: { depth: 20, grouping: 1, rateMs: 200 },
    want: { text: '20 of 25', why: '25 levels a side were asked for, 20 granted, at most 20 on this server' },
  },
  {
    granted: { depth: 25, grouping: 1, rateMs: 500 },
    want: {
      text: 'every 500 ms',
      why: 'an update every 200 ms was asked for, every 500 ms granted, at least 50 ms on this server',
    },
  },
  {
    granted: { depth: 25, grouping: 5, rateMs: 200 },
    want: { text: '×5', why: 'levels of 1 ticks were asked for, of 5 granted' },
  },
])('$granted of 25 levels at 5 Hz falls short by $want', ({ granted, want }) => {
  expect(describeShortfall({ ...REPORT, granted }, { maxDepth: 20, minRateMs: 50 })).toEqual(want)
})

test('nothing falls short while the answer is under way, and a refusal is given its reason', () => {
  const granted = { depth: 5, grouping: 1, rateMs: 200 }
  expect(describeShortfall({ ...REPORT, granted, asked: undefined }, undefined)).toBeUndefined()
  expect(describeShortfall({ ...REPORT, granted, refusal: 'grouping 3 is not allowed' }, undefined)).toEqual({
    text: 'refused',
    why: 'the change was refused: grouping 3 is not allowed',
  })
})

test.each([
  { merged: 14.3, granted: { rateMs: 200 }, want: '1 frame per 14 updates (your 5 Hz)' },
  { merged: 14.3, granted: { rateMs: 'raw' as const }, want: '1 frame per 14 updates' },
  { merged: 14.3, granted: undefined, want: '1 frame per 14 updates' },
  { merged: 2, granted: { rateMs: 200 }, want: undefined },
  { merged: Number.NaN, granted: { rateMs: 200 }, want: undefined },
])('$merged updates a frame are said as $want', ({ merged, granted, want }) => {
  expect(describeMerging({ ...REPORT, merged, granted })).toBe(want)
})

const OPEN: Connection = { kind: 'connection', state: 'open', bytesPerSecond: 0, latencyMs: Number.NaN, breaks: 0 }
const CALM = { paused: false, worst: { kind: 'live' } as ViewState, instrument: 'live', now: NOW }

test.each<{
  name: string
  connection: Connection | undefined
  about: Partial<Parameters<typeof describeConnection>[1]>
  text: string
}>([
  { name: 'no word from the engine', connection: undefined, about: {}, text: 'Connecting…' },
  { name: 'connecting', connection: { ...OPEN, state: 'connecting' }, about: {}, text: 'Connecting…' },
  { name: 'open and live', connection: OPEN, about: {}, text: 'Live' },
  {
    name: 'open, with nothing from the server for longer than usual and no panel to say so',
    connection: { ...OPEN, overdueMs: 2300 },
    about: { worst: undefined },
    text: 'Delayed 2.3 s',
  },
  {
    name: 'open and ended',
    connection: OPEN,
    about: { worst: { kind: 'ended', since: Date.UTC(2021, 3, 27, 16, 44, 7) } },
    text: 'Ended 2021-04-27 16:44:07',
  },
  { name: 'open and quiet', connection: OPEN, about: { worst: { kind: 'quiet', ageMs: 9000 } }, text: 'Live' },
  {
    name: 'one panel delayed',
    connection: OPEN,
    about: { worst: { kind: 'delayed', ageMs: 2100 } },
    text: 'Delayed 2.1 s',
  },
  { name: 'paused', connection: OPEN, about: { paused: true }, text: 'Paused' },
  {
    name: 'waiting, though paused',
    connection: { ...OPEN, state: 'waiting', retryAt: NOW + 1500, reason: 'refused' },
    about: { paused: true },
    text: 'Disconnected · retry in 2 s',
  },
  {
    name: 'waiting with a book on the screen',
    connection: { ...OPEN, state: 'waiting', retryAt: NOW + 2500 },
    about: { worst: { kind: 'stale', since: SINCE, retryInMs: 2500 } },
    text: 'Disconnected · stale since 12:04:09 · retry in 3 s',
  },
  {
    name: 'waiting, since the server has enough of us',
    connection: {
      ...OPEN,
      state: 'waiting',
      retryAt: NOW + 1500,
      refusal: { code: 406, reason: 'too many connections' },
    },
    about: {},
    text: 'Disconnected · refused (406): too many connections · retry in 2 s',
  },
  {
    name: 'waiting, and nobody knows since when',
    connection: { ...OPEN, state: 'waiting' },
    about: { worst: { kind: 'stale', since: Number.NaN } },
    text: 'Disconnected',
  },
  {
    name: 'closed',
    connection: { ...OPEN, state: 'closed', reason: 'version' },
    about: {},
    text: 'Disconnected: version',
  },
])('$name: the strip says "$text"', ({ connection, about, text }) => {
  expect(describeConnection(connection, { ...CALM, ...about }).text).toBe(text)
})

test('without a panel that has a chain the strip says how the instrument is, and never "Live" for a stale one', () => {
  expect(describeConnection(OPEN, { ...CALM, worst: undefined }).text).toBe('Live')
  expect(describeConnection(OPEN, { ...CALM, worst: undefined, instrument: 'stale' })).toMatchObject({
    tone: 'warn',
    text: 'Stale',
  })
})

test('the worst of several panels is the one that is shown', () => {
  expect(worstState([{ kind: 'live' }, { kind: 'invalid', reason: 'x' }, { kind: 'stale', since: 0 }])?.kind).toBe(
    'invalid',
  )
  expect(worstState([])).toBeUndefined()
})

test('only live and quiet instruments look calm', () => {
  const calm = INSTRUMENT_STATES.filter((state) => describeInstrument(state).tone === 'calm')
  expect(calm).toEqual(['live', 'quiet'])
  expect(describeInstrument('a state of a newer gateway').tone).toBe('warn')
})
