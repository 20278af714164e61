import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KrakenProtocol } from '../src/venues/kraken/protocol.ts'
import { Driver, instrument } from './driver.ts'
import {
  ADDRESSES,
  ack,
  checksumOf,
  HEARTBEAT,
  type Pairs,
  refusal,
  snapshot,
  update,
  VenueBook,
} from './kraken-frames.ts'

// Kraken's checksum is of ten levels a side. What lies deeper is held against a fresh book, asked for on a second socket.

const BTC = instrument('kraken', 'BTC/USD', 'BTC', 'USD')
const ETH = instrument('kraken', 'ETH/USD', 'ETH', 'USD')
const DEPTH = 25
const FIRST = 'books:1'
const SECOND = 'books:2'
/** Before the moment that the frames' times count from, as tests begin then and their clock goes on. */
const BEGIN = 1_700_000_000_000_000

/** So many levels a side, 0.01 apart. */
function ladder(count: number): { bids: Pairs; asks: Pairs } {
  const side = (first: number, by: number): Pairs =>
    Array.from({ length: count }, (_, n) => [(first + n * by).toFixed(2), '1.000'])
  return { bids: side(100, -0.01), asks: side(100.01, 0.01) }
}
const { bids: BIDS, asks: ASKS } = ladder(12)
const CHECKSUM = checksumOf(BIDS, ASKS)
/** The twelfth bid is gone. */
const OTHER = BIDS.slice(0, 11)

/** Both books live, whatever answers them having the time of the driver. */
function live(depth = DEPTH, pairs = [BTC, ETH]): Driver {
  const driver = new Driver(new KrakenProtocol(pairs, depth, ADDRESSES)).open()
  for (const { venueSymbol } of pairs) {
    for (const [id, channel] of [[2, 'book'] as const, [3, 'trade'] as const, [4, 'ticker'] as const])
      driver.frame(ack(venueSymbol, { id, channel, depth }))
    driver.frame(snapshot(venueSymbol, BIDS, ASKS))
  }
  return driver.frame(ack('', { id: 1, channel: 'instrument' })).forget()
}

/** Lets so many seconds pass with heartbeats, on our socket and, with an id, on the second one. */
function beat(driver: Driver, seconds: number, id?: string): Driver {
  for (let second = 0; second < seconds; second++) {
    driver.wait(1_000).frame(HEARTBEAT)
    if (id !== undefined) told(driver, id, HEARTBEAT)
  }
  return driver
}

function told(driver: Driver, id: string, frame: unknown): Driver {
  const text = typeof frame === 'string' ? frame : JSON.stringify(frame)
  return driver.step({ kind: 'probe', now: driver.now, id, text })
}

/** The acknowledgement has the driver's time. */
function acknowledged(driver: Driver, id: string, symbol = 'BTC/USD', depth = DEPTH): Driver {
  const time = new Date(driver.now / 1000).toISOString()
  return told(driver, id, { ...ack(symbol, { depth }), time_in: time, time_out: time })
}

/** Asked for the first fresh book, that of BTC/USD, half a minute in; the venue has taken the question. */
function asked(): Driver {
  return acknowledged(beat(live(), 30), FIRST).forget()
}

function questions(driver: Driver) {
  return driver.outputs.flatMap((output) => (output.kind === 'probe' ? [output] : []))
}

/** What was sent on which second socket: `books:1 subscribe BTC/USD`. */
function said(driver: Driver): string[] {
  return questions(driver).flatMap(({ id, send }) =>
    send.map((text) => {
      const { method, params } = JSON.parse(text)
      return `${id} ${method} ${params.symbol}`
    }),
  )
}

function ended(driver: Driver): string[] {
  return driver.outputs.flatMap((output) => (output.kind === 'probe-done' ? [output.id] : []))
}

