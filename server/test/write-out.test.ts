import { once } from 'node:events'
import { readFileSync, writeSync } from 'node:fs'
import type { AddressInfo, Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { descriptorOf, isIdle, queueOf, writeOut } from '../src/transports/write-out.ts'
import { selfSigned } from './fakes/certificate.ts'
import { folder } from './fakes/folder.ts'
import { pairOfSockets as pair, readText as read } from './fakes/sockets.ts'

const closing: (() => unknown)[] = []
afterEach(() => {
  for (const close of closing.splice(0).toReversed()) close()
})

test("a TCP socket's number is the kernel's own: what is written there is what the client reads next", async () => {
  const { server, client } = await pair()
  writeOut(server, Buffer.from('one '), () => {})
  writeSync(descriptorOf(server), 'two ')
  writeOut(server, Buffer.from('three'), () => {})
  expect(await read(client, 'one two three'.length)).toBe('one two three')
})

test('a socket is idle while it holds nothing, and no longer from the moment it is given up', async () => {
  const { server, client } = await pair()
  const queue = queueOf(server)
  expect(isIdle(queue)).toBe(true)
  client.pause()
  const big = Buffer.alloc(1 << 20)
  while (writeOut(server, big, () => {}) === 0);
  expect(isIdle(queue)).toBe(false)
  const drained = once(server, 'drain')
  client.resume()
  await drained
  expect(isIdle(queue)).toBe(true)
  server.destroy()
  expect(isIdle(queue)).toBe(false)
})

test('a socket that the other end reset is not idle once that is known', async () => {
  const { server, client } = await pair()
  client.resetAndDestroy()
  await once(server, 'error')
  expect(isIdle(queueOf(server))).toBe(false)
})

test('over TLS the kernel is given nothing but by the socket', async () => {
  const { cert, key } = selfSigned(folder().path)
  const listener = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const secure = once(listener, 'secureConnection')
  const client = connectTls({ port: (listener.address() as AddressInfo).port, rejectUnauthorized: false })
  const [server] = (await secure) as [Socket]
  closing.push(
    () => client.destroy(),
    () => server.destroy(),
    () => listener.close(),
  )
  expect(descriptorOf(server)).toBeLessThan(0)
})
