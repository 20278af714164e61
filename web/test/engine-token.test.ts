import { ClientError, connect, type Hello, type LinkListener, type Transport } from '@depthcast/client'
import { afterEach, expect, test, vi } from 'vitest'
import { createEngine } from '../src/engine/engine.ts'
import type { FromEngine } from '../src/engine/messages.ts'
import { eventually } from './fakes/eventually.ts'
import { FakeClock } from './fakes/fake-clock.ts'
import { ScriptedGateway } from './fakes/scripted-gateway.ts'

afterEach(() => vi.unstubAllGlobals())

/** The engine and the real SDK before a gateway that lets in whoever says `good`, and tells everyone else why not. */
function stage(token?: string) {
  const clock = new FakeClock()
  const gateway = new ScriptedGateway(() => clock.now())
  const hellos: (string | undefined)[] = []
  let listener: LinkListener | undefined
  /** Undefined lets everyone in. */
  let good: string | undefined = 'good'
  const transport: Transport = {
    name: 'guarded',
    open(url, hello: Hello, heard) {
      hellos.push(hello.token)
      listener = heard
      if (good === undefined || hello.token === good) return gateway.transport.open(url, hello, heard)
      const reason = hello.token === undefined ? 'missing: this gateway wants a token' : 'unknown: no such key'
      queueMicrotask(() => heard.ended({ error: unauthorized(reason), next: 'stop' }))
      return { request: () => {}, tell: () => {}, terminate: () => {} }
    },
  }
  const posted: FromEngine[] = []
  const engine = createEngine((message) => posted.push(message), {
    connect: (url, source) => connect(url, { transport, host: clock, token: source }),
    host: clock,
  })
  engine.handle({ kind: 'connect', url: 'http://127.0.0.1:1', token })
  const connection = () => posted.findLast((message) => message.kind === 'connection')
  return {
    clock,
    gateway,
    engine,
    hellos,
    connection,
    /** The bases of the instruments last told. */
    listed: () => posted.findLast((message) => message.kind === 'instruments')?.instruments.map(({ base }) => base),
    end: (error: ClientError, next: 'stop' | 'backoff') => listener?.ended({ error, next }),
    trust: (other: string | undefined) => (good = other),
  }
}

function unauthorized(message: string): ClientError {
  return new ClientError({ code: 401, slug: 'unauthorized', message })
}

test('a page without a token is told what the gateway said, and one that then gives a token is let in', async () => {
  const { engine, gateway, hellos, connection } = stage()
  await gateway.settle()
  expect(connection()).toMatchObject({
    state: 'closed',
    refusal: { code: 401, reason: 'missing: this gateway wants a token' },
  })
  engine.handle({ kind: 'token', token: 'good' })
  await gateway.settle()
  expect(hellos).toEqual([undefined, 'good'])
  expect(connection()).toMatchObject({ state: 'open' })
  expect(connection()?.refusal).toBeUndefined()
})

test('a token that was kept goes with the first handshake', async () => {
  const { gateway, hellos, connection } = stage('good')
  await gateway.settle()
  expect([hellos, connection()?.state]).toEqual([['good'], 'open'])
})

test('a wrong token is answered anew, and what was said of the one before is not repeated meanwhile', async () => {
  const { engine, gateway, connection } = stage()
  await gateway.settle()
  engine.handle({ kind: 'token', token: 'bad' })
  expect(connection()).toMatchObject({ state: 'connecting' })
  expect(connection()?.refusal).toBeUndefined()
  await gateway.settle()
  expect(connection()).toMatchObject({ state: 'closed', refusal: { reason: 'unknown: no such key' } })
})

test('a token that is withdrawn while all is well is refused in the end, and another one brings everything back', async () => {
  const { engine, gateway, clock, connection, end, trust } = stage('good')
  await gateway.settle()
  trust('better')
  end(unauthorized('the token was withdrawn'), 'stop')
  clock.advance(10_000)
  await gateway.settle()
  expect(connection()).toMatchObject({ state: 'closed', refusal: { code: 401, reason: 'unknown: no such key' } })
  engine.handle({ kind: 'token', token: 'better' })
  await gateway.settle()
  expect(connection()?.state).toBe('open')
})

test('a refusal that may end by itself is told until it has, also while it is tried again', async () => {
  const { gateway, clock, connection, end } = stage('good')
  await gateway.settle()
  end(
    new ClientError({ code: 406, slug: 'connection-limit', message: '2 clients are connected with this key' }),
    'backoff',
  )
  expect(connection()).toMatchObject({ state: 'waiting', refusal: { code: 406 } })
  clock.advance(500)
  expect(connection()).toMatchObject({ state: 'connecting', refusal: { code: 406 } })
  await gateway.settle()
  expect(connection()?.state).toBe('open')
  expect(connection()?.refusal).toBeUndefined()
})

test('a line that breaks refuses nobody', async () => {
  const { gateway, connection, end } = stage('good')
  await gateway.settle()
  end(new ClientError('connection-lost', 'the line broke'), 'backoff')
  expect(connection()).toMatchObject({ state: 'waiting', reason: 'the line broke' })
  expect(connection()?.refusal).toBeUndefined()
})

test('the instruments are asked for once at a time, and those of a former token are nobody\u2019s when they come late', async () => {
  const asked: { readonly token: string | null; readonly answer: (base: string) => void }[] = []
  vi.stubGlobal('fetch', (_url: URL, { headers }: RequestInit) => {
    const { promise, resolve } = Promise.withResolvers<Response>()
    const answer = (base: string): void => resolve(Response.json([{ base }]))
    asked.push({ token: new Headers(headers).get('authorization'), answer })
    return promise
  })
  const { engine, gateway, clock, listed, trust } = stage('good')
  await gateway.settle()
  clock.advance(2000)
  await gateway.settle()
  expect(asked.map(({ token }) => token)).toEqual(['Bearer good'])
  trust('better')
  engine.handle({ kind: 'token', token: 'better' })
  await gateway.settle()
  expect(asked.map(({ token }) => token)).toEqual(['Bearer good', 'Bearer better'])
  asked[1]?.answer('OPEN')
  await eventually(() => expect(listed()).toEqual(['OPEN']))
  asked[0]?.answer('SECRET')
  await new Promise(setImmediate)
  expect(listed()).toEqual(['OPEN'])
})
