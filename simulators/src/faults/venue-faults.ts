import { fault, never, UNSEEN } from './fault.ts'

const REFUSED = 'FEED_SUBSCRIBE_REFUSED'
const ORACLE = ['FEED_ORACLE_MISMATCH', 'FEED_CROSSED_BOOK'] as const

const NO_SEQUENCE = never('no sequence on the wire')
const NO_SNAPSHOT_FRAMES = never('its streams carry no snapshots')
const NO_NOTICE = never('says nothing on the socket: only the directory shows it')

/** The venue itself does wrong, or does what a client must be able to live with. */
export const VENUE_FAULTS = [
  {
    ...fault('wrong-book', 'venue', 'An update has a wrong quantity, and all that proves it agrees.', [
      ['FEED_CHECKSUM_MISMATCH', 'FEED_ORACLE_MISMATCH'],
      [...ORACLE, 'harmless'],
      [...ORACLE, 'harmless'],
    ]),
    silent: { kraken: UNSEEN.kraken, binance: UNSEEN.binance, coinbase: UNSEEN.coinbase },
  },
  fault('sequence-gap', 'venue', 'The update ids skip.', [NO_SEQUENCE, 'FEED_SEQUENCE_GAP', NO_SEQUENCE]),
  fault('sequence-reset', 'venue', 'The update ids start again from 1.', [
    NO_SEQUENCE,
    'FEED_SEQUENCE_GAP',
    NO_SEQUENCE,
  ]),
  fault('sequence-duplicate', 'venue', 'An update id is used twice.', [
    NO_SEQUENCE,
    ['harmless', 'FEED_SEQUENCE_GAP', 'FEED_ORACLE_MISMATCH'],
    NO_SEQUENCE,
  ]),
  fault('snapshot-unasked', 'venue', 'A snapshot comes in the middle of the stream.', [
    ['harmless', 'gap'],
    NO_SNAPSHOT_FRAMES,
    ['harmless', 'gap'],
  ]),
  fault('ack-silence', 'venue', 'A subscription is acknowledged and nothing follows.', ['asked-again', 'FEED_STALE']),
  fault('never-ack', 'venue', 'A subscription is never acknowledged.', [
    ['asked-again', 'FEED_STALE'],
    never('streams are named in the address: nothing is acknowledged'),
    ['asked-again', 'FEED_STALE'],
  ]),
  fault('misspelled-stream', 'venue', 'A stream is taken for one that does not exist: no error, no frame.', [
    never('answers with an error'),
    ['asked-again', 'FEED_STALE', REFUSED],
    never('answers with an error'),
  ]),
  fault('refuse-symbol', 'venue', 'The venue does not know the symbol.', REFUSED),
  fault('refuse-depth', 'venue', 'The venue does not serve this depth.', [
    REFUSED,
    never('a stream of another depth is another name'),
    never('its books have one depth: all of it'),
  ]),
  fault('refuse-auth', 'venue', 'The venue wants a key for the channel.', [
    never('its public channels need no key'),
    never('its public streams need no key'),
    ['FEED_AUTH', REFUSED],
  ]),
  fault('already-subscribed', 'venue', 'A subscription is answered with: there already is one.', [
    'harmless',
    never('asks for a stream twice without an answer'),
    never('answers with the whole state'),
  ]),
  fault('message-rate', 'venue', 'A message is too many: refused, or the socket is closed.', [
    'FEED_RATE_LIMITED',
    ['FEED_TRANSPORT', 'FEED_RATE_LIMITED'],
    'FEED_RATE_LIMITED',
  ]),
  {
    ...fault(
      'shutdown',
      'venue',
      'The venue announces the end of the socket, for its age or a restart, then closes it.',
      [never('closes without a word; see maintenance'), 'FEED_UPSTREAM', never('closes without a word')],
    ),
    keepsBooks: true,
  },
  fault('huge-snapshot', 'venue', 'A snapshot of 20 MB.', [
    never('1,000 levels a side at most'),
    never('5,000 levels a side at most'),
    'harmless',
  ]),
  fault('halt', 'venue', 'The venue stops trading of a symbol for 20 s.', ['halted', NO_NOTICE, 'halted'], 20_000_000),
  fault('delist', 'venue', 'The venue takes a symbol off its list.', ['halted', NO_NOTICE, ['halted', REFUSED]]),
  fault('precision-change', 'venue', 'A price has one decimal more than the listing says.', [
    ['FEED_PROTOCOL', 'FEED_CHECKSUM_MISMATCH'],
    never('8 decimals always'),
    'FEED_PROTOCOL',
  ]),
  fault('maintenance', 'venue', 'The venue says it is in maintenance, then closes every socket.', [
    ['FEED_UPSTREAM', 'FEED_TRANSPORT', 'halted'],
    never('says so by serverShutdown; see shutdown'),
    never('closes without a word'),
  ]),
] as const
