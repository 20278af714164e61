import { Book, type InstrumentId, type MarketEvent } from '@depthcast/market'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Feeds } from '../src/feeds.ts'
import { Link } from '../src/link.ts'
import { Numbering } from '../src/numbering.ts'
import { realWorld } from '../src/outside.ts'
import { VenueBudget } from '../src/venue-budget.ts'
import { BinanceProtocol } from '../src/venues/binance/protocol.ts'
import { BitstampProtocol } from '../src/venues/bitstamp/protocol.ts'
import { CoinbaseProtocol } from '../src/venues/coinbase/protocol.ts'
import { KrakenProtocol } from '../src/venues/kraken/protocol.ts'
import { simulated } from '../src/venues/simulated.ts'
import { seed } from './binance-frames.ts'
import { acknowledged, levels } from './bitstamp-frames.ts'
import { at, snapshot, subscriptions, ticker } from './coinbase-frames.ts'
import { Driver, instrument } from './driver.ts'
import * as kraken from './kraken-frames.ts'

// A gateway that could not fold a book has none, however right the venue's is here: it gets it whole again.

const BIDS = [['100.00', '1.000']] as const
const ASKS = [['100.02', '2.000']] as const
const SEED = seed(100, BIDS, ASKS)

function coinbase(): Driver {
  const products = ['BTC-USD', 'ETH-USD']
  const instruments = products.map((product) => instrument('coinbase', product, product.slice(0, 3), 'USD'))
  const driver = new Driver(new CoinbaseProtocol(instruments)).open().frame(subscriptions(products))
  for (const product of products) {
    driver.frame(snapshot(product, BIDS, ASKS))
    driver.frame(ticker(product, '100.00', '100.02', at(0)))
  }
  return driver.forget()
}

function binance(): Driver {
  const instruments = ['BTC', 'ETH'].map((base) => instrument('binance', `${base}USDT`, base, 'USD'))
  const driver = new Driver(new BinanceProtocol(instruments, 'http://venue'))
  return driver.open().answer('seed:BTCUSDT', SEED).answer('seed:ETHUSDT', SEED).forget()
}

function bitstamp(): Driver {
  const pairs = ['btcusd', 'ethusd']
  const instruments = pairs.map((pair) => instrument('bitstamp', pair, pair.slice(0, 3).toUpperCase(), 'USD'))
  const driver = new Driver(new BitstampProtocol(instruments, 'http://venue')).open()
  for (const pair of pairs) {
    driver.frame(acknowledged(`diff_order_book_${pair}`)).answer(`book:${pair}`, levels(100, BIDS, ASKS))
  }
  return driver.forget()
}

function krakens(): Driver {
  const symbols = ['BTC/USD', 'ETH/USD']
  const instruments = symbols.map((symbol) => instrument('kraken', symbol, symbol.slice(0, 3), 'USD'))
  const driver = new Driver(new KrakenProtocol(instruments, 10, kraken.ADDRESSES)).open().frame(kraken.status())
  for (const symbol of symbols) {
    driver.frame(kraken.ack(symbol, { id: 2, channel: 'book' })).frame(kraken.snapshot(symbol, BIDS, ASKS))
  }
  return driver.forget()
}

test.each([
  { venue: 'coinbase', live: coinbase },
  { venue: 'binance', live: binance },
  { venue: 'bitstamp', live: bitstamp },
  { venue: 'kraken', live: krakens },
])('a book of $venue that is not trusted where it goes is asked for again, alone and once', ({ venue, live }) => {
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
})

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
