import type { Micros } from '@depthcast/market'
import { expect, test, vi } from 'vitest'
import { Pacing } from '../../src/backoff.ts'
import { Connection } from '../../src/connection.ts'
import { openFeeds } from '../../src/open.ts'
import { type Cancel, type Outside, realWorld, type SocketHandlers } from '../../src/outside.ts'
import type { HttpReply, HttpRequest } from '../../src/venue.ts'
import { VenueBudget } from '../../src/venue-budget.ts'
import { binance } from '../../src/venues/binance.ts'
import { bitstamp } from '../../src/venues/bitstamp.ts'
import { coinbase } from '../../src/venues/coinbase.ts'
import { kraken } from '../../src/venues/kraken.ts'
import { instrument } from '../driver.ts'

// "Banned for reconnecting" (ccxt#27468), "two sockets feed one book" (node-binance-api#220): attempts to connect in a world of our own.

/** Time and sockets that a test moves; each socket ends when `onAttempt` says so. */
class World implements Outside {
  at = 1_700_000_000_000_000
  readonly attempts: number[] = []
  /** Sockets that were opened and are not gone. */
  standing = 0
  mostStanding = 0
  onAttempt: (handlers: SocketHandlers, attempt: number) => void = () => {}
  readonly #random: () => number
  #queue: { readonly at: number; readonly act: () => void }[] = []

  constructor(random: () => number) {
    this.#random = random
  }

  readonly clock = { now: () => this.at as Micros }
  random = (): number => this.#random()

  later(ms: number, act: () => void): Cancel {
    const entry = { at: this.at + ms * 1000, act }
    this.#queue.push(entry)
    return () => {
      this.#queue = this.#queue.filter((other) => other !== entry)
    }
  }

  connect(_url: string, handlers: SocketHandlers) {
    this.attempts.push(this.at)
    this.standing++
    this.mostStanding = Math.max(this.mostStanding, this.standing)
    let isGone = false
    const end = (): void => {
      if (isGone) return
      isGone = true
      // A socket that is given up is gone a little later.
      this.later(50, () => {
        this.standing--
        handlers.onClose(1006, '')
      })
    }
    const { length } = this.attempts
    this.later(20, () => this.onAttempt({ ...handlers, onClose: end }, length))
    return { send: () => {}, terminate: end }
  }

  readonly requests: number[] = []

  /** Nobody has what is fetched. */
  request = ({ id, url }: HttpRequest): Promise<HttpReply> => {
    this.requests.push(this.at)
    return Promise.resolve({ id, url, status: 502, body: '' })
  }

  run(seconds: number): this {
    const until = this.at + seconds * 1_000_000
    for (;;) {
      this.#queue.sort((a, b) => a.at - b.at)
      const next = this.#queue[0]
      if (next === undefined || next.at > until) break
      this.#queue.shift()
      this.at = Math.max(this.at, next.at)
      next.act()
    }
    this.at = until
    return this
  }
}

function connection(world: World, venue: typeof kraken, budget: VenueBudget): Connection {
  const { silenceMs = 60_000, minDelayMs = 0 } = venue.describe().limits
  return new Connection(
    {
      venue: venue.id,
      url: 'ws://venue',
      silenceMs,
      minDelayMs,
      sends: new Pacing(10),
      outside: world,
      budget: budget.connects,
    },
    { onOpen: () => {}, onFrame: () => {}, onPing: () => {}, onClosed: () => {}, onError: () => {} },
  )
}

const ENDINGS = {
  'is refused at once': ({ onClose }: SocketHandlers) => onClose(1006, ''),
  'opens and is reset at once': ({ onOpen, onClose }: SocketHandlers) => {
    onOpen()
    onClose(1006, '')
  },
  'opens and says nothing': ({ onOpen }: SocketHandlers) => onOpen(),
} as const

