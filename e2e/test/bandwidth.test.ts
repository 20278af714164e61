import { connect, type Subscription, websocket } from '@depthcast/client'
import { expect, test, vi } from 'vitest'
import { countingLine } from './fakes/counting-line.ts'
import { gateway, simulated } from './fakes/gateway.ts'

const SYMBOL = 'simulated:BTC-USD'
/** Enough that what is under way at either end of the count is next to nothing. */
const COUNTED_BYTES = 50_000
const WITHIN = 0.02

test('what the subscriptions say they cost adds up to what the network counts, to two in a hundred', async () => {
  const server = await gateway(await simulated())
  const line = await countingLine(server.url)
  const client = connect(line.url, { transport: websocket })
  const raw = { rateMs: 'raw', mode: 'unfiltered' } as const
  const subscriptions: readonly Subscription<unknown>[] = [
    client.book(SYMBOL, { depth: 'all', ...raw }),
    client.book(SYMBOL, { depth: 25, rateMs: 100 }),
    client.trades(SYMBOL, { rateMs: 100 }),
    client.ticker(SYMBOL, { rateMs: 250 }),
    client.candles(SYMBOL, { interval: '1s', rateMs: 200 }),
    // The same as one above: sent once.
    client.trades(SYMBOL, { rateMs: 100 }),
  ]
  const told = (): number => subscriptions.reduce((sum, subscription) => sum + subscription.stats().bytesShare, 0)
  const long = { timeout: 60_000, interval: 20 }
  await vi.waitFor(() => {
    for (const { status } of subscriptions) expect(status.kind).toBe('live')
  }, long)

  const before = { wire: line.bytes, told: told(), counted: client.stats().bytesIn }
  await vi.waitFor(() => expect(line.bytes - before.wire).toBeGreaterThan(COUNTED_BYTES), long)
  const wire = line.bytes - before.wire
  expect(Math.abs(told() - before.told - wire)).toBeLessThan(wire * WITHIN)
  expect(Math.abs(client.stats().bytesIn - before.counted - wire)).toBeLessThan(wire * WITHIN)

  client.close()
  await line.close()
  await server.app.close()
})
