import { expect, test } from 'vitest'
import type { ViewState } from '../src/engine/messages.ts'
import { StateNews } from '../src/state/announcer.ts'

const LIVE: ViewState = { kind: 'live' }
const STALE: ViewState = { kind: 'stale', since: Date.UTC(2026, 10, 21, 12, 4, 9) }

function heardOf(states: readonly ViewState[], symbols: readonly string[] = []): (string | undefined)[] {
  const news = new StateNews()
  return states.map((state, at) => news.of({ panel: 'ladder-1', symbol: symbols[at] ?? 'x:BTC-USD', state }))
}

test.each<{ name: string; states: readonly ViewState[]; want: readonly (string | undefined)[] }>([
  { name: 'a panel that opens', states: [{ kind: 'loading' }, LIVE], want: [undefined, undefined] },
  { name: 'rest', states: [LIVE, { kind: 'quiet', ageMs: 9000 }, LIVE], want: [undefined, undefined, undefined] },
  {
    name: 'trouble that grows old, and its end',
    states: [LIVE, { kind: 'delayed', ageMs: 1100 }, { kind: 'delayed', ageMs: 2100 }, STALE, STALE, LIVE],
    want: [
      undefined,
      'x:BTC-USD delayed 1.1 s',
      undefined,
      'x:BTC-USD stale since 12:04:09',
      undefined,
      'x:BTC-USD is live again',
    ],
  },
  {
    name: 'a snapshot that is waited for after trouble',
    states: [LIVE, STALE, { kind: 'loading' }, LIVE],
    want: [undefined, 'x:BTC-USD stale since 12:04:09', undefined, 'x:BTC-USD is live again'],
  },
  {
    name: 'a pause in the middle of trouble',
    states: [LIVE, STALE, { kind: 'paused' }, STALE],
    want: [undefined, 'x:BTC-USD stale since 12:04:09', undefined, undefined],
  },
  { name: 'a pause', states: [LIVE, { kind: 'paused' }, LIVE], want: [undefined, undefined, undefined] },
])('a listener hears of $name: $want', ({ states, want }) => {
  expect(heardOf(states)).toEqual(want)
})

test('another instrument in the panel is no news of the one before', () => {
  expect(heardOf([STALE, LIVE], ['x:BTC-USD', 'x:ETH-USD'])).toEqual([undefined, undefined])
})
