import type { InstrumentState } from '@depthcast/market'
import type { StatusMessage } from '@depthcast/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffMs } from '../src/backoff.ts'
import { ClockOffset } from '../src/clock-offset.ts'
import { ClientError } from '../src/errors.ts'
import { Reader } from '../src/reader.ts'
import { type Circumstances, type Standing, subscriptionStatus } from '../src/state.ts'
import { endOfAttempt, endOfConnection } from '../src/transports/endings.ts'

test('a pause is never less than half of, nor more than, the doubled shortest, and never more than the longest', () => {
  const range = fc.record({
    attempt: fc.integer({ min: 1, max: 1e6 }),
    minMs: fc.integer({ min: 1, max: 1e4 }),
    random: fc.double({ min: 0, max: 0.999, noNaN: true }),
  })
  fc.assert(
    fc.property(range, ({ attempt, minMs, random }) => {
      const maxMs = minMs * 40
      const ceiling = attempt > 10 ? maxMs : Math.min(maxMs, minMs * 2 ** (attempt - 1))
      const pause = backoffMs(attempt, { minMs, maxMs }, () => random)
      expect(pause).toBeGreaterThanOrEqual(Math.floor(ceiling / 2))
      expect(pause).toBeLessThanOrEqual(ceiling)
    }),
  )
})

test('the clock offset is wrong by at most half of the round trip it names', () => {
  const ping = fc.record({
    at: fc.integer({ min: 0, max: 1e9 }),
    out: fc.integer({ min: 0, max: 500 }),
    back: fc.integer({ min: 0, max: 500 }),
  })
  fc.assert(
    fc.property(
      fc.array(ping, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: -1e7, max: 1e7 }),
      (pings, truth) => {
        const offset = new ClockOffset()
        for (const { at, out, back } of pings)
          offset.add({ sentAt: at, answeredAt: at + out + back, serverTime: (at + out + truth) * 1000 })
        expect(Math.abs((offset.offsetMs as number) - truth)).toBeLessThanOrEqual((offset.rttMs as number) / 2 + 1e-6)
      },
    ),
  )
})

test('a clock that was set is followed with the next ping, however quick those before it were', () => {
  const offset = new ClockOffset()
  for (const at of [0, 500, 1000]) offset.add({ sentAt: at, answeredAt: at + 2, serverTime: (at + 1 + 90_000) * 1000 })
  expect(offset.offsetMs).toBe(90_000)
  offset.add({ sentAt: 6000, answeredAt: 6040, serverTime: (6020 - 3000) * 1000 })
  expect(offset.offsetMs).toBe(-3000)
  // The quickest there was before is of another offset, and must not come back with the next quick one.
  offset.add({ sentAt: 7000, answeredAt: 7004, serverTime: (7002 - 3000) * 1000 })
  expect([offset.offsetMs, offset.rttMs]).toEqual([-3000, 4])
})

const OPEN = { kind: 'open', since: 1, welcome: {} } as unknown as Circumstances['connection']
const error = new ClientError('chain-broken', 'x')
const base: Circumstances = {
  channel: 'book',
  isClosed: false,
  isPaused: false,
  connection: OPEN,
  standing: { kind: 'good', since: 5 },
  status: undefined,
  lostAt: undefined,
}
const waiting = { kind: 'waiting', attempt: 1, since: 1, retryAt: 9, error } as const

const status = (state: InstrumentState): StatusMessage => ({
  type: 'status',
  symbol: 'test:BTC-USD',
  state,
  since: 7000,
  reason: 'why',
  verified: 'none',
})
const gap: Standing = {
  kind: 'gap',
  since: 4,
  gap: { type: 'gap', sub: 1, reason: 'checksum', from: 2, next: 'snapshot' },
}

