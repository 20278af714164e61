import { ProtocolError } from '@depthcast/protocol'

/** A whole number of the query between `min` and `max`. Throws ProtocolError 422 for anything else. */
export function wholeOf(
  query: URLSearchParams,
  name: string,
  { fallback, min, max }: { readonly fallback: number; readonly min: number; readonly max: number },
): number {
  const text = query.get(name)
  if (text === null) return fallback
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw new ProtocolError('unsupported', `${name} must be a whole number from ${min} to ${max}`)
}

/** Throws ProtocolError 422 for a parameter that is not one of these: ignoring it would look as if it had worked. */
export function refuseUnknown(query: URLSearchParams, allowed: readonly string[]): void {
  for (const name of query.keys()) {
    if (!allowed.includes(name))
      throw new ProtocolError(
        'unsupported',
        `unknown parameter ${JSON.stringify(name.slice(0, 32))}; allowed: ${allowed.join(', ') || 'none'}`,
      )
  }
}
