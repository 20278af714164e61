import { ERRORS, type WireError } from '@depthcast/protocol'

/** What the client itself finds wrong, beside the codes of the server's table. */
export type ClientErrorSlug =
  | 'bad-url'
  | 'bad-option'
  | 'closed'
  | 'connect-failed'
  | 'no-token'
  | 'connection-lost'
  | 'silent'
  | 'unanswered'
  | 'malformed-message'
  | 'chain-broken'
  | 'checksum-mismatch'
  | 'http'

/**
 * Every error the client throws, rejects with or reports.
 *
 * `code` is the server's (docs/errors.md) where the server refused; 0 where the client itself found the fault, and `slug` says which.
 */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: number
  readonly slug: string
  readonly retryAfterMs: number | undefined

  constructor(slug: ClientErrorSlug, message: string, options?: ErrorOptions)
  constructor(refusal: WireError)
  constructor(what: ClientErrorSlug | WireError, message?: string, options?: ErrorOptions) {
    super(typeof what === 'string' ? message : what.message, options)
    this.code = typeof what === 'string' ? 0 : what.code
    this.slug = typeof what === 'string' ? what : what.slug
    this.retryAfterMs = typeof what === 'string' ? undefined : what.retryAfterMs
  }
}

/** Whether what was refused with this code may be granted later; a code of a newer server may. */
export function isWorthRetrying(code: number): boolean {
  return ERRORS.find((row) => row.code === code)?.retry !== 'no'
}