test('every pair is asked for afresh once a minute, each in its turn, all on one second socket', () => {
  const driver = beat(live(), 30)
  expect(questions(driver)).toEqual([
    {
      kind: 'probe',
      id: FIRST,
      url: 'ws://venue/v2',
      send: ['{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":25,"snapshot":true}}'],
      withinMs: 20_000,
      about: 'kraken:BTC-USD',
    },
  ])
  told(driver, FIRST, snapshot('BTC/USD', BIDS, ASKS))
  expect(questions(driver)[1]).toMatchObject({
    id: FIRST,
    send: ['{"method":"unsubscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":25}}'],
  })
  told(beat(driver.forget(), 30), FIRST, snapshot('ETH/USD', BIDS, ASKS))
  told(beat(driver, 30), FIRST, snapshot('BTC/USD', BIDS, ASKS))
  expect(said(driver)).toEqual([
    `${FIRST} subscribe ETH/USD`,
    `${FIRST} unsubscribe ETH/USD`,
    `${FIRST} subscribe BTC/USD`,
    `${FIRST} unsubscribe BTC/USD`,
  ])
  expect(driver.checks('oracle')).toEqual([true, true])
  expect(ended(driver)).toEqual([])
})

test('a socket that would wait long for its next question is let go, and another is opened for it', () => {
  const driver = beat(live(DEPTH, [BTC]), 60)
  told(driver, FIRST, snapshot('BTC/USD', BIDS, ASKS))
  expect(ended(driver)).toEqual([FIRST])
  expect(said(beat(driver.forget(), 60))).toEqual([`${SECOND} subscribe BTC/USD`])
})

test('many pairs are two seconds apart', () => {
  const many = Array.from({ length: 50 }, (_, n) => instrument('kraken', `C${n}/USD`, `C${n}`, 'USD'))
  const driver = live(DEPTH, many)
  for (let n = 0; n < 60; n++) {
    beat(driver, 1)
    const question = questions(driver).at(-1)
    const symbol = question && JSON.parse(question.send[0] ?? '').params.symbol[0]
    driver.forget()
    if (symbol !== undefined) told(driver, FIRST, snapshot(symbol, BIDS, ASKS)).forget()
  }
  expect(driver.now).toBe(BEGIN + 60_000_000)
  expect(said(beat(driver, 2))).toEqual([`${FIRST} subscribe C30/USD`])
})

test('a book of ten levels is proven by every checksum: none is asked for afresh', () => {
  expect(said(beat(live(10), 200))).toEqual([])
})

test('asked for 1000 levels and given ten, as a recording may be, the depth that counts is the one given', () => {
  const driver = new Driver(new KrakenProtocol([BTC], 1000, ADDRESSES)).open().frame(ack('BTC/USD', { depth: 10 }))
  expect(said(beat(driver.frame(snapshot('BTC/USD', BIDS.slice(0, 10), ASKS.slice(0, 10))), 200))).toEqual([])
})

/** A fresh book lacks a level below the checksum's, and both sockets have come past its moment. */
function doubted(): Driver {
  const driver = told(asked(), FIRST, snapshot('BTC/USD', OTHER, ASKS))
  expect(driver.checks('oracle')).toEqual([])
  return beat(driver, 2, FIRST)
}

test('a level below the tenth that differs when both sockets are past it is a doubt, and the book is asked for once more', () => {
  const driver = doubted()
  expect(driver.checks('oracle')).toEqual([false])
  expect(driver.errors).toEqual(['FEED_ORACLE_MISMATCH'])
  expect(driver.events.at(-1)).toMatchObject({
    state: 'suspect',
    reason: "kraken:BTC-USD: our level is 1.000 at bid 99.89, the venue's 0.000 at bid 99.89",
  })
  expect(said(beat(driver, 1))).toEqual([`${FIRST} unsubscribe BTC/USD`, `${FIRST} subscribe BTC/USD`])
})

test('checksums that hold do not lift the doubt: they know nothing of that level', () => {
  const driver = doubted().frame(update('BTC/USD', [['99.88', '1.000']], [], CHECKSUM))
  expect(driver.state(BTC.id)).toBe('suspect')
})

