import { createPublicKey, type KeyObject } from 'node:crypto'
import { createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'

/** What verifies tokens, and with which algorithms alone: a token's own word for its algorithm never chooses the kind of key. */
export type JwtKeys = { readonly algorithms: readonly string[]; readonly key: JWTVerifyGetKey }

const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
const CURVES: Readonly<Record<string, string>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }
const EDWARDS = ['EdDSA', 'Ed25519']
/** A set of keys holds public ones only, so no algorithm with a shared secret. */
const PUBLIC = [...RSA, ...Object.values(CURVES), ...EDWARDS]

/** RFC 7518, section 3.2: a secret for HS256 is at least as long as its hash. */
const SECRET_BYTES = 32
/** RFC 7518, section 3.3. */
const RSA_BITS = 2048

/**
 * Reads a file of keys by what it holds: a set of them (JSON), a public key or certificate (PEM), or the secret of HS256 (printable text of 32
 * characters and up). Throws Error for anything else; the sentence holds nothing of the file.
 */
export function readJwtKeys(text: string): JwtKeys {
  const content = text.trim()
  if (content.startsWith('{')) return { algorithms: PUBLIC, key: setOf(content) }
  if (content.includes('-----BEGIN')) return publicKey(content)
  // A public key in binary, taken for a secret, would let in whoever knows it: everyone.
  if (!/^[\x20-\x7e]*$/.test(content))
    throw new Error(
      'neither a JSON Web Key Set, nor a public key in PEM, nor a secret in one line of printable characters',
    )
  if (content.length < SECRET_BYTES)
    throw new Error(`a secret of ${content.length} characters, at least ${SECRET_BYTES} are needed`)
  const secret = new TextEncoder().encode(content)
  return { algorithms: ['HS256'], key: () => secret }
}

/** The keys at an address: fetched when first needed and every ten minutes, and for an unknown key id at most twice a minute. */
export function remoteJwtKeys(url: URL): JwtKeys {
  const key = createRemoteJWKSet(url, { cooldownDuration: 30_000, cacheMaxAge: 600_000, timeoutDuration: 5000 })
  return { algorithms: PUBLIC, key }
}

function setOf(json: string): JWTVerifyGetKey {
  try {
    return createLocalJWKSet(JSON.parse(json) as JSONWebKeySet)
  } catch {
    throw new Error('not a JSON Web Key Set: {"keys": [ … ]}')
  }
}

function publicKey(pem: string): JwtKeys {
  if (pem.includes('PRIVATE KEY-----')) throw new Error('a private key; the gateway needs the public one and no more')
  let key: KeyObject
  try {
    key = createPublicKey(pem)
  } catch {
    throw new Error('not a public key or certificate in PEM')
  }
  return { algorithms: algorithmsOf(key), key: () => key }
}

function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails = {} }: KeyObject): readonly string[] {
  const { modulusLength = 0, namedCurve = '' } = asymmetricKeyDetails
  switch (asymmetricKeyType) {
    case 'rsa':
      if (modulusLength < RSA_BITS)
        throw new Error(`an RSA key of ${modulusLength} bits, at least ${RSA_BITS} are needed`)
      return RSA
    case 'ed25519':
      return EDWARDS
    case 'ec':
      if (CURVES[namedCurve] !== undefined) return [CURVES[namedCurve]]
      throw new Error(`a key on the curve ${namedCurve}; usable are P-256, P-384 and P-521`)
    default:
      throw new Error(`a key of the type ${asymmetricKeyType}; usable are RSA, EC and Ed25519`)
  }
}
