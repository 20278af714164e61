import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose'
import { entitlementsOf, readClaims } from './claims.ts'
import type { Identity } from './identity.ts'
import type { JwtKeys } from './jwt-keys.ts'
import type { Surroundings } from './kept-file.ts'
import { Refusal } from './refusal.ts'

export type JwtRules = {
  /** What `iss` must be. */
  readonly issuer: string | undefined
  /** What `aud` must be, or hold. */
  readonly audience: string | undefined
}

/** How far the issuer's clock may be from ours, seconds. */
const TOLERANCE_S = 5
/** As long as a name in a log may be. */
const MAX_SUBJECT = 128

/** Tokens signed by someone we trust: `sub` says who it is, `exp` until when, `depthcast` what they may have. */
export class Jwts {
  readonly #keys: () => JwtKeys
  readonly #rules: JwtRules
  readonly #surroundings: Surroundings

  constructor(keys: () => JwtKeys, rules: JwtRules, surroundings: Surroundings) {
    this.#keys = keys
    this.#rules = rules
    this.#surroundings = surroundings
  }

  /** Whose token this is. Rejects with Refusal: malformed, unknown (no such key id), signature, expired, claims, unavailable. */
  async identify(token: string): Promise<Identity> {
    const { sub = '', exp = 0, depthcast } = await this.#verified(token)
    if (sub === '' || sub.length > MAX_SUBJECT)
      throw new Refusal('claims', `sub must be a string of 1 to ${MAX_SUBJECT} characters`)
    const name = `sub:${sub}`
    return { name, key: name, entitlements: entitlementsOf(claimsOf(depthcast)), expiresAt: exp * 1_000_000 }
  }

  async #verified(token: string): Promise<JWTPayload> {
    const { algorithms, key } = this.#keys()
    const { issuer, audience } = this.#rules
    const options: JWTVerifyOptions = {
      algorithms: [...algorithms],
      requiredClaims: ['exp', 'sub'],
      clockTolerance: TOLERANCE_S,
      currentDate: new Date(this.#surroundings.clock.now() / 1000),
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    }
    try {
      return (await jwtVerify(token, key, options)).payload
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw this.#refusal(error, algorithms)
      return this.#byAnyOf(error, token, options)
    }
  }

  /** The token names no key, and several are of its kind: one of them must fit. */
  async #byAnyOf(keys: errors.JWKSMultipleMatchingKeys, token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    for await (const key of keys) {
      try {
        return (await jwtVerify(token, key, options)).payload
      } catch (error) {
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw this.#refusal(error, options.algorithms)
      }
    }
    throw new Refusal('signature', 'no key of the set made it')
  }

  /** What the library found wrong, in our words: its own may quote the token. */
  #refusal(error: unknown, algorithms: readonly string[] = []): Error {
    if (error instanceof errors.JWTExpired) return new Refusal('expired', 'the token was valid until its exp')
    if (error instanceof errors.JWTClaimValidationFailed)
      return new Refusal('claims', CLAIM_FAULTS[error.claim] ?? 'a claim is missing or wrong')
    if (error instanceof errors.JWSSignatureVerificationFailed)
      return new Refusal('signature', 'it was made with another key, or changed since')
    if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported)
      return new Refusal('signature', `alg must be one of ${algorithms.join(', ')}`)
    if (error instanceof errors.JWKSNoMatchingKey) return new Refusal('unknown', 'no key with its kid and alg')
    if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid)
      return new Refusal('malformed', 'not a signed JSON Web Token')
    // What is left is the key set's: not to be had, or not to be read.
    this.#surroundings.log.error(
      { reason: error instanceof Error ? error.message : String(error) },
      'auth.keys-unavailable',
    )
    return new Refusal('unavailable', 'the keys that would verify the token cannot be had; try again later')
  }
}

function claimsOf(claim: unknown): ReturnType<typeof readClaims> {
  try {
    return readClaims(claim)
  } catch (error) {
    throw new Refusal('claims', `depthcast: ${(error as Error).message}`)
  }
}

const CLAIM_FAULTS: Readonly<Record<string, string>> = {
  exp: 'exp is required, seconds since 1970',
  sub: 'sub is required, a string',
  nbf: 'the token is not valid yet, by its nbf',
  iss: 'iss is not the issuer that this gateway trusts',
  aud: 'aud does not name this gateway',
  iat: 'iat must be a number',
}
