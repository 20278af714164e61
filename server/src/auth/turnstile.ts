import type { IncomingMessage, ServerResponse } from 'node:http'
import { ProtocolError } from '@depthcast/protocol'
import type { Access, Turnstile } from '../routes/router.ts'
import { bearerOf } from './bearer.ts'
import { ANYONE, type Gatekeeper } from './gatekeeper.ts'
import type { Identity } from './identity.ts'
import type { OperatorToken } from './operator.ts'

export type TurnstileParts = {
  readonly gatekeeper: Gatekeeper
  /** Undefined where there is no operators' token. */
  readonly operator: OperatorToken | undefined
  /** True where nobody has to say who they are. */
  readonly isOpen: boolean
  /** Told who was refused at the operators' pages; the gatekeeper tells of the others by itself. */
  readonly note?: (error: unknown, where: { readonly address: string }) => void
}

const OPERATOR: Identity = { ...ANYONE, name: 'operator' }

/** Plain requests come in as connections do: by the bearer of their `Authorization`, from the pages that may. */
export function turnstile({ gatekeeper, operator, isOpen, note }: TurnstileParts): Turnstile {
  return {
    async pass(request, response, access) {
      try {
        return await identify(request, access)
      } catch (error) {
        // RFC 9110, section 11.6.1: a 401 says how to do better.
        if (error instanceof ProtocolError && error.code === 401) response.setHeader('www-authenticate', 'Bearer')
        throw error
      }
    },
    preflight: (_request, response) => preflight(response),
  }

  async function identify(request: IncomingMessage, access: Access): Promise<Identity> {
    if (access === 'open') return ANYONE
    const token = bearerOf(request.headers.authorization)
    const address = request.socket.remoteAddress ?? ''
    if (access === 'client') {
      const { origin, host } = request.headers
      return gatekeeper.identify({ origin, host, address }, token)
    }
    if (access === 'scraper' && isOpen) return ANYONE
    if (operator === undefined)
      throw new ProtocolError('forbidden', "the operators' pages are shut: start the gateway with --admin-token-file")
    try {
      operator.check(token)
    } catch (error) {
      note?.(error, { address })
      throw error
    }
    return OPERATOR
  }
}

/** Answers a browser that asks whether a page may ask; whether it may read the answer is said with every answer. */
export function preflight(response: ServerResponse): void {
  response.setHeader('access-control-allow-methods', 'GET, HEAD')
  response.setHeader('access-control-allow-headers', 'authorization, if-none-match, last-event-id')
  response.setHeader('access-control-max-age', '600')
  response.writeHead(204, { allow: 'GET, HEAD, OPTIONS' }).end()
}
