import type { InstrumentState } from '@depthcast/market'
import { expect, test } from 'vitest'
import { BOOK_POLICY } from '../src/book-policy.ts'
import { type Action, SymbolBook } from '../src/book-state.ts'
import { CrossedBook, OracleMismatch, SequenceGap, SubscribeRefused } from '../src/errors.ts'
import type { Output } from '../src/venue.ts'
import { instrument, START } from './driver.ts'

// The table "The life of a book" of docs/add-a-venue.md, a row a test.

const BTC = instrument('somewhere', 'BTC', 'BTC', 'USD')
const WHERE = { venue: 'somewhere', instrument: BTC.id }
const IMAGE = { bids: [100, 5], asks: [102, 5], exchangeTime: undefined, verified: 'none' } as const
const HOLE = new SequenceGap({ ...WHERE, expected: 1, received: 3 })
const DIFFERS = new OracleMismatch({ ...WHERE, ours: 'a', theirs: 'b' })

/** A book, the clock it is looked at with, and what it told. */
class Life {
  readonly book = new SymbolBook(BTC)
  readonly out: Output[] = []
  now = START
  /** When the venue last proved that it would have told of a change. */
  aliveAt = START
  readonly actions: Action[] = []

  /** Time passes a second at a time, as a protocol's ticks do. The venue proves life with each of them, or does not. */
  wait(seconds: number, { alive = true } = {}): this {
    for (let second = 0; second < seconds; second++) {
      this.now = (this.now + 1_000_000) as typeof START
      if (alive) this.aliveAt = this.now
      const action = this.book.tick(this.now, this.aliveAt, this.out)
      if (action !== 'none') this.actions.push(action)
      if (action === 'request' || action === 'resubscribe') this.book.acknowledged(this.now)
    }
    return this
  }

  requested(): this {
    this.book.requested(this.now, this.out)
    return this
  }

  live(): this {
    this.requested()
    this.book.acknowledged(this.now)
    this.book.snapshot(IMAGE, this.now, this.out)
    return this
  }

  change(lots: number): this {
    this.book.delta({ ...IMAGE, bids: [100, lots], asks: [] }, this.now, this.out)
    return this
  }

  fail(): Action {
    return this.book.fail(HOLE, 'sequence', this.now, this.out)
  }

  get told(): string[] {
    return this.out.flatMap((output) => {
      if (output.kind !== 'event') return []
      const { event } = output
      return [event.kind === 'status' ? event.state : event.kind]
    })
  }

  get state(): InstrumentState | undefined {
    return this.statuses.at(-1)?.state
  }

  get statuses(): { state: InstrumentState; reason?: string }[] {
    return this.out.flatMap((output) =>
      output.kind === 'event' && output.event.kind === 'status' ? [output.event] : [],
    )
  }
}

test('requested: without an answer it is asked for once more after 5 s, then the socket is given up', () => {
  const life = new Life().requested()
  const quiet = (seconds: number): Action[] => {
    const actions: Action[] = []
    for (let second = 0; second < seconds; second++) {
      life.now = (life.now + 1_000_000) as typeof START
      actions.push(life.book.tick(life.now, life.now, life.out))
    }
    return actions
  }
  expect(quiet(4)).toEqual(['none', 'none', 'none', 'none'])
  expect(quiet(1)).toEqual(['request'])
  expect(quiet(5)).toEqual(['none', 'none', 'none', 'none', 'reconnect'])
})

