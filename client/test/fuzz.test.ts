import { packMessage, type ServerMessage } from '@depthcast/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ClientError } from '../src/errors.ts'
import {
  readGap,
  readGranted,
  readStatus,
  readSubscribeResult,
  readViewMessage,
  readWelcome,
  wireError,
} from '../src/incoming.ts'
import type { FakeHost } from './fakes/fake-host.ts'
import { BTC, ETH, setup } from './fakes/setup.ts'

const TYPES = [
  'snapshot',
  'update',
  'trades',
  'ticker',
  'candle',
  'status',
  'gap',
  'config',
  'heartbeat',
  'shutdown',
  'error',
  'welcome',
  'nonsense',
  '',
] as const

/** Values a field should not have, and some it may. */
const STRANGE: readonly unknown[] = [
  undefined,
  null,
  true,
  -1,
  0,
  1,
  2,
  0.5,
  2 ** 53,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '',
  'x',
  '1.00',
  [],
  [1],
  [1, 2],
  [[1, 2]],
  ['1', '2'],
  {},
  { code: 1 },
  [null],
  'snapshot',
  'continue',
  'live',
]

/** A message of the protocol, in either of its forms, with some of its fields spoilt. `watched` is the sub it must have nothing to do with. */
function spoilt(host: FakeHost, type: string, sub: number, watched: number | undefined): unknown {
  const whole: Record<string, unknown> = {
    sub,
    seq: host.below(9),
    prev: host.below(9),
    epoch: host.below(4),
    serverTime: 1,
    merged: 1,
    bids: [100, host.below(9), 99, 2],
    asks: [101, host.below(9)],
    checksum: host.below(2 ** 31),
    trades: [['t', 100, 1, 1, 0]],
    candles: [{ openTime: 0, open: 1, high: 1, low: 1, close: 1, volume: 1, trades: 1, rev: 1, final: false }],
    bid: 100,
    symbol: 'coinbase:DOGE-USD',
    state: 'live',
    since: 1,
    verified: 'none',
    reason: 'sequence',
    from: 1,
    next: host.below(2) === 0 ? 'snapshot' : 'continue',
    granted: { rateMs: 100, mode: 'merge', depth: 3 },
    code: 500,
    slug: 'internal',
    message: 'x',
    why: 'x',
    reconnectInMs: host.below(9),
  }
  const was = host.below(60)
  if (type === 'config' && was !== watched) whole.was = was
  if (VIEW_TYPES.includes(type) && host.below(2) === 0) return spoiltArray(host, { ...whole, type } as ServerMessage)
  for (let n = host.below(4); n > 0; n--) {
    const names = Object.keys(whole)
    whole[names[host.below(names.length)] as string] = STRANGE[host.below(STRANGE.length)]
  }
  if (type === 'status' && whole.symbol === ETH) whole.symbol = 'x'
  return host.below(30) === 0 ? STRANGE[host.below(STRANGE.length)] : whole
}

const VIEW_TYPES: readonly string[] = ['snapshot', 'update', 'trades', 'ticker', 'candle']

function spoiltArray(host: FakeHost, message: ServerMessage): unknown {
  const packed = (packMessage(message) as readonly unknown[]).slice()
  // The first is the sub, which says whom it is for.
  for (let n = host.below(4); n > 0; n--)
    packed[1 + host.below(packed.length - 1)] = STRANGE[host.below(STRANGE.length)]
  return host.below(10) === 0 ? packed.slice(0, 1 + host.below(packed.length)) : packed
}

test('100,000 spoilt messages give only typed errors, and a subscription they are not for never notices', async () => {
  const it = await setup(42)
  const { client, wire, gateway, host, errors, eth } = it
  const targets = [client.book(BTC), client.trades(BTC), client.ticker(BTC), client.candles(BTC), client.status(BTC)]
  await wire.flush()
  const watched = client.book(ETH)
  await wire.flush()
  const watchedStates: string[] = []
  watched.onStatus(({ kind }) => watchedStates.push(kind))
  const watchedSub = gateway.subsOf(wire.link).at(-1)
  let updates = 0
  for (let round = 0; round < 1_000; round++) {
    for (let i = 0; i < 100; i++) {
      const type = TYPES[host.below(TYPES.length)] as string
      const sub = host.below(60)
      if (sub !== watchedSub) wire.link?.sendRaw(type, spoilt(host, type, sub, watchedSub))
    }
    if (round % 50 === 0) {
      gateway.event(eth.delta([50, 1 + (updates % 9)], []))
      gateway.publish()
      updates++
    }
    gateway.heartbeat()
    host.advance(100)
    await wire.flush()
  }
  expect(watchedStates).toEqual(['live'])
  expect(watched.current?.bids.slice(0, 2)).toEqual([50, 1 + ((updates - 1) % 9)])
  expect(client.stats().reconnects).toBe(0)
  expect(errors.length).toBeGreaterThan(1_000)
  expect(errors.every((error) => error instanceof ClientError)).toBe(true)
  for (const target of targets) expect(target.status.kind).not.toBe('closed')
  expect(client.stats().malformed).toBeGreaterThan(1_000)
})

test.each([
  ['subscribe', null],
  ['subscribe', []],
  ['subscribe', { results: 'x' }],
  ['subscribe', { results: [null] }],
  ['subscribe', { results: [{ symbol: BTC, sub: 'x' }] }],
  ['subscribe', { results: [{ symbol: BTC, sub: 1, tick: 'x', lot: '1', granted: { rateMs: 1 } }] }],
  ['subscribe', { results: [{ symbol: ETH, sub: 1, tick: '1', lot: '1', granted: { rateMs: 1 } }] }],
  ['modify', null],
  ['modify', { sub: -1, granted: { rateMs: 1 } }],
  ['modify', { sub: 1, granted: 'x' }],
])('an answer to %s that cannot be read, %j, is a typed error', async (name, reply) => {
  const { client, wire } = await setup()
  const book = client.book(BTC)
  if (name === 'modify') await wire.flush()
  wire.mischief = (parcel) => [parcel.kind === 'answer' && parcel.name === name ? reply : parcel.value]
  const answer = expect(book.modify({ depth: 2 })).rejects.toBeInstanceOf(ClientError)
  await wire.flush()
  await answer
  expect(book.status.kind).toBe(name === 'modify' ? 'live' : 'refused')
})

test('no reader throws, whatever it is given', () => {
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), (value) => {
      for (const read of [readWelcome, readStatus, readGap, readGranted, readSubscribeResult, wireError]) read(value)
      for (const type of ['snapshot', 'update', 'trades', 'ticker', 'candle'] as const)
        expect(readViewMessage(type, value)).toBeUndefined()
    }),
    { numRuns: 2_000 },
  )
})
