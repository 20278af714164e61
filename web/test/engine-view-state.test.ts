import { ClientError, type ClientState, type SubscriptionStatus } from '@depthcast/client'
import { INSTRUMENT_STATES } from '@depthcast/market'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ViewState } from '../src/engine/messages.ts'
import { silenceLimitMs } from '../src/engine/silence.ts'
import { type Evidence, viewState } from '../src/engine/view-state.ts'

const NOW = 1_000_000
const OPEN = { kind: 'open', since: 0, welcome: undefined } as unknown as ClientState
const LOST = new ClientError('connection-lost', 'the connection was lost')
const WAITING: ClientState = { kind: 'waiting', attempt: 2, since: NOW - 3000, retryAt: NOW + 2000, error: LOST }
const LIVE: SubscriptionStatus = { kind: 'live', instrument: 'live', since: 0 }

const WELL: Evidence = {
  now: NOW,
  paused: false,
  connection: OPEN,
  subscription: LIVE,
  resuming: false,
  seq: 107,
  contradiction: undefined,
  happenedAt: NOW - 100,
  takenAt: NOW - 100,
  lifeAt: NOW - 50,
  longestPauseMs: 50,
  heartbeatMs: 1000,
  lateMs: undefined,
  rateMs: 100,
}

const cases: { name: string; evidence: Partial<Evidence>; want: ViewState }[] = [
  { name: 'everything is well', evidence: {}, want: { kind: 'live' } },
  {
    name: 'nothing has come yet',
    evidence: { subscription: { kind: 'pending' }, seq: undefined },
    want: { kind: 'loading' },
  },
  { name: 'it is live but no view has come', evidence: { seq: undefined }, want: { kind: 'loading' } },
  {
    name: 'the view rests while the feed proves itself alive',
    evidence: { happenedAt: NOW - 14_000 },
    want: { kind: 'quiet', ageMs: 14_000 },
  },
  {
    name: 'the view rests since nobody knows when',
    evidence: { happenedAt: undefined, takenAt: NOW - 14_000 },
    want: { kind: 'quiet' },
  },
  {
    name: 'what just came is about something long past',
    evidence: { happenedAt: NOW - 3_600_000 },
    want: { kind: 'quiet', ageMs: 3_600_000 },
  },
  {
    name: 'the venue says that it rests',
    evidence: { subscription: { ...LIVE, instrument: 'quiet' }, happenedAt: NOW - 500 },
    want: { kind: 'quiet', ageMs: 500 },
  },
  {
    name: 'a slow view is within three of its intervals',
    evidence: { rateMs: 1000, happenedAt: NOW - 2900 },
    want: { kind: 'live' },
  },
  {
    name: 'nothing proves the server alive for over a second',
    evidence: { lifeAt: NOW - 1100 },
    want: { kind: 'delayed', ageMs: 1100 },
  },
  {
    name: 'silence is usual here and the heartbeat is not overdue',
    evidence: { lifeAt: NOW - 1100, longestPauseMs: 900 },
    want: { kind: 'live' },
  },
  {
    name: 'silence is usual here but the heartbeat is overdue',
    evidence: { lifeAt: NOW - 1600, longestPauseMs: 900 },
    want: { kind: 'delayed', ageMs: 1600 },
  },
  {
    name: 'the source is in doubt',
    evidence: { subscription: { ...LIVE, instrument: 'suspect', since: NOW - 700 } },
    want: { kind: 'delayed', ageMs: 700 },
  },
  {
    name: 'the connection is lost',
    evidence: {
      connection: WAITING,
      subscription: {
        kind: 'stale',
        since: NOW - 3000,
        because: 'connection',
        retryAt: NOW + 2000,
        reason: LOST.message,
      },
    },
    want: { kind: 'stale', since: NOW - 3000, retryInMs: 2000, reason: LOST.message },
  },
  {
    name: 'the connection is back but the snapshot is not',
    evidence: { subscription: { kind: 'stale', since: NOW - 3000, because: 'connection' } },
    want: { kind: 'stale', since: NOW - 3000 },
  },
  {
    name: 'it goes on after a pause',
    evidence: { resuming: true, subscription: { kind: 'stale', since: NOW - 3000, because: 'connection' } },
    want: { kind: 'loading' },
  },
  {
    name: 'it goes on after a pause while the connection is lost',
    evidence: {
      resuming: true,
      connection: WAITING,
      subscription: { kind: 'stale', since: NOW - 3000, because: 'connection' },
    },
    want: { kind: 'stale', since: NOW - 3000 },
  },
  {
    name: 'the server was never reached',
    evidence: { connection: WAITING, subscription: { kind: 'pending' }, seq: undefined },
    want: { kind: 'stale', since: NOW - 3000, retryInMs: 2000, reason: LOST.message },
  },
  {
    name: 'the server closed for good',
    evidence: { connection: { kind: 'closed', since: NOW - 9, error: LOST }, subscription: { kind: 'closed' } },
    want: { kind: 'stale', since: NOW - 9, reason: LOST.message },
  },
  {
    name: 'the source is silent',
    evidence: {
      subscription: {
        kind: 'stale',
        since: NOW - 5000,
        because: 'source',
        instrument: 'stale',
        reason: 'no frame for 5 s',
      },
    },
    want: { kind: 'stale', since: NOW - 5000, reason: 'no frame for 5 s' },
  },
  {
    name: 'the source gave up',
    evidence: {
      subscription: {
        kind: 'stale',
        since: 0,
        because: 'source',
        instrument: 'degraded',
        reason: '5 resyncs in a minute',
      },
    },
    want: { kind: 'invalid', reason: '5 resyncs in a minute' },
  },
  {
    name: 'a sequence broke',
    evidence: { subscription: { kind: 'gap', since: 0, reason: 'sequence', from: 107, to: 110 } },
    want: { kind: 'gap', from: 108, to: 110 },
  },
  {
    name: 'we found that updates never came',
    evidence: {
      subscription: { kind: 'invalid', since: 0, error: new ClientError('chain-broken', 'x'), from: 107, to: 110 },
    },
    want: { kind: 'gap', from: 108, to: 110 },
  },
  {
    name: 'an update came twice',
    evidence: { subscription: { kind: 'invalid', since: 0, error: new ClientError('chain-broken', 'x') } },
    want: { kind: 'invalid', reason: 'chain broken' },
  },
  {
    name: 'what comes is older than a second',
    evidence: { lateMs: 2000, takenAt: NOW - 100 },
    want: { kind: 'delayed', ageMs: 2100 },
  },
  {
    name: 'what comes is as old as it may be',
    evidence: { lateMs: 1000, takenAt: NOW - 100 },
    want: { kind: 'live' },
  },
  {
    name: 'something came late and nothing has come since',
    evidence: { lateMs: 2000, takenAt: NOW - 1100, happenedAt: NOW - 1100 },
    want: { kind: 'live' },
  },
  {
    name: 'the source resyncs',
    evidence: { subscription: { kind: 'gap', since: 0, reason: 'sequence' } },
    want: { kind: 'gap', from: 108 },
  },
  {
    name: 'we were too slow for what was sent',
    evidence: { subscription: { kind: 'gap', since: 0, reason: 'too-old', from: 107 } },
    want: { kind: 'gap', from: 108, isBehind: true },
  },
  {
    name: 'the source found its book wrong',
    evidence: { subscription: { kind: 'gap', since: 0, reason: 'checksum', from: 107 } },
    want: { kind: 'invalid', reason: 'checksum mismatch at the source' },
  },
  {
    name: 'we found the book wrong',
    evidence: {
      subscription: {
        kind: 'invalid',
        since: 0,
        error: new ClientError('checksum-mismatch', 'expected 1, computed 2'),
      },
    },
    want: { kind: 'invalid', reason: 'checksum mismatch' },
  },
  {
    name: 'the view contradicts itself',
    evidence: { contradiction: 'crossed book' },
    want: { kind: 'invalid', reason: 'crossed book' },
  },
  {
    name: 'the venue halted',
    evidence: { subscription: { ...LIVE, instrument: 'halted', reason: 'volatility' } },
    want: { kind: 'halted', reason: 'volatility' },
  },
  {
    name: 'the recording is over',
    evidence: { subscription: { ...LIVE, instrument: 'ended', since: NOW - 60_000 }, lifeAt: NOW - 5000 },
    want: { kind: 'ended', since: NOW - 60_000 },
  },
  { name: 'the user paused', evidence: { paused: true, subscription: { kind: 'paused' } }, want: { kind: 'paused' } },
  {
    name: 'the server refuses',
    evidence: {
      paused: true,
      subscription: {
        kind: 'refused',
        error: new ClientError({ code: 404, slug: 'unknown-symbol', message: 'no x:Y-Z' }),
      },
    },
    want: { kind: 'refused', code: 404, reason: 'no x:Y-Z' },
  },
]