test('waiting: without a snapshot it is subscribed anew after 10 s, then on another socket, then once a minute until it comes', () => {
  const life = new Life().requested()
  life.book.acknowledged(life.now)
  life.wait(9)
  expect(life.actions).toEqual([])
  life.wait(1)
  expect(life.actions).toEqual(['resubscribe'])
  life.wait(10)
  expect(life.actions).toEqual(['resubscribe', 'reconnect'])
  life.book.closed('closed', life.now, life.out)
  life.requested()
  life.book.acknowledged(life.now)
  life.wait(10)
  expect(life.actions).toEqual(['resubscribe', 'reconnect'])
  expect(life.statuses.at(-1)).toMatchObject({
    state: 'degraded',
    reason: expect.stringContaining('tried again in 60 s'),
  })
  life.wait(59)
  expect(life.actions).toHaveLength(2)
  // An outage of the venue's is over some day: nobody has to start anew for it, and the others keep their socket meanwhile.
  life.wait(1 + 70 + 70)
  expect(life.actions.slice(2)).toEqual(['resubscribe', 'resubscribe', 'resubscribe'])
  life.book.snapshot(IMAGE, life.now, life.out)
  expect(life.state).toBe('live')
  life.book.closed('closed', life.now, life.out)
  life.requested()
  life.book.acknowledged(life.now)
  life.wait(10)
  expect(life.state).not.toBe('degraded')
})

test('requested: a book that is never answered costs the others another socket ever more rarely, and is asked for all along', () => {
  const life = new Life().requested()
  const actions: string[] = []
  for (let minute = 0; minute < 24 * 60; minute++) {
    for (let second = 0; second < 60; second++) {
      life.now = (life.now + 1_000_000) as typeof START
      const action = life.book.tick(life.now, life.now, life.out)
      if (action === 'none') continue
      actions.push(action)
      if (action === 'reconnect') {
        life.book.closed('given up', life.now, life.out)
        life.book.requested(life.now, life.out)
      } else if (action === 'resubscribe') life.book.requested(life.now, life.out)
    }
  }
  expect(actions.filter((action) => action === 'reconnect')).toHaveLength(4)
  expect(actions.filter((action) => action === 'resubscribe').length).toBeGreaterThan(1_000)
  expect(actions.slice(0, 4)).toEqual(['request', 'reconnect', 'request', 'resubscribe'])
  expect(life.state).not.toBe('refused')
})

test.each([
  { name: 'a hole', fail: (life: Life) => life.fail() },
  {
    name: 'a crossed book',
    fail: (life: Life) => life.book.delta({ ...IMAGE, bids: [102, 1], asks: [] }, life.now, life.out),
  },
  {
    name: 'a crossed book of the venue’s word',
    fail: (life: Life) =>
      life.book.fail(new CrossedBook({ ...WHERE, bid: '1', ask: '1' }), 'crossed', life.now, life.out),
  },
])('live: $name is told as a gap before anything else, then this book alone is asked for again', ({ fail }) => {
  const life = new Life().live()
  life.out.length = 0
  expect(fail(life)).toBe('resubscribe')
  expect(life.told).toEqual(['gap', 'resyncing'])
  expect(life.book.isTrusted).toBe(false)
  life.change(7)
  expect(life.told).toEqual(['gap', 'resyncing'])
  life.book.snapshot(IMAGE, life.now, life.out)
  expect(life.told).toEqual(['gap', 'resyncing', 'book-snapshot', 'live'])
})

test('waiting: a snapshot that is crossed is never shown, and asked for again', () => {
  const life = new Life().requested()
  life.book.acknowledged(life.now)
  expect(life.book.snapshot({ ...IMAGE, bids: [102, 5] }, life.now, life.out)).toBe('resubscribe')
  expect(life.told).toEqual(['syncing', 'resyncing'])
  expect(life.book.isTrusted).toBe(false)
  expect(life.book.snapshot(IMAGE, life.now, life.out)).toBe('none')
  expect(life.state).toBe('live')
})

test('live: one difference is a doubt, agreement ends it, a second one breaks the book', () => {
  const life = new Life().live()
  expect(life.book.doubt(DIFFERS, life.now, life.out)).toBe('none')
  expect(life.state).toBe('suspect')
  life.change(6)
  expect(life.state).toBe('suspect')
  life.book.proven(life.now, life.out)
  expect(life.state).toBe('live')
  life.book.doubt(DIFFERS, life.now, life.out)
  expect(life.book.doubt(DIFFERS, life.now, life.out)).toBe('resubscribe')
  expect(life.told.slice(-2)).toEqual(['gap', 'resyncing'])
})

