import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { MarketEvent } from '@depthcast/market'
import { afterEach, expect, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { Budget } from '../src/backoff.ts'
import { Clock } from '../src/clock.ts'
import { Connection, type ConnectionOptions } from '../src/connection.ts'
import type { FeedError } from '../src/errors.ts'
import { type Feed, type FeedOptions, openFeeds } from '../src/index.ts'
import { seed } from './binance-frames.ts'
import { at, snapshot, subscriptions, update } from './coinbase-frames.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const PRODUCTS = [
  {
    id: 'ABC-USD',
    base_currency: 'ABC',
    quote_currency: 'USD',
    base_increment: '0.001',
    quote_increment: '0.01',
    status: 'online',
  },
]

const FILTERS = [
  { filterType: 'PRICE_FILTER', tickSize: '0.01' },
  { filterType: 'LOT_SIZE', stepSize: '0.001' },
]
const LISTING = {
  symbols: [{ symbol: 'ABCUSDT', status: 'TRADING', baseAsset: 'ABC', quoteAsset: 'USDT', filters: FILTERS }],
}

/** A venue on this machine: a directory over HTTP, and whatever the test does with its sockets. */
class FakeVenue {
  readonly server: Server
  readonly sockets: WebSocket[] = []
  readonly heard: string[] = []
  #directories: { status: number; body: string }[]
  onSocket: (socket: WebSocket) => void = () => undefined
  onHttp: (path: string) => { status: number; body: string } = () =>
    this.#directories.length > 1 ? this.#directories.shift()! : this.#directories[0]!

  constructor(...directories: { status: number; body: string }[]) {
    this.#directories = directories
    this.server = createServer((request, response) => {
      const { status, body } = this.onHttp(request.url ?? '')
      response.writeHead(status).end(body)
    })
    const sockets = new WebSocketServer({ server: this.server })
    sockets.on('connection', (socket) => {
      this.sockets.push(socket)
      socket.on('message', (message) => this.heard.push(String(message)))
      this.onSocket(socket)
    })
    closing.push(() => {
      for (const socket of this.sockets) socket.terminate()
      sockets.close()
      this.server.close()
    })
  }

  async listen(): Promise<{ wsUrl: string; httpUrl: string }> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve))
    const { port } = this.server.address() as AddressInfo
    return { wsUrl: `ws://127.0.0.1:${port}`, httpUrl: `http://127.0.0.1:${port}` }
  }
}

/** What reaches a feed's sink, to be waited for. */
class Sink {
  readonly events: MarketEvent[] = []
  readonly errors: FeedError[] = []
  readonly instruments: string[] = []
  #waiting: (() => void)[] = []

