import { Book, type Micros, type Trade, type VenueEvent } from '@depthcast/market'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Handover } from '../src/handover.ts'
import { PublishedByInstrument } from '../src/published.ts'
import { instrument, START } from './driver.ts'

const BTC = instrument('plain', 'BTC', 'BTC', 'USD')

/** What happened at the venue, in order: a price's quantity, or a trade. */
type Happened = { readonly price: number; readonly lots: number } | 'trade'

const happened = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ price: fc.integer({ min: 90, max: 99 }), lots: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.constant('trade' as const) },
  ),
  { minLength: 1, maxLength: 60 },
)

/** How a venue marks its updates: by ids, by times alone, or not at all. */
const marks = fc.constantFrom('ids', 'times', 'nothing')

test('however two connections lag, whoever listens goes from one to the other without a gap, a lost trade or one twice', () => {
  fc.assert(
    fc.property(
      fc.record({
        script: happened,
        marks,
        /** Whose turn it is, and where the successor comes in. */
        turns: fc.array(fc.boolean(), { minLength: 40, maxLength: 120 }),
        begins: fc.nat(60),
        history: fc.nat(5),
        /** Turns before the switch is looked for. */
        held: fc.nat(40),
      }),
      ({ script, marks: marked, turns, begins, history, held }) => {
        const venue = new Script(script, marked)
        const published = new PublishedByInstrument()
        const sink = new Sink()
        const tell = (event: VenueEvent): void => {
          published.of(BTC.id).take(event)
          sink.take(event)
        }
        for (const event of venue.opening(0, 0)) tell(event)
        const handover = new Handover([BTC.id], published)
        const start = Math.min(begins, script.length)
        let [old, next] = [0, start]
        for (const event of venue.opening(start, history)) handover.take(event)
        let isOver = false
        for (const [turn, isOld] of turns.entries()) {
          if (!isOver && turn >= held && handover.isReady(START)) {
            isOver = true
            for (const event of handover.switch(START)) tell(event)
            expect(sink.book.bids()).toEqual(venue.book(next).bids())
          }
          if (isOld && old < script.length) {
            const event = venue.event(old++)
            // What the link does with the old connection's after the switch.
            if (!isOver || (event.kind === 'trade' && !published.of(BTC.id).knows(event.tradeId))) tell(event)
          } else if (!isOld && next < script.length) {
            const event = venue.event(next++)
            if (!isOver) handover.take(event)
            else if (event.kind !== 'trade' || !published.of(BTC.id).knows(event.tradeId)) tell(event)
          }
          if (isOver) expect(sink.book.bids()).toEqual(venue.book(next).bids())
        }
        // The old connection is heard out: what the successor never had comes from there.
        for (; old < script.length; old++) {
          const event = venue.event(old)
          if (event.kind === 'trade' && !published.of(BTC.id).knows(event.tradeId)) tell(event)
        }
        expect(new Set(sink.trades).size, 'a trade twice').toBe(sink.trades.length)
        expect([...sink.trades].toSorted()).toEqual(venue.trades(script.length).toSorted())
      },
    ),
    { numRuns: 400 },
  )
})

test('where ids join, no snapshot is sent however far the successor is ahead', () => {
  const venue = new Script(
    Array.from({ length: 50 }, (_, index) => ({ price: 90 + (index % 9), lots: 1 + (index % 3) })),
    'ids',
  )
  const published = new PublishedByInstrument()
  for (const event of venue.opening(10, 0)) published.of(BTC.id).take(event)
  const handover = new Handover([BTC.id], published)
  for (const event of venue.opening(5, 0)) handover.take(event)
  for (let at = 5; at < 50; at++) handover.take(venue.event(at))
  const events = handover.switch(START)
  expect(events.map(({ kind }) => kind)).toEqual(Array(40).fill('book-delta'))
})

test.each([
  { name: 'is sent whole after a while, rather than never', old: 4_500, next: 4_600, want: true },
  { name: 'and stands still has lost something, and is waited for', old: 4_500, next: 0, want: false },
  { name: 'though the market stands still has lost something, and is waited for', old: 0, next: 4_600, want: false },
])('a book that stays a little behind $name', ({ old, next, want }) => {
  const venue = new Script(Array(20).fill({ price: 95, lots: 2 }), 'ids')
  const published = new PublishedByInstrument()
  const later = (ms: number) => (START + ms * 1000) as Micros
  const at = (ms: number, event: VenueEvent): VenueEvent => ({ ...event, receivedAt: later(ms) })
  for (const event of venue.opening(9, 0)) published.of(BTC.id).take(event)
  published.of(BTC.id).take(at(old, venue.event(9)))
  const handover = new Handover([BTC.id], published)
  for (const event of venue.opening(7, 0)) handover.take(event)
  handover.take(at(next, venue.event(7)))
  expect([handover.isReady(later(0)), handover.isReady(later(4_999))]).toEqual([false, false])
  expect(handover.isReady(later(5_000))).toBe(want)
  expect(handover.switch(later(5_000)).map(({ kind }) => kind)).toEqual(['book-snapshot'])
})