test('more than 5 resyncs in 10 minutes: given up until the first of them is 10 minutes old, then tried again', () => {
  const life = new Life().live()
  for (let resync = 0; resync < 5; resync++) {
    expect(life.fail()).toBe('resubscribe')
    life.book.snapshot(IMAGE, life.now, life.out)
    life.wait(60)
  }
  expect(life.fail()).toBe('none')
  expect(life.state).toBe('degraded')
  life.book.snapshot(IMAGE, life.now, life.out)
  life.book.closed('closed', life.now, life.out)
  life.requested()
  expect(life.state).toBe('degraded')
  life.wait(299)
  expect(life.actions).toEqual([])
  life.wait(1)
  expect(life.actions).toEqual(['resubscribe'])
  life.book.snapshot(IMAGE, life.now, life.out)
  expect(life.state).toBe('live')
})

test('5 resyncs, each more than 10 minutes after the first, give nothing up', () => {
  const life = new Life().live()
  for (let resync = 0; resync < 12; resync++) {
    expect(life.fail()).toBe('resubscribe')
    life.book.snapshot(IMAGE, life.now, life.out)
    life.wait(121)
  }
})

test('live: no change for 10 s while the venue proves itself alive is quiet, and quiet is never stale', () => {
  const life = new Life().live().wait(9)
  expect(life.state).toBe('live')
  life.wait(3_600)
  expect(life.state).toBe('quiet')
  expect(life.told).not.toContain('stale')
  life.change(6)
  expect(life.state).toBe('live')
})

test('live: nothing that proves life is stale, and stale is never quiet, on the way there neither', () => {
  const life = new Life().live().wait(14, { alive: false })
  expect(life.told).not.toContain('quiet')
  expect(life.state).toBe('live')
  life.wait(3_600, { alive: false })
  expect(life.state).toBe('stale')
  expect(life.told).not.toContain('quiet')
  life.wait(1)
  expect(life.state).toBe('quiet')
})

test('the socket closed: stale at once with the reason, and a gap before the next snapshot', () => {
  const life = new Life().live()
  life.out.length = 0
  life.book.closed('closed with code 1006', life.now, life.out)
  expect(life.statuses).toMatchObject([{ state: 'stale', reason: 'closed with code 1006' }])
  life.live()
  expect(life.told).toEqual(['stale', 'gap', 'book-snapshot', 'live'])
})

test('refused: nothing more is asked or told, whatever comes', () => {
  const life = new Life().live()
  life.book.refuse(new SubscribeRefused({ ...WHERE, reason: 'no such pair' }), life.now, life.out)
  life.out.length = 0
  life.book.halted('maintenance', life.now, life.out)
  life.book.closed('closed', life.now, life.out)
  life.live().wait(100)
  expect([life.actions, life.told]).toEqual([[], []])
})

test('halted: told with the venue’s reason once, the book goes on taking changes, and resuming tells what it is', () => {
  const life = new Life().live()
  life.out.length = 0
  life.book.halted('cancel_only', life.now, life.out)
  life.book.halted('cancel_only', life.now, life.out)
  expect(life.statuses).toMatchObject([{ state: 'halted', reason: 'cancel_only' }])
  life.change(6).wait(60)
  expect(life.told).toEqual(['halted', 'book-delta'])
  expect(life.book.book.bids()).toEqual([100, 6])
  life.book.halted('maintenance', life.now, life.out)
  expect(life.statuses.at(-1)).toMatchObject({ state: 'halted', reason: 'maintenance' })
  life.book.resumed(life.now, life.out)
  life.book.resumed(life.now, life.out)
  expect(life.told).toEqual(['halted', 'book-delta', 'halted', 'quiet'])
})

test('halted: what is wrong with the book or the feed is told all the same, and the halt again when it is mended', () => {
  const life = new Life().live()
  life.book.halted('maintenance', life.now, life.out)
  life.out.length = 0
  life.book.doubt(DIFFERS, life.now, life.out)
  life.book.proven(life.now, life.out)
  life.wait(20, { alive: false })
  life.wait(1)
  life.fail()
  life.book.snapshot(IMAGE, life.now, life.out)
  expect(life.told).toEqual([
    ...['suspect', 'halted', 'stale', 'halted'],
    ...['gap', 'resyncing', 'book-snapshot', 'halted'],
  ])
})

