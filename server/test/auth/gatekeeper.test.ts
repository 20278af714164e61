import { SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { newKey } from '../../src/auth/api-keys.ts'
import { type GateRules, gatekeeper } from '../../src/auth/gatekeeper.ts'
import { OperatorToken } from '../../src/auth/operator.ts'
import { readOrigin } from '../../src/auth/origins.ts'
import { Metrics } from '../../src/metrics.ts'
import { FakeClock } from '../fakes/clock.ts'
import { folder } from '../fakes/folder.ts'
import { FakeLog } from '../fakes/log.ts'

const SECRETS = ['the first secret of forty characters: abc', 'the other secret of forty characters: xyz'] as const
const { key, line } = newKey('desk')
const VISITOR = { address: '192.0.2.1', origin: undefined, host: 'gateway.example:8080' }
const OPEN: GateRules = { modes: [], origins: [], issuer: undefined, audience: undefined }

function gates(rules: Partial<GateRules> = {}) {
  const surroundings = { clock: new FakeClock(), log: new FakeLog(), metrics: new Metrics() }
  return { ...surroundings, gate: gatekeeper({ ...OPEN, ...rules }, surroundings) }
}

function everyMode() {
  const files = folder()
  return gates({
    modes: [
      { kind: 'keys', file: files.write('keys', line) },
      { kind: 'jwt', source: files.write('one', SECRETS[0]) },
      { kind: 'jwt', source: files.write('two', SECRETS[1]) },
    ],
  })
}

function token(secret: string, exp = 1_700_000_060): Promise<string> {
  return new SignJWT({ sub: 'desk', exp }).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret))
}

test('each mode lets in its own, and a key and a token of one name are not one client', async () => {
  const { gate } = everyMode()
  const names = await Promise.all(
    [key, await token(SECRETS[0]), await token(SECRETS[1])].map(async (one) => (await gate.identify(VISITOR, one)).key),
  )
  expect(names).toEqual(['key:desk', 'sub:desk', 'sub:desk'])
})

test('who is refused is counted and logged by reason and address, and never by what was presented', async () => {
  const { gate, metrics, log } = everyMode()
  const stranger = newKey('x').key
  const wrong = await token('a secret that nobody ever configured here')
  const cases: readonly [string | undefined, string][] = [
    [undefined, 'missing'],
    [stranger, 'unknown'],
    ['x'.repeat(5000), 'malformed'],
    ['', 'malformed'],
    [wrong, 'signature'],
    [await token(SECRETS[1], 1_600_000_000), 'expired'],
  ]
  for (const [presented, reason] of cases) {
    await expect(gate.identify(VISITOR, presented)).rejects.toMatchObject({ code: 401, reason })
  }
  expect(metrics.value('depthcast_auth_refusals_total')).toBe(cases.length)
  expect(metrics.value('depthcast_auth_refusals_total', 'malformed')).toBe(2)
  expect(log.of('auth.refused').map(({ fields }) => fields)).toEqual(
    cases.map(([, reason]) => ({ reason, address: '192.0.2.1' })),
  )
})

test('a token of a kind the gateway does not take is told which it takes', async () => {
  const file = folder().write('secret', SECRETS[0])
  await expect(gates({ modes: [{ kind: 'jwt', source: file }] }).gate.identify(VISITOR, key)).rejects.toThrow(
    'only JSON Web Tokens',
  )
  const keys = folder().write('keys', line)
  await expect(
    gates({ modes: [{ kind: 'keys', file: keys }] }).gate.identify(VISITOR, await token(SECRETS[0])),
  ).rejects.toThrow('only API keys')
})

test('everyone may come in where nobody has to say who they are', async () => {
  expect(await gates().gate.identify(VISITOR, undefined)).toMatchObject({ name: 'anyone', key: undefined })
  expect(await gates().gate.identify(VISITOR, 'whatever')).toMatchObject({ name: 'anyone' })
})