test.each<{ name: string; of: Partial<Circumstances>; want: object }>([
  { name: 'good without a word on the instrument', of: {}, want: { kind: 'live', instrument: undefined, since: 5 } },
  {
    name: 'closed, whatever else',
    of: { isClosed: true, standing: { kind: 'refused', error } },
    want: { kind: 'closed' },
  },
  { name: 'refused', of: { standing: { kind: 'refused', error } }, want: { kind: 'refused' } },
  {
    name: 'ended for good by the server',
    of: { connection: { kind: 'closed', since: 1, error } },
    want: { kind: 'refused', error },
  },
  { name: 'paused', of: { isPaused: true, standing: undefined }, want: { kind: 'paused' } },
  { name: 'asked for the first time', of: { standing: { kind: 'asked' } }, want: { kind: 'pending' } },
  {
    name: 'asked again, holding something old',
    of: { standing: { kind: 'asked' }, lostAt: 3 },
    want: { kind: 'stale', since: 3 },
  },
  {
    name: 'cut off holding something',
    of: { connection: waiting, standing: undefined, lostAt: 3 },
    want: { kind: 'stale', since: 3, retryAt: 9 },
  },
  { name: 'cut off holding nothing', of: { connection: waiting, standing: undefined }, want: { kind: 'pending' } },
  {
    name: 'asked for at a source that has given up',
    of: { standing: { kind: 'asked' }, status: status('degraded') },
    want: { kind: 'stale', because: 'source', instrument: 'degraded', reason: 'why' },
  },
  {
    name: 'asked for again at a source that refuses it',
    of: { standing: { kind: 'asked' }, lostAt: 3, status: status('refused') },
    want: { kind: 'stale', because: 'source', instrument: 'refused' },
  },
  {
    name: 'broken at a source that has given up',
    of: { standing: gap, status: status('degraded') },
    want: { kind: 'stale', because: 'source', instrument: 'degraded' },
  },
  {
    name: 'broken at a source that is resyncing',
    of: { standing: gap, status: status('resyncing') },
    want: { kind: 'gap', reason: 'checksum' },
  },
  {
    name: 'asked for at a source that starts',
    of: { standing: { kind: 'asked' }, status: status('syncing') },
    want: { kind: 'pending' },
  },
  { name: 'invalid', of: { standing: { kind: 'invalid', since: 4, error } }, want: { kind: 'invalid', error } },
])('the state of a view that is $name', ({ of, want }) => {
  expect(subscriptionStatus({ ...base, ...of })).toMatchObject(want)
})

test.each([
  {
    name: 'a refused token',
    end: endOfAttempt(Object.assign(new Error('x'), { data: { code: 401, slug: 'unauthorized' } })),
    want: ['stop', 401],
  },
  {
    name: 'a full server',
    end: endOfAttempt(Object.assign(new Error('x'), { data: { code: 406, slug: 'connection-limit' } })),
    want: ['backoff', 406],
  },
  { name: 'nobody there', end: endOfAttempt(new Error('websocket error')), want: ['backoff', 0] },
  { name: 'a network that broke', end: endOfConnection('transport close', 1006, undefined), want: ['backoff', 0] },
  { name: 'close code 4001', end: endOfConnection('transport close', 4001, undefined), want: ['stop', 0] },
  {
    name: 'close code 4107',
    end: endOfConnection('transport close', 4107, { code: 407, slug: 'slow-client', message: 'x' }),
    want: ['backoff', 407],
  },
  { name: 'close code 4200', end: endOfConnection('transport close', 4200, undefined), want: ['at-once', 0] },
  {
    name: 'a terminal disconnect',
    end: endOfConnection('io server disconnect', undefined, undefined),
    want: ['stop', 0],
  },
])('after $name the next move is $want.0', ({ end, want }) => {
  expect([end.next, end.error.code]).toEqual(want)
})

test('a slow loop gets the newest, merged with what it was too slow for, and what it had not taken when it ended', async () => {
  const reader = new Reader<number>(
    (a, b) => a + b,
    () => {},
  )
  for (const n of [1, 2, 3]) reader.offer(n)
  expect(await reader.next()).toEqual({ done: false, value: 6 })
  const next = reader.next()
  reader.offer(4)
  expect(await next).toEqual({ done: false, value: 4 })
  reader.offer(5)
  reader.end()
  expect(await reader.next()).toEqual({ done: false, value: 5 })
  expect(await reader.next()).toEqual({ done: true, value: undefined })
})