  async start(text: string, options: FeedOptions): Promise<Feed> {
    const feed = await openFeeds(text, { ...options, onError: (error) => this.#add(() => this.errors.push(error)) })
    closing.push(() => feed.close())
    feed.start({
      instrument: ({ id }) => this.instruments.push(id),
      event: (event) => this.#add(() => this.events.push(event)),
    })
    return feed
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  get kinds(): string[] {
    return this.events.map((event) => (event.kind === 'status' ? `status ${event.state}` : event.kind))
  }

  #add(add: () => void): void {
    add()
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

/** Serves ABC-USD: the subscription is acknowledged with a whole book. */
function serve(socket: WebSocket, bid = '5.00'): void {
  socket.on('message', () => {
    socket.send(JSON.stringify(subscriptions(['ABC-USD'])))
    socket.send(JSON.stringify(snapshot('ABC-USD', [[bid, '1.0']], [['5.02', '1.0']])))
  })
}

test('from directory to delta over a real socket, every event in its numbered place', async () => {
  const venue = new FakeVenue({ status: 200, body: JSON.stringify(PRODUCTS) })
  venue.onSocket = (socket) => {
    serve(socket)
    socket.on('message', () => socket.send(JSON.stringify(update('ABC-USD', at(1), [['buy', '5.01', '4.0']]))))
  }
  const sink = new Sink()
  const feed = await sink.start('coinbase', { symbols: ['ABC-USD'], venues: { coinbase: await venue.listen() } })
  await sink.until(() => sink.kinds.includes('book-delta'))
  expect(sink.instruments).toEqual(['coinbase:ABC-USD'])
  expect(sink.kinds).toEqual(['status syncing', 'book-snapshot', 'status live', 'book-delta'])
  const [, image, , delta] = sink.events
  expect(delta).toMatchObject({ epoch: image?.epoch, seq: 2, bids: [501, 4000] })
  expect(feed.health()).toMatchObject([{ name: 'coinbase', state: 'open', frames: 3, errors: 0, reconnects: 0 }])
})

test('a socket that is cut makes the book stale; the next one brings a gap and a new epoch', async () => {
  const venue = new FakeVenue({ status: 200, body: JSON.stringify(PRODUCTS) })
  venue.onSocket = (socket) => serve(socket, venue.sockets.length === 1 ? '5.00' : '4.00')
  const sink = new Sink()
  const feed = await sink.start('coinbase', { symbols: ['ABC-USD'], venues: { coinbase: await venue.listen() } })
  await sink.until(() => sink.kinds.includes('status live'))
  venue.sockets[0]?.terminate()
  await sink.until(() => sink.kinds.filter((kind) => kind === 'status live').length === 2)
  expect(sink.kinds.slice(3)).toEqual(['status stale', 'gap', 'book-snapshot', 'status live'])
  const images = sink.events.filter((event) => event.kind === 'book-snapshot')
  expect(images[1]).toMatchObject({ epoch: images[0]!.epoch + 1, seq: 1, bids: [400, 1000] })
  expect(feed.health()).toMatchObject([{ state: 'open', reconnects: 1 }])
})

test('a venue that sends garbage is counted, and its good frames still count', async () => {
  const venue = new FakeVenue({ status: 200, body: JSON.stringify(PRODUCTS) })
  venue.onSocket = (socket) => {
    for (const garbage of ['', 'hello', '{', '[1]', '{"type":7}', Buffer.from([0, 255, 254])]) socket.send(garbage)
    serve(socket)
  }
  const sink = new Sink()
  await sink.start('coinbase', { symbols: ['ABC-USD'], venues: { coinbase: await venue.listen() } })
  await sink.until(() => sink.kinds.includes('status live'))
  expect(sink.errors.map(({ code }) => code)).toEqual(Array(6).fill('FEED_PROTOCOL'))
})

test('a directory that fails is asked for again, and health says why meanwhile', async () => {
  const venue = new FakeVenue(
    { status: 500, body: '' },
    { status: 200, body: 'not a list' },
    { status: 200, body: JSON.stringify(PRODUCTS) },
  )
  venue.onSocket = (socket) => serve(socket)
  const sink = new Sink()
  const feed = await sink.start('coinbase', { symbols: ['ABC-USD'], venues: { coinbase: await venue.listen() } })
  await sink.until(() => sink.errors.length === 1)
  expect(feed.health()).toMatchObject([
    { name: 'coinbase', state: 'waiting', reason: expect.stringContaining('HTTP 500') },
  ])
  await sink.until(() => sink.kinds.includes('status live'))
  expect(sink.errors.map(({ code }) => code)).toEqual(['FEED_TRANSPORT', 'FEED_PROTOCOL'])
})

test('one venue that is down does not keep another from going live', async () => {
  const venue = new FakeVenue({ status: 200, body: JSON.stringify(PRODUCTS) })
  venue.onSocket = (socket) => serve(socket)
  const nowhere = { wsUrl: 'ws://127.0.0.1:1', httpUrl: 'http://127.0.0.1:1' }
  const sink = new Sink()
  const feed = await sink.start('binance,coinbase', {
    symbols: ['ABC-USD'],
    venues: { binance: nowhere, coinbase: await venue.listen() },
  })
  await sink.until(() => sink.kinds.includes('status live') && sink.errors.length > 0)
  expect(feed.health()).toMatchObject([
    { name: 'binance', state: 'waiting' },
    { name: 'coinbase', state: 'open' },
  ])
})

test('a symbol the venue does not have is told in health, not thrown', async () => {
  const venue = new FakeVenue({ status: 200, body: JSON.stringify(PRODUCTS) })
  const sink = new Sink()
  const feed = await sink.start('coinbase', { symbols: ['XYZ-USD'], venues: { coinbase: await venue.listen() } })
  await sink.until(() => sink.errors.length > 0)
  expect(feed.health()).toMatchObject([{ state: 'failed', reason: 'coinbase has no XYZ-USD' }])
})

test('binance: the snapshot is fetched over HTTP and joined to the stream', async () => {
  const venue = new FakeVenue({ status: 200, body: '' })
  venue.onHttp = (path) => ({
    status: 200,
    body: JSON.stringify(path.includes('exchangeInfo') ? LISTING : seed(10, [['5.00', '1.0']], [['5.02', '1.0']])),
  })
  const sink = new Sink()
  await sink.start('binance', { symbols: ['ABC-USDT'], venues: { binance: await venue.listen() } })
  await sink.until(() => sink.kinds.includes('book-snapshot'))
  expect(sink.events.find(({ kind }) => kind === 'book-snapshot')).toMatchObject({
    instrument: 'binance:ABC-USDT',
    bids: [500, 1000],
    venueSeq: [10, 10],
  })
})

test('after close nothing reaches the sink and no socket is left', async () => {
  const venue = new FakeVenue({ status: 200, body: JSON.stringify(PRODUCTS) })
  venue.onSocket = (socket) => serve(socket)
  const sink = new Sink()
  const feed = await sink.start('coinbase', { symbols: ['ABC-USD'], venues: { coinbase: await venue.listen() } })
  await sink.until(() => sink.kinds.includes('status live'))
  const gone = new Promise((resolve) => venue.sockets[0]?.on('close', resolve))
  await feed.close()
  await gone
  expect(sink.kinds.at(-1)).toBe('status live')
  expect(feed.health()).toMatchObject([{ state: 'ended' }])
})

test('after close a request still on its way is neither an error nor an event', async () => {
  const venue = new FakeVenue({ status: 200, body: '' })
  const asked = new Promise<void>((resolve) => {
    venue.server.removeAllListeners('request')
    venue.server.on('request', (request, response) => {
      if (request.url?.includes('exchangeInfo')) response.end(JSON.stringify(LISTING))
      else resolve()
    })
  })
  const sink = new Sink()
  const feed = await sink.start('binance', { symbols: ['ABC-USDT'], venues: { binance: await venue.listen() } })
  await asked
  const before = sink.kinds
  await feed.close()
  await new Promise((resolve) => setImmediate(resolve))
  expect(sink.errors).toEqual([])
  expect(sink.kinds).toEqual(before)
})

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
      sendsPerSecond: 1_000,
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
