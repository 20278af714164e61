import { expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { acknowledged, diff, levels } from './bitstamp-frames.ts'
import { at, snapshot, subscriptions, update } from './coinbase-frames.ts'
import { FakeVenue, PRODUCTS, Sink } from './fake-venue.ts'

// What only real sockets show: that a second one is opened beside the first, asked, and let go of.

test('an odd book of coinbase is asked for afresh on a second socket, found right, and the socket is let go', async () => {
  const venue = new FakeVenue({ status: 200, body: JSON.stringify(PRODUCTS) })
  const bids = [['5.00', '1.0']] as const
  const answered = new Promise<void>((resolve) => {
    venue.onSocket = (socket) => {
      const isFirst = venue.sockets.length === 1
      if (!isFirst) socket.on('close', () => resolve())
      socket.on('message', (message) => {
        if (String(message).includes('status')) return
        socket.send(JSON.stringify(subscriptions(['ABC-USD'])))
        socket.send(JSON.stringify(snapshot('ABC-USD', bids, isFirst ? [['5.02', '1.0']] : [])))
        if (isFirst) socket.send(JSON.stringify(update('ABC-USD', at(1), [['sell', '5.02', '0']])))
      })
    }
  })
  const sink = new Sink()
  const feed = await sink.start('coinbase', { symbols: ['ABC-USD'], venues: { coinbase: await venue.listen() } })
  await answered
  expect(venue.heard.at(-1)).toBe(
    '{"type":"subscribe","product_ids":["ABC-USD"],"channels":["level2_batch","heartbeat"]}',
  )
  expect(feed.health()).toMatchObject([{ state: 'open', reconnects: 0, checks: { oracle: { passed: 1, failed: 0 } } }])
  expect(sink.kinds).not.toContain('gap')
})

const PAIRS = [{ name: 'ABC/USD', url_symbol: 'abcusd', base_decimals: 3, counter_decimals: 2, trading: 'Enabled' }]

test('bitstamp over real sockets: from directory to difference, and over to the next socket without a gap', async () => {
  let book = levels(5, [['5.00', '1.000']], [['5.02', '1.000']])
  const venue = new FakeVenue({ status: 200, body: '' })
  venue.onHttp = (path) => ({ status: 200, body: JSON.stringify(path.includes('order_book/abcusd') ? book : PAIRS) })
  venue.onSocket = (socket: WebSocket) => {
    socket.on('message', (message) => {
      const { event, data } = JSON.parse(String(message))
      if (event === 'bts:subscribe') socket.send(JSON.stringify(acknowledged(data.channel)))
    })
  }
  const sink = new Sink()
  const feed = await sink.start('bitstamp', { symbols: ['ABC-USD'], venues: { bitstamp: await venue.listen() } })
  await sink.until(() => sink.kinds.includes('status live'))
  venue.sockets[0]?.send(JSON.stringify(diff('abcusd', 6, [['5.01', '2.000']])))
  await sink.until(() => sink.kinds.includes('book-delta'))
  expect(sink.kinds).toEqual(['status syncing', 'book-snapshot', 'status live', 'book-delta'])
  expect(sink.events.at(-1)).toMatchObject({ instrument: 'bitstamp:ABC-USD', seq: 2, bids: [501, 2000] })

  book = levels(6, [['5.01', '2.000']], [['5.02', '1.000']])
  venue.sockets[0]?.send('{"event":"bts:request_reconnect","channel":"","data":""}')
  await sink.until(() => sink.kinds.filter((kind) => kind === 'book-snapshot').length === 2)
  venue.sockets[1]?.send(JSON.stringify(diff('abcusd', 7, [['5.00', '3.000']])))
  await sink.until(() => sink.kinds.filter((kind) => kind === 'book-delta').length > 1)
  expect(sink.kinds).not.toContain('gap')
  expect(feed.health()).toMatchObject([{ state: 'open', reconnects: 0, rolls: 1 }])
})
