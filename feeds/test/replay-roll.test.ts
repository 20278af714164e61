import type { MarketEvent, Micros, VenueEvent } from '@depthcast/market'
import { expect, test } from 'vitest'
import type { CaptureRecord } from '../src/capture.ts'
import { Replay } from '../src/replay.ts'
import type { Venue } from '../src/venue.ts'
import { BTC, Harness, PlainProtocol, type Said } from './plain-venue.ts'

// What was recorded of a link that rolled plays to what the link published: the same events, at the same times.

const snapshot = (id: number, bids: number[]): Said => ({ say: 'snapshot', id, bids, asks: [200, 1] })
const delta = (id: number, bids: number[]): Said => ({ say: 'delta', id, bids, asks: [] })
const trade = (id: number): Said => ({ say: 'trade', id, at: 1_000 + id })

/** A link that was asked to roll, its second socket open, and what is recorded of it. */
async function rolling(drainMs: number): Promise<{ readonly harness: Harness; readonly records: CaptureRecord[] }> {
  const records: CaptureRecord[] = []
  const harness = await new Harness().start({}, { drainMs, tap: (record) => void records.push(record) })
  await harness.until(() => harness.sockets.length === 1)
  harness
    .say(0, snapshot(10, [100, 1]))
    .say(0, trade(1))
    .say(0, { say: 'roll' })
  await harness.until(() => harness.sockets.length === 2 && harness.heard.length === 2)
  return { harness, records }
}

const VENUE = { id: 'plain', recognises: () => true, protocol: () => new PlainProtocol(() => {}) } as unknown as Venue

function replayed(records: readonly CaptureRecord[]): { readonly events: readonly object[]; readonly replay: Replay } {
  const events: VenueEvent[] = []
  const recorded = [{ venue: VENUE, instruments: [BTC] }]
  const replay = new Replay({ file: 'recorded', records: () => records }, recorded, {
    onEvent: (event) => events.push(event),
    onCheck: () => {},
    onError: () => {},
    onFrame: () => {},
  })
  while (replay.nextAt !== undefined) replay.step()
  return { events, replay }
}

/** Without the numbers that the live feed gives them. */
function published({ events }: { readonly events: readonly MarketEvent[] }): readonly object[] {
  return events.map(({ epoch: _, seq: __, ...event }) => event)
}

test('books go on where ids join, trades of both are told once each, and the old socket is heard out', async () => {
  const { harness, records } = await rolling(10_000)
  harness
    .say(1, trade(1))
    .say(1, trade(2))
    .say(1, snapshot(9, [90, 9]))
  harness.say(0, delta(11, [101, 2])).say(0, trade(2))
  await harness.until(() => harness.trades.length === 2)
  harness
    .say(1, delta(10, [100, 1]))
    .say(1, delta(11, [101, 2]))
    .say(1, delta(12, [102, 3]))
  await harness.until(() => harness.book.lotsAt('bid', 102) === 3)
  harness.say(0, delta(12, [102, 3])).say(0, trade(3))
  await harness.until(() => harness.trades.length === 3)
  harness
    .say(1, trade(3))
    .say(1, trade(4))
    .say(1, delta(13, [103, 4]))
  await harness.until(() => harness.book.lotsAt('bid', 103) === 4)
  await harness.link.close()
  const { events, replay } = replayed(records)
  expect(events).toEqual(published(harness))
  expect([replay.rolls, replay.heard]).toEqual([1, ['plain~2']])
})

test('where ids do not join the book is told once, whole, at the moment it was', async () => {
  const { harness, records } = await rolling(20)
  harness.say(1, snapshot(20, [105, 5]))
  await harness.until(() => harness.isClosed(0))
  harness.say(1, delta(21, [106, 6]))
  await harness.until(() => harness.book.lotsAt('bid', 106) === 6)
  expect(replayed(records).events).toEqual(published(harness))
  expect(records.filter(({ kind }) => kind === 'closed')).toMatchObject([
    { connection: 'plain', by: 'us', why: 'another connection has taken its place', isFinal: true },
  ])
  // A recording of before the ends of sockets were told.
  const older = records.filter(({ kind }) => kind !== 'closed')
  expect(replayed(older).events).toEqual(published(harness))
})

test('a successor that is lost is opened again while the old one goes on', async () => {
  const { harness, records } = await rolling(20)
  harness.say(1, snapshot(9, [90, 9]))
  harness.sockets[1]?.terminate()
  await harness.until(() => harness.sockets.length === 3)
  harness.say(0, delta(11, [101, 2]))
  await harness.until(() => harness.book.lotsAt('bid', 101) === 2)
  harness.say(2, snapshot(11, [100, 1, 101, 2]))
  await harness.until(() => harness.isClosed(0))
  const { events, replay } = replayed(records)
  expect(events).toEqual(published(harness))
  expect(replay.rolls).toBe(1)
})

test('when the old socket ends first, its successor is dropped, and said so', async () => {
  const { harness, records } = await rolling(20)
  harness.say(1, snapshot(9, [90, 9]))
  await harness.until(() => harness.protocols[1]?.inputs.some(({ kind }) => kind === 'frame') === true)
  harness.sockets[0]?.terminate()
  await harness.until(() => harness.sockets.length === 3 && harness.isClosed(1))
  harness.say(2, snapshot(30, [100, 1]))
  await harness.until(() => harness.kinds.filter((kind) => kind === 'status live').length === 2)
  const { events, replay } = replayed(records)
  expect(events).toEqual(published(harness))
  expect([replay.rolls, replay.heard]).toEqual([0, ['plain']])
  expect(records.filter(({ kind }) => kind === 'closed')).toMatchObject([
    { connection: 'plain', code: 1006, why: expect.stringContaining('closed with code 1006') },
    { connection: 'plain~2', by: 'us', why: 'the connection it was to replace is lost', isFinal: true },
  ])
  // Neither does it come back after a while where the recording does not tell its end.
  const end = Math.max(...records.map((record) => ('at' in record ? record.at : 0)))
  const later = (ms: number, said: Said): CaptureRecord => {
    return { kind: 'frame', at: (end + ms * 1000) as Micros, connection: 'plain', text: JSON.stringify(said) }
  }
  const older = records.filter((record) => !('isFinal' in record))
  const long = [...older, later(1_000, delta(31, [101, 1])), later(10_000, delta(32, [102, 1]))]
  expect(replayed(long).replay.rolls).toBe(0)
})

test('a question that got no socket is told so in the replay, as it was', async () => {
  const records: CaptureRecord[] = []
  const limits = { connects: 1, perMs: 60_000 }
  const harness = await new Harness().start(limits, { tap: (record) => void records.push(record) })
  await harness.until(() => harness.heard.length === 1)
  const output = { kind: 'probe', id: 'q', url: harness.url, send: ['a'], withinMs: 1_000 } as const
  harness.say(0, { say: 'output', output })
  const ended = () => harness.protocols[0]?.inputs.filter(({ kind }) => kind === 'probe-ended') ?? []
  await harness.until(() => ended().length === 1)
  const protocol = new PlainProtocol(() => {})
  const venue = { ...VENUE, protocol: () => protocol }
  const silent = { onEvent: () => {}, onCheck: () => {}, onError: () => {}, onFrame: () => {} }
  const replay = new Replay({ file: 'recorded', records: () => records }, [{ venue, instruments: [BTC] }], silent)
  while (replay.nextAt !== undefined) replay.step()
  const { reason } = ended()[0] as { reason: string }
  expect(protocol.inputs.filter(({ kind }) => kind === 'probe-ended')).toMatchObject([{ id: 'q', reason }])
})
