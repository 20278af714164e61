import type { Config } from '../config.ts'
import type { Metrics } from '../metrics.ts'
import type { Turnstile } from '../routes/router.ts'
import { type Gatekeeper, gatekeeper, refusalNote } from './gatekeeper.ts'
import type { Surroundings } from './kept-file.ts'
import { OperatorToken } from './operator.ts'
import { readSecret } from './secret.ts'
import { turnstile } from './turnstile.ts'

/** Who looks at whoever comes: at a door, or with a plain request. */
export type Guards = {
  readonly gatekeeper: Gatekeeper
  readonly turnstile: Turnstile
  /** Signs resume tokens; undefined where nobody else has to know it. */
  readonly resumeSecret: string | undefined
}

/** The guards that the configuration names. Throws ConfigError, in one line, for a file that cannot be used. */
export function guards(config: Config, surroundings: Surroundings & { readonly metrics: Metrics }): Guards {
  const { auth: modes, origins, jwtIssuer: issuer, jwtAudience: audience, adminTokenFile, resumeSecretFile } = config
  const keeper = gatekeeper({ modes, origins, issuer, audience }, surroundings)
  const operator = adminTokenFile === undefined ? undefined : new OperatorToken(adminTokenFile, surroundings)
  return {
    gatekeeper: keeper,
    turnstile: turnstile({ gatekeeper: keeper, operator, isOpen: modes.length === 0, note: refusalNote(surroundings) }),
    resumeSecret: resumeSecretFile === undefined ? undefined : readSecret(resumeSecretFile),
  }
}
