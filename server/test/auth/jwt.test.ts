import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, SignJWT } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { type JwtRules, Jwts } from '../../src/auth/jwt.ts'
import { readJwtKeys, remoteJwtKeys } from '../../src/auth/jwt-keys.ts'
import { FakeClock } from '../fakes/clock.ts'
import { FakeLog } from '../fakes/log.ts'

const SECRET = 'a secret of forty characters, at the least'
const NOW = 1_700_000_000
const ANY: JwtRules = { issuer: undefined, audience: undefined }
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const another = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString()
const RSA_PEM = pem(rsa.publicKey)

type Claims = Readonly<Record<string, unknown>>

function sign(
  claims: Claims = {},
  { alg = 'HS256', key = bytes(SECRET), kid }: { alg?: string; key?: KeyObject | Uint8Array; kid?: string } = {},
) {
  return new SignJWT({ sub: 'desk', exp: NOW + 60, ...claims })
    .setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) })
    .sign(key)
}

/** A token that no library would make: the header as it is given, signed with HS256. */
function forged(header: object, secret: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const body = `${part(header)}.${part({ sub: 'desk', exp: NOW + 60 })}`
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`
}

function jwts(file: string, rules: JwtRules = ANY) {
  const keys = readJwtKeys(file)
  return new Jwts(() => keys, rules, { clock: new FakeClock(NOW * 1_000_000), log: new FakeLog() })
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

test('a token says who it is, until when, and what it may have', async () => {
  const depthcast = { symbols: ['*:BTC-*'], channels: ['book', 'trades'], maxDepth: 50, minRateMs: 100, connections: 3 }
  expect(await jwts(`${SECRET}\n`).identify(await sign({ depthcast }))).toEqual({
    name: 'sub:desk',
    key: 'sub:desk',
    entitlements: depthcast,
    expiresAt: (NOW + 60) * 1_000_000,
  })
})

test('a public key in PEM, and a set of keys, let in what was signed with theirs', async () => {
  const signed = await sign({}, { alg: 'RS256', key: rsa.privateKey })
  expect(await jwts(RSA_PEM).identify(signed)).toMatchObject({ name: 'sub:desk' })
  const keys = [
    { ...(await exportJWK(another.publicKey)), kid: 'old', alg: 'RS256' },
    { ...(await exportJWK(rsa.publicKey)), kid: 'new', alg: 'RS256' },
  ]
  const set = jwts(JSON.stringify({ keys }))
  expect(await set.identify(await sign({}, { alg: 'RS256', key: rsa.privateKey, kid: 'new' }))).toMatchObject({})
  // It names none: one of them fits.
  expect(await set.identify(signed)).toMatchObject({ name: 'sub:desk' })
  const strange = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  await expect(set.identify(await sign({}, { alg: 'RS256', key: strange }))).rejects.toMatchObject({
    reason: 'signature',
  })
  await expect(set.identify(await sign({}, { alg: 'RS256', key: rsa.privateKey, kid: 'none' }))).rejects.toMatchObject({
    reason: 'unknown',
  })
  expect(await jwts(pem(ec.publicKey)).identify(await sign({}, { alg: 'ES256', key: ec.privateKey }))).toMatchObject({
    name: 'sub:desk',
  })
})

test.each<[string, string, () => string | Promise<string>, string]>([
  ['signed with another secret', SECRET, () => sign({}, { key: bytes(SECRET.toUpperCase()) }), 'signature'],
  ['signed by another key', RSA_PEM, () => sign({}, { alg: 'RS256', key: another.privateKey }), 'signature'],
  ['signed with the public key taken for a secret', RSA_PEM, () => forged({ alg: 'HS256' }, RSA_PEM), 'signature'],
  [
    'signed with the trimmed public key taken for a secret',
    RSA_PEM,
    () => forged({ alg: 'HS256' }, RSA_PEM.trim()),
    'signature',
  ],
  ['that says alg none', SECRET, () => `${forged({ alg: 'none' }, SECRET).replace(/[^.]*$/, '')}`, 'signature'],
  ['that says alg none and is signed', RSA_PEM, () => forged({ alg: 'none' }, SECRET), 'signature'],
  [
    'of another algorithm of the secret',
    SECRET,
    () => sign({}, { alg: 'HS512', key: bytes(SECRET.repeat(2)) }),
    'signature',
  ],
  ['for a set of keys, signed with a secret', '{"keys":[]}', () => sign(), 'signature'],
  [
    'with a critical header nobody knows',
    SECRET,
    () => forged({ alg: 'HS256', crit: ['b64x'], b64x: 1 }, SECRET),
    'signature',
  ],
  ['that is none', SECRET, () => 'not.a.token', 'malformed'],
  ['with no dots', SECRET, () => 'x'.repeat(40), 'malformed'],
  ['that expired', SECRET, () => sign({ exp: NOW - 6 }), 'expired'],
  ['without exp', SECRET, () => sign({ exp: undefined }), 'claims'],
  ['without sub', SECRET, () => sign({ sub: undefined }), 'claims'],
  ['with an empty sub', SECRET, () => sign({ sub: '' }), 'claims'],
  ['of tomorrow', SECRET, () => sign({ nbf: NOW + 86_400 }), 'claims'],
  ['with entitlements that are none', SECRET, () => sign({ depthcast: 'all of it' }), 'claims'],
])('a token %s is refused, and not repeated', async (_name, file, make, reason) => {
  const token = await make()
  const error = await jwts(file)
    .identify(token)
    .then(
      () => undefined,
      (refusal: Error) => refusal,
    )
  expect(error).toMatchObject({ code: 401, reason, message: expect.stringMatching(`^${reason}: `) })
  for (const part of token.split('.').filter((text) => text.length > 8)) expect(error?.message).not.toContain(part)
})

test.each([
  [{ depthcast: { maxDepth: 'deep' } }, 'depthcast: maxDepth must be a whole number from 1 up'],
  [{ depthcast: { channels: ['secret-channel'] } }, 'depthcast: channels must be some of book'],
  [{ depthcast: { depth: 5 } }, 'depthcast: a field is not one of symbols, channels'],
  [{ depthcast: [] }, 'depthcast: it must be a map of entitlements'],
  [{ nbf: NOW + 60 }, 'not valid yet'],
])('claims %j are refused in words that help', async (claims, word) => {
  await expect(jwts(SECRET).identify(await sign(claims))).rejects.toThrow(word)
})

test('issuer and audience must be those the gateway trusts, where it names them', async () => {
  const strict = jwts(SECRET, { issuer: 'https://id.example', audience: 'depthcast' })
  await expect(strict.identify(await sign({ iss: 'https://id.example' }))).rejects.toThrow(
    'aud does not name this gateway',
  )
  await expect(strict.identify(await sign({ aud: 'depthcast', iss: 'https://id.example.evil' }))).rejects.toThrow(
    'iss is not',
  )
  const good = await sign({ aud: ['x', 'depthcast'], iss: 'https://id.example' })
  expect(await strict.identify(good)).toMatchObject({ name: 'sub:desk' })
})

test('a few seconds between two clocks are no reason to refuse', async () => {
  expect(await jwts(SECRET).identify(await sign({ exp: NOW - 4 }))).toMatchObject({ name: 'sub:desk' })
})

test.each([
  ['too short', 'a secret of thirty-one letters.', '31 characters, at least 32'],
  ['a private key', rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'a private key'],
  ['PEM of nothing', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', 'not a public key'],
  ['a short RSA key', pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey), '1024 bits, at least 2048'],
  ['a curve of coins', pem(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey), 'secp256k1'],
  ['broken JSON', '{"secret-keys": [', 'JSON Web Key Set'],
  ['JSON of something else', '{"key":1}', 'JSON Web Key Set'],
  ['a public key in binary', rsa.publicKey.export({ type: 'spki', format: 'der' }).toString('latin1'), 'neither'],
])('a file with %s is refused, without what it holds', (_name, text, word) => {
  expect(() => readJwtKeys(text)).toThrow(word)
  expect(() => readJwtKeys(text)).not.toThrow(text.slice(0, 20).trim())
})

test('keys at an address are fetched once, whatever key ids strangers make up, and 503 is all a client hears while they cannot be had', async () => {
  let keys: unknown = { keys: [{ ...(await exportJWK(rsa.publicKey)), kid: 'one', alg: 'RS256' }] }
  let asked = 0
  const server = createServer((_request, response) => {
    asked++
    if (keys === undefined) response.writeHead(500).end('oh, a stack trace')
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(keys))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`)
  const log = new FakeLog()
  const at = () => {
    const remote = remoteJwtKeys(url)
    return new Jwts(() => remote, ANY, { clock: new FakeClock(NOW * 1_000_000), log })
  }
  const first = at()
  const token = await sign({}, { alg: 'RS256', key: rsa.privateKey, kid: 'one' })
  expect(await first.identify(token)).toMatchObject({ name: 'sub:desk' })
  await first.identify(token)
  expect(asked).toBe(1)
  // A stranger's made-up key ids do not make us ask and ask.
  for (const kid of ['x', 'y']) {
    const made = await sign({}, { alg: 'RS256', key: rsa.privateKey, kid })
    await expect(first.identify(made)).rejects.toMatchObject({ reason: 'unknown', code: 401 })
  }
  expect(asked).toBe(1)
  keys = undefined
  const error = await at()
    .identify(token)
    .then(
      () => undefined,
      (refusal: Error) => refusal,
    )
  expect(error).toMatchObject({ code: 503, reason: 'unavailable', message: expect.not.stringContaining('stack') })
  expect(log.of('auth.keys-unavailable')).toHaveLength(1)
})
