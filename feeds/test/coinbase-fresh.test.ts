import { Book, type Micros } from '@depthcast/market'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CoinbaseProtocol } from '../src/venues/coinbase/protocol.ts'
import { FreshBook, type Freshness } from '../src/venues/fresh-book/fresh-book.ts'
import { heartbeat, iso, match, snapshot, subscriptions, ticker, update } from './coinbase-frames.ts'
import { Driver, instrument, START } from './driver.ts'

// Coinbase's books have no sequence: what proves them is the whole book, asked for again on a second socket.

const BTC = instrument('coinbase', 'BTC-USD', 'BTC', 'USD')
const ETH = instrument('coinbase', 'ETH-USD', 'ETH', 'USD')
const BOTH = ['BTC-USD', 'ETH-USD'] as const
const BIDS = [['100.00', '1.000']] as const
const ASKS = [['100.02', '2.000']] as const
const ADDRESSES = { wsUrl: 'ws://venue', httpUrl: 'http://venue' }
const MINUTES_5 = 300

/** Both books live. */
function live(): Driver {
  const driver = new Driver(new CoinbaseProtocol([BTC, ETH], ADDRESSES)).open().frame(subscriptions(BOTH))
  for (const product of BOTH) driver.frame(snapshot(product, BIDS, ASKS))
  return driver.forget()
}

/** Lets so many seconds pass with heartbeats, on our socket and, with an id, on the second one. */
function beat(driver: Driver, seconds: number, id?: string): Driver {
  for (let n = 0; n < seconds; n++) {
    driver.wait(1_000)
    for (const product of BOTH) driver.frame(heartbeat(product, 1, iso(driver.now)))
    if (id !== undefined) told(driver, id, heartbeat('BTC-USD', 1, iso(driver.now)))
  }
  return driver
}

/** Asked for the first fresh book, of BTC-USD, five minutes in. */
function asked(): Driver {
  return beat(live(), MINUTES_5 - 1).forget()
}

function told(driver: Driver, id: string, frame: unknown): Driver {
  const text = typeof frame === 'string' ? frame : JSON.stringify(frame)
  return driver.step({ kind: 'probe', now: driver.now, id, text })
}

function questions(driver: Driver) {
  return driver.outputs.flatMap((output) => (output.kind === 'probe' ? [output] : []))
}

function ids(driver: Driver): string[] {
  return questions(driver).map(({ id }) => id)
}

function answered(driver: Driver): string[] {
  return driver.outputs.flatMap((output) => (output.kind === 'probe-done' ? [output.id] : []))
}

test('every product is asked for afresh every 10 minutes, each in its turn', () => {
  const driver = beat(live(), 300)
  expect(questions(driver)).toEqual([
    {
      kind: 'probe',
      id: 'BTC-USD:1',
      url: 'ws://venue',
      send: [JSON.stringify({ type: 'subscribe', product_ids: ['BTC-USD'], channels: ['level2_batch', 'heartbeat'] })],
      withinMs: 20_000,
      about: 'coinbase:BTC-USD',
    },
  ])
  told(driver, 'BTC-USD:1', snapshot('BTC-USD', BIDS, ASKS)).forget()
  beat(driver, 300)
  expect(ids(driver)).toEqual(['ETH-USD:2'])
  told(driver, 'ETH-USD:2', snapshot('ETH-USD', BIDS, ASKS)).forget()
  expect(ids(beat(driver, 301))).toEqual(['BTC-USD:3'])
})

test('a fresh book that is ours proves it at once, and its deltas say so', () => {
  const driver = beat(asked(), 1)
  told(driver, 'BTC-USD:1', subscriptions(['BTC-USD']))
  told(driver, 'BTC-USD:1', snapshot('BTC-USD', BIDS, ASKS))
  expect(driver.checks('oracle')).toEqual([true])
  expect(answered(driver)).toEqual(['BTC-USD:1'])
  driver.forget().frame(update('BTC-USD', iso(driver.now), [['buy', '99.00', '1.000']]))
  expect(driver.events).toMatchObject([{ kind: 'book-delta', verified: 'oracle' }, { state: 'live' }])
})

const OTHER = [['100.00', '1.500']] as const

