import { FeedConfigError } from '@depthcast/feeds'
import type { ClientFailed } from './client-failed.ts'
import type { Target } from './load-client.ts'

/** Reads a gateway's address. Throws FeedConfigError for one that is no http address, or is elsewhere and was not asked for in so many words. */
export function targetOf(
  url: string,
  { remote, token }: { readonly remote: boolean; readonly token: string | undefined },
): Target {
  const parsed = URL.parse(url)
  if (parsed === null || parsed.protocol !== 'http:') {
    const tls = parsed?.protocol === 'https:' ? ' (TLS is not spoken: go behind the proxy that ends it)' : ''
    throw new FeedConfigError(`--url ${url} is not http://host:port of a gateway${tls}`)
  }
  const { hostname, port, pathname } = parsed
  const host = hostname.replace(/^\[|\]$/g, '')
  if (!remote && !isLoopback(host)) {
    throw new FeedConfigError(
      `${host} is not this machine: a load test may look like an attack there. If it is yours, say --yes-remote`,
    )
  }
  return {
    host,
    port: port === '' ? 80 : Number(port),
    path: pathname.replace(/\/+$/, ''),
    ...(token !== undefined && { token }),
  }
}

/** The instruments a gateway lists, by id. Throws FeedConfigError, saying what to do, where it cannot be asked. */
export async function instrumentsOf({ host, port, path, token }: Target): Promise<readonly string[]> {
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  let response: Response
  try {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    response = await fetch(`${origin}${path}/v1/instruments`, { headers, signal: AbortSignal.timeout(5000) })
  } catch (error) {
    const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined
    throw new FeedConfigError(unreachable(origin, cause?.code ?? cause?.message ?? (error as Error).name), error)
  }
  const body: unknown = await response.json().catch(() => undefined)
  if (response.status === 401 || response.status === 403) {
    throw new FeedConfigError(`${origin} wants to know who you are (HTTP ${response.status}): say --token <token>`)
  }
  if (!response.ok || !Array.isArray(body)) {
    throw new FeedConfigError(`${origin} is no Depthcast gateway: its /v1/instruments answered HTTP ${response.status}`)
  }
  return body.map(({ id }: { readonly id: string }) => id)
}

/** The ids meant by `BTC-USD` or `kraken:BTC-USD`; all where none is named. Throws FeedConfigError for one that is not listed. */
export function chooseSymbols(listed: readonly string[], wanted: readonly string[] | undefined): readonly string[] {
  if (listed.length === 0)
    throw new FeedConfigError('the gateway lists no instruments yet: its feed may still be connecting')
  if (wanted === undefined) return listed
  return wanted.flatMap((name) => {
    const found = listed.filter((id) => same(id, name) || same(id.slice(id.indexOf(':') + 1), name))
    if (found.length === 0) throw new FeedConfigError(`the gateway has no ${name}: it lists ${shortened(listed)}`)
    return found
  })
}

/** What a client that could not connect means, and what to do. */
export function advice(
  { message, errno, slug }: ClientFailed,
  { host, port, count }: { host: string; port: number; count: number },
): string {
  if (errno === 'EMFILE' || errno === 'ENFILE') {
    return `too many open files for ${count} clients: raise the limit first, ulimit -n ${count + 1000}, here and for the gateway`
  }
  if (errno === 'EADDRNOTAVAIL') {
    return `no free ports left for ${count} clients of one address: fewer, or a wider net.ipv4.ip_local_port_range`
  }
  if (errno !== undefined) return unreachable(`http://${host}:${port}`, errno)
  if (slug === 'protocol-version') return `${message}: use the depthcast-sim of the gateway's version`
  return message
}

function unreachable(origin: string, code: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return `nothing listens at ${origin}: start a gateway with npm start, or say where it is with --url`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${origin}: there is no such host`
    case 'TimeoutError':
      return `${origin} does not answer within 5 s`
    default:
      return `${origin} cannot be reached: ${code}`
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

function shortened(names: readonly string[]): string {
  const shown = names.slice(0, 12).join(', ')
  return names.length > 12 ? `${shown} and ${names.length - 12} more` : shown
}
