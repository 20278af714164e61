import { BinanceProtocol } from '../src/venues/binance/protocol.ts'
import { BitstampProtocol } from '../src/venues/bitstamp/protocol.ts'
import { CoinbaseProtocol } from '../src/venues/coinbase/protocol.ts'
import { KrakenProtocol } from '../src/venues/kraken/protocol.ts'
import { seed } from './binance-frames.ts'
import { acknowledged, levels } from './bitstamp-frames.ts'
import { at, snapshot, subscriptions, ticker } from './coinbase-frames.ts'
import { Driver, instrument } from './driver.ts'
import * as frames from './kraken-frames.ts'

const BIDS = [['100.00', '1.000']] as const
const ASKS = [['100.02', '2.000']] as const
const SEED = seed(100, BIDS, ASKS)

/** By venue: BTC-USD and ETH-USD on one socket, both books live with a bid of 1.000 at 100.00 and an ask of 2.000 at 100.02. */
export const LIVE_BOOKS = { binance, bitstamp, coinbase, kraken }

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

function kraken(): Driver {
  const symbols = ['BTC/USD', 'ETH/USD']
  const instruments = symbols.map((symbol) => instrument('kraken', symbol, symbol.slice(0, 3), 'USD'))
  const driver = new Driver(new KrakenProtocol(instruments, 10, frames.ADDRESSES)).open().frame(frames.status())
  for (const symbol of symbols) {
    driver.frame(frames.ack(symbol, { id: 2, channel: 'book' })).frame(frames.snapshot(symbol, BIDS, ASKS))
  }
  return driver.forget()
}
