/** Which pages may use the gateway: any, or these besides its own. */
export type Origins = '*' | readonly string[]

/**
 * True for a page that may. No origin is no browser: it says who it is by other means, or need not.
 *
 * Without a list the page must come from the very host it asks, port included; its scheme may differ, as a proxy may have taken the TLS off.
 * `null`, which sandboxed pages and files say, is nobody's host, and allowed only by its name.
 */
export function isAllowedOrigin(origins: Origins, origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined || origins === '*') return true
  if (origins.includes(origin.toLowerCase())) return true
  const page = URL.parse(origin)
  if (page === null || page.host === '' || host === undefined || !HOST.test(host)) return false
  return page.host === URL.parse(`${page.protocol}//${host}`)?.host
}

/** A name or an address, and a port: nothing that would make another URL of it. */
const HOST = /^[\w.:[\]-]+$/

/** `https://app.example.com` as browsers say it; undefined for what is no origin. */
export function readOrigin(text: string): string | undefined {
  if (text === 'null') return text
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined
  return url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' ? url.origin : undefined
}
