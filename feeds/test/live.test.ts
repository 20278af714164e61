import { expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { seed } from './binance-frames.ts'
import { at, snapshot, subscriptions, update } from './coinbase-frames.ts'

import { FakeVenue, LISTING, PRODUCTS, Sink } from './fake-venue.ts'

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
  // Nothing has proven it yet.
  expect(feed.health()[0]?.firstVerifiedAfter).toBeUndefined()
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
