import { fromLots, fromTicks, step } from '@depthcast/market'
import { io } from 'socket.io-client'
import parser from 'socket.io-msgpack-parser'
import { afterEach, expect, test } from 'vitest'
import { httpBook, levelsOf, type TextBook } from './fakes/books.ts'
import { type Gateway, gateway } from './fakes/gateway.ts'
import { ScriptedFeed } from './fakes/scripted-feed.ts'

let server: Gateway
afterEach(() => server.app.close())

const SYMBOL = 'test:BTC-USD'

async function start(): Promise<ScriptedFeed> {
  const feed = new ScriptedFeed()
  server = await gateway(feed)
  feed.snapshot([400, 5, 399, 6, 398, 7], [401, 4, 402, 3])
  feed.delta([400, 9], [401, 0])
  return feed
}

test('stock socket.io-client with the official msgpack parser gets the book of HTTP in ten lines', async () => {
  await start()
  const book = await new Promise<TextBook>((resolve) => {
    const socket = io(server.url, { parser, transports: ['websocket'] })
    let grid = { tick: '', lot: '' }
    socket.emit('subscribe', { channel: 'book', symbols: [SYMBOL], depth: 2 }, (ack: { results: [typeof grid] }) => {
      grid = ack.results[0]
    })
    socket.on(
      'snapshot',
      ({ epoch, seq, bids, asks }: { epoch: number; seq: number; bids: number[]; asks: number[] }) => {
        socket.disconnect()
        resolve({ epoch, seq, bids: text(bids, grid), asks: text(asks, grid) })
      },
    )
  })
  expect(book).toEqual(levelsOf(await httpBook(server.url, SYMBOL, 'depth=2')))
})

test('stock socket.io-client without any parser gets the same book on /socket.io-json', async () => {
  const feed = await start()
  const held = new Map<string, string>()
  const socket = io(server.url, { path: '/socket.io-json', transports: ['websocket'] })
  const snapshot = Promise.withResolvers<TextBook>()
  const update = Promise.withResolvers<TextBook>()
  socket.emit('subscribe', { channel: 'book', symbols: [SYMBOL], depth: 2, rateMs: 'raw' }, () => {})
  socket.on('snapshot', snapshot.resolve)
  socket.on('update', update.resolve)
  expect(levelsOf(await snapshot.promise)).toEqual(levelsOf(await httpBook(server.url, SYMBOL, 'depth=2')))
  for (const [price, quantity] of (await snapshot.promise).bids) held.set(price, quantity)
  feed.delta([400, 1], [])
  for (const [price, quantity] of (await update.promise).bids) held.set(price, quantity)
  expect([...held]).toEqual((await httpBook(server.url, SYMBOL, 'depth=2')).bids)
  socket.disconnect()
})

function text(
  levels: readonly number[],
  { tick, lot }: { readonly tick: string; readonly lot: string },
): [string, string][] {
  const result: [string, string][] = []
  for (let i = 0; i < levels.length; i += 2) {
    result.push([fromTicks(levels[i] as number, step(tick)), fromLots(levels[i + 1] as number, step(lot))])
  }
  return result
}
