import {
  type Client,
  ClientError,
  connect,
  type LinkListener,
  socketio,
  type TradesView,
  type Transport,
  websocket,
} from '@depthcast/client'
import { afterEach, expect, test } from 'vitest'
import { httpBook, until, untilState } from './fakes/books.ts'
import { type Gateway, gateway } from './fakes/gateway.ts'
import { ScriptedFeed } from './fakes/scripted-feed.ts'

const SYMBOL = 'test:BTC-USD'

/** A way to the servers that a test can break, and point elsewhere. */
class Hopper implements Transport {
  readonly name = 'hopper'
  door: Transport
  url: string
  #breakOff = (): void => {}

  constructor(door: Transport, url: string) {
    this.door = door
    this.url = url
  }

  open(_url: URL, hello: Parameters<Transport['open']>[1], listener: LinkListener): ReturnType<Transport['open']> {
    const link = this.door.open(new URL(this.url), hello, listener)
    this.#breakOff = () => {
      link.terminate()
      listener.ended({ error: new ClientError('connection-lost', 'broken by the test'), next: 'at-once' })
    }
    return link
  }

  /** Ends the connection; the next one goes through this door. */
  hop(door: Transport, { url }: Gateway): void {
    this.door = door
    this.url = url
    this.#breakOff()
  }
}

const gateways: Gateway[] = []
let client: Client | undefined
afterEach(async () => {
  client?.close()
  await Promise.all(gateways.splice(0).map(({ app }) => app.close()))
})

async function start(): Promise<{ readonly feed: ScriptedFeed; readonly a: Gateway; readonly b: Gateway }> {
  const feed = new ScriptedFeed()
  const [a, b] = [await gateway(feed), await gateway(feed)]
  gateways.push(a, b)
  feed.snapshot([400, 5, 399, 6, 398, 7], [401, 4, 402, 3])
  feed.status('live', 'in step')
  return { feed, a, b }
}

const ids = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => `t${from + i}`)

test('from door to door and gateway to gateway trades are exact, and the book is that of HTTP', async () => {
  const { feed, a, b } = await start()
  const hopper = new Hopper(socketio, a.url)
  client = connect(a.url, { transport: hopper, reconnect: { minMs: 5, maxMs: 20 } })
  const trades = client.trades(SYMBOL, { rateMs: 'raw' })
  const book = client.book(SYMBOL, { depth: 2, rateMs: 'raw', mode: 'unfiltered' })
  const heard: string[] = []
  trades.subscribe((view) => heard.push(...(view?.lost ? [`lost ${view.lost}`] : []), ...(view?.added ?? []).map(idOf)))
  await untilState(trades, 'live')
  await untilState(book, 'live')
  const hops = [
    { door: websocket, to: b },
    { door: websocket, to: a },
    { door: socketio, to: b },
    { door: websocket, to: a },
  ]
  let last = 0
  for (const { door, to } of hops) {
    feed.trades(3)
    await until(trades, ({ seq }) => seq === last + 3)
    hopper.hop(door, to)
    feed.trades(4)
    feed.delta([400, last + 1], [])
    last += 7
    await until(trades, ({ seq }) => seq === last)
    await until(book, ({ bids }) => bids[1] === last - 6)
    await untilState(book, 'live')
    const { epoch, seq, bids, asks } = await httpBook(to.url, SYMBOL, 'depth=2')
    expect({ epoch: book.current?.epoch, seq: book.current?.seq, ...book.current?.levels() }).toEqual({
      ...{ epoch, seq, bids, asks },
    })
  }
  expect(heard).toEqual(ids(1, last))
  expect(client.stats()).toMatchObject({ reconnects: 4, gaps: 0, chainsBroken: 0, checksumFailures: 0, malformed: 0 })
  expect(client.stats().recovered).toBeGreaterThanOrEqual(4)
})

test('what no gateway has any more is told to the last trade', async () => {
  const { feed, a, b } = await start()
  const hopper = new Hopper(websocket, a.url)
  client = connect(a.url, { transport: hopper, reconnect: { minMs: 5, maxMs: 20 } })
  const trades = client.trades(SYMBOL, { rateMs: 'raw' })
  const heard = { count: 0, lost: 0 }
  trades.subscribe((view: TradesView | undefined) => {
    heard.count += view?.added.length ?? 0
    heard.lost += view?.lost ?? 0
  })
  feed.trades(2)
  await until(trades, ({ seq }) => seq === 2)
  hopper.hop(socketio, b)
  feed.trades(30_000)
  await until(trades, ({ seq }) => seq === 30_002)
  expect(heard.lost).toBeGreaterThan(0)
  expect(heard.count + heard.lost).toBe(30_002)
})

function idOf({ id }: { readonly id: string }): string {
  return id
}