/** A fresh book differs in one bid, and both sockets have come past its moment. */
function doubted(): Driver {
  const driver = beat(asked(), 1)
  told(driver, 'BTC-USD:1', snapshot('BTC-USD', OTHER, ASKS))
  expect(driver.checks('oracle')).toEqual([])
  return beat(driver, 2, 'BTC-USD:1')
}

test('a level that differs when both sockets are long past it is a doubt, and a second fresh book is asked for', () => {
  const driver = doubted()
  expect(driver.checks('oracle')).toEqual([false])
  expect(driver.errors).toEqual(['FEED_ORACLE_MISMATCH'])
  expect(driver.events.at(-1)).toMatchObject({
    state: 'suspect',
    reason: "coinbase:BTC-USD: our level is 1.000 at bid 100.00, the venue's 1.500 at bid 100.00",
  })
  expect(ids(driver)).toEqual(['BTC-USD:1', 'BTC-USD:2'])
})

test.each([
  {
    name: 'we have and it has not',
    bids: [],
    words: "our level is 1.000 at bid 100.00, the venue's 0.000 at bid 100.00",
  },
  {
    name: 'it has and we have not',
    bids: [...BIDS, ['99.00', '3.000']] as const,
    words: "our level is 0.000 at bid 99.00, the venue's 3.000 at bid 99.00",
  },
  {
    name: 'it has otherwise, twice',
    bids: [['100.01', '1.000']] as const,
    words: "our level is 0.000 at bid 100.01, the venue's 1.000 at bid 100.01, one of 2 levels that differ",
  },
])('a level that $name is a difference', ({ bids, words }) => {
  const driver = beat(asked(), 1)
  told(driver, 'BTC-USD:1', snapshot('BTC-USD', bids, ASKS))
  expect(beat(driver, 2, 'BTC-USD:1').events.at(-1)).toMatchObject({ reason: `coinbase:BTC-USD: ${words}` })
})

test('different twice, the book is asked for again, alone', () => {
  const driver = doubted().forget()
  told(driver, 'BTC-USD:2', snapshot('BTC-USD', OTHER, ASKS))
  beat(driver, 2, 'BTC-USD:2')
  expect(driver.checks('oracle')).toEqual([false])
  expect(driver.events.filter(({ kind }) => kind === 'gap')).toMatchObject([{ instrument: BTC.id, reason: 'oracle' }])
  expect(driver.sent).toEqual([
    { type: 'unsubscribe', product_ids: ['BTC-USD'], channels: ['level2_batch'] },
    { type: 'subscribe', product_ids: ['BTC-USD'], channels: ['level2_batch'] },
  ])
  expect(driver.state(ETH.id)).toBe('quiet')
  driver.frame(subscriptions(BOTH)).frame(snapshot('BTC-USD', OTHER, ASKS))
  expect(driver.book(BTC.id)).toEqual({ bids: [10000, 1500], asks: [10002, 2000] })
})

test('different once and equal then, the book is trusted again', () => {
  const driver = doubted().forget()
  driver.frame(update('BTC-USD', iso(driver.now), [['buy', '100.00', '1.500']]))
  told(driver, 'BTC-USD:2', snapshot('BTC-USD', OTHER, ASKS))
  expect(driver.checks('oracle')).toEqual([true])
  expect(driver.state(BTC.id)).toBe('live')
})

test('a ticker, which knows the top alone, does not lift the doubt of a fresh book', () => {
  const driver = doubted()
  const time = iso(driver.now)
  driver.frame(ticker('BTC-USD', '100.00', '100.02', time))
  driver.frame(update('BTC-USD', time, [['buy', '99.00', '1.000']])).frame(ticker('BTC-USD', '100.00', '100.02', time))
  expect(driver.checks('oracle')).toEqual([false, true])
  expect(driver.state(BTC.id)).toBe('suspect')
})

test('a change the second socket tells first is no difference once ours has told it', () => {
  const driver = beat(asked(), 1)
  told(driver, 'BTC-USD:1', snapshot('BTC-USD', OTHER, ASKS))
  driver.frame(update('BTC-USD', iso(driver.now), [['buy', '100.00', '1.500']]))
  expect(driver.checks('oracle')).toEqual([true])
})

