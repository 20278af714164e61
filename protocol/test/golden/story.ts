import { type Instrument, instrumentId, Ledger, type MarketEvent, step } from '@depthcast/market'
import { CHANNELS, type ChannelName, type ViewUpdate } from '@depthcast/protocol'

/** The instrument and the moment behind the golden frames of the views; the events are below. */
const INSTRUMENT: Instrument = {
  id: instrumentId('kraken', 'BTC', 'USD'),
  venue: 'kraken',
  venueSymbol: 'BTC/USD',
  base: 'BTC',
  quote: 'USD',
  tickSize: step('0.1'),
  lotSize: step('0.00000001'),
}

const START = 1_763_683_200_000_000
const EPOCH = 1_763_683_190 * 2 ** 20 + 314_159
/** Of what the gateway counts itself. */
const LEDGER_EPOCH = 1_763_683_195 * 2 ** 20 + 271_828
const SUBS: Readonly<Record<ChannelName, number>> = { book: 11, trades: 12, ticker: 13, candles: 14, status: 0 }

/** What the server's channels say of these events: by the name of the golden frame, in integers and in text. */
export function told(): Map<string, { readonly message: unknown; readonly text: unknown }> {
  const ledger = new Ledger(INSTRUMENT, { epoch: LEDGER_EPOCH })
  const book = CHANNELS.book.init(ledger, { depth: 2, grouping: 1, checksum: true })
  const trades = CHANNELS.trades.init(ledger, { snapshot: 2 })
  const ticker = CHANNELS.ticker.init(ledger, {})
  const candles = CHANNELS.candles.init(ledger, { interval: '1m', bars: 500 })
  const status = CHANNELS.status.init(ledger, {})
  const play = (events: readonly MarketEvent[]) => {
    for (const event of events) {
      ledger.apply(event)
      CHANNELS.book.accept(book, event)
      CHANNELS.trades.accept(trades, event)
      CHANNELS.ticker.accept(ticker, event)
    }
  }

  play(FIRST)
  const first = START + 90_000
  const frames = new Map([
    ['book snapshot', dressed('book', CHANNELS.book.snapshot(book), first)],
    ['trades snapshot', dressed('trades', CHANNELS.trades.diff(trades), first)],
    ['candles snapshot', dressed('candles', CHANNELS.candles.snapshot(candles), first)],
    ['status', dressed('status', CHANNELS.status.snapshot(status), first)],
  ])
  CHANNELS.ticker.diff(ticker)
  play(LATER)
  const later = START + 190_000
  return frames
    .set('book update', dressed('book', CHANNELS.book.diff(book), later))
    .set('trades update', dressed('trades', CHANNELS.trades.diff(trades), later))
    .set('ticker', dressed('ticker', CHANNELS.ticker.diff(ticker), later))
    .set('candles update', dressed('candles', CHANNELS.candles.diff(candles), later))
    .set('candles overflow', overflow())

  function overflow() {
    play(TOO_MUCH)
    return dressed('candles', CHANNELS.candles.diff(candles), START + 290_000)
  }
}

/** As the server sends it. */
function dressed(name: ChannelName, update: ViewUpdate | undefined, serverTime: number) {
  const text = CHANNELS[name].toText(update as never, INSTRUMENT)
  if (name === 'status') return { message: update, text }
  const sent = { sub: SUBS[name], serverTime }
  return { message: { ...update, ...sent }, text: { ...text, ...sent } }
}

const at = (ms: number) => ({
  instrument: INSTRUMENT.id,
  exchangeTime: START + ms * 1000,
  receivedAt: START + ms * 1000 + 15_000,
  epoch: EPOCH,
})
const verified = 'checksum'

const FIRST = [
  {
    ...at(0),
    kind: 'book-snapshot',
    seq: 1,
    bids: [1_012_345, 150_000_000, 1_012_340, 2_000_000, 1_012_330, 700_000_000],
    asks: [1_012_350, 25_000_000, 1_012_360, 100_000_000],
    verified,
  },
  { ...at(20), kind: 'status', seq: 1, state: 'live' },
  { ...at(40), kind: 'trade', seq: 1, tradeId: '7801', price: 1_012_350, quantity: 5_000_000, side: 'buy' },
  { ...at(60), kind: 'book-delta', seq: 2, bids: [], asks: [1_012_350, 20_000_000], verified },
  {
    ...at(70),
    kind: 'ticker',
    seq: 1,
    volume24h: 184_467_440_737,
    open24h: 1_000_000,
    high24h: 1_020_000,
    low24h: 998_000,
  },
] as unknown as readonly MarketEvent[]

/** The best bid and ask are taken out; a bid that was too deep to show moves up. */
const LATER = [
  { ...at(110), kind: 'trade', seq: 2, tradeId: '7802', price: 1_012_350, quantity: 20_000_000, side: 'buy' },
  { ...at(111), kind: 'trade', seq: 3, tradeId: '7803', price: 1_012_360, quantity: 1_000_000, side: 'sell' },
  {
    ...at(112),
    kind: 'book-delta',
    seq: 3,
    bids: [1_012_345, 0, 1_012_338, 40_000_000],
    asks: [1_012_350, 0, 1_012_370, 50_000_000],
    verified,
  },
  { ...at(118), kind: 'book-delta', seq: 4, bids: [1_012_338, 30_000_000], asks: [], verified },
] as unknown as readonly MarketEvent[]

/** More than a bar's volume can hold. */
const TOO_MUCH = [
  {
    ...at(220),
    kind: 'trade',
    seq: 4,
    tradeId: '7804',
    price: 1_012_360,
    quantity: Number.MAX_SAFE_INTEGER,
    side: 'buy',
  },
] as unknown as readonly MarketEvent[]
