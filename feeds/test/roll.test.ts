import { expect, test } from 'vitest'
import { type Outside, realWorld } from '../src/outside.ts'
import { BTC, Harness, type Said } from './plain-venue.ts'

const snapshot = (id: number, bids: number[]): Said => ({ say: 'snapshot', id, bids, asks: [200, 1] })
const delta = (id: number, bids: number[]): Said => ({ say: 'delta', id, bids, asks: [] })

/** A link that is live on its first socket, at update 10. */
async function live(...options: Parameters<Harness['start']>): Promise<Harness> {
  const harness = await new Harness().start(...options)
  await harness.until(() => harness.sockets.length === 1)
  harness.say(0, snapshot(10, [100, 1]))
  await harness.until(() => harness.kinds.includes('status live'))
  return harness
}

/** And asked to roll: its second socket is open. */
async function rolling(...options: Parameters<Harness['start']>): Promise<Harness> {
  const harness = await live(...options)
  harness.say(0, { say: 'roll' })
  await harness.until(() => harness.sockets.length === 2 && harness.heard.length === 2)
  harness.events.length = 0
  return harness
}

test('a roll opens a second socket first, and goes over to it without a gap or a new snapshot where the ids join', async () => {
  const harness = await rolling()
  harness.say(1, snapshot(9, [90, 9]))
  harness.say(0, delta(11, [101, 2]))
  await harness.until(() => harness.kinds.length === 1)
  // The second is behind the first still: nothing of it is seen.
  expect(harness.kinds).toEqual(['book-delta'])
  harness
    .say(1, delta(10, [100, 1]))
    .say(1, delta(11, [101, 2]))
    .say(1, delta(12, [102, 3]))
  await harness.until(() => harness.book.lotsAt('bid', 102) === 3)
  expect(harness.kinds).toEqual(['book-delta', 'book-delta'])
  expect(harness.link.health()).toMatchObject({ state: 'open', rolls: 1, reconnects: 0 })
  await harness.until(() => harness.isClosed(0))
  harness.say(1, delta(13, [103, 4]))
  await harness.until(() => harness.book.lotsAt('bid', 103) === 4)
  expect(harness.book.bids()).toEqual([103, 4, 102, 3, 101, 2, 100, 1])
})

test('where the ids do not join, the book goes on with one snapshot and no gap', async () => {
  const harness = await rolling()
  harness.say(1, snapshot(20, [105, 5]))
  await harness.until(() => harness.book.lotsAt('bid', 105) === 5)
  expect(harness.kinds).toEqual(['book-snapshot'])
  expect(harness.book.bids()).toEqual([105, 5])
})

test('what the old socket says of the book after the switch is not told', async () => {
  const harness = await rolling({}, { drainMs: 10_000 })
  harness.say(1, snapshot(20, [105, 5]))
  await harness.until(() => harness.kinds.length === 1)
  harness.say(0, delta(11, [101, 2]))
  harness.say(1, { say: 'trade', id: 1 })
  await harness.until(() => harness.trades.length === 1)
  harness.say(1, delta(21, [106, 6]))
  await harness.until(() => harness.book.lotsAt('bid', 106) === 6)
  expect(harness.book.bids()).toEqual([106, 6, 105, 5])
})

test('trades of both are told once each, those that only one tells too', async () => {
  const harness = await rolling({}, { drainMs: 10_000 })
  const trade = (id: number): Said => ({ say: 'trade', id, at: 1_000 + id })
  harness.say(0, trade(5)).say(0, trade(6))
  await harness.until(() => harness.trades.length === 2)
  // The second begins with trades of the past, as venues do, and with one that the first has not told yet.
  harness.say(1, trade(3)).say(1, trade(4)).say(1, trade(5)).say(1, trade(6)).say(1, trade(7))
  harness.say(1, snapshot(10, [100, 1]))
  await harness.until(() => harness.trades.length === 3)
  harness.say(0, trade(7)).say(0, trade(8))
  await harness.until(() => harness.trades.length === 4)
  harness.say(1, trade(8)).say(1, trade(9))
  await harness.until(() => harness.trades.includes('9'))
  expect(harness.trades).toEqual(['5', '6', '7', '8', '9'])
})

test('a trade that the successor was not subscribed to yet comes from the old socket', async () => {
  const harness = await rolling({}, { drainMs: 10_000 })
  harness.say(1, snapshot(10, [100, 1])).say(1, { say: 'trade', id: 8, at: 1_008 })
  await harness.until(() => harness.trades.length === 1)
  harness.say(0, { say: 'trade', id: 7, at: 1_007 })
  await harness.until(() => harness.trades.length === 2)
  expect(harness.trades).toEqual(['8', '7'])
})