test('different twice, the book is asked for again, alone', () => {
  const driver = beat(doubted(), 1).forget()
  acknowledged(driver, FIRST)
  beat(told(driver, FIRST, snapshot('BTC/USD', OTHER, ASKS)), 2, FIRST)
  expect(driver.checks('oracle')).toEqual([false])
  expect(driver.events.filter(({ kind }) => kind === 'gap')).toMatchObject([{ instrument: BTC.id, reason: 'oracle' }])
  expect(driver.sent).toMatchObject([
    { method: 'unsubscribe', params: { channel: 'book', symbol: ['BTC/USD'] } },
    { method: 'subscribe', params: { channel: 'book', symbol: ['BTC/USD'] } },
  ])
  expect(driver.state(ETH.id)).toBe('quiet')
  driver.frame(snapshot('BTC/USD', OTHER, ASKS))
  expect(driver.book(BTC.id)?.bids).toHaveLength(22)
  expect(driver.state(BTC.id)).toBe('live')
})

test('different once and equal then, the book is trusted again', () => {
  const driver = beat(doubted(), 1)
  driver.frame(update('BTC/USD', [['99.89', '0.000']], [], CHECKSUM))
  acknowledged(driver, FIRST)
  told(driver, FIRST, snapshot('BTC/USD', OTHER, ASKS))
  expect(driver.checks('oracle')).toEqual([false, true])
  expect(driver.state(BTC.id)).toBe('live')
})

const DEEP = [['99.88', '2.000']] as const

test('a change the second socket tells first is no difference once ours has told it', () => {
  const driver = asked()
  told(driver, FIRST, snapshot('BTC/USD', [...BIDS, ...DEEP], ASKS))
  driver.frame(update('BTC/USD', DEEP, [], CHECKSUM))
  expect(driver.checks('oracle')).toEqual([true])
})

test('a change ours tells first is no difference once the second socket has told it', () => {
  const driver = asked()
  const change = update('BTC/USD', DEEP, [], CHECKSUM)
  driver.frame(change)
  told(driver, FIRST, snapshot('BTC/USD', BIDS, ASKS))
  expect(driver.checks('oracle')).toEqual([])
  told(driver, FIRST, change)
  expect(driver.checks('oracle')).toEqual([true])
})

test('the fresh book is cut to its depth as ours is: what either loses that way is no difference', () => {
  const { bids, asks } = ladder(DEPTH)
  const driver = live(DEPTH, [BTC]).frame(snapshot('BTC/USD', bids, asks))
  acknowledged(beat(driver, 60), FIRST)
  told(driver, FIRST, snapshot('BTC/USD', bids, asks.slice(0, -1).concat([['100.40', '1.000']])))
  const inside: Pairs = [['100.26', '1.000']]
  const after = checksumOf(bids, asks)
  // Ours takes a level that is the twenty-sixth there and falls out at once; theirs the same, in place of the one that ours does not have.
  driver.frame(update('BTC/USD', [], inside, after))
  told(driver, FIRST, update('BTC/USD', [], [['100.25', '1.000']], after))
  expect(driver.checks('oracle')).toEqual([true])
})

test.each([
  { name: 'has not, and that is the last of a full one', depth: DEPTH, differs: false },
  { name: 'has not, and that is the last of one that is not full', depth: 100, differs: true },
])('a level of the fresh book that ours $name is no difference, unless it is: $differs', ({ depth, differs }) => {
  const { bids, asks } = ladder(25)
  const driver = live(depth, [BTC]).frame(snapshot('BTC/USD', bids.slice(0, 24), asks))
  acknowledged(beat(driver, 60), FIRST, 'BTC/USD', depth)
  told(driver, FIRST, snapshot('BTC/USD', bids, asks))
  expect(beat(driver, 2, FIRST).checks('oracle')).toEqual([!differs])
})

