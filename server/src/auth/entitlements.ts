import { type ChannelName, ProtocolError } from '@depthcast/protocol'
import type { Entitlements } from './identity.ts'

/** True where the instrument fits one of the patterns. */
export function maySee({ symbols }: Entitlements, symbol: string): boolean {
  return symbols.some((pattern) => fits(pattern, symbol))
}

/** Throws ProtocolError 403, naming what may be had, for a channel or an instrument that may not. */
export function refuseForbidden(entitlements: Entitlements, channel: ChannelName, symbol: string): void {
  const { channels, symbols } = entitlements
  if (!channels.includes(channel))
    throw new ProtocolError('forbidden', `the channel ${channel} is not yours: you may have ${some(channels)}`)
  if (!maySee(entitlements, symbol))
    throw new ProtocolError('forbidden', `${symbol.slice(0, 64)} is not yours: you may have ${some(symbols)}`)
}

/** The lesser of the two depths. */
export function shallower(one: number | 'all', other: number | 'all'): number | 'all' {
  if (one === 'all') return other
  return other === 'all' ? one : Math.min(one, other)
}

/**
 * `*` is any run of characters, everything else itself; case counts. Goes through the text once, taking each part of the pattern where it
 * first comes: no pattern and no name makes it slow, as a regular expression could.
 */
function fits(pattern: string, text: string): boolean {
  const [first = '', ...parts] = pattern.split('*')
  const last = parts.pop()
  if (last === undefined) return text === pattern
  if (!text.startsWith(first) || !text.endsWith(last)) return false
  let from = first.length
  for (const part of parts) {
    const at = text.indexOf(part, from)
    if (at < 0) return false
    from = at + part.length
  }
  return from <= text.length - last.length
}

/** As many as a refusal can hold. */
const NAMED = 8

function some(items: readonly string[]): string {
  if (items.length === 0) return 'none'
  return items.slice(0, NAMED).join(', ') + (items.length > NAMED ? `, and ${items.length - NAMED} more` : '')
}
