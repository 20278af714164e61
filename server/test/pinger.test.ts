import { afterEach, expect, test, vi } from 'vitest'
import { type Pinged, Pinger } from '../src/transports/pinger.ts'

afterEach(() => void vi.useRealTimers())

class Peer implements Pinged {
  pings = 0
  unanswered = 0
  isGone = false
  readonly #answers: boolean

  constructor(answers: boolean) {
    this.#answers = answers
  }

  ping(): void {
    this.pings++
    this.unanswered = this.#answers ? 0 : this.unanswered + 1
  }

  vanish(): void {
    this.isGone = true
  }
}

test('everyone is pinged once an interval, not all at once, until it leaves', () => {
  vi.useFakeTimers()
  const pinger = new Pinger({ intervalMs: 20_000, patience: 5 })
  const peers = Array.from({ length: 40 }, () => new Peer(true))
  for (const peer of peers) pinger.add(peer)
  vi.advanceTimersByTime(1000)
  expect(peers.filter(({ pings }) => pings > 0)).toHaveLength(2)
  vi.advanceTimersByTime(59_000)
  expect(peers.map(({ pings }) => pings)).toEqual(peers.map(() => 3))
  pinger.drop(peers[0] as Peer)
  vi.advanceTimersByTime(20_000)
  expect([peers[0]?.pings, peers[1]?.pings]).toEqual([3, 4])
  pinger.close()
})

test('one who is not heard of for a number of pings is let go, and nobody else', () => {
  vi.useFakeTimers()
  const pinger = new Pinger({ intervalMs: 20_000, patience: 5 })
  const [silent, alive] = [new Peer(false), new Peer(true)]
  pinger.add(silent)
  pinger.add(alive)
  vi.advanceTimersByTime(100_000)
  expect([silent.pings, silent.isGone]).toEqual([5, false])
  vi.advanceTimersByTime(20_000)
  expect([silent.pings, silent.isGone, alive.isGone]).toEqual([5, true, false])
  pinger.close()
})
