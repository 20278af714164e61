import { CHANNEL_NAMES } from '@depthcast/protocol'
import type { Metrics } from '../metrics.ts'
import type { Handshake } from '../transport.ts'
import { ApiKeys, KEY_PREFIX } from './api-keys.ts'
import type { AuthMode } from './auth-modes.ts'
import type { Identity } from './identity.ts'
import { type JwtRules, Jwts } from './jwt.ts'
import { readJwtKeys, remoteJwtKeys } from './jwt-keys.ts'
import { KeptFile, type Surroundings } from './kept-file.ts'
import { isAllowedOrigin, type Origins } from './origins.ts'
import { Refusal } from './refusal.ts'

/** Decides who may come in. */
export type Gatekeeper = {
  /**
   * Who this is. `token` is what the client said in its handshake, or the bearer of its `Authorization` header.
   *
   * Rejects with ProtocolError 401 for a token that is missing, wrong or expired, 403 for an origin that is not allowed, 503 where the keys
   * that would tell cannot be had.
   */
  identify(handshake: Pick<Handshake, 'origin' | 'host' | 'address'>, token: string | undefined): Promise<Identity>
}

export const ANYONE: Identity = {
  name: 'anyone',
  key: undefined,
  entitlements: { symbols: ['*'], channels: CHANNEL_NAMES, maxDepth: 'all', minRateMs: 0 },
}

/** Lets everyone in, with everything. */
export const openHouse: Gatekeeper = { identify: () => Promise.resolve(ANYONE) }

export type GateRules = JwtRules & { readonly modes: readonly AuthMode[]; readonly origins: Origins }

/** What a handshake may hold, and a header just the same. */
const MAX_TOKEN = 4096

/** The door's keeper for these rules; without a mode everyone may come in whose page may. Throws ConfigError for a file that cannot be used. */
export function gatekeeper(rules: GateRules, surroundings: Surroundings & { readonly metrics: Metrics }): Gatekeeper {
  const { modes, origins } = rules
  const keys = modes.flatMap((mode) => (mode.kind === 'keys' ? [new ApiKeys(mode.file, surroundings)] : []))
  const jwts = modes.flatMap((mode) => (mode.kind === 'jwt' ? [jwtsOf(mode.source, rules, surroundings)] : []))
  const note = refusalNote(surroundings)

  return {
    async identify({ origin, host, address }, token) {
      try {
        if (!isAllowedOrigin(origins, origin, host))
          throw new Refusal('origin', 'pages of this origin may not use the gateway; its operator can allow them')
        return modes.length === 0 ? ANYONE : await byToken(token)
      } catch (error) {
        note(error, { address, origin })
        throw error
      }
    },
  }

  async function byToken(token: string | undefined): Promise<Identity> {
    if (token === undefined) throw new Refusal('missing', 'this gateway wants a token')
    if (token.length > MAX_TOKEN) throw new Refusal('malformed', `a token has at most ${MAX_TOKEN} characters`)
    const sources = token.startsWith(KEY_PREFIX) ? keys : jwts
    if (sources.length === 0) throw new Refusal('unknown', `this gateway knows no tokens of that kind, only ${kinds()}`)
    return firstKnown(sources, token)
  }

  function kinds(): string {
    return [...(keys.length > 0 ? ['API keys'] : []), ...(jwts.length > 0 ? ['JSON Web Tokens'] : [])].join(' and ')
  }
}

/** Counts and logs that someone was refused; an error that is none is passed over. */
export function refusalNote({ metrics, log }: Pick<Surroundings, 'log'> & { readonly metrics: Metrics }) {
  return (error: unknown, { address, origin }: Where): void => {
    if (!(error instanceof Refusal)) return
    const { reason } = error
    metrics.add('depthcast_auth_refusals_total', 1, reason)
    log.info({ reason, address, ...(reason === 'origin' ? { origin: origin?.slice(0, 128) } : {}) }, 'auth.refused')
  }
}

type Where = { readonly address: string; readonly origin?: string | undefined }

/** The first source that knows the token. What the others said counts only where none does, the most telling first. */
async function firstKnown(sources: readonly (ApiKeys | Jwts)[], token: string): Promise<Identity> {
  const refusals: Refusal[] = []
  for (const source of sources) {
    try {
      return await source.identify(token)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refusals.push(error)
    }
  }
  throw refusals.find(({ reason }) => reason !== 'unknown' && reason !== 'signature') ?? refusals[0]
}

function jwtsOf(source: string | URL, rules: JwtRules, surroundings: Surroundings): Jwts {
  if (source instanceof URL) {
    const remote = remoteJwtKeys(source)
    return new Jwts(() => remote, rules, surroundings)
  }
  const file = new KeptFile(source, readJwtKeys, surroundings)
  return new Jwts(() => file.content, rules, surroundings)
}