test.each(
  [kraken, binance, coinbase, bitstamp].flatMap((venue) =>
    Object.entries(ENDINGS).map(([name, ending]) => ({ id: venue.id, venue, name, ending })),
  ),
)('$id: whatever happens for an hour, $name, ten connections never pass the venue’s limit, nor stand twice', (row) => {
  const { venue, ending } = row
  const { connects, perMs } = venue.describe().limits
  const world = new World(() => 0)
  world.onAttempt = ending
  const budget = new VenueBudget(venue.describe().limits)
  for (let n = 0; n < 10; n++) connection(world, venue, budget).open()
  world.run(3_600)
  expect(world.attempts.length).toBeGreaterThan(10)
  expect(world.mostStanding).toBeLessThanOrEqual(10)
  for (let n = connects; n < world.attempts.length; n++)
    expect((world.attempts[n] ?? 0) - (world.attempts[n - connects] ?? 0)).toBeGreaterThanOrEqual(perMs * 1000)
})

test('kraken: a venue that is away for an hour is asked no more than every five seconds from the third time on', () => {
  const world = new World(() => 0)
  world.onAttempt = ENDINGS['is refused at once']
  connection(world, kraken, new VenueBudget(kraken.describe().limits)).open()
  world.run(3_600)
  const waits = world.attempts.slice(2).map((at, n) => at - (world.attempts[n + 1] ?? 0))
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(5_000_000)
})

test('after a socket that lived, the next trouble begins at the shortest pause again', () => {
  const world = new World(() => 0.999)
  world.onAttempt = ENDINGS['is refused at once']
  connection(world, binance, new VenueBudget(binance.describe().limits)).open()
  world.run(300)
  let end = (): void => {}
  world.onAttempt = ({ onOpen, onPing, onClose }) => {
    onOpen()
    // It says that it lives for a minute.
    for (let second = 1; second < 60; second++) world.later(second * 1_000, () => onPing(''))
    end = () => onClose(1006, '')
  }
  world.run(90)
  end()
  const lostAt = world.at
  const before = world.attempts.length
  world.run(30)
  expect((world.attempts[before] ?? Number.POSITIVE_INFINITY) - lostAt).toBeLessThan(600_000)
})

test('a venue that was away is found again within half a minute of its coming back, however long that took', () => {
  for (const hours of [0.1, 1, 30]) {
    const world = new World(() => 0.999)
    let isBack = false
    let backAt: number | undefined
    world.onAttempt = (handlers) => {
      if (!isBack) return handlers.onClose(1006, '')
      backAt ??= world.at
      handlers.onOpen()
    }
    connection(world, binance, new VenueBudget(binance.describe().limits)).open()
    world.run(hours * 3_600)
    isBack = true
    const since = world.at
    world.run(60)
    expect((backAt ?? Number.POSITIVE_INFINITY) - since).toBeLessThan(31_000_000)
  }
})

test('coinbase: no socket has more than ten level2 products (Coinbase.Net#19)', () => {
  const listed = Array.from({ length: 25 }, (_, n) => instrument('coinbase', `C${n}-USD`, `C${n}`, 'USD'))
  expect(coinbase.plan(listed, {}).map(({ instruments }) => instruments.length)).toEqual([10, 10, 5])
})

test.each([
  { name: 'kraken', apartMs: 1_000 },
  { name: 'coinbase', apartMs: 125 },
])('$name: a list of instruments that cannot be had is not asked for faster than the venue allows', async (row) => {
  const world = new World(() => 0)
  const feed = await openFeeds(row.name, { outside: world })
  feed.start({ instrument: () => {}, event: () => {} })
  for (let n = 0; n < 200; n++) {
    world.run(0.05)
    // What was fetched is there, and what follows from it.
    await new Promise((resolve) => setImmediate(resolve))
  }
  await feed.close()
  const apart = world.requests.slice(1).map((at, n) => (at - (world.requests[n] ?? 0)) / 1_000)
  expect(apart.length).toBeGreaterThan(3)
  expect(Math.min(...apart)).toBeGreaterThanOrEqual(row.apartMs)
})

test('a venue that bans for longer than a timer can count is not asked all the more', () => {
  vi.useFakeTimers()
  try {
    let calls = 0
    realWorld().later(365 * 86_400_000, () => calls++)
    vi.advanceTimersByTime(86_400_000)
    expect(calls).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})
