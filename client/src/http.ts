import { ClientError } from './errors.ts'

/** One row of `GET /v1/instruments`. Sizes are decimal strings. */
export type InstrumentDescription = {
  readonly id: string
  readonly venue: string
  readonly venueSymbol: string
  readonly base: string
  readonly quote: string
  readonly tickSize: string
  readonly lotSize: string
  readonly state: string
}

/** The server's address as one of HTTP. Throws ClientError for anything but an http(s) or ws(s) URL. */
export function serverUrl(url: string | URL): URL {
  const text = String(url)
  if (!URL.canParse(text))
    throw new ClientError('bad-url', `not a URL: ${JSON.stringify(text)}; expected one like http://127.0.0.1:8080`)
  const parsed = new URL(text.replace(/^ws/i, 'http'))
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    throw new ClientError('bad-url', `${parsed.protocol} cannot be connected to; use http, https, ws or wss`)
  }
  return parsed
}

/** Rejects with ClientError when the server cannot be reached or does not answer as it should. */
export async function fetchInstruments(url: URL, token?: string): Promise<readonly InstrumentDescription[]> {
  const address = new URL(`${url.pathname.replace(/\/$/, '')}/v1/instruments`, url)
  let response: Response
  try {
    response = await fetch(address, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })
  } catch (cause) {
    throw new ClientError('http', `could not fetch ${address.href}`, { cause })
  }
  if (!response.ok) throw new ClientError('http', `${address.href} answered ${response.status}`)
  const rows: unknown = await response.json()
  if (!Array.isArray(rows)) throw new ClientError('http', `${address.href} did not answer with a list`)
  return rows as readonly InstrumentDescription[]
}