test.each([
  { name: 'another quantity in its last level', bids: [['99.76', '2.000']] as const },
  { name: 'another level for its last', bids: [['99.75', '1.000']] as const },
])('a full book is compared down to its last level: $name', ({ bids: last }) => {
  const { bids, asks } = ladder(25)
  const driver = live(DEPTH, [BTC]).frame(snapshot('BTC/USD', bids, asks))
  acknowledged(beat(driver, 60), FIRST)
  told(driver, FIRST, snapshot('BTC/USD', [...bids.slice(0, 24), ...last], asks))
  expect(beat(driver, 2, FIRST).checks('oracle')).toEqual([false])
})

test('what comes on the second socket about others, and the answer to what ended, is passed over', () => {
  const driver = asked()
  told(driver, FIRST, refusal('Subscription Not Found', { symbol: 'ETH/USD', method: 'unsubscribe' }))
  told(driver, FIRST, snapshot('ETH/USD', BIDS, ASKS))
  told(driver, FIRST, update('BTC/USD', [['1.00', '1.000']], [], 1))
  expect(driver.outputs).toEqual([])
  told(driver, 'books:7', snapshot('BTC/USD', BIDS, ASKS))
  expect(driver.checks('oracle')).toEqual([])
  told(driver, FIRST, snapshot('BTC/USD', BIDS, ASKS))
  expect(driver.checks('oracle')).toEqual([true])
})

/** As servers of before 2026 send it. */
const untimed = (frame: string): string => frame.replace(/,"timestamp":"[^"]*"/, '')
const timed = (frame: string, us: number): string =>
  frame.replace(/"timestamp":"[^"]*"/, `"timestamp":"${new Date(us / 1000).toISOString()}"`)

test('a snapshot without a time is of the time of its acknowledgement', () => {
  const driver = told(asked(), FIRST, untimed(snapshot('BTC/USD', OTHER, ASKS)))
  expect(beat(driver, 2, FIRST).checks('oracle')).toEqual([false])
})

test('a snapshot that carries the time of its last change, long ago, is judged as soon', () => {
  const driver = told(asked(), FIRST, snapshot('BTC/USD', OTHER, ASKS))
  expect(beat(driver, 2, FIRST).checks('oracle')).toEqual([false])
})

test('after a stall of ours the heartbeats come before the updates, and prove no more of its time than they are apart', () => {
  const driver = asked()
  const change = timed(update('BTC/USD', DEEP, [], CHECKSUM), driver.now + 2_000_000)
  driver.wait(3_000)
  told(driver, FIRST, timed(snapshot('BTC/USD', [...BIDS, ...DEEP], ASKS), driver.now))
  for (let second = 0; second < 2; second++) told(driver.wait(1_000), FIRST, HEARTBEAT)
  for (let second = 0; second < 5; second++) driver.frame(HEARTBEAT)
  expect(driver.checks('oracle')).toEqual([])
  expect(driver.frame(change).checks('oracle')).toEqual([true])
})

test('a heartbeat at the head of a burst is older than it seems: the changes behind it are waited for', () => {
  const driver = asked()
  const change = timed(update('BTC/USD', DEEP, [], CHECKSUM), driver.now + 100_000)
  driver.wait(200)
  told(driver, FIRST, timed(snapshot('BTC/USD', [...BIDS, ...DEEP], ASKS), driver.now))
  for (let second = 0; second < 3; second++) told(driver.wait(1_000), FIRST, HEARTBEAT)
  // Sent 0.1 s after the moment our socket had come to, received much later, and taken for a whole second.
  driver.frame(HEARTBEAT)
  expect(driver.frame(change).checks('oracle')).toEqual([true])
})

