import { writeFileSync } from 'node:fs'
import type { SubscribeAck, Welcome } from '@depthcast/protocol'
import { SignJWT } from 'jose'
import { io, type Socket } from 'socket.io-client'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { newKey } from '../../src/auth/api-keys.ts'
import { folder } from '../fakes/folder.ts'
import { type Running, startGateway } from '../fakes/running.ts'

const JWT_SECRET = 'a secret of forty characters, at the least'
const [desk, other] = [newKey('desk'), newKey('other')]
const limited = (fields: object) => JSON.stringify({ ...JSON.parse(desk.line), ...fields })

let gateway: Running
let keys: string
beforeEach(async () => {
  const files = folder()
  keys = files.write('keys', `${desk.line}\n${other.line}`)
  const auth = [
    { kind: 'keys', file: keys },
    { kind: 'jwt', source: files.write('secret', JWT_SECRET) },
  ] as const
  gateway = await startGateway({ auth, heartbeatMs: 100 }, ['BTC', 'ETH'])
  onTestFinished(() => gateway.close())
})

type Ended = { readonly code: number; readonly message: string; readonly close: number }

/** A client that is in, with its welcome; `ended` resolves with the error it was told and its close code. */
async function enter(auth: object) {
  const options = { path: '/socket.io-json/', transports: ['websocket'], reconnection: false, forceNew: true }
  const client: Socket = io(gateway.url, { ...options, auth })
  onTestFinished(() => void client.disconnect())
  const ended = new Promise<Ended>((resolve) => {
    client.once('error', ({ code, message }: Ended) => {
      client.once('disconnect', (_reason, details) => {
        const { context } = (details ?? {}) as { readonly context?: { readonly code: number } }
        resolve({ code, message, close: context?.code ?? 0 })
      })
    })
  })
  const welcome = await new Promise<Welcome | Error>((resolve) => {
    client.once('welcome', resolve)
    client.once('connect_error', resolve)
  })
  return { client, welcome, ended }
}

const subscribe = (client: Socket, request: object) => client.emitWithAck('subscribe', request) as Promise<SubscribeAck>

test('a key that is taken out of the file ends its sessions, and no others', async () => {
  const [gone, stays] = [await enter({ token: desk.key }), await enter({ token: other.key })]
  writeFileSync(keys, other.line)
  expect(await gone.ended).toMatchObject({
    code: 401,
    message: expect.stringContaining('no longer valid'),
    close: 4001,
  })
  expect(stays.client.connected).toBe(true)
  expect(await enter({ token: desk.key })).toMatchObject({ welcome: { data: { code: 401 } } })
})

test('a token that expires ends its session', async () => {
  const exp = Math.floor(Date.now() / 1000) + 1
  const token = await new SignJWT({ sub: 'desk', exp })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(Buffer.from(JWT_SECRET))
  const { ended } = await enter({ token })
  expect(await ended).toMatchObject({ code: 401, message: expect.stringContaining('expired'), close: 4001 })
})

test('a key gets what its line gives: instruments, channels, depth, rate, connections', async () => {
  const line = { symbols: ['*:BTC-*'], channels: ['book'], maxDepth: 1, minRateMs: 250, connections: 1 }
  writeFileSync(keys, limited(line))
  await fileCounts()
  const { client } = await enter({ token: desk.key })
  const symbols = ['test:BTC-USD', 'test:ETH-USD', 'test:XYZ-USD']
  const ack = await subscribe(client, { channel: 'book', symbols, depth: 5, rateMs: 'raw' })
  expect(ack).toMatchObject({
    results: [
      { granted: { depth: 1, rateMs: 250 }, why: expect.any(String) },
      { error: { code: 403 } },
      { error: { code: 403 } },
    ],
  })
  expect(await subscribe(client, { channel: 'trades', symbols: ['test:BTC-USD'] })).toMatchObject({
    results: [{ error: { code: 403, message: expect.stringContaining('you may have book') } }],
  })
  expect(await enter({ token: desk.key })).toMatchObject({ welcome: { data: { code: 406 } } })
})

test('a resume token brings back views, never rights, and only to whom it was given', async () => {
  const { client } = await enter({ token: desk.key })
  await subscribe(client, { channel: 'book', symbols: ['test:BTC-USD', 'test:ETH-USD'] })
  const { resume } = (await client.emitWithAck('resume', {})) as { readonly resume: string }
  client.disconnect()
  expect(await enter({ token: desk.key, resume })).toMatchObject({
    welcome: {
      resumed: [
        { symbol: 'test:BTC-USD', granted: {} },
        { symbol: 'test:ETH-USD', granted: {} },
      ],
    },
  })
  expect((await enter({ token: other.key, resume })).welcome).not.toHaveProperty('resumed')
  writeFileSync(keys, limited({ symbols: ['test:BTC-USD'] }))
  await fileCounts()
  expect(await enter({ token: desk.key, resume })).toMatchObject({
    welcome: {
      resumed: [
        { symbol: 'test:BTC-USD', granted: {} },
        { symbol: 'test:ETH-USD', error: { code: 403 } },
      ],
    },
  })
})

/** The file is looked at once a second: asks until the other key, which is not in it any more, is refused. */
async function fileCounts(): Promise<void> {
  const headers = { authorization: `Bearer ${other.key}` }
  while ((await fetch(`${gateway.url}/v1/instruments`, { headers })).status === 200);
}
