import type { WireError } from './message.ts'

/** May the same request be sent again: never as it is, after a while, or on a new connection. */
export type Retry = 'no' | 'later' | 'reconnect'

export type ErrorRow = {
  readonly code: number
  readonly slug: string
  /** For people: what happened. */
  readonly meaning: string
  /** For people: what to do about it. */
  readonly recovery: string
  readonly retry: Retry
  /** Present where the connection ends: each time, or when the client keeps doing it. */
  readonly closes?: { readonly code: number; readonly when: 'always' | 'repeated' }
}

/** Every error a client can be told, and nothing else: docs/errors.md lists the same rows. Numbers follow Alpaca's where it has the case. */
export const ERRORS = [
  {
    code: 400,
    slug: 'bad-request',
    meaning:
      'The message cannot be read: not msgpack or JSON, a field missing, unknown, or of the wrong type; or a resume token was made elsewhere.',
    recovery: 'Fix the message; the text names the field and what was expected.',
    retry: 'no',
    closes: { code: 4000, when: 'repeated' },
  },
  {
    code: 401,
    slug: 'unauthorized',
    meaning: 'The token is missing, wrong, withdrawn or expired, also while connected.',
    recovery: 'Connect again with a valid token in the handshake.',
    retry: 'no',
    closes: { code: 4001, when: 'always' },
  },
  {
    code: 403,
    slug: 'forbidden',
    meaning: 'This token may not have that symbol or channel, or a page of this origin may not connect.',
    recovery: 'Ask for what the token is entitled to, which the text names; an origin is allowed at the server.',
    retry: 'no',
  },
  {
    code: 404,
    slug: 'unknown-symbol',
    meaning: 'No feed of this server carries that instrument.',
    recovery: 'Use an id from the list of instruments.',
    retry: 'no',
  },
  {
    code: 405,
    slug: 'symbol-limit',
    meaning: 'The session holds as many subscriptions as it may, or one request names too many symbols.',
    recovery: 'Unsubscribe from something first, or ask in several requests; the limits are in `welcome`.',
    retry: 'no',
  },
  {
    code: 406,
    slug: 'connection-limit',
    meaning: 'This key or address has as many connections as it may, or the server is full; the text names the limit.',
    recovery: 'Close another connection, or come back later.',
    retry: 'reconnect',
    closes: { code: 4106, when: 'always' },
  },
  {
    code: 407,
    slug: 'slow-client',
    meaning: 'The client took nothing for too long, even after its views were conflated and slowed.',
    recovery: 'Reconnect with backoff; ask for fewer views, less depth or a lower rate.',
    retry: 'reconnect',
    closes: { code: 4107, when: 'always' },
  },
  {
    code: 408,
    slug: 'timeout',
    meaning: 'The client did not finish its handshake within `handshakeMs`.',
    recovery: 'Reconnect with backoff, and say the handshake at once.',
    retry: 'reconnect',
    closes: { code: 4108, when: 'always' },
  },
  {
    code: 409,
    slug: 'plan',
    meaning: 'The plan behind this token does not include what was asked for.',
    recovery: 'Ask for what the plan includes; the text names it.',
    retry: 'no',
  },
  {
    code: 410,
    slug: 'unknown-sub',
    meaning: 'The sub is not, or no longer, one of this session.',
    recovery: 'List the subs; subscribe again if it should be there.',
    retry: 'no',
  },
  {
    code: 413,
    slug: 'too-big',
    meaning: 'The message is larger than the session may send.',
    recovery: 'Send smaller messages; the limit is in `welcome`.',
    retry: 'no',
    closes: { code: 4013, when: 'always' },
  },
  {
    code: 422,
    slug: 'unsupported',
    meaning:
      'A value is well formed but not one the server offers, or not any more, such as a resume token that has ended.',
    recovery: 'Choose from what the text says is allowed.',
    retry: 'no',
  },
  {
    code: 426,
    slug: 'protocol-version',
    meaning: 'The client speaks another version of the protocol.',
    recovery: 'Use a client for the version the text names.',
    retry: 'no',
    closes: { code: 4026, when: 'always' },
  },
  {
    code: 429,
    slug: 'rate-limited',
    meaning: 'The session sends more messages, or asks for more symbols, a second than it may.',
    recovery: 'Wait `retryAfterMs`, then send more slowly.',
    retry: 'later',
    closes: { code: 4129, when: 'repeated' },
  },
  {
    code: 500,
    slug: 'internal',
    meaning: 'Something broke on the server; it is logged there.',
    recovery: 'Try again after a while.',
    retry: 'later',
    closes: { code: 4100, when: 'repeated' },
  },
  {
    code: 503,
    slug: 'not-ready',
    meaning: 'The server is starting, stopping, has no data for this yet, or publishes as many views as it may.',
    recovery: 'Try again after `retryAfterMs`, or after a second.',
    retry: 'later',
  },
] as const satisfies readonly ErrorRow[]

export type ErrorSlug = (typeof ERRORS)[number]['slug']

/** What a client does after a close: nothing, come back with growing pauses, or come back at once. */
export type AfterClose = 'stop' | 'backoff' | 'at-once'

/** Sent with the close when the gateway drains, after `shutdown`: the one close that is nobody's error. */
export const DRAINING = { code: 4200, slug: 'draining' } as const

/** Every close code the server uses. 4000–4099 stop, 4100–4199 come back with growing pauses, 4200–4299 come back at once. */
export const CLOSE_CODES: readonly { readonly code: number; readonly slug: string }[] = [
  ...ERRORS.flatMap((row: ErrorRow) => (row.closes ? [{ code: row.closes.code, slug: row.slug }] : [])),
  DRAINING,
]

/** The client's next move; a number outside 4000–4299 is the network's, so: come back with growing pauses. */
export function afterClose(code: number): AfterClose {
  if (code >= 4000 && code < 4100) return 'stop'
  if (code >= 4200 && code < 4300) return 'at-once'
  return 'backoff'
}

/** What a client is told when it asked for something it cannot have. Says only what is safe to send: `message` goes on the wire. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code: number
  readonly slug: ErrorSlug
  readonly retry: Retry
  readonly closes: ErrorRow['closes']
  readonly retryAfterMs: number | undefined

  constructor(
    slug: ErrorSlug,
    message: string,
    options: { readonly retryAfterMs?: number; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    const row: ErrorRow = errorRow(slug)
    this.slug = slug
    this.code = row.code
    this.retry = row.retry
    this.closes = row.closes
    this.retryAfterMs = options.retryAfterMs
  }

  toWire(): WireError {
    const { code, slug, message, retryAfterMs } = this
    return retryAfterMs === undefined ? { code, slug, message } : { code, slug, message, retryAfterMs }
  }
}

export function errorRow(slug: ErrorSlug): ErrorRow {
  return ERRORS.find((row) => row.slug === slug) as ErrorRow
}

/** An update does not continue what the client holds. Recovery: drop the view and ask for a snapshot. */
export class ChainBroken extends Error {
  override readonly name = 'ChainBroken'
  readonly code = 'CHAIN_BROKEN'
  readonly recovery = 'snapshot'
}

/** The client's folded view is not the one the server sent. Recovery: drop the view and ask for a snapshot. */
export class ChecksumMismatch extends Error {
  override readonly name = 'ChecksumMismatch'
  readonly code = 'CHECKSUM_MISMATCH'
  readonly recovery = 'snapshot'
  readonly expected: number
  readonly computed: number

  constructor(expected: number, computed: number) {
    super(`expected checksum ${expected}, computed ${computed}`)
    this.expected = expected
    this.computed = computed
  }
}
