import type { ChannelName, ResumeAck } from '@depthcast/protocol'
import { expect, test } from 'vitest'
import type { ClientOptions, FakeClient } from '../fakes/client.ts'
import type { Script } from '../fakes/feed.ts'
import { FakeGateway } from '../fakes/gateway.ts'
import { type Random, random } from '../fakes/random.ts'

const SCHEDULES = 300
const STEPS = 150
const BASES = ['BTC', 'ETH']
const SYMBOLS = BASES.map((base) => `test:${base}-USD`)
const CHANNELS: readonly ChannelName[] = ['book', 'trades', 'ticker', 'candles']
const RATES = ['raw', 10, 100, 1000] as const
/** Few read so little of what they want fresh that they are cut: seed 275 does. */
const MOST_CUTS = 2
/** So small that a client is behind after a few messages. */
const WINDOW = 900

/** Seeds that once failed, and why. */
const OLD_SEEDS: readonly number[] = []

test.each([
  { name: 'acks', options: { acks: true }, limits: { windowBytes: WINDOW } },
  { name: 'echoes', options: { hasEcho: true }, limits: { windowBytes: WINDOW } },
  { name: 'is capped', options: {}, limits: { bytesPerSecond: 3000 } },
  { name: 'acks and is capped', options: { acks: true }, limits: { windowBytes: WINDOW, bytesPerSecond: 3000 } },
])(
  'whatever stalls, wakes, changes, pauses and comes back, a client who $name ends with what the server has',
  ({ options, limits }) => {
    let cuts = 0
    for (const seed of [...OLD_SEEDS, ...Array.from({ length: SCHEDULES }, (_, index) => index + 1)])
      cuts += run(seed, options, limits)
    expect(cuts).toBeLessThanOrEqual('hasEcho' in options ? MOST_CUTS : 0)
  },
)

/** One schedule: random events and clients, then quiet, then everything must be level. Returns how many were cut for reading too little. */
function run(seed: number, options: ClientOptions, limits: { windowBytes?: number; bytesPerSecond?: number }): number {
  const dice = random(seed)
  const gateway = new FakeGateway(BASES, limits)
  const scripts = BASES.map((_, index) => gateway.begun(index))
  const clients = [0, 1].map(() => gateway.connect(gateway.encoding, {}, options))
  const breaches: string[] = []
  let cuts = 0
  const isCut = ({ door: { closed } }: FakeClient): boolean => {
    if (closed === undefined) return false
    expect(closed, `seed ${seed}`).toEqual({ code: 4107, reason: 'slow-client' })
    cuts++
    return true
  }
  for (let step = 0; step < STEPS; step++) {
    const at = dice.whole(clients.length)
    const client = clients[at] as FakeClient
    if (dice.chance(0.6)) happen(dice, dice.pick(scripts))
    else if (isCut(client) || dice.chance(0.06)) {
      breaches.push(...client.breaches)
      clients[at] = comeBack(dice, gateway, client, options)
    } else behave(dice, client)
    if (dice.chance(0.4)) gateway.clock.advance(dice.pick([1, 20, 150, 6000]))
  }
  for (const script of scripts) script.snapshot([100, 1 + dice.whole(9)], [101, 1 + dice.whole(9)])
  for (const [at, client] of clients.entries()) {
    if (!isCut(client)) wake(client)
    else {
      breaches.push(...client.breaches)
      clients[at] = comeBack(dice, gateway, client, options)
    }
  }
  gateway.clock.advance(9000)
  for (const client of clients) {
    expect([...breaches, ...client.breaches], `seed ${seed}`).toEqual([])
    expect(client.differences(), `seed ${seed}`).toEqual([])
    client.guest.gone('over')
  }
  const left = gateway.metrics.value('depthcast_views') + gateway.metrics.value('depthcast_subscriptions')
  expect([left, gateway.sessions.size], `seed ${seed}`).toEqual([0, 0])
  return cuts
}

/** The line breaks, with what was on it; the client comes back with its token, standing where it stood. One that was cut for reading nothing begins anew. */
function comeBack(dice: Random, gateway: FakeGateway, client: FakeClient, options: ClientOptions): FakeClient {
  if (client.door.closed !== undefined) return gateway.connect(gateway.encoding, {}, options)
  const stalled = client.door.stalled
  wake(client)
  const ack = client.request<ResumeAck>('resume', {})
  client.door.stalled = stalled
  const token = 'resume' in ack ? ack.resume : ''
  if (dice.chance(0.5)) gateway.clock.advance(500)
  client.guest.gone('lost')
  const positions = [...client.held].flatMap(([sub, { view }]) => {
    const { epoch = 0, seq } = view as { epoch?: number; seq?: number }
    return seq === undefined || seq === 0 ? [] : [`${sub}.${epoch}.${seq}`]
  })
  return gateway.connect(
    gateway.encoding,
    { resume: `${token.split('~')[0]}~${positions.join(',')}` },
    { ...options, former: client },
  )
}

function happen(dice: Random, script: Script): void {
  const kind = dice.whole(12)
  if (kind < 6) script.delta([100 - dice.whole(4), dice.whole(4)], [101 + dice.whole(4), dice.whole(4)])
  else if (kind < 9) for (let n = 1 + dice.whole(3); n > 0; n--) script.trade(95 + dice.whole(12), 1 + dice.whole(9))
  else if (kind < 10) script.ticker(90 + dice.whole(20))
  else if (dice.chance(0.3))
    script.gap(dice.pick(['book', 'trades']), 'disconnected', dice.chance(0.5) ? dice.whole(5) : undefined)
  else script.status(dice.pick(['live', 'quiet', 'stale']))
}

function behave(dice: Random, client: FakeClient): void {
  if (client.door.closed !== undefined) return
  const kind = dice.whole(10)
  const sub = dice.pick([...client.held.keys(), 0])
  if (kind < 3) {
    const maxAgeMs = dice.chance(0.3) ? { maxAgeMs: dice.pick([1000, 5000]) } : {}
    const mode = dice.chance(0.2) ? { mode: 'unfiltered' as const } : {}
    client.subscribe(dice.pick(CHANNELS), [dice.pick(SYMBOLS)], { rateMs: dice.pick(RATES), ...maxAgeMs, ...mode })
  } else if (kind < 4 && sub !== 0) client.request('unsubscribe', { sub })
  else if (kind < 5 && sub !== 0) client.modify(sub, { paused: dice.chance(0.5) })
  else if (kind < 6 && sub !== 0) client.modify(sub, { rateMs: dice.pick(RATES) })
  else if (kind < 8) client.door.stalled = true
  else if (kind < 9) client.door.flush(1 + dice.whole(4))
  else wake(client)
}

function wake(client: FakeClient): void {
  client.door.stalled = false
  client.door.flush()
}
