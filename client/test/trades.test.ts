import { expect, test } from 'vitest'
import { ClientError } from '../src/errors.ts'
import type { TradesView } from '../src/index.ts'
import { BTC, type Setup, setup } from './fakes/setup.ts'

const lost = new ClientError('connection-lost', 'gone')

function trade({ gateway, btc }: Setup, count: number): void {
  for (let i = 0; i < count; i++) gateway.event(btc.trade(100 + i, 1))
  gateway.publish()
}

/** Everything a subscriber is told, as ids and losses. */
function tell(view: TradesView | undefined): readonly string[] {
  if (view === undefined) return []
  return [
    ...(view.lost > 0 ? [`lost ${view.lost}`] : []),
    ...(view.isBroken ? ['broken'] : []),
    ...view.added.map(({ id }) => id),
  ]
}

test('a listener hears of every trade once and in order, and recent holds them all', async () => {
  const it = await setup()
  const { client, wire } = it
  trade(it, 2)
  const heard: string[] = []
  const trades = client.trades(BTC)
  trades.subscribe((view) => heard.push(...tell(view)))
  await wire.flush()
  trade(it, 1)
  trade(it, 2)
  await wire.flush()
  expect(heard).toEqual(['t1', 't2', 't3', 't4', 't5'])
  expect(trades.current?.recent.map(({ id }) => id)).toEqual(heard)
  expect(trades.current?.recent[0]).toMatchObject({ price: 100, quantity: 1, side: 'buy' })
})

test('a slow loop gets all trades it was too slow for in one view', async () => {
  const it = await setup()
  const { client, wire } = it
  const trades = client.trades(BTC)
  const loop = trades[Symbol.asyncIterator]()
  await wire.flush()
  for (let i = 0; i < 5; i++) {
    trade(it, 3)
    await wire.flush()
  }
  const { value } = await loop.next()
  expect(tell(value as TradesView)).toEqual(Array.from({ length: 15 }, (_, i) => `t${i + 1}`))
})

test('a loop that never comes back keeps a bounded number, and is told how many it lost', async () => {
  const it = await setup()
  const { client, wire } = it
  const trades = client.trades(BTC)
  const loop = trades[Symbol.asyncIterator]()
  await wire.flush()
  for (let i = 0; i < 24; i++) {
    trade(it, 500)
    await wire.flush()
  }
  const { value } = (await loop.next()) as { value: TradesView }
  expect(value.added).toHaveLength(10_000)
  expect(value.lost).toBe(2_000)
  expect(value.added.at(-1)?.id).toBe('t12000')
})

test('over a reconnect no trade is told twice, and how many are lost is told, also by a server that cannot go on', async () => {
  const it = await setup()
  const { client, wire, host, gateway } = it
  const trades = client.trades(BTC)
  const heard: string[] = []
  trades.subscribe((view) => heard.push(...tell(view)))
  await wire.flush()
  trade(it, 3)
  await wire.flush()
  wire.link?.end({ error: lost, next: 'backoff' })
  gateway.forgets = true
  trade(it, 60)
  host.advance(1_000)
  await wire.flush()
  expect(heard.slice(0, 4)).toEqual(['t1', 't2', 't3', 'lost 10'])
  expect(heard.slice(4)).toEqual(Array.from({ length: 50 }, (_, i) => `t${i + 14}`))
})

test('who joins late, or comes back from a pause, is told by its own place', async () => {
  const it = await setup()
  const { client, wire } = it
  const first = client.trades(BTC)
  await wire.flush()
  trade(it, 3)
  await wire.flush()
  const second = client.trades(BTC)
  const heard: string[] = []
  second.subscribe((view) => heard.push(...tell(view)))
  second.pause()
  trade(it, 2)
  await wire.flush()
  second.resume()
  trade(it, 1)
  await wire.flush()
  expect(heard).toEqual(['t1', 't2', 't3', 't4', 't5', 't6'])
  expect(first.current?.recent).toHaveLength(6)
})

test('a loss the server tells is in the next view', async () => {
  const it = await setup()
  const { client, wire, gateway } = it
  const trades = client.trades(BTC)
  const heard: string[] = []
  trades.subscribe((view) => heard.push(...tell(view)))
  await wire.flush()
  trade(it, 1)
  const [sub] = gateway.subsOf(wire.link)
  wire.link?.send({ type: 'gap', sub, reason: 'slow-client', from: 1, to: 4, lost: 2, next: 'continue' } as {
    type: string
  })
  wire.link?.send({
    type: 'trades',
    sub,
    epoch: 1,
    seq: 4,
    prev: 1,
    lost: 2,
    serverTime: 1,
    trades: [['t4', 100, 1, 0, 0]],
  } as { type: string })
  await wire.flush()
  expect(heard).toEqual(['t1', 'lost 2', 't4'])
  expect(trades.status.kind).toBe('live')
})

test('a batch larger than a view holds loses nothing without a word', async () => {
  const it = await setup()
  const { client, wire, gateway } = it
  const told = { added: 0, lost: 0 }
  client.trades(BTC).subscribe((view) => {
    told.added += view?.added.length ?? 0
    told.lost += view?.lost ?? 0
  })
  trade(it, 1)
  await wire.flush()
  const [sub] = gateway.subsOf(wire.link)
  const trades = Array.from({ length: 1_500 }, (_, i) => [`t${i + 2}`, 100, 1, 0, 0])
  wire.link?.send({ type: 'trades', sub, epoch: 1, seq: 1_501, prev: 1, serverTime: 1, trades } as { type: string })
  await wire.flush()
  expect(told).toEqual({ added: 1_001, lost: 500 })
})

test('another numbering means that an unknown number may be missing', async () => {
  const it = await setup()
  const { client, wire, gateway } = it
  const trades = client.trades(BTC)
  await wire.flush()
  trade(it, 2)
  await wire.flush()
  const [sub] = gateway.subsOf(wire.link)
  wire.link?.send({ type: 'gap', sub, reason: 'disconnected', from: 2, next: 'snapshot' } as { type: string })
  await wire.flush()
  expect(trades.status.kind).toBe('gap')
  wire.link?.send({ type: 'trades', sub, epoch: 2, seq: 1, serverTime: 1, trades: [['x1', 100, 1, 0, 0]] } as {
    type: string
  })
  await wire.flush()
  expect(tell(trades.current)).toEqual(['broken', 'x1'])
})

test('bars say which of them changed, and all when what was held is over', async () => {
  const it = await setup()
  const { client, wire, host, gateway } = it
  const candles = client.candles(BTC, { interval: '1s' })
  await wire.flush()
  trade(it, 1)
  await wire.flush()
  host.advance(1_000)
  trade(it, 1)
  await wire.flush()
  expect(candles.current?.candles).toHaveLength(2)
  expect(candles.current).toMatchObject({ interval: '1s', isReset: false })
  wire.link?.end({ error: lost, next: 'backoff' })
  gateway.forgets = true
  host.advance(500)
  await wire.flush()
  expect(candles.current).toMatchObject({ isReset: true })
  expect(candles.current?.changed).toEqual(candles.current?.candles)
})
