import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { Budget, Pacing } from '../src/backoff.ts'
import { Clock } from '../src/clock.ts'
import { Connection, type ConnectionOptions } from '../src/connection.ts'
import type { FeedError } from '../src/errors.ts'

import { closing, FakeVenue } from './fake-venue.ts'

function connection(
  url: string,
  options: Partial<ConnectionOptions>,
  handlers: Partial<ConstructorParameters<typeof Connection>[1]>,
) {
  const made = new Connection(
    {
      venue: 'fake',
      url,
      silenceMs: 60_000,
      sends: new Pacing(1_000),
      clock: new Clock(),
      budget: new Budget(100, 1_000),
      random: () => 0,
      ...options,
    },
    {
      onOpen: () => undefined,
      onFrame: () => undefined,
      onPing: () => undefined,
      onClosed: () => undefined,
      onError: () => undefined,
      ...handlers,
    },
  )
  closing.push(() => made.close())
  return made
}

test('a half-open socket, on which nothing ever comes, is terminated and replaced', async () => {
  const venue = new FakeVenue({ status: 200, body: '' })
  venue.onSocket = (socket) => socket.pause()
  const { wsUrl } = await venue.listen()
  const codes: string[] = []
  let opened = 0
  await new Promise<void>((resolve) => {
    connection(
      wsUrl,
      { silenceMs: 20 },
      { onOpen: () => void (++opened === 2 && resolve()), onError: ({ code }) => codes.push(code) },
    ).open()
  })
  expect(codes).toEqual(['FEED_STALE'])
})

test('pings alone keep a socket alive, and are told', async () => {
  const venue = new FakeVenue({ status: 200, body: '' })
  venue.onSocket = (socket) => {
    const beat = setInterval(() => socket.ping('x'), 5)
    socket.on('close', () => clearInterval(beat))
  }
  const { wsUrl } = await venue.listen()
  const codes: string[] = []
  let pings = 0
  await new Promise<void>((resolve) => {
    connection(
      wsUrl,
      { silenceMs: 300 },
      { onPing: () => void (++pings === 100 && resolve()), onError: ({ code }) => codes.push(code) },
    ).open()
  })
  expect(codes).toEqual([])
})

test.each([
  { status: 429, code: 'FEED_RATE_LIMITED', recovery: 'retry' },
  { status: 403, code: 'FEED_AUTH', recovery: 'stop' },
  { status: 502, code: 'FEED_TRANSPORT', recovery: 'reconnect' },
])('a handshake answered with HTTP $status waits with $code', async ({ status, code, recovery }) => {
  const server = createServer().on('upgrade', (_request, socket) =>
    socket.end(`HTTP/1.1 ${status} No\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n`),
  )
  closing.push(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const made = await new Promise<{ error: FeedError; state: Connection['state'] }>((resolve) => {
    const opened = connection(
      `ws://127.0.0.1:${port}`,
      { random: () => 0.9 },
      { onError: (error) => resolve({ error, state: opened.state }) },
    )
    opened.open()
  })
  expect(made.error).toMatchObject({ code, recovery })
  expect(made.state).toMatchObject({ state: 'waiting', cause: made.error })
})

test('a connection over the venue’s budget waits its turn instead of being banned', async () => {
  const venue = new FakeVenue({ status: 200, body: '' })
  const { wsUrl } = await venue.listen()
  const budget = new Budget(1, 60_000)
  budget.take(Date.now())
  const made = connection(wsUrl, { budget }, {})
  expect(() => made.open()).not.toThrow()
  expect(made.state).toMatchObject({ state: 'waiting', cause: { code: 'FEED_RATE_LIMITED' } })
})
