import type { VenueOptions } from './venue.ts'

/**
 * Reads where venues are to be found instead of their own addresses: one origin for all of `names`, or `kraken=<origin>,binance=<origin>`.
 *
 * An origin is `http://127.0.0.1:9100`, with any of http, https, ws and wss: sockets go to the same host, over TLS where the origin has it.
 * Undefined for anything else, and for a venue that is not among `names`.
 */
export function readVenueUrls(
  text: string,
  names: readonly string[],
): { readonly [venue: string]: VenueOptions } | undefined {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.length === 1 && !text.includes('=')) {
    const found = origins(parts[0]!)
    return found && Object.fromEntries(names.map((name) => [name, found]))
  }
  const venues = new Map<string, VenueOptions>()
  for (const part of parts) {
    const [, name = '', url = ''] = /^([a-z0-9]+)=(.+)$/i.exec(part) ?? []
    const found = origins(url)
    if (found === undefined || !names.includes(name.toLowerCase())) return undefined
    venues.set(name.toLowerCase(), found)
  }
  return Object.fromEntries(venues)
}

function origins(text: string): VenueOptions | undefined {
  const url = URL.parse(text)
  const schemes = url === null ? undefined : SCHEMES.get(url.protocol)
  if (url === null || schemes === undefined || url.host === '') return undefined
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '')
    return undefined
  return { wsUrl: `${schemes.ws}//${url.host}`, httpUrl: `${schemes.http}//${url.host}` }
}

const PLAIN = { ws: 'ws:', http: 'http:' } as const
const SECURE = { ws: 'wss:', http: 'https:' } as const
const SCHEMES = new Map<string, typeof PLAIN | typeof SECURE>([
  ['http:', PLAIN],
  ['ws:', PLAIN],
  ['https:', SECURE],
  ['wss:', SECURE],
])
