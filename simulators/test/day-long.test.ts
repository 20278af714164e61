import { expect, test } from 'vitest'
import { type Heard, VirtualWorld } from '../src/virtual/world.ts'

const HOURS = 24.5

test('a day at Binance, which ends a socket after 24 hours: another takes over before, nobody sees a gap, no trade comes twice', async () => {
  let gaps = 0
  const trades: number[] = []
  const hear = (heard: Heard): void => {
    if (heard.kind !== 'event') return
    if (heard.event.kind === 'gap') gaps++
    if (heard.event.kind === 'trade') trades.push(Number(heard.event.tradeId))
  }
  const world = new VirtualWorld({
    seed: 7,
    preset: 'crypto',
    rate: 0.0005,
    turnMs: 500,
    symbols: ['FOO-USDT'],
    venues: ['binance'],
    oracleKept: 500,
    faults: [],
    hear,
  })
  let most = 0
  for (let hour = 0; hour < HOURS; hour += 0.5) {
    await world.run(1_800_000)
    most = Math.max(most, world.host.clients)
  }
  const [health] = world.health
  expect(health).toMatchObject({ state: 'open', rolls: 1, reconnects: 0 })
  expect({ gaps, wrongs: world.audit.wrongs }).toEqual({ gaps: 0, wrongs: [] })
  expect(most).toBeLessThanOrEqual(2)
  expect(trades.length).toBeGreaterThan(1_000)
  expect(trades).toEqual(trades.map((_, index) => trades[0]! + index))
})