test.each(cases)('when $name the view is $want.kind', ({ evidence, want }) => {
  expect(viewState({ ...WELL, ...evidence })).toEqual(want)
})

test('only a whole, recently proven view without contradiction of a moving market is called live', () => {
  const subscriptions = cases.map(({ evidence }) => evidence.subscription ?? LIVE)
  const instruments = INSTRUMENT_STATES.map((instrument): SubscriptionStatus => ({ ...LIVE, instrument }))
  const anything = fc.record({
    paused: fc.boolean(),
    resuming: fc.boolean(),
    connection: fc.constantFrom(OPEN, WAITING, { kind: 'closed', since: 0 } as const),
    subscription: fc.constantFrom(...subscriptions, ...instruments),
    seq: fc.constantFrom(undefined, 107),
    contradiction: fc.constantFrom(undefined, 'crossed book'),
    happenedAt: fc.nat(NOW),
    lifeAt: fc.oneof(fc.nat(NOW), fc.integer({ min: NOW - 2000, max: NOW })),
  })
  fc.assert(
    fc.property(anything, (evidence) => {
      if (viewState({ ...WELL, ...evidence }).kind !== 'live') return
      const { subscription, paused, connection, seq, contradiction, lifeAt } = evidence
      expect(subscription.kind === 'live' ? subscription.instrument : subscription.kind).not.toMatch(
        /halted|ended|suspect|quiet|gap|stale|paused/,
      )
      expect({ paused, seq, contradiction, kind: subscription.kind }).toEqual({
        paused: false,
        seq: 107,
        contradiction: undefined,
        kind: 'live',
      })
      expect(connection.kind).not.toBe('closed')
      expect(NOW - lifeAt).toBeLessThanOrEqual(1000)
    }),
    { numRuns: 2000 },
  )
})

test.each([
  { every: undefined, heartbeat: undefined, want: 1000 },
  { every: 20, heartbeat: 1000, want: 1000 },
  { every: 400, heartbeat: 1000, want: 1200 },
  { every: 5000, heartbeat: 1000, want: 1500 },
  { every: undefined, heartbeat: 5000, want: 7500 },
])(
  'with pauses of $every ms and heartbeats every $heartbeat ms, silence is doubtful after $want ms',
  ({ every, heartbeat, want }) => {
    expect(silenceLimitMs(every, heartbeat)).toBe(want)
  },
)