const LIES = snapshot('BTC/USD', OTHER.slice(1), ASKS, CHECKSUM)
test.each([
  { name: 'a second socket that is lost', end: 'refused', code: 'FEED_TRANSPORT' },
  { name: 'a refusal', frame: refusal('Exceeded msg rate', { symbol: 'BTC/USD' }), code: 'FEED_RATE_LIMITED' },
  { name: 'garbage', frame: '{"channel":"book"', code: 'FEED_PROTOCOL' },
  { name: 'a fresh book whose own checksum fails', frame: LIES, code: 'FEED_PROTOCOL' },
  { name: 'a level off the grid', frame: snapshot('BTC/USD', [['1.001', '1.000']], []), code: 'FEED_PROTOCOL' },
])('$name leaves the book as it is, and is tried again a minute later on another socket', ({ frame, end, code }) => {
  const driver = beat(live(DEPTH, [BTC]), 60).forget()
  if (end === undefined) told(driver, FIRST, frame)
  else driver.step({ kind: 'probe-ended', now: driver.now, id: FIRST, reason: end })
  expect(driver.errors).toEqual([code])
  expect(ended(driver)).toEqual([FIRST])
  expect(driver.state(BTC.id)).toBe('quiet')
  expect(said(beat(driver.forget(), 59))).toEqual([])
  expect(said(beat(driver, 1))).toEqual([`${SECOND} subscribe BTC/USD`])
})

test('an update of the second socket whose checksum fails proves nothing about ours', () => {
  const driver = told(asked(), FIRST, snapshot('BTC/USD', OTHER, ASKS))
  told(driver, FIRST, update('BTC/USD', [['100.00', '2.000']], [], CHECKSUM))
  expect(driver.errors).toEqual(['FEED_PROTOCOL'])
  expect(beat(driver, 5, FIRST).checks('oracle')).toEqual([])
  expect(driver.state(BTC.id)).toBe('quiet')
})

test.each([
  {
    name: 'takes away a level that is not there',
    levels: [['50.00', '0.000']] as const,
    want: [`${FIRST} subscribe BTC/USD`],
  },
  { name: 'tells a level as it stands', levels: [['99.89', '1.000']] as const, want: [`${FIRST} subscribe BTC/USD`] },
  { name: 'changes a level', levels: [['99.89', '2.000']] as const, want: [] },
  {
    name: 'brings a level and takes it away',
    levels: [
      ['99.80', '1.000'],
      ['99.80', '0.000'],
    ] as const,
    want: [],
  },
])('an update that $name has the fresh book asked for at once: $want', ({ levels, want }) => {
  const driver = beat(live(), 11).frame(update('BTC/USD', levels, [], CHECKSUM))
  expect(said(beat(driver, 1))).toEqual(want)
})

test('an odd update that a fresh book has cleared asks for no other', () => {
  const driver = beat(live(), 11).frame(update('BTC/USD', [['50.00', '0.000']], [], CHECKSUM))
  told(acknowledged(beat(driver, 1), FIRST), FIRST, snapshot('BTC/USD', BIDS, ASKS))
  expect(driver.checks('oracle')).toEqual([true])
  expect(said(beat(driver.forget(), 15))).toEqual([])
})

test.each([
  { name: 'the socket is lost', act: (driver: Driver) => driver.closed() },
  { name: 'the book is replaced', act: (driver: Driver) => beat(driver.frame(snapshot('BTC/USD', BIDS, ASKS)), 1) },
  {
    name: 'a checksum fails',
    act: (driver: Driver) => beat(driver.frame(update('BTC/USD', DEEP, [], 1)), 1),
  },
])('when $name the question is withdrawn, and what still comes to it is nothing', ({ act }) => {
  const driver = asked()
  expect(ended(act(driver))).toEqual([FIRST])
  const before = driver.forget().state(BTC.id)
  told(driver, FIRST, snapshot('BTC/USD', OTHER, ASKS))
  expect(driver.outputs).toEqual([])
  expect(driver.state(BTC.id)).toBe(before)
})

const MOVE = fc.record({
  side: fc.constantFrom<'bids' | 'asks'>('bids', 'asks'),
  place: fc.nat(39),
  qty: fc.nat(3),
  waitMs: fc.nat(60),
})
const MOVES = fc.array(MOVE, { minLength: 1, maxLength: 60 })
const RUNS = { numRuns: 40 }
type Move = { side: 'bids' | 'asks'; place: number; qty: number; waitMs: number }
const DELAY = fc.integer({ min: 0, max: 300 })

