import { Book, type InstrumentId, type MarketEvent } from '@depthcast/market'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Feeds } from '../src/feeds.ts'
import { Link } from '../src/link.ts'
import { Numbering } from '../src/numbering.ts'
import { realWorld } from '../src/outside.ts'
import { VenueBudget } from '../src/venue-budget.ts'
import { simulated } from '../src/venues/simulated.ts'
import { Driver } from './driver.ts'
import { LIVE_BOOKS } from './live-books.ts'

// A gateway that could not fold a book has none, however right the venue's is here: it gets it whole again.

test.each(Object.entries(LIVE_BOOKS))(
  'a book of %s that is not trusted where it goes is asked for again, alone and once',
  (venue, live) => {
    const driver = live()
    const id = `${venue}:BTC-USD` as InstrumentId
    const distrust = { kind: 'distrust', now: driver.now, instrument: id } as const
    driver.step(distrust)
    const asked = driver.outputs.length
    driver.step(distrust)
    expect(driver.outputs).toHaveLength(asked)
    expect(driver.events).toMatchObject([
      { kind: 'gap', stream: 'book', reason: 'protocol', instrument: id },
      { kind: 'status', state: 'resyncing', instrument: id },
    ])
  },
)

test('the simulated venue sends the book as it stands', () => {
  const [listed] = simulated.directory({}).parse([])
  const [plan] = simulated.plan(listed === undefined ? [] : [listed], {})
  if (listed === undefined || plan === undefined) throw new Error('nothing is listed')
  const driver = new Driver(simulated.protocol(plan)).open().wait(5000)
  const book = new Book()
  for (const event of driver.events) {
    if (event.kind === 'book-snapshot') book.replace(event.bids, event.asks)
    if (event.kind === 'book-delta') book.apply(event.bids, event.asks)
  }
  driver.forget().step({ kind: 'distrust', now: driver.now, instrument: listed.id })
  expect(driver.events).toMatchObject([{ kind: 'book-snapshot', bids: book.bids(), asks: book.asks() }])
})

test('a sink that can fold nothing is sent the book again and again, but four times a second at most', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const [listed] = simulated.directory({}).parse([])
  const [plan] = simulated.plan(listed === undefined ? [] : [listed], {})
  if (listed === undefined || plan === undefined) throw new Error('nothing is listed')
  let sent = 0
  const limits = { connects: 1, perMs: 1000, sendsPerSecond: 1 }
  const link = new Link({
    name: 'simulated',
    plan,
    protocol: () => simulated.protocol(plan),
    limits,
    outside: realWorld(),
    budget: new VenueBudget(limits),
    numbering: new Numbering(1),
    sink: {
      instrument: () => {},
      event({ kind }: MarketEvent) {
        if (kind === 'book-snapshot') sent++
        feed.resync(listed.id)
      },
    },
    onError: () => {},
  })
  const one = { start: () => {}, health: () => [], close: () => link.close() }
  const feed = new Feeds([one, { ...one, resync: (id: InstrumentId) => link.resync(id) }])
  link.start()
  expect(sent).toBe(1)
  vi.advanceTimersByTime(1000)
  expect(sent).toBeGreaterThan(1)
  expect(sent).toBeLessThanOrEqual(5)
  void link.close()
  vi.advanceTimersByTime(1000)
  expect(sent).toBeLessThanOrEqual(5)
})
