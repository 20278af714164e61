import { expect, test } from 'vitest'
import { UpstreamNotice } from '../src/errors.ts'
import { Harness } from './plain-venue.ts'

/** A link on its first socket, asked for its subscription. */
async function opened(): Promise<Harness> {
  const harness = await new Harness().start()
  await harness.until(() => harness.heard.length === 1)
  return harness
}

test('a venue that says it goes away, and closes, is given its time: that notice is the reason, and the next try takes seconds', async () => {
  const harness = await opened()
  const told = JSON.stringify({ say: 'snapshot', id: 1, bids: [100, 1], asks: [200, 1] })
  harness.sockets[0]?.send(told)
  await harness.until(() => harness.kinds.includes('status live'))
  const notice = new UpstreamNotice({ venue: 'plain', reason: 'in maintenance' })
  harness.protocols[0]?.next.push({ kind: 'error', error: notice })
  harness.say(0, { say: 'trade', id: 1 })
  await harness.until(() => harness.errors.length === 1)
  harness.sockets[0]?.close(1001)
  await harness.until(() => harness.kinds.includes('status stale'))
  expect(harness.errors).toEqual([notice, notice])
  const { state, reason } = harness.link.health()
  expect([state, reason]).toEqual(['waiting', expect.stringMatching(/^in maintenance; next try in \d{4,} ms$/)])
})

test('a clock that was set, theirs or ours, is told, and offset and latency are unknown until they settle', async () => {
  const harness = await opened()
  const now = (): number => Date.now() * 1_000
  for (let id = 1; id <= 25; id++) harness.say(0, { say: 'trade', id, at: now() })
  await harness.until(() => harness.trades.length === 25)
  expect(harness.link.health().clockOffset).toBeDefined()
  harness.say(0, { say: 'trade', id: 26, at: now() + 5_000_000 })
  await harness.until(() => harness.trades.length === 26)
  expect(harness.errors).toMatchObject([{ code: 'FEED_CLOCK', message: expect.stringMatching(/apart by -\d+ ms/) }])
  expect(harness.link.health().clockOffset).toBeUndefined()
  expect(harness.link.health().latency).toBeUndefined()
})