test.each([
  { origin: undefined, allowed: true },
  { origin: 'http://gateway.example:8080', allowed: true },
  { origin: 'https://gateway.example:8080', allowed: true },
  { origin: 'HTTP://GATEWAY.example:8080', allowed: true },
  { origin: 'http://gateway.example', allowed: false },
  { origin: 'http://gateway.example:8081', allowed: false },
  { origin: 'http://gateway.example:8080.evil.example', allowed: false },
  { origin: 'http://evil.example', allowed: false },
  { origin: 'null', allowed: false },
  { origin: '', allowed: false },
  { origin: 'not an origin', allowed: false },
  { origin: 'http://gateway.example:8080, http://evil.example', allowed: false },
  { origin: 'https://app.example', origins: ['https://app.example'], allowed: true },
  { origin: 'https://app.example:444', origins: ['https://app.example'], allowed: false },
  { origin: 'http://app.example', origins: ['https://app.example'], allowed: false },
  { origin: 'http://gateway.example:8080', origins: ['https://app.example'], allowed: true },
  { origin: 'null', origins: ['null'], allowed: true },
  { origin: 'http://evil.example', origins: '*' as const, allowed: true },
  { origin: 'http://gateway.example', host: 'gateway.example', allowed: true },
  { origin: 'https://gateway.example', host: 'gateway.example:443', allowed: true },
  { origin: 'https://gateway.example', host: 'Gateway.Example', allowed: true },
  { origin: 'http://[::1]:8080', host: '[::1]:8080', allowed: true },
  { origin: 'http://gateway.example', host: undefined, allowed: false },
  { origin: 'http://gateway.example', host: 'user@gateway.example', allowed: false },
])('a page of $origin that asks $host, where $origins may besides: $allowed', async ({ origin, allowed, ...rest }) => {
  const { host } = { host: VISITOR.host, ...rest }
  const { gate, metrics } = gates({ origins: rest.origins ?? [] })
  const coming = gate.identify({ address: '192.0.2.1', origin, host }, undefined)
  if (allowed) await coming
  else await expect(coming).rejects.toMatchObject({ code: 403, reason: 'origin' })
  expect(metrics.value('depthcast_auth_refusals_total', 'origin')).toBe(allowed ? 0 : 1)
})

test.each([
  ['https://App.example/', 'https://app.example'],
  ['https://app.example:443', 'https://app.example'],
  ['null', 'null'],
  ['https://app.example/path', undefined],
  ['https://user@app.example', undefined],
  ['ftp://app.example', undefined],
  ['app.example', undefined],
])('an operator who writes %s means the origin %s', (text, origin) => {
  expect(readOrigin(text)).toBe(origin)
})

test('the page is looked at before the token, and a good token does not excuse it', async () => {
  await expect(everyMode().gate.identify({ ...VISITOR, origin: 'http://evil.example' }, key)).rejects.toMatchObject({
    reason: 'origin',
  })
})

test.each([
  ['as it is', (token: string) => `${token}\n`],
  ['as its digest', () => `sha256:${JSON.parse(line).sha256}\n`],
])("the operators' token, written %s, opens to itself alone", (_name, write) => {
  const operator = new OperatorToken(folder().write('token', write(key)), {
    clock: new FakeClock(),
    log: new FakeLog(),
  })
  operator.check(key)
  expect(() => operator.check(undefined)).toThrow(expect.objectContaining({ code: 401, reason: 'missing' }))
  for (const wrong of [newKey('x').key, '', `${key} `, JSON.parse(line).sha256, `sha256:${JSON.parse(line).sha256}`]) {
    expect(() => operator.check(wrong)).toThrow(expect.objectContaining({ code: 401, reason: 'unknown' }))
  }
})

test.each([
  ['', 'a token of 0 characters'],
  ['hunter2', 'a token of 7 characters, at least 32'],
  [`${key}\n${key}`, 'one line'],
])('a file of %j is no token for operators, and not repeated', (text, word) => {
  const open = () => new OperatorToken(folder().write('token', text), { clock: new FakeClock(), log: new FakeLog() })
  expect(open).toThrow(word)
  expect(open).not.toThrow(/hunter2|dc_/)
})
