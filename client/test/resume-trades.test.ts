import { expect, test } from 'vitest'
import { ClientError } from '../src/errors.ts'
import type { TradesView } from '../src/index.ts'
import { ModelGateway } from './fakes/model-gateway.ts'
import { BTC, type Setup, setup } from './fakes/setup.ts'

const lost = new ClientError('connection-lost', 'gone')

/** The connection breaks, and is there again when this is over; `meanwhile` happens in between. */
async function reconnect({ wire, host }: Setup, meanwhile: () => void = () => {}): Promise<void> {
  wire.link?.end({ error: lost, next: 'backoff' })
  meanwhile()
  host.advance(1_000)
  await wire.flush()
}

function trade({ gateway, btc }: Setup, count: number): void {
  for (let i = 0; i < count; i++) gateway.event(btc.trade(100 + i, 1))
  gateway.publish()
}

test('trades go on without a duplicate or a hole, and what the server no longer has is told to the last one', async () => {
  const it = await setup()
  const { client, wire, gateway } = it
  const heard: string[] = []
  const note = (view: TradesView | undefined): void => {
    if (view !== undefined && view.lost > 0) heard.push(`lost ${view.lost}`)
    heard.push(...(view?.added ?? []).map(({ id }) => id))
  }
  client.trades(BTC).subscribe(note)
  await wire.flush()
  trade(it, 3)
  await wire.flush()
  await reconnect(it, () => trade(it, 60))
  expect(heard).toEqual(Array.from({ length: 63 }, (_, i) => `t${i + 1}`))
  heard.length = 0
  await reconnect(it, () => trade(it, 1_100))
  expect(heard[0]).toBe('lost 100')
  expect(heard.slice(1)).toEqual(Array.from({ length: 1_000 }, (_, i) => `t${i + 164}`))
  expect(gateway.ledgers.get(BTC)?.tradesSeq).toBe(1_163)
})

test.each([
  { name: 'trades that never had a number', gap: { lost: 7 }, missed: 2, want: 7 },
  { name: 'trades that the next server tells of again', gap: { lost: 200, to: 1_201 }, missed: 1_200, want: 200 },
])('a loss of $name, told just before the connection broke, is shown once', async ({ gap, missed, want }) => {
  const it = await setup()
  const { client, wire, gateway } = it
  const losses: number[] = []
  client.trades(BTC).subscribe((view) => losses.push(view?.lost ?? 0))
  trade(it, 1)
  await wire.flush()
  const [sub] = gateway.subsOf(wire.link)
  wire.link?.sendRaw('gap', { sub, reason: 'disconnected', from: 1, next: 'continue', ...gap })
  await wire.flush()
  await reconnect(it, () => trade(it, missed))
  expect(losses.reduce((a, b) => a + b, 0)).toBe(want)
})

test('a gateway that has not heard of a trade yet takes nothing away, and what it never heard of is told', async () => {
  const it = await setup()
  const { client, wire, host, btc } = it
  const heard: string[] = []
  const trades = client.trades(BTC)
  trades.subscribe((view) => {
    if (view !== undefined && (view.lost > 0 || view.isBroken))
      heard.push(view.isBroken ? 'broken' : `lost ${view.lost}`)
    heard.push(...(view?.added ?? []).map(({ id }) => id))
  })
  await wire.flush()
  trade(it, 2)
  await wire.flush()
  const young = new ModelGateway(host, [BTC])
  wire.serve(young)
  await reconnect(it)
  expect(trades.status.kind).toBe('live')
  expect(trades.current?.recent).toHaveLength(2)
  for (let i = 0; i < 2; i++) btc.trade(100, 1)
  for (let i = 0; i < 2; i++) young.event(btc.trade(100, 1))
  young.publish()
  await wire.flush()
  expect(heard).toEqual(['t1', 't2', 'lost 2', 't5', 't6'])
})

test('a subscription made while there was no connection joins one that goes on, and has its view at once', async () => {
  const it = await setup()
  const { client, wire } = it
  const first = client.trades(BTC)
  trade(it, 2)
  await wire.flush()
  let second = first
  const heard: string[] = []
  await reconnect(it, () => {
    second = client.trades(BTC)
    second.subscribe((view) => heard.push(...(view?.added ?? []).map(({ id }) => id)))
  })
  expect(heard).toEqual(['t1', 't2'])
  expect(second.status.kind).toBe('live')
  expect(client.stats().recovered).toBe(1)
})