test('a successor that is lost is opened again while the old one goes on', async () => {
  const harness = await rolling()
  harness.say(1, snapshot(9, [90, 9]))
  harness.sockets[1]?.terminate()
  await harness.until(() => harness.sockets.length === 3)
  harness.say(0, delta(11, [101, 2]))
  await harness.until(() => harness.book.lotsAt('bid', 101) === 2)
  harness.say(2, snapshot(11, [100, 1, 101, 2]))
  await harness.until(() => harness.isClosed(0))
  expect(harness.kinds).toEqual(['book-delta'])
  expect(harness.link.health()).toMatchObject({ rolls: 1 })
})

test('when the old socket ends first, it reconnects as ever and the successor is dropped', async () => {
  const harness = await rolling()
  harness.sockets[0]?.terminate()
  await harness.until(() => harness.sockets.length === 3)
  await harness.until(() => harness.isClosed(1))
  harness.say(2, snapshot(30, [100, 1]))
  await harness.until(() => harness.kinds.includes('status live'))
  expect(harness.kinds).toEqual(['status stale', 'gap', 'book-snapshot', 'status live'])
  expect(harness.link.health()).toMatchObject({ rolls: 0 })
})

test('a book that is broken on the old socket and right on the new one is told anew', async () => {
  const harness = await rolling()
  harness.say(0, delta(15, [101, 2]))
  await harness.until(() => harness.kinds.includes('status resyncing'))
  harness.say(1, snapshot(16, [102, 3]))
  await harness.until(() => harness.kinds.includes('status live'))
  expect(harness.kinds).toEqual(['gap', 'status resyncing', 'book-snapshot', 'status live'])
})

test('a connection whose life is limited gives way to another before its end', async () => {
  const harness = await live({ lifeMs: 300 })
  await harness.until(() => harness.sockets.length === 2)
  harness.say(1, snapshot(10, [100, 1]))
  await harness.until(() => harness.isClosed(0))
  expect(harness.errors.map(({ code }) => code)).toEqual(['FEED_UPSTREAM'])
  expect(harness.kinds.filter((kind) => kind === 'gap' || kind === 'status stale')).toEqual([])
})

test('a socket that is lost takes the timer of its end with it', async () => {
  const world = realWorld()
  const ends = new Set<object>()
  const later: Outside['later'] = (ms, act) => {
    const cancel = world.later(ms, act)
    const end = ms > 3_000_000 ? {} : undefined
    if (end !== undefined) ends.add(end)
    return () => {
      cancel()
      if (end !== undefined) ends.delete(end)
    }
  }
  const harness = await live({ lifeMs: 3_600_000 }, { outside: { ...world, random: () => 0, later } })
  for (const times of [2, 3]) {
    harness.sockets.at(-1)?.terminate()
    await harness.until(() => harness.sockets.length === times)
    harness.say(times - 1, snapshot(10 * times, [100, 1]))
    await harness.until(() => harness.kinds.filter((kind) => kind === 'book-snapshot').length === times)
  }
  expect(ends.size).toBe(1)
  await harness.link.close()
  expect(ends.size).toBe(0)
})

test('a check that passes tells the sink, once a second, and one that fails does not', async () => {
  const harness = await live()
  for (const ok of [false, true, true]) {
    const output = { kind: 'check', check: 'oracle', instrument: BTC.id, ok } as const
    harness.say(0, { say: 'output', output })
  }
  harness.say(0, { say: 'trade', id: 1 })
  await harness.until(() => harness.trades.length === 1)
  expect(harness.verified).toEqual([BTC.id])
  expect(harness.link.health().checks).toEqual({ oracle: { passed: 2, failed: 1 } })
})

test('health says how soon the first book of a connection was proven, and what the venue’s limit leaves', async () => {
  const harness = await new Harness().start({ connects: 3, perMs: 600_000 })
  await harness.until(() => harness.sockets.length === 1)
  expect(harness.link.health().firstVerifiedAfter).toBeUndefined()
  expect(harness.link.health().connectsLeft).toBe(2)
  harness.say(0, snapshot(10, [100, 1]))
  await harness.until(() => harness.kinds.includes('status live'))
  const { firstVerifiedAfter } = harness.link.health()
  expect(firstVerifiedAfter).toBeGreaterThan(0)
  harness.say(0, delta(11, [100, 2]))
  await harness.until(() => harness.kinds.includes('book-delta'))
  expect(harness.link.health().firstVerifiedAfter).toBe(firstVerifiedAfter)
  harness.sockets[0]?.terminate()
  await harness.until(() => harness.sockets.length === 2)
  expect(harness.link.health()).toMatchObject({ reconnects: 1, connectsLeft: 1 })
  expect(harness.link.health().firstVerifiedAfter).toBeUndefined()
})