test('two sockets that tell one market each in its own time never differ', () => {
  fc.assert(
    fc.property(MOVES, fc.nat(), DELAY, DELAY, (moves, at, ours, theirs) => {
      const { driver } = market(moves, { askedAt: at % moves.length, lost: -1, ours, theirs })
      expect(driver.checks('oracle')).toEqual([true])
      expect(driver.checks('checksum')).not.toContain(false)
    }),
    RUNS,
  )
})

test('an update that ours alone lost is found by a checksum or by the fresh book, unless later ones mended it', () => {
  let found = 0
  fc.assert(
    fc.property(MOVES, fc.nat(), DELAY, DELAY, (moves, at, ours, theirs) => {
      const { driver, truth } = market(moves, { askedAt: moves.length, lost: at % moves.length, ours, theirs })
      const failed = driver.checks('checksum').includes(false)
      const [isSame] = driver.checks('oracle')
      if (!failed) expect(isSame).toBe(JSON.stringify(driver.book(BTC.id)) === JSON.stringify(truth))
      if (!failed && isSame === false) found++
    }),
    RUNS,
  )
  expect(found).toBeGreaterThan(2)
})

/**
 * A market of thirty levels a side seen at a depth of 15, its updates a while under way on either socket; the fresh book is told after one of its
 * moves, or after all of them have come, and our socket may lose one.
 */
function market(moves: readonly Move[], how: { askedAt: number; lost: number; ours: number; theirs: number }) {
  const book = new VenueBook('BTC/USD', 15)
  const { bids, asks } = ladder(30)
  for (const [price, qty] of bids) book.change('bids', price, qty)
  for (const [price, qty] of asks) book.change('asks', price, qty)
  const driver = new Driver(new KrakenProtocol([BTC], 15, ADDRESSES)).open().frame(ack('BTC/USD', { depth: 15 }))
  driver.frame(book.snapshot())
  beat(driver, 60)
  const queue: { at: number; deliver: () => void }[] = []
  const deliver = (until: number): void => {
    queue.sort((a, b) => a.at - b.at)
    while (queue[0] !== undefined && queue[0].at <= until) {
      const next = queue.shift()
      driver.wait((next!.at - driver.now) / 1000)
      next!.deliver()
    }
    driver.wait((until - driver.now) / 1000)
  }
  const post = (frame: string, isOurs: boolean): void => {
    const at = driver.now + (isOurs ? how.ours : how.theirs) * 1000
    queue.push({ at, deliver: () => void (isOurs ? driver.frame(frame) : told(driver, FIRST, frame)) })
  }
  const answer = (): void => {
    const time = new Date(driver.now / 1000).toISOString()
    post(JSON.stringify({ ...ack('BTC/USD', { depth: 15 }), time_in: time, time_out: time }), false)
    post(timed(book.snapshot(), driver.now), false)
  }
  moves.forEach(({ side, place, qty, waitMs }, n) => {
    deliver(driver.now + waitMs * 1000)
    const price = (side === 'bids' ? 100 - place * 0.01 : 100.01 + place * 0.01).toFixed(2)
    const sent = book.change(side, price, `${qty}.000`)
    const levels = [side === 'bids' ? sent : [], side === 'asks' ? sent : []] as const
    const frame = timed(update('BTC/USD', ...levels, book.checksum), driver.now)
    if (sent.length > 0 && n !== how.lost) post(frame, true)
    if (sent.length > 0 && n > how.askedAt) post(frame, false)
    if (n === how.askedAt) answer()
  })
  deliver(driver.now + 400_000)
  if (how.askedAt === moves.length) answer()
  deliver(driver.now + 400_000)
  for (let second = 0; second < 3; second++) {
    driver.frame(HEARTBEAT)
    told(driver, FIRST, HEARTBEAT)
    deliver(driver.now + 1_000_000)
  }
  const lots = (pairs: Pairs): number[] =>
    pairs.flatMap(([price, qty]) => [Math.round(Number(price) * 100), Math.round(Number(qty) * 1000)])
  return { driver, truth: { bids: lots(book.bids), asks: lots(book.asks) } }
}