test('a change ours tells first is no difference once the second socket has told it', () => {
  const driver = beat(asked(), 1)
  const change = update('BTC-USD', iso(driver.now), [['sell', '100.02', '0']])
  driver.frame(change)
  told(driver, 'BTC-USD:1', snapshot('BTC-USD', BIDS, ASKS))
  expect(driver.checks('oracle')).toEqual([])
  told(driver, 'BTC-USD:1', change)
  expect(driver.checks('oracle')).toEqual([true])
})

test('a level that never stands still is passed over, whatever else agrees is proof', () => {
  const driver = beat(asked(), 1)
  told(driver, 'BTC-USD:1', snapshot('BTC-USD', OTHER, ASKS))
  for (let n = 1; n < 20; n++) {
    driver.wait(100)
    const change = update('BTC-USD', iso(driver.now), [['buy', '100.00', `${n}.000`]])
    driver.frame(change)
    // The second socket is always one behind.
    told(driver, 'BTC-USD:1', update('BTC-USD', iso(driver.now), [['buy', '100.00', `${n - 1}.000`]]))
  }
  expect(driver.checks('oracle')).toEqual([true])
})

test('a match that hits a level we do not have asks for a fresh book, a minute apart at most', () => {
  const driver = live().frame(match('BTC-USD', 5, 'buy', iso(START)))
  expect(ids(beat(driver, 2))).toEqual(['BTC-USD:1'])
  told(driver, 'BTC-USD:1', snapshot('BTC-USD', BIDS, ASKS))
  driver.forget().frame(match('BTC-USD', 6, 'buy', iso(START)))
  expect(ids(beat(driver, 50))).toEqual([])
  expect(ids(beat(driver, 20))).toEqual(['BTC-USD:2'])
})

test('a suspicion that was looked into is over', () => {
  const driver = live().frame(match('BTC-USD', 5, 'buy', iso(START)))
  told(beat(driver, 2), 'BTC-USD:1', snapshot('BTC-USD', BIDS, ASKS)).forget()
  expect(ids(beat(driver, 200))).toEqual([])
})

test('a venue that set its clock back an hour is still held against its fresh books', () => {
  const driver = live().frame(heartbeat('BTC-USD', 1, iso(START + 3_600_000_000)))
  told(beat(driver, 300), 'BTC-USD:1', snapshot('BTC-USD', OTHER, ASKS))
  expect(beat(driver, 2, 'BTC-USD:1').checks('oracle')).toEqual([false])
})

const HIT = ['buy', '100.01'] as const
test.each([
  { name: 'before the update that takes its level away', frames: [[...HIT, '1.000'], 'match', [...HIT, '0']] },
  { name: 'after the update that takes its level away', frames: [[...HIT, '1.000'], [...HIT, '0'], 'match'] },
  { name: 'before the update that brings its level', frames: ['match', [...HIT, '1.000']] },
] as const)('a match that comes $name misses nothing', ({ frames }) => {
  const driver = live()
  for (const frame of frames) {
    if (frame === 'match') driver.frame(match('BTC-USD', 5, 'buy', iso(START)))
    else driver.frame(update('BTC-USD', iso(START), [frame]))
  }
  expect(ids(beat(driver, 100))).toEqual([])
})

test('a level that is missing only just after its match is not missing yet', () => {
  const driver = live()
  driver.wait(900)
  driver.frame(match('BTC-USD', 5, 'buy', iso(START))).wait(200)
  driver.frame(update('BTC-USD', iso(START), [[...HIT, '1.000']]))
  expect(ids(beat(driver, 100))).toEqual([])
})

test('a level removed long before it is hit is missing', () => {
  const driver = live().frame(update('BTC-USD', iso(START), [[...HIT, '1.000']]))
  driver.frame(update('BTC-USD', iso(START), [[...HIT, '0']])).wait(1_500)
  expect(ids(beat(driver.frame(match('BTC-USD', 5, 'buy', iso(START))), 2))).toEqual(['BTC-USD:1'])
})

