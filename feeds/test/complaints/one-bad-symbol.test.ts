import { expect, test } from 'vitest'
import { CoinbaseProtocol } from '../../src/venues/coinbase/protocol.ts'
import { heartbeat, snapshot, subscriptions } from '../coinbase-frames.ts'
import { Driver, instrument } from '../driver.ts'

// "One bad symbol closed the socket for all" (ccxt#24461).

const BTC = instrument('coinbase', 'BTC-USD', 'BTC', 'USD')
const ETH = instrument('coinbase', 'ETH-USD', 'ETH', 'USD')

test('a product that the venue never answers for costs the others one socket, and is asked for all along', () => {
  const driver = new Driver(new CoinbaseProtocol([BTC, ETH]))
  const serve = (): Driver =>
    driver
      .open()
      .frame(subscriptions(['BTC-USD'], ['level2_50', 'heartbeat']))
      .frame(snapshot('BTC-USD', [['99.00', '1.000']], []))
  serve()
  let sockets = 1
  for (let second = 0; second < 300; second++) {
    driver.wait(1_000).frame(heartbeat('BTC-USD', 1))
    if (driver.reconnects.length < sockets) continue
    sockets++
    driver.closed()
    serve()
  }
  expect(driver.reconnects).toHaveLength(1)
  expect([driver.state(BTC.id), driver.state(ETH.id)]).toEqual(['quiet', 'degraded'])
  driver.forget()
  for (let second = 0; second < 65; second++) driver.wait(1_000).frame(heartbeat('BTC-USD', 1))
  expect(driver.sent.filter((sent) => JSON.stringify(sent).includes('ETH-USD')).length).toBeGreaterThan(0)
  expect(driver.frame(snapshot('ETH-USD', [['9.00', '1.000']], [])).state(ETH.id)).toBe('live')
})
