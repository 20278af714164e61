import { openFeeds } from '@depthcast/feeds'
import { openExchange } from '@depthcast/feeds/simulation'
import { type Candle, INTERVAL_NAMES, INTERVALS, type Interval, Ledger } from '@depthcast/market'
import { expect, test } from 'vitest'
import { Host } from '../src/emulators/host.ts'
import { EMULATORS } from '../src/emulators/index.ts'
import { Chance } from '../src/faults/chance.ts'
import { VirtualOutside } from '../src/virtual/outside.ts'

/** Twenty seconds into a minute, in the middle of a day. */
const OPENED_AT = Date.UTC(2026, 0, 1, 12, 0, 20) * 1000
const TURN = 20_000
/** The venues keep a day; what is about to be forgotten is not looked at. */
const LOOKED_AT = OPENED_AT - 20 * INTERVALS['1h']

type Traded = { readonly at: number; readonly ticks: number; readonly lots: number }
type Figures = Omit<Candle, 'rev' | 'final'>

test.each([
  { venue: 'binance', symbol: 'BTC-USDT', leastMinutes: 900, counted: true },
  { venue: 'kraken', symbol: 'BTC-USD', leastMinutes: 700, counted: true },
  { venue: 'coinbase', symbol: 'BTC-USD', leastMinutes: 250, counted: false },
])(
  'the chart of an emulated $venue begins with its past, and no bar misses a trade or has one twice',
  async (given) => {
    const { venue, symbol } = given
    const exchange = openExchange({ seed: 7, preset: 'crypto', symbols: ['BTC-USD'], pastHours: 24 })
    const traded: Traded[] = exchange.past('BTC-USD').map((trade) => ({ ...trade, at: OPENED_AT + trade.at }))
    const host = new Host({
      exchange,
      openedAt: OPENED_AT,
      seed: 7,
      faults: [],
      emulators: [EMULATORS[venue]!],
      tap: (event) => {
        if (event.kind === 'fill') traded.push({ at: OPENED_AT + event.at, ticks: event.ticks, lots: event.lots })
      },
    })
    const outside = new VirtualOutside({ openedAt: OPENED_AT, host, chance: new Chance(7, 'chance') })
    const addresses = { wsUrl: 'ws://emulated', httpUrl: 'http://emulated' }
    const feed = await openFeeds(venue, { outside, symbols: [symbol], venues: { [venue]: addresses } })
    let ledger: Ledger | undefined
    feed.start({
      instrument: (instrument) => {
        ledger = new Ledger(instrument)
      },
      event: (event) => ledger?.apply(event),
      history: (_instrument, past) => ledger?.history(past),
    })
    for (let now = OPENED_AT; now < OPENED_AT + 150_000_000; now += TURN) {
      host.advance(now)
      await outside.reach(now)
    }
    // Its sockets end in a time that does not come.
    void feed.close()
    const minutes = barsOf(ledger, '1m')
    expect(minutes.length).toBeGreaterThan(given.leastMinutes)
    for (const interval of INTERVAL_NAMES) {
      const bars = barsOf(ledger, interval).filter(({ openTime }) => openTime >= LOOKED_AT)
      const known = naive(traded, interval).filter(({ openTime }) => openTime >= (bars[0]?.openTime ?? 0))
      const until = Math.floor((OPENED_AT + 149_000_000) / INTERVALS[interval]) * INTERVALS[interval]
      const isOver = ({ openTime }: Figures): boolean => openTime < until
      const plain = (bar: Figures) => (given.counted ? bar : { ...bar, trades: 0 })
      expect(bars.filter(isOver).map(plain), interval).toEqual(known.filter(isOver).map(plain))
    }
  },
)

function barsOf(ledger: Ledger | undefined, interval: Interval): Figures[] {
  return (ledger?.candles(interval).last(1_500) ?? []).map(({ rev: _rev, final: _final, ...figures }) => figures)
}

/** Trades in order of time. */
function naive(trades: readonly Traded[], interval: Interval): Figures[] {
  const groups = Map.groupBy(trades, ({ at }) => at - (at % INTERVALS[interval]))
  return [...groups].map(([openTime, group]) => {
    const prices = group.map(({ ticks }) => ticks)
    const extremes = { open: prices[0], high: Math.max(...prices), low: Math.min(...prices), close: prices.at(-1) }
    const volume = group.reduce((sum, { lots }) => sum + lots, 0)
    return { openTime, ...extremes, volume, trades: group.length } as unknown as Figures
  })
}