test('an update from before the last one puts the book in doubt at once, which a ticker does not lift and a fresh book does', () => {
  const driver = live().frame(LOW(5, '1.000')).frame(LOW(4, '2.000'))
  expect(driver.state(BTC.id)).toBe('suspect')
  driver.frame(ticker('BTC-USD', '100.00', '100.02', iso(START + 5))).frame(LOW(6, '2.000'))
  driver.frame(ticker('BTC-USD', '100.00', '100.02', iso(START + 6)))
  expect(driver.state(BTC.id)).toBe('suspect')
  told(beat(driver, 2), 'BTC-USD:1', snapshot('BTC-USD', [...BIDS, ['90.00', '2.000']], ASKS))
  expect(driver.checks('oracle').at(-1)).toBe(true)
  expect(driver.state(BTC.id)).toBe('live')
})

test('a side that an update leaves empty puts the book in doubt at once, once, and costs no resync where it is so', () => {
  const emptied = (n: number) => update('BTC-USD', iso(START + n), [['sell', '100.02', '0']])
  const driver = live().frame(emptied(1))
  expect(driver.state(BTC.id)).toBe('suspect')
  driver.frame(emptied(2)).frame(emptied(3))
  expect(driver.state(BTC.id)).toBe('suspect')
  told(beat(driver, 2), 'BTC-USD:1', snapshot('BTC-USD', BIDS, []))
  expect(driver.state(BTC.id)).toBe('live')
})

const LOW = (time: number, size: string) => update('BTC-USD', iso(START + time), [['buy', '90.00', size]])
const astray = (n: number): unknown[] => Array(n).fill(ticker('BTC-USD', '99.00', '100.02', iso(START)))
const right = ticker('BTC-USD', '100.00', '100.02', iso(START))

test.each([
  { name: 'an update from before the last one', frames: [LOW(5, '1.000'), LOW(4, '2.000')], want: ['BTC-USD:1'] },
  { name: 'an update of the same time', frames: [LOW(5, '1.000'), LOW(5, '2.000')], want: [] },
  {
    name: 'an update that leaves a side empty',
    frames: [update('BTC-USD', iso(START), [['sell', '100.02', '0']])],
    want: ['BTC-USD:1'],
  },
  { name: 'ten tickers that are not ours, in a moment', frames: astray(10), want: [] },
  { name: 'ten tickers that are not ours, over seconds', frames: [...astray(9), 3, ...astray(1)], want: ['BTC-USD:1'] },
  { name: 'nine tickers that are not ours, over seconds', frames: [...astray(8), 3, ...astray(1)], want: [] },
  {
    name: 'ten tickers with one of ours among them',
    frames: [...astray(5), right, ...astray(4), 3, ...astray(1)],
    want: [],
  },
])('$name: asked for $want', ({ frames, want }) => {
  const driver = live()
  for (const frame of frames) {
    if (typeof frame === 'number') beat(driver, frame)
    else driver.frame(frame)
  }
  expect(ids(beat(driver, 62))).toEqual(want)
})

test('a ticker that differs has the book asked for at once', () => {
  const driver = live().frame(ticker('BTC-USD', '99.00', '100.02', iso(START)))
  const time = iso(START + 5)
  driver.frame(update('BTC-USD', time, [['buy', '99.50', '1.000']])).frame(ticker('BTC-USD', '99.50', '100.02', time))
  expect(ids(beat(driver, 3))).toEqual(['BTC-USD:1'])
  expect(driver.state(BTC.id)).toBe('suspect')
  told(driver, 'BTC-USD:1', snapshot('BTC-USD', [...BIDS, ['99.50', '1.000']], ASKS))
  expect(driver.state(BTC.id)).toBe('live')
})

test.each([
  { name: 'a second socket that is lost', end: 'refused', code: 'FEED_TRANSPORT' },
  {
    name: 'a refusal',
    frame: { type: 'error', message: 'Failed to subscribe', reason: 'no' },
    code: 'FEED_RATE_LIMITED',
  },
  { name: 'garbage', frame: '{"type":"snapshot"', code: 'FEED_PROTOCOL' },
  { name: 'a snapshot off the grid', frame: snapshot('BTC-USD', [['1.001', '1']], []), code: 'FEED_PROTOCOL' },
])('$name leaves the book as it is, and is tried again a minute later', ({ frame, end, code }) => {
  const driver = beat(asked(), 1)
  if (end === undefined) told(driver, 'BTC-USD:1', frame)
  else driver.step({ kind: 'probe-ended', now: driver.now, id: 'BTC-USD:1', reason: end })
  expect(driver.errors).toEqual([code])
  expect(answered(driver)).toEqual(['BTC-USD:1'])
  expect(driver.state(BTC.id)).toBe('quiet')
  expect(ids(beat(driver.forget(), 58))).toEqual([])
  expect(ids(beat(driver, 3))).toEqual(['BTC-USD:2'])
})

