import type { WireError } from './wire.ts'

/** May the same request be sent again: never as it is, after a while, or on a new connection. */
export type Retry = 'no' | 'later' | 'reconnect'

export type ErrorRow = {
  readonly code: number
  readonly slug: string
  readonly retry: Retry
  /** Present where the connection ends: each time, or when the client keeps doing it. */
  readonly closes?: { readonly code: number; readonly when: 'always' | 'repeated' }
}

/** Every error a client can be told, and nothing else: docs/errors.md lists the same rows with the words of `error-words.ts`. Numbers follow Alpaca's where it has the case. */
export const ERRORS = [
  { code: 400, slug: 'bad-request', retry: 'no', closes: { code: 4000, when: 'repeated' } },
  { code: 401, slug: 'unauthorized', retry: 'no', closes: { code: 4001, when: 'always' } },
  { code: 403, slug: 'forbidden', retry: 'no' },
  { code: 404, slug: 'unknown-symbol', retry: 'no' },
  { code: 405, slug: 'symbol-limit', retry: 'no' },
  { code: 406, slug: 'connection-limit', retry: 'reconnect', closes: { code: 4106, when: 'always' } },
  { code: 407, slug: 'slow-client', retry: 'reconnect', closes: { code: 4107, when: 'always' } },
  { code: 408, slug: 'timeout', retry: 'reconnect', closes: { code: 4108, when: 'always' } },
  { code: 409, slug: 'plan', retry: 'no' },
  { code: 410, slug: 'unknown-sub', retry: 'no' },
  { code: 413, slug: 'too-big', retry: 'no', closes: { code: 4013, when: 'always' } },
  { code: 422, slug: 'unsupported', retry: 'no' },
  { code: 426, slug: 'protocol-version', retry: 'no', closes: { code: 4026, when: 'always' } },
  { code: 429, slug: 'rate-limited', retry: 'later', closes: { code: 4129, when: 'repeated' } },
  { code: 500, slug: 'internal', retry: 'later', closes: { code: 4100, when: 'repeated' } },
  { code: 502, slug: 'history-unavailable', retry: 'later' },
  { code: 503, slug: 'not-ready', retry: 'later' },
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
