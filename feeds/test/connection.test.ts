import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { Budget, Pacing } from '../src/backoff.ts'
import { Connection, type ConnectionOptions } from '../src/connection.ts'
import { type FeedError, UpstreamNotice } from '../src/errors.ts'
import { realWorld } from '../src/outside.ts'
import { closing, FakeVenue } from './fake-venue.ts'
import { StillWorld } from './still-world.ts'

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
      outside: { ...realWorld(), random: () => 0 },
      budget: new Budget(100, 1_000),
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
  closing.push(() => made.close('done'))
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
  const world = new StillWorld()
  const { clock, later } = world
  const codes: string[] = []
  let pings = 0
  await new Promise<void>((resolve) => {
    connection(
      wsUrl,
      { silenceMs: 300, outside: { ...realWorld(), random: () => 0, clock, later } },
      {
        onPing: () => {
          world.pass(100)
          if (++pings === 100) resolve()
        },
        onError: ({ code }) => {
          codes.push(code)
          resolve()
        },
      },
    ).open()
  })
  expect(codes).toEqual([])
})

test.each([
  { status: 429, header: 'retry-after: 7', code: 'FEED_RATE_LIMITED', recovery: 'retry', leastMs: 7_000 },
  { status: 418, header: 'retry-after: 120', code: 'FEED_RATE_LIMITED', recovery: 'retry', leastMs: 120_000 },
  { status: 429, header: 'x: y', code: 'FEED_RATE_LIMITED', recovery: 'retry', leastMs: 60_000 },
  { status: 403, header: 'retry-after: 300', code: 'FEED_RATE_LIMITED', recovery: 'retry', leastMs: 300_000 },
  { status: 403, header: 'x: y', code: 'FEED_AUTH', recovery: 'stop', leastMs: 600_000 },
  { status: 401, header: 'x: y', code: 'FEED_AUTH', recovery: 'stop', leastMs: 600_000 },
  { status: 502, header: 'x: y', code: 'FEED_TRANSPORT', recovery: 'reconnect', leastMs: 0 },
])('a handshake answered with HTTP $status and $header waits with $code', async (row) => {
  const { status, header, code, recovery, leastMs } = row
  const server = createServer().on('upgrade', (_request, socket) =>
    socket.end(`HTTP/1.1 ${status} No\r\n${header}\r\ncontent-length: 0\r\n\r\n`),
  )
  closing.push(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const made = await new Promise<{ error: FeedError; state: Connection['state'] }>((resolve) => {
    const opened = connection(
      `ws://127.0.0.1:${port}`,
      { outside: { ...realWorld(), random: () => 0.9 } },
      { onError: (error) => resolve({ error, state: opened.state }) },
    )
    opened.open()
  })
  expect(made.error).toMatchObject({ code, recovery })
  expect(made.state).toMatchObject({ state: 'waiting', cause: made.error })
  expect(inMs(made.state)).toBeGreaterThan(leastMs - 1_000)
  expect(inMs(made.state)).toBeLessThan(leastMs + 1_000)
})

/** How long a connection waits for its next attempt. */
function inMs(state: Connection['state']): number {
  return state.state === 'waiting' ? state.retryAt / 1000 - Date.now() : Number.NaN
}

test.each([
  { code: 1008, error: 'FEED_RATE_LIMITED', leastMs: 10_000 },
  { code: 1012, error: 'FEED_UPSTREAM', leastMs: 5_000 },
  { code: 1013, error: 'FEED_UPSTREAM', leastMs: 5_000 },
  { code: 1000, error: 'FEED_TRANSPORT', leastMs: 0 },
  { code: 1001, error: 'FEED_TRANSPORT', leastMs: 0 },
])('a socket closed with $code waits with $error', async ({ code, error, leastMs }) => {
  const venue = new FakeVenue({ status: 200, body: '' })
  venue.onSocket = (socket) => socket.close(code, 'says why')
  const { wsUrl } = await venue.listen()
  const made = await new Promise<{ error: FeedError; state: Connection['state'] }>((resolve) => {
    const opened = connection(wsUrl, {}, { onError: (told) => resolve({ error: told, state: opened.state }) })
    opened.open()
  })
  expect(made.error).toMatchObject({ code: error, message: expect.stringContaining(`${code}, says why`) })
  expect(inMs(made.state)).toBeGreaterThan(leastMs - 1_000)
  expect(inMs(made.state)).toBeLessThan(leastMs + 1_000)
})

test('a socket that ends as its venue foretold has that for its reason, and the next takes its time', async () => {
  const venue = new FakeVenue({ status: 200, body: '' })
  venue.onSocket = (socket) => socket.close(1001)
  const { wsUrl } = await venue.listen()
  const notice = new UpstreamNotice({ venue: 'fake', reason: 'maintenance' })
  const made = await new Promise<{ error: FeedError; state: Connection['state'] }>((resolve) => {
    const opened = connection(
      wsUrl,
      {},
      { onOpen: () => opened.foretell(notice), onError: (error) => resolve({ error, state: opened.state }) },
    )
    opened.open()
  })
  expect(made.error).toBe(notice)
  expect(inMs(made.state)).toBeGreaterThan(4_000)
})

test('from the third attempt in a row on, a venue that wants a pause between them gets it', async () => {
  const server = createServer().on('upgrade', (_request, socket) => socket.end('HTTP/1.1 502 No\r\n\r\n'))
  closing.push(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const waits: number[] = []
  await new Promise<void>((resolve) => {
    const opened = connection(
      `ws://127.0.0.1:${port}`,
      { minDelayMs: 5_000 },
      { onError: () => waits.push(inMs(opened.state)) === 2 && resolve() },
    )
    opened.open()
  })
  expect(waits[0]).toBeLessThan(1_000)
  expect(waits[1]).toBeGreaterThan(4_000)
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