test('a doubt is not asked about again and again where nobody answers', () => {
  const driver = live().frame(ticker('BTC-USD', '99.00', '100.02', iso(START)))
  const time = iso(START + 5)
  driver.frame(update('BTC-USD', time, [['buy', '99.50', '1.000']])).frame(ticker('BTC-USD', '99.50', '100.02', time))
  expect(ids(beat(driver, 20))).toEqual(['BTC-USD:1'])
  driver.step({ kind: 'probe-ended', now: driver.now, id: 'BTC-USD:1', reason: 'refused' })
  expect(ids(beat(driver.forget(), 59))).toEqual([])
  expect(ids(beat(driver, 2))).toEqual(['BTC-USD:2'])
})

test.each([
  { name: 'to another question', id: 'BTC-USD:7', product: 'BTC-USD' },
  { name: 'about another product', id: 'BTC-USD:1', product: 'ETH-USD' },
])('what is said $name is nothing', ({ id, product }) => {
  const driver = beat(asked(), 1).forget()
  expect(told(driver, id, snapshot(product, BIDS, ASKS)).outputs).toEqual([])
})

test('a question nobody answers, as in a replay, costs nothing', () => {
  const driver = beat(asked(), 1).forget()
  beat(driver, 600)
  expect(driver.errors).toEqual([])
  expect(driver.checks('oracle')).toEqual([])
  expect(driver.state(BTC.id)).toBe('quiet')
})

test.each([
  { name: 'the socket is lost', act: (driver: Driver) => driver.closed() },
  { name: 'the book is replaced', act: (driver: Driver) => beat(driver.frame(snapshot('BTC-USD', BIDS, ASKS)), 1) },
  {
    name: 'the book is distrusted',
    act: (driver: Driver) => beat(driver.step({ kind: 'distrust', now: driver.now, instrument: BTC.id }), 1),
  },
])('when $name the question is withdrawn, and what still comes to it is nothing', ({ act }) => {
  const driver = beat(asked(), 1)
  expect(answered(act(driver))).toEqual(['BTC-USD:1'])
  const before = driver.forget().state(BTC.id)
  told(driver, 'BTC-USD:1', snapshot('BTC-USD', OTHER, ASKS))
  expect(driver.outputs).toEqual([])
  expect(driver.state(BTC.id)).toBe(before)
})

const at = (ms: number): Micros => (START + ms * 1_000) as Micros
test.each([
  { name: 'ours', stalled: 'ours', others: 'theirs' },
  { name: 'the second one', stalled: 'theirs', others: 'ours' },
] as const)('a socket that stalls is waited for: $name', ({ stalled, others }) => {
  const ours = new Book()
  const fresh = new FreshBook(BTC, ours, at(0), { apartUs: 500_000 })
  fresh.snapshot({ bids: [], asks: [], time: at(0) })
  const change = { bids: [100, 1], asks: [], time: at(100) }
  const tell = {
    ours: (): void => {
      ours.apply(change.bids, change.asks)
      fresh.oursChanged(change)
    },
    theirs: () => fresh.theirsChanged(change),
  }
  const reached = {
    ours: (ms: number) => fresh.oursReached(at(ms)),
    theirs: (ms: number) => fresh.theirsReached(at(ms)),
  }
  tell[others]()
  reached[others](5_000)
  expect(fresh.verdict().kind).toBe('later')
  tell[stalled]()
  expect(fresh.verdict().kind).toBe('agrees')
})

