import { readFileSync } from 'node:fs'
import { type Instrument, instrumentId, Ledger, type MarketEvent, step } from '@depthcast/market'
import { CHANNELS, encodeMsgpack, PacketType, packMessage, type ViewMessage } from '@depthcast/protocol'
import { expect, test } from 'vitest'
import { dice } from './arbitraries.ts'

/**
 * BTC-USD as three venues list it, with books like theirs: so many ticks between two levels, so many lots in one, and this share of the
 * quantities ending in zeros.
 */
const MARKETS = [
  { name: 'cents, 8 decimals, half of them round', tick: '0.01', lot: '0.00000001', apart: 90, lots: 5e7, round: 0.5 },
  { name: 'cents, 5 decimals', tick: '0.01', lot: '0.00001', apart: 90, lots: 5e4, round: 0.2 },
  { name: 'dimes, 8 decimals, few of them round', tick: '0.1', lot: '0.00000001', apart: 12, lots: 2e8, round: 0.2 },
] as const
type Market = (typeof MARKETS)[number]

/** What a message takes in msgpack, in hundredths of the same message as JSON with decimal strings. */
type Share = { readonly body: number; readonly webSocket: number; readonly socketIo: number }

const LIMITS = [
  { content: 'a snapshot of 20 levels a side', limits: [18, 18, 18], of: ({ snapshots }: Sample) => share(snapshots) },
  { content: 'an update of 4 levels', limits: [20, 20, 20], of: ({ fours }: Sample) => share(fours) },
  {
    content: 'depth 25 at 10 Hz, against the whole book each time',
    limits: [6.5, 6.5, 6.5],
    of: ({ updates, wholes }: Sample) => share(updates, wholes),
  },
]
const START = 1_763_683_200_123_456
const EPOCH = Math.floor(START / 1e6) * 2 ** 20 + 777_777
const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')
const samples = MARKETS.map(sampled)

test.each(LIMITS)('$content is as small as was promised, and as docs/protocol.md says', ({ content, limits, of }) => {
  const shares = samples.map(of)
  shares.forEach(({ body }, i) => {
    expect(body, MARKETS[i]!.name).toBeLessThanOrEqual(limits[i]!)
  })
  const cells = shares.map((s) => `${s.body.toFixed(1)} · ${s.webSocket.toFixed(1)} · ${s.socketIo.toFixed(1)}`)
  expect(page).toContain(`| ${content} | ${cells.join(' | ')} |`)
})

type Said = { readonly message: ViewMessage; readonly text: object }
type Sample = Record<'snapshots' | 'fours' | 'updates' | 'wholes', Said[]>

/** Twenty seconds of a market, five deltas each tenth of one. */
function sampled(market: Market): Sample {
  const instrument: Instrument = {
    ...{ id: instrumentId('x', 'BTC', 'USD'), venue: 'x', venueSymbol: 'BTC-USD', base: 'BTC', quote: 'USD' },
    ...{ tickSize: step(market.tick), lotSize: step(market.lot) },
  }
  const ledger = new Ledger(instrument)
  const view = (depth: number) => CHANNELS.book.init(ledger, { depth, grouping: 1, checksum: true })
  const [twenty, raw, paced] = [view(20), view(1000), view(25)]
  const sample: Sample = { snapshots: [], fours: [], updates: [], wholes: [] }
  let now = START
  const say = (update: ReturnType<typeof CHANNELS.book.diff>): Said[] => {
    if (update === undefined) return []
    const sent = { sub: 137, serverTime: now + 40_000 }
    return [{ message: { ...update, ...sent }, text: { ...CHANNELS.book.toText(update, instrument), ...sent } }]
  }
  const events = eventsOf(market)
  for (let tenth = 0; tenth < 200; tenth++) {
    for (let i = 0; i < 5; i++) {
      now += 20_000
      const event = { ...events.next().value, instrument: instrument.id, exchangeTime: now - 60_000, receivedAt: now }
      ledger.apply(event as MarketEvent)
      for (const state of [twenty, raw, paced]) CHANNELS.book.accept(state, event as MarketEvent)
      const each = say(CHANNELS.book.diff(raw))
      sample.fours.push(...each.filter(({ message }) => levelsIn(message) === 4))
    }
    sample.updates.push(...say(CHANNELS.book.diff(paced)).filter(({ message }) => message.type === 'update'))
    sample.wholes.push(...say(CHANNELS.book.snapshot(paced)))
    CHANNELS.book.diff(twenty)
    sample.snapshots.push(...say(CHANNELS.book.snapshot(twenty)))
  }
  return sample
}

/** A book of 200 levels a side, then deltas of one to six levels near the spread: levels change, go and come back. */
function* eventsOf({ apart, lots, round }: Market): Generator<Record<string, unknown>, never> {
  const roll = dice(20)
  const distance = () => 1 + Math.floor(-Math.log((roll(10_000) + 1) / 10_001) * apart)
  const quantity = () => {
    const size = Math.ceil(lots * 10 ** (-2.5 + roll(3_000) / 1_000))
    return roll(100) < round * 100 ? Math.max(1, Math.round(size / (lots / 100))) * (lots / 100) : size
  }
  const price = { bid: [9_650_000], ask: [9_650_003] }
  for (const [side, sign] of [['bid', -1] as const, ['ask', 1] as const])
    while (price[side].length < 200) price[side].push(price[side].at(-1)! + sign * distance())
  const whole = (side: 'bid' | 'ask') => price[side].flatMap((ticks) => [ticks, quantity()])
  yield { kind: 'book-snapshot', epoch: EPOCH, seq: 1, bids: whole('bid'), asks: whole('ask'), verified: 'none' }
  for (let seq = 2; ; seq++) {
    const changes = { bid: new Map<number, number>(), ask: new Map<number, number>() }
    for (let i = 1 + roll(6); i > 0; i--) {
      const side = roll(2) === 0 ? 'bid' : 'ask'
      changes[side].set(price[side][roll(roll(50) + 1)]!, roll(3) === 0 ? 0 : quantity())
    }
    const [bids, asks] = [changes.bid, changes.ask].map((side) => [...side].flat())
    yield { kind: 'book-delta', epoch: EPOCH, seq, bids, asks, verified: 'none' }
  }
}

function levelsIn(message: ViewMessage): number {
  return message.type === 'update' ? (message.bids.length + message.asks.length) / 2 : 0
}

/** The bytes of some messages against the JSON of the same, or of others sent in their place. */
function share(packed: readonly Said[], instead = packed): Share {
  expect(packed.length).toBeGreaterThan(50)
  const perCent = (bytes: (said: Said) => number, json: (said: Said) => number) =>
    (100 * sum(packed.map(bytes))) / sum(instead.map(json))
  const text = ({ text }: Said) => {
    const { type, ...body } = text as { type: string }
    return [type, body] as const
  }
  return {
    body: perCent(
      ({ message }) => encodeMsgpack(packMessage(message)).length,
      (said) => JSON.stringify(text(said)[1]).length,
    ),
    webSocket: perCent(
      ({ message }) => encodeMsgpack([message.type, packMessage(message)]).length,
      (said) => JSON.stringify(text(said)).length,
    ),
    socketIo: perCent(
      ({ message }) =>
        encodeMsgpack({ type: PacketType.EVENT, nsp: '/', data: [message.type, packMessage(message)] }).length,
      (said) => `42${JSON.stringify(text(said))}`.length,
    ),
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0)
}