describe('an instrument that is live on the old connection and given up on the new one', () => {
  const ETH = instrument('plain', 'ETH', 'ETH', 'USD')
  const stamp = (id: typeof BTC.id, ms: number) =>
    ({ instrument: id, exchangeTime: undefined, receivedAt: (START + ms * 1000) as Micros }) as const
  const book = (id: typeof BTC.id): VenueEvent[] => [
    { kind: 'book-snapshot', bids: [99, 1], asks: [200, 1], verified: 'none', ...stamp(id, 0) },
    { kind: 'status', state: 'live', ...stamp(id, 0) },
  ]
  const told = (id: typeof BTC.id, state: 'refused' | 'degraded' | 'resyncing', ms: number): VenueEvent => {
    return { kind: 'status', state, reason: 'not served here', ...stamp(id, ms) }
  }
  const begin = (): Handover => {
    const published = new PublishedByInstrument()
    for (const id of [BTC.id, ETH.id]) for (const event of book(id)) published.of(id).take(event)
    return new Handover([BTC.id, ETH.id], published)
  }
  const isReady = (handover: Handover, seconds: number): boolean =>
    handover.isReady((START + seconds * 1_000_000) as Micros)

  test.each([{ state: 'refused' }, { state: 'degraded' }] as const)(
    'holds the others back for a minute when it is $state, and is then told to be so, its book gone',
    ({ state }) => {
      const handover = begin()
      for (const event of [...book(BTC.id), told(ETH.id, state, 10_000)]) handover.take(event)
      expect([isReady(handover, 10), isReady(handover, 69)]).toEqual([false, false])
      expect(isReady(handover, 70)).toBe(true)
      expect(handover.switch(START).filter(({ instrument }) => instrument === ETH.id)).toMatchObject([
        { kind: 'gap', stream: 'book' },
        { kind: 'status', state, reason: 'not served here' },
      ])
    },
  )

  test('is waited for again when it is tried again', () => {
    const handover = begin()
    for (const event of [...book(BTC.id), told(ETH.id, 'degraded', 0), told(ETH.id, 'resyncing', 50_000)])
      handover.take(event)
    expect(isReady(handover, 600)).toBe(false)
    handover.take(told(ETH.id, 'degraded', 601_000))
    expect([isReady(handover, 660), isReady(handover, 661)]).toEqual([false, true])
  })

  test('is kept where it is when the new connection serves none of the others either', () => {
    const handover = begin()
    for (const { id } of [BTC, ETH]) handover.take(told(id, 'refused', 0))
    expect(isReady(handover, 3_600)).toBe(false)
  })
})

/** The venue's own record, and how a connection tells it. */
class Script {
  readonly #script: readonly Happened[]
  readonly #marks: string

  constructor(script: readonly Happened[], marked: string) {
    this.#script = script
    this.#marks = marked
  }

  /** A connection that opens when so much has happened: so many trades of the past, and the book. */
  opening(at: number, history: number): VenueEvent[] {
    const trades = this.trades(at).slice(-history || at + 1)
    const bids = this.book(at).bids()
    const asks = [200, 1]
    const stamp = { ...this.#stamp(at), verified: 'none' } as const
    return [
      ...trades.map((id) => this.#trade(Number(id))),
      { kind: 'book-snapshot', bids, asks, ...stamp },
      { kind: 'status', state: 'live', instrument: BTC.id, exchangeTime: undefined, receivedAt: START },
    ]
  }

  event(at: number): VenueEvent {
    const one = this.#script[at]
    if (one === undefined || one === 'trade') return this.#trade(at)
    return { kind: 'book-delta', bids: [one.price, one.lots], asks: [], verified: 'none', ...this.#stamp(at + 1) }
  }

  book(at: number): Book {
    const book = new Book()
    book.replace([], [200, 1])
    for (const one of this.#script.slice(0, at)) if (one !== 'trade') book.apply([one.price, one.lots], [])
    return book
  }

  trades(until: number): string[] {
    return this.#script.slice(0, until).flatMap((one, at) => (one === 'trade' ? [String(at)] : []))
  }

  #trade(at: number): Trade {
    const trade = { price: 95, quantity: 1, side: 'buy', tradeId: String(at), instrument: BTC.id, receivedAt: START }
    return { kind: 'trade', ...trade, exchangeTime: START + at } as Trade
  }

  /** So much has happened: only what changed the book counts its ids up. */
  #stamp(at: number) {
    const changes = this.#script.slice(0, at).filter((one) => one !== 'trade').length
    const exchangeTime = this.#marks === 'times' ? ((START + at) as Micros) : undefined
    const ids = this.#marks === 'ids' ? { venueSeq: [changes, changes] as const } : {}
    return { instrument: BTC.id, exchangeTime, receivedAt: START, ...ids }
  }
}

/** Whoever listens: what may never be, and what is held. */
class Sink {
  readonly book = new Book()
  readonly trades: string[] = []
  #hasBook = false

  take(event: VenueEvent): void {
    expect(event.kind).not.toBe('gap')
    if (event.kind === 'trade') this.trades.push(event.tradeId)
    if (event.kind === 'book-snapshot') {
      this.#hasBook = true
      this.book.replace(event.bids, event.asks)
    }
    if (event.kind === 'book-delta') {
      expect(this.#hasBook).toBe(true)
      this.book.apply(event.bids, event.asks)
    }
  }
}