test('a fresh book that says its time is not judged before ours has come to it', () => {
  const ours = new Book()
  const fresh = new FreshBook(BTC, ours, at(0), { apartUs: 500_000 })
  fresh.snapshot({ bids: [100, 1], asks: [], time: at(2_000) })
  fresh.theirsReached(at(5_000))
  fresh.oursReached(at(1_000))
  expect(fresh.verdict().kind).toBe('later')
  fresh.oursReached(at(3_000))
  expect(fresh.verdict().kind).toBe('differs')
})

type Change = { readonly side: 'bid' | 'ask'; readonly level: number; readonly lots: number; readonly waitMs: number }

const CHANGES = fc.array(
  fc.record({
    side: fc.constantFrom('bid', 'ask'),
    level: fc.integer({ min: 1, max: 8 }),
    lots: fc.integer({ min: 0, max: 5 }),
    waitMs: fc.integer({ min: 0, max: 40 }),
  }),
  { minLength: 1, maxLength: 200 },
)

test('two sockets that batch the same market each in its own time never differ', () => {
  fc.assert(
    fc.property(
      CHANGES,
      fc.integer({ min: 1, max: 49 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (changes, phase, at) => {
        expect(verdictOf(changes, phase, at, undefined).kind).toBe('agrees')
      },
    ),
  )
})

test('a change that ours alone lost, and that nothing mended since, is found', () => {
  fc.assert(
    fc.property(
      CHANGES,
      fc.integer({ min: 1, max: 49 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (changes, phase, at) => {
        const lost = { side: 'bid', level: 9, lots: 1, waitMs: 0 } as const
        const verdict = verdictOf([lost, ...changes], phase, at, lost)
        expect(verdict).toMatchObject({ kind: 'differs', ours: '0.000 at bid 9.91', theirs: '0.001 at bid 9.91' })
      },
    ),
  )
})

/**
 * One market, told by two sockets in batches of 50 ms, `phase` ms apart; the second begins with a snapshot at a part `at` of its changes, and ours is
 * not told of `lost`. When the market has ended, heartbeats go on for a while.
 */
function verdictOf(changes: readonly Change[], phase: number, at: number, lost: Change | undefined): Freshness {
  const timed: { readonly change: Change; readonly ms: number }[] = []
  for (const change of changes) timed.push({ change, ms: (timed.at(-1)?.ms ?? 0) + change.waitMs })
  const endMs = timed.at(-1)?.ms ?? 0
  const snapshotMs = Math.ceil(at * endMs)
  const theirs = new Book()
  const ours = new Book()
  const fresh = new FreshBook(BTC, ours, START, { apartUs: 500_000 })
  const told: { readonly ms: number; readonly act: () => void }[] = []
  for (const { change, ms } of timed) {
    const { bids, asks, time } = levelsOf(change, ms)
    if (change !== lost) {
      const act = (): void => {
        ours.apply(bids, asks)
        fresh.oursChanged({ bids, asks, time })
      }
      told.push({ ms: batched(ms, 0), act })
    }
    if (ms <= snapshotMs) theirs.apply(bids, asks)
    else told.push({ ms: batched(ms, phase), act: () => fresh.theirsChanged({ bids, asks, time }) })
  }
  const snapshot = { bids: theirs.bids(), asks: theirs.asks(), time: undefined }
  told.push({ ms: snapshotMs, act: () => fresh.snapshot(snapshot) })
  for (let beatMs = 0; beatMs < endMs + 3_000; beatMs += 1_000) {
    const time = (START + beatMs * 1_000) as Micros
    told.push({ ms: beatMs + 5, act: () => fresh.oursReached(time) })
    if (beatMs > snapshotMs) told.push({ ms: beatMs + 5, act: () => fresh.theirsReached(time) })
  }
  for (const { act } of told.sort((a, b) => a.ms - b.ms)) {
    act()
    const verdict = fresh.verdict()
    if (verdict.kind !== 'later') return verdict
  }
  return fresh.verdict()
}

function levelsOf({ side, level, lots }: Change, ms: number) {
  const bids = side === 'bid' ? [1_000 - level, lots] : []
  const asks = side === 'ask' ? [1_000 + level, lots] : []
  return { bids, asks, time: (START + ms * 1_000) as Micros }
}

function batched(ms: number, phase: number): number {
  return Math.ceil((ms - phase) / 50) * 50 + phase
}
