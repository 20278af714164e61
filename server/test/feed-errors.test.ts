import { FeedConfigError, TransportError } from '@depthcast/feeds'
import { expect, test } from 'vitest'
import { feedErrorLog } from '../src/feed-errors.ts'
import { createLog } from '../src/logger.ts'

test('errors of one kind are ten lines a minute, and the next line says how many were none', () => {
  const lines: Record<string, unknown>[] = []
  let now = 0
  const log = { ...createLog('silent'), warn: (fields: object, event: string) => lines.push({ event, ...fields }) }
  const tell = feedErrorLog(log, () => now)
  const lost = (n: number) => new TransportError({ venue: 'kraken', reason: `lost ${n}` })
  for (let n = 0; n < 1_000; n++) tell(lost(n), { feed: 'kraken' })
  expect(lines).toHaveLength(10)
  expect(lines[0]).toEqual({ event: 'feed.error', feed: 'kraken', code: 'FEED_TRANSPORT', reason: 'lost 0' })
  tell(lost(1_000), { feed: 'binance' })
  tell(new FeedConfigError('no such thing'), { feed: 'kraken' })
  expect(lines).toHaveLength(12)
  now = 59_999
  tell(lost(1_001), { feed: 'kraken' })
  expect(lines).toHaveLength(12)
  now = 60_000
  tell(lost(1_002), { feed: 'kraken' })
  tell(lost(1_003), { feed: 'kraken' })
  expect(lines.slice(12)).toEqual([
    { event: 'feed.error', feed: 'kraken', code: 'FEED_TRANSPORT', reason: 'lost 1002', unlogged: 991 },
    { event: 'feed.error', feed: 'kraken', code: 'FEED_TRANSPORT', reason: 'lost 1003' },
  ])
})