test('halted: no snapshot is due before trading resumes, so nothing is refused for being halted', () => {
  const life = new Life().requested()
  life.book.acknowledged(life.now)
  life.book.halted('maintenance', life.now, life.out)
  expect(life.state).toBe('halted')
  life.wait(3_600)
  expect(life.actions).toEqual([])
  life.book.resumed(life.now, life.out)
  life.wait(BOOK_POLICY.snapshotWithinMs! / 1000 - 1)
  expect(life.actions).toEqual([])
  life.wait(1)
  expect(life.actions).toEqual(['resubscribe'])
})

test('halted across a lost socket: the venue has to say that it trades again', () => {
  const life = new Life().live()
  life.book.halted('maintenance', life.now, life.out)
  life.book.closed('closed', life.now, life.out)
  expect(life.state).toBe('stale')
  life.live()
  expect(life.state).toBe('halted')
})

/** A bid at the best ask, or none. */
const CROSSING = { ...IMAGE, bids: [102, 1], asks: [] } as const
const UNCROSSING = { ...CROSSING, bids: [102, 0] } as const

test('halted: orders gather without being matched, so a crossed book is no broken one', () => {
  const life = new Life().live()
  life.book.halted('auction_mode', life.now, life.out)
  life.out.length = 0
  expect(life.book.delta(CROSSING, life.now, life.out)).toBe('none')
  life.wait(600)
  expect(life.told).toEqual(['book-delta'])
  expect(life.book.book.isCrossed()).toBe(true)
})

test('halted: a whole book may be crossed too', () => {
  const life = new Life().requested()
  life.book.acknowledged(life.now)
  life.book.halted('auction_mode', life.now, life.out)
  expect(life.book.snapshot({ ...IMAGE, bids: [103, 1] }, life.now, life.out)).toBe('none')
  expect(life.told).toEqual(['syncing', 'halted', 'book-snapshot'])
})

test('halted with a crossed book: it stays so until the book is uncrossed, which may be told a little later', () => {
  const life = new Life().live()
  life.book.halted('auction_mode', life.now, life.out)
  life.book.delta(CROSSING, life.now, life.out)
  life.out.length = 0
  life.book.resumed(life.now, life.out)
  expect(life.told).toEqual([])
  life.book.delta(UNCROSSING, life.now, life.out)
  expect(life.told).toEqual(['book-delta', 'live'])
  life.wait(5)
  expect(life.actions).toEqual([])
})

test('halted with a crossed book: one that trades again and stays crossed is broken', () => {
  const life = new Life().live()
  life.book.halted('auction_mode', life.now, life.out)
  life.book.delta(CROSSING, life.now, life.out)
  life.out.length = 0
  life.book.resumed(life.now, life.out)
  life.change(7).wait(3)
  expect(life.told).toEqual(['book-delta', 'gap', 'resyncing'])
  expect(life.actions).toEqual(['resubscribe'])
  life.book.snapshot(IMAGE, life.now, life.out)
  expect(life.state).toBe('live')
})

test('halted again before the book is uncrossed: it is halted, and not broken', () => {
  const life = new Life().live()
  life.book.halted('auction_mode', life.now, life.out)
  life.book.delta(CROSSING, life.now, life.out)
  life.book.resumed(life.now, life.out)
  life.book.halted('auction_mode', life.now, life.out)
  life.wait(60)
  expect([life.state, life.book.state]).toEqual(['halted', 'live'])
})

test('halted with a crossed book, and lost before it is uncrossed: the next one is live', () => {
  const life = new Life().live()
  life.book.halted('auction_mode', life.now, life.out)
  life.book.delta(CROSSING, life.now, life.out)
  life.book.resumed(life.now, life.out)
  life.book.closed('closed', life.now, life.out)
  life.out.length = 0
  life.wait(3)
  expect([life.told, life.actions]).toEqual([[], []])
  life.live()
  expect(life.state).toBe('live')
})
