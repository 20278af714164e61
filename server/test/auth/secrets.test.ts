import { SignJWT } from 'jose'
import { io } from 'socket.io-client'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { newKey } from '../../src/auth/api-keys.ts'
import { createLog } from '../../src/logger.ts'
import { folder } from '../fakes/folder.ts'
import { startGateway } from '../fakes/running.ts'

const JWT_SECRET = 'a secret of forty characters, at the least'
const [known, stranger, admin] = [newKey('desk'), newKey('stranger'), newKey('admin')]

/** A log at its most talkative, as it would be written. */
function written() {
  const lines: string[] = []
  return { lines, log: createLog('trace', { write: (line: string) => void lines.push(line) }) }
}

function jwt(exp: number, secret = JWT_SECRET): Promise<string> {
  return new SignJWT({ sub: 'desk', exp }).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret))
}

test('nothing that anyone presents or is given to keep reaches the log, at any level', async () => {
  const files = folder()
  const { lines, log } = written()
  const auth = [
    { kind: 'keys', file: files.write('keys', known.line) },
    { kind: 'jwt', source: files.write('secret', JWT_SECRET) },
  ] as const
  const gateway = await startGateway({ auth, adminTokenFile: files.write('admin', admin.key) }, ['BTC'], log)
  onTestFinished(() => gateway.close())
  const soon = Math.floor(Date.now() / 1000) + 60
  const tokens = [
    known.key,
    stranger.key,
    admin.key,
    await jwt(soon),
    await jwt(1),
    await jwt(soon, JWT_SECRET.toUpperCase()),
  ]
  const secrets = [JWT_SECRET, JSON.parse(known.line).sha256 as string]

  for (const token of tokens) {
    const headers = { authorization: `Bearer ${token}` }
    for (const path of [
      '/v1/book/test:BTC-USD',
      '/v1/admin/sessions',
      '/metrics',
      `/nothing?token=${token}`,
      `/v1/book/x?token=${token}`,
    ]) {
      await (await fetch(gateway.url + path, { headers })).text()
    }
    const stream = await fetch(`${gateway.url}/v1/sse?subscribe=book.test:BTC-USD&token=${token}`)
    await stream.body?.cancel()
    const resume = await overSocketIo(gateway.url, token)
    if (resume === undefined) continue
    // All of a resume token but its positions, which tell nothing.
    secrets.push(resume.slice(0, resume.lastIndexOf('~')))
    await overSocketIo(gateway.url, token, resume)
    await overSocketIo(gateway.url, token, `${resume.slice(0, 40)}forged`)
  }
  await overWebSocket(gateway.url, tokens)
  gateway.script.gap('book', 'checksum')

  const all = lines.join('')
  // The flows were there to be logged.
  expect(lines.filter((line) => line.includes('"auth.refused"')).length).toBeGreaterThan(10)
  expect(secrets.length).toBeGreaterThan(2)
  for (const secret of [...tokens.map((token) => token.replace('dc_', '')), ...secrets])
    expect(all).not.toContain(secret)
  expect(all).not.toMatch(/[?&](token|resume)=|bearer/i)
})

test('an error that carries the request it failed on is logged without it', () => {
  const { lines, log } = written()
  const request = {
    headers: { authorization: `Bearer ${known.key}` },
    url: `/v1/sse?token=${known.key}`,
    method: 'GET',
  }
  log.error({ err: Object.assign(new Error('broken'), { request, token: known.key, headers: request.headers }) }, 'x.y')
  expect(lines.join('')).toContain('"method":"GET"')
  expect(lines.join('')).not.toContain(known.key)
})

/** Comes in, subscribes, sends what cannot be read, asks for its resume token. Undefined where it is not let in. */
async function overSocketIo(url: string, token: string, resume?: string): Promise<string | undefined> {
  const client = io(url, {
    path: '/socket.io-json/',
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    auth: { token, ...(resume === undefined ? {} : { resume }) },
  })
  try {
    const isIn = await new Promise((resolve) => {
      client.once('welcome', () => resolve(true))
      client.once('connect_error', () => resolve(false))
    })
    if (!isIn) return undefined
    await client.emitWithAck('subscribe', { channel: 'book', symbols: ['test:BTC-USD', token.slice(0, 60)] })
    await client.emitWithAck('subscribe', { token })
    await client.emitWithAck(token, {})
    const answer = (await client.emitWithAck('resume', {})) as { readonly resume: string }
    return answer.resume
  } finally {
    client.disconnect()
  }
}

async function overWebSocket(url: string, tokens: readonly string[]): Promise<void> {
  for (const said of tokens.flatMap((token) => [
    `["hello",{"token":"${token}"}]`,
    `["hello",{"token":["${token}"]}]`,
    `{${token}`,
  ])) {
    const client = new WebSocket(`${url.replace('http', 'ws')}/v1/stream`, 'depthcast.v1.json')
    await new Promise((resolve) => {
      client.once('open', () => client.send(said))
      client.once('message', resolve)
      client.once('close', resolve)
    })
    client.terminate()
  }
}
