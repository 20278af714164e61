import type { WireError } from '@depthcast/protocol'

/** What was asked for and refused, or could not be reached. `errno` where it was the system that said so. */
export class ClientFailed extends Error {
  readonly errno: string | undefined
  readonly slug: string | undefined

  constructor(
    message: string,
    { errno, slug }: { readonly errno?: string | undefined; readonly slug?: string | undefined } = {},
  ) {
    super(message)
    this.errno = errno
    this.slug = slug
  }
}

/** A refusal in the protocol's words. */
export function failed({ message, slug, code }: WireError): ClientFailed {
  return new ClientFailed(`${message} (${code})`, { slug })
}

/** An HTTP answer where a connection was wanted: an error of the protocol as JSON, or whatever it is. */
export function refusal(status: number, body: string): ClientFailed {
  const [, json] = /(\{.*\})/s.exec(body) ?? []
  try {
    const { error } = JSON.parse(json ?? '') as { readonly error?: WireError }
    if (error !== undefined) return failed(error)
  } catch {
    // Not ours: said as it came.
  }
  const said = body.trim().replaceAll(/\s+/g, ' ').slice(0, 200)
  return new ClientFailed(`the server answered HTTP ${status}${said === '' ? '' : `: ${said}`}`, {
    slug: `http-${status}`,
  })
}
