import { type CaptureRecord, openCapture, Replay, survey, VENUES } from '@depthcast/feeds'
import { openExchange } from '@depthcast/feeds/simulation'
import type { MarketEvent, VenueEvent } from '@depthcast/market'
import { expect, test } from 'vitest'
import { Link } from '../../feeds/src/link.ts'
import { Numbering } from '../../feeds/src/numbering.ts'
import { VenueBudget } from '../../feeds/src/venue-budget.ts'
import { type CheckReport, check } from '../src/check.ts'
import { binanceEmulator } from '../src/emulators/binance/emulator.ts'
import type { Emulator, World } from '../src/emulators/emulator.ts'
import { Host } from '../src/emulators/host.ts'
import { EMULATORS } from '../src/emulators/index.ts'
import { Chance } from '../src/faults/chance.ts'
import { VirtualOutside } from '../src/virtual/outside.ts'
import { saved } from './recorded.ts'

const OPENED_AT = Date.UTC(2026, 0, 1) * 1000
/** Odd on purpose: timers are late by up to so much, as they are on any machine. */
const TURN = 7_300

type Recording = { readonly published: readonly MarketEvent[]; readonly records: readonly CaptureRecord[] }

type Wish = {
  readonly venue: string
  readonly emulator: (world: World) => Emulator
  /** Of a connection, as the feed knows it; the venue may have other ideas. */
  readonly lifeMs?: number
  readonly runMs: number
  /** Each instrument on a connection of its own. */
  readonly isApart?: true
}

/** What a live link published of an emulated venue, in virtual time, and what was recorded of it. */
async function recorded({ venue: id, emulator, lifeMs, runMs, isApart }: Wish): Promise<Recording> {
  const exchange = openExchange({ seed: 11, preset: 'crypto', symbols: ['BTC-USD', 'ETH-USD'] })
  const host = new Host({ exchange, openedAt: OPENED_AT, seed: 11, faults: [], emulators: [emulator] })
  const outside = new VirtualOutside({ openedAt: OPENED_AT, host, chance: new Chance(11, 'outside') })
  const records: CaptureRecord[] = [{ kind: 'header', venue: id }]
  const published: MarketEvent[] = []
  const venue = VENUES.find((one) => one.id === id)!
  const options = { wsUrl: 'ws://emulated', httpUrl: 'http://emulated' }
  const directory = venue.directory(options)
  const tap = (record: CaptureRecord): void => void records.push(record)
  let now = OPENED_AT
  const run = async (ms: number): Promise<void> => {
    const until = now + ms * 1000
    while (now < until) {
      now = Math.min(until, now + TURN)
      host.advance(now)
      await outside.reach(now)
    }
  }
  const { signal } = new AbortController()
  const asked = Promise.all(
    directory.requests.map((wanted) => outside.request(wanted, signal, { tap, now: () => outside.clock.now() })),
  )
  await run(100)
  const listed = directory.parse(await asked)
  const { limits: usual } = venue.describe()
  const limits = lifeMs === undefined ? usual : { ...usual, lifeMs }
  const instruments = listed.filter(({ quote }) => quote === (id === 'binance' ? 'USDT' : 'USD'))
  const groups = isApart ? instruments.map((instrument) => [instrument]) : [instruments]
  const plans = groups.flatMap((group) => venue.plan(group, options))
  const links = plans.map((plan, index) => {
    return new Link({
      name: plans.length === 1 ? id : `${id}/${index + 1}`,
      plan,
      protocol: () => venue.protocol(plan),
      limits,
      outside,
      budget: new VenueBudget(limits),
      numbering: new Numbering(1),
      sink: { instrument: () => {}, event: (event) => published.push(event) },
      tap,
      onError: () => {},
    })
  })
  for (const link of links) link.start()
  await run(runMs)
  for (const link of links) expect(link.health()).toMatchObject({ reconnects: 0 })
  for (const link of links) void link.close()
  await outside.reach(now)
  return { published, records }
}

const binance = (lifeMs: number) => (world: World) => binanceEmulator(world, { lifeMs })

/** A Binance socket lives 40 s here and says so 20 s before; the other venues never say, so the feed is told that 20 s are all there are. */
const ROLLS: readonly Wish[] = [
  { venue: 'binance', emulator: binance(40_000), runMs: 55_000 },
  { venue: 'kraken', emulator: EMULATORS.kraken!, lifeMs: 20_000, runMs: 50_000 },
  { venue: 'coinbase', emulator: EMULATORS.coinbase!, lifeMs: 20_000, runMs: 50_000 },
]

