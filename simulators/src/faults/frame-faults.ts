import { fault, never, UNSEEN } from './fault.ts'

const CHECKSUM = 'FEED_CHECKSUM_MISMATCH'
const SEQUENCE = 'FEED_SEQUENCE_GAP'
const PROTOCOL = 'FEED_PROTOCOL'
const ORACLE = ['FEED_ORACLE_MISMATCH', 'FEED_CROSSED_BOOK'] as const
/** Without a proof on the wire: another source says so, or the next update of the same level puts it right. */
const HEALS = [...ORACLE, 'harmless'] as const
const TRADES = 'trade-gap'

const NO_CHECKSUM = never('no checksum on the wire')

/** One frame is lost, changed or made up between the venue and the client. */
export const FRAME_FAULTS = [
  {
    ...fault('drop', 'frame', 'An update of a book is lost.', [[CHECKSUM, ...HEALS], SEQUENCE, HEALS]),
    silent: { kraken: UNSEEN.kraken, coinbase: UNSEEN.coinbase },
  },
  fault('duplicate', 'frame', 'An update of a book comes twice.', ['harmless', 'harmless', 'harmless']),
  {
    ...fault('reorder', 'frame', 'An update of a book comes after the next one.', [
      [CHECKSUM, ...HEALS],
      SEQUENCE,
      HEALS,
    ]),
    // A level that came with the first and went with the second: both checksums hold, and the book is that of a moment ago.
    silent: { kraken: UNSEEN.kraken, coinbase: UNSEEN.coinbaseOdd },
  },
  fault('truncate', 'frame', 'An update ends in the middle.', PROTOCOL),
  fault('split', 'frame', 'A frame comes in pieces over TCP.', 'harmless'),
  {
    ...fault('corrupt-price', 'frame', 'A digit of a price in an update is another.', [
      [CHECKSUM, ...HEALS],
      HEALS,
      HEALS,
    ]),
    silent: { kraken: UNSEEN.kraken, binance: UNSEEN.binance, coinbase: UNSEEN.coinbase },
  },
  fault('wrong-checksum', 'frame', 'A checksum is wrong, the book is right.', [CHECKSUM, NO_CHECKSUM, NO_CHECKSUM]),
  fault('lossy-numbers', 'frame', 'Numbers lose their trailing zeros, as from a float.', 'harmless'),
  fault('exponent', 'frame', 'A quantity is written with an exponent, as 1.5e0.', PROTOCOL),
  fault('unknown-field', 'frame', 'A frame has a field nobody knows.', 'harmless'),
  fault('unknown-type', 'frame', 'A frame of a type nobody knows comes.', PROTOCOL),
  fault('null-level', 'frame', 'A level of an update is null.', PROTOCOL),
  fault('same-price-twice', 'frame', 'An update names a price twice; the last stands.', 'harmless'),
  fault('crossed-book', 'frame', 'A bid above the best ask comes in.', [
    [CHECKSUM, 'FEED_CROSSED_BOOK'],
    'FEED_CROSSED_BOOK',
    'FEED_CROSSED_BOOK',
  ]),
  {
    ...fault('locked-book', 'frame', 'A bid at the price of the best ask comes in.', [
      [CHECKSUM, 'FEED_CROSSED_BOOK'],
      ['FEED_CROSSED_BOOK', ...HEALS],
      ['FEED_CROSSED_BOOK', ...HEALS],
    ]),
    // Updates come in batches: where the best ask has moved down since the last one, the bid locks nothing yet.
    silent: { binance: UNSEEN.binanceTop, coinbase: UNSEEN.coinbase },
  },
  {
    ...fault('empty-side', 'frame', 'All asks of the book are deleted.', [CHECKSUM, ORACLE, ORACLE]),
    silent: { binance: UNSEEN.binanceTop, coinbase: UNSEEN.coinbaseOdd },
  },
  fault('unknown-side', 'frame', 'A trade has a side nobody knows.', [
    [PROTOCOL, TRADES],
    never('the side is a boolean: whether the buyer was the maker'),
    [PROTOCOL, TRADES],
  ]),
  fault('missed-trade', 'frame', 'A trade is lost.', TRADES),
  fault('old-trades', 'frame', 'A trade from before comes again.', 'harmless'),
  fault('clock-skew', 'frame', "The venue's clock is 5 s ahead for a while.", ['harmless', 'FEED_CLOCK'], 30_000_000),
  fault('clock-step', 'frame', "The venue's clock jumps 2 s ahead and stays there.", ['harmless', 'FEED_CLOCK']),
  fault('clock-regress', 'frame', "The venue's clock goes back 2 s for one frame.", ['FEED_CLOCK', 'harmless']),
] as const
