import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { Admission, Door, Guest, Reception } from '../src/transport.ts'
import { sse } from '../src/transports/sse.ts'

/** The door with a reception of our own behind it. */
async function doorOf(admit: Reception['admit']): Promise<string> {
  const server = createServer()
  const reception = { admit, messageBytes: 1000, handshakeMs: 1000 }
  server.on('request', sse.attach(server, reception).request ?? (() => {}))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/sse?subscribe=book.test:BTC-USD`
}

const NOBODY: Guest = { receive() {}, malformed() {}, gone() {}, resume: () => '' }

test('a refusal that says when to come back says so to HTTP as well', async () => {
  const url = await doorOf(() =>
    Promise.resolve({ admitted: false, code: 503, slug: 'not-ready', message: 'going away', retryAfterMs: 1500 }),
  )
  const response = await fetch(url)
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2'])
  expect(await response.json()).toMatchObject({ code: 503, slug: 'not-ready' })
})

test('one who is sent away in the moment he comes in is told why, and not left waiting', async () => {
  const enter = (door: Door): Guest => {
    door.write(door.encoding.encode({ type: 'error', code: 406, slug: 'connection-limit', message: 'full' }))
    door.close(4106, 'connection-limit')
    return NOBODY
  }
  const url = await doorOf(() => Promise.resolve<Admission>({ admitted: true, enter }))
  const response = await fetch(url)
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  expect(await response.text()).toContain('event: error\ndata: {"code":406,"slug":"connection-limit","message":"full"}')
})
