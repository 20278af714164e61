import { fault, never, UNSEEN } from './fault.ts'

const CLOSED = 'FEED_TRANSPORT'
const SILENT = 'FEED_STALE'
const LIMITED = 'FEED_RATE_LIMITED'
const SECOND = 1_000_000

const ONLY_BINANCE = never('its books are fetched by no request')

/** A socket, or every socket, or a request goes wrong; what the frames say is right. */
export const CONNECTION_FAULTS = [
  fault('delay', 'connection', 'Every frame comes up to 250 ms late, in order.', 'harmless', 10 * SECOND),
  fault('burst', 'connection', 'Frames come once a second, all at once.', 'harmless', 10 * SECOND),
  fault(
    'stall',
    'connection',
    'Nothing comes for 5 s, then everything at once.',
    [['harmless', SILENT], 'harmless', ['harmless', SILENT]],
    5 * SECOND,
  ),
  fault(
    'half-open',
    'connection',
    'The other end is gone without a word: nothing comes, nothing is answered, nothing closes.',
    // Binance may be silent for long: its book is held against a fetched one before the socket is given up.
    [SILENT, [SILENT, 'FEED_SEQUENCE_GAP', 'FEED_ORACLE_MISMATCH'], SILENT],
    600 * SECOND,
  ),
  fault('no-pong', 'connection', 'Pings of the client are not answered.', ['harmless', SILENT], 60 * SECOND),
  fault(
    'no-ping',
    'connection',
    "The venue's sign of life does not come: pings at Binance, heartbeats at the others.",
    // A ping that is lost is not answered, for which Binance closes with 1008, its word for a broken rule.
    [
      ['harmless', SILENT],
      [CLOSED, LIMITED, 'harmless', SILENT],
      ['harmless', SILENT],
    ],
    120 * SECOND,
  ),
  fault('close-1000', 'connection', 'The venue closes, all is well.', CLOSED),
  fault('close-1001', 'connection', 'The venue goes away.', [CLOSED, 'FEED_UPSTREAM']),
  fault('close-1006', 'connection', 'The connection is reset.', CLOSED),
  fault('close-1008', 'connection', 'The venue closes for a broken rule.', [CLOSED, LIMITED]),
  fault('close-1009', 'connection', 'The venue closes for a frame too big.', CLOSED),
  fault('close-1012', 'connection', 'The venue restarts.', [CLOSED, 'FEED_UPSTREAM']),
  fault('close-1013', 'connection', 'The venue is overloaded: try again later.', [CLOSED, 'FEED_UPSTREAM']),
  fault('reconnect-storm', 'connection', 'Every socket is reset at once.', CLOSED),
  fault('connect-refused', 'connection', 'A socket is refused with 403, too many attempts.', ['FEED_AUTH', LIMITED]),
  fault('connect-limited', 'connection', 'A socket is refused with 429 and Retry-After.', LIMITED),
  fault('slow-consumer', 'connection', 'The venue cuts a client that reads too slowly.', CLOSED),
  fault('http-500', 'http', 'A request is answered with 500.', CLOSED),
  fault('http-timeout', 'http', 'A request is answered after 30 s.', CLOSED),
  fault('http-slow', 'http', 'A request is answered after 1.5 s.', 'harmless'),
  fault('http-429', 'http', 'A request is answered with 429 and Retry-After.', LIMITED),
  fault('http-418', 'http', 'The address is banned with 418 and Retry-After.', [
    never('bans with 403 at the socket'),
    LIMITED,
    never('answers 429 only'),
  ]),
  fault('snapshot-old', 'venue', 'A fetched snapshot is older than the updates kept for it.', [
    ONLY_BINANCE,
    ['harmless', 'FEED_SEED_MISMATCH', 'FEED_SEQUENCE_GAP'],
    ONLY_BINANCE,
  ]),
  fault('snapshot-cached', 'venue', 'A fetched snapshot is the one fetched before, again.', [
    ONLY_BINANCE,
    ['harmless', 'FEED_SEED_MISMATCH', 'FEED_SEQUENCE_GAP'],
    ONLY_BINANCE,
  ]),
  fault('snapshot-inside', 'venue', 'A fetched snapshot ends inside an update, not between two.', [
    ONLY_BINANCE,
    'harmless',
    ONLY_BINANCE,
  ]),
  {
    ...fault(
      'outside-seed',
      'venue',
      'A fetched snapshot holds 20 levels a side, so that the market walks out of it.',
      [ONLY_BINANCE, ['harmless', 'FEED_ORACLE_MISMATCH'], ONLY_BINANCE],
    ),
    silent: { binance: UNSEEN.binance },
  },
] as const