/** Numbers are the feed's, and a state that a timer found is as late as the timer. */
function plain(event: VenueEvent & { epoch?: number; seq?: number }): object {
  const { epoch: _, seq: __, ...told } = event
  return told.kind === 'status' ? { ...told, receivedAt: 0 } : told
}

async function played(file: string): Promise<readonly VenueEvent[]> {
  const capture = openCapture(file)
  const events: VenueEvent[] = []
  const replay = new Replay(capture, survey(capture), {
    onEvent: (event) => events.push(event),
    onCheck: () => {},
    onError: () => {},
    onFrame: () => {},
  })
  while (replay.nextAt !== undefined) replay.step()
  return events
}

async function checked(file: string): Promise<CheckReport> {
  const lines: string[] = []
  await check([file], { json: true, write: (line) => lines.push(line) })
  return JSON.parse(lines.join(''))
}

function opened(records: readonly CaptureRecord[]): readonly string[] {
  return records.flatMap((record) => (record.kind === 'open' && record.probe === undefined ? [record.connection] : []))
}

const SOUND = { passed: true, resyncs: 0, errors: [], finalBooks: { equal: 2, of: 2 } }

test.each(ROLLS)('a recorded roll of $venue plays to what the link published, and passes the check', async (wish) => {
  const { published, records } = await recorded(wish)
  expect(opened(records)).toEqual([wish.venue, `${wish.venue}~2`, `${wish.venue}~3`])
  const file = saved(`${wish.venue}-roll.ndjson`, records)
  const events = await played(file)
  expect(events.length).toBeGreaterThan(300)
  expect(events.map(plain)).toEqual(published.map(plain))
  expect(await checked(file)).toMatchObject({ ...SOUND, rolls: 2 })
  // So is beside which socket a book was fetched, that no other may have it.
  const fetched = records.flatMap((record) => (record.kind === 'http' && record.url.includes('/depth') ? [record] : []))
  if (wish.venue === 'binance')
    expect(new Set(fetched.map(({ connection }) => connection))).toEqual(new Set(opened(records)))
  // Each socket's end is told, and that it was ours.
  const ends = records.filter((record) => record.kind === 'closed' && !record.connection.includes('#'))
  const ours = { by: 'us', code: 1006, isFinal: true }
  expect(ends).toMatchObject([
    { connection: wish.venue, ...ours, why: 'another connection has taken its place' },
    { connection: `${wish.venue}~2`, ...ours, why: 'another connection has taken its place' },
    { connection: `${wish.venue}~3`, ...ours, why: 'the feed is closed' },
  ])
})

test.each([
  { venue: 'kraken', runMs: 65_000 },
  { venue: 'coinbase', runMs: 310_000 },
])('questions of $venue asked beside the stream are answered as they were', async ({ venue, runMs }) => {
  const { published, records } = await recorded({ venue, emulator: EMULATORS[venue]!, runMs })
  const file = saved(`${venue}-probes.ndjson`, records)
  const asked = records.filter((record) => record.kind === 'open' && record.probe !== undefined)
  expect(asked.length).toBeGreaterThan(0)
  expect((await played(file)).map(plain)).toEqual(published.map(plain))
  const report = await checked(file)
  expect(report).toMatchObject(SOUND)
  expect(report.checks.oracle?.passed).toBeGreaterThan(0)
})

test('two connections of a venue, each with instruments of its own, play to right books', async () => {
  const { published, records } = await recorded({ ...ROLLS[1]!, isApart: true })
  expect(opened(records)).toEqual(['kraken/1', 'kraken/2', 'kraken/1~2', 'kraken/2~2', 'kraken/1~3', 'kraken/2~3'])
  const file = saved('apart.ndjson', records)
  const told = (events: readonly VenueEvent[], id: string) => events.filter(({ instrument }) => instrument === id)
  const events = await played(file)
  for (const id of ['kraken:BTC-USD', 'kraken:ETH-USD']) {
    expect(told(events, id).map(plain)).toEqual(told(published, id).map(plain))
  }
  expect(await checked(file)).toMatchObject({ ...SOUND, rolls: 4 })
})
