import { ProtocolError } from '@depthcast/protocol'

/** For the words of the refusal, `or` is what else the caller takes, and `of` what is counted. */
type Allowed = {
  readonly fallback: number
  readonly min: number
  readonly max: number
  readonly or?: string
  readonly of?: string
}

/** What stands behind the first question mark of an address, all of it. */
export function queryOf(address: string): URLSearchParams {
  const at = address.indexOf('?')
  return new URLSearchParams(at < 0 ? '' : address.slice(at + 1))
}

/** A whole number of the query between `min` and `max`. Throws ProtocolError 422 for anything else. */
export function wholeOf(query: URLSearchParams, name: string, { fallback, min, max, or, of }: Allowed): number {
  const text = query.get(name)
  if (text === null) return fallback
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw new ProtocolError(
    'unsupported',
    `${name} must be a whole number${of === undefined ? '' : ` of ${of}`} from ${min} to ${max}${or === undefined ? '' : `, or ${or}`}`,
  )
}

/** Throws ProtocolError 422 for a parameter that is not one of these, or is there twice: ignoring it would look as if it had worked. */
export function refuseUnknown(query: URLSearchParams, allowed: readonly string[]): void {
  for (const name of query.keys()) {
    if (!allowed.includes(name))
      throw new ProtocolError(
        'unsupported',
        `unknown parameter ${JSON.stringify(name.slice(0, 32))}; allowed: ${allowed.join(', ') || 'none'}`,
      )
    if (query.getAll(name).length > 1) throw new ProtocolError('unsupported', `${name} is given more than once`)
  }
}
