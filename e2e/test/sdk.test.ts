import { type Client, type ClientError, type ConnectOptions, connect, socketio, websocket } from '@depthcast/client'
import { afterEach, expect, test } from 'vitest'
import { History, httpBook, until, untilState } from './fakes/books.ts'
import { type Gateway, gateway, simulated } from './fakes/gateway.ts'
import { ScriptedFeed } from './fakes/scripted-feed.ts'

let server: Gateway
let client: Client
const errors: ClientError[] = []
type Options = ConnectOptions & { readonly args?: readonly string[] }
const open = async (feed: Parameters<typeof gateway>[0], { args, ...options }: Options = {}): Promise<void> => {
  server = await gateway(feed, args)
  client = connect(server.url, { ...options, onError: (error) => errors.push(error) })
}
afterEach(async () => {
  client.close()
  errors.length = 0
  await server.app.close()
})

test.each([
  { options: { depth: 5 }, query: 'depth=5', transport: socketio },
  { options: { depth: 25, grouping: 50 }, query: 'depth=25&grouping=50', transport: socketio },
  { options: { depth: 'all' }, query: 'depth=all', transport: socketio },
  { options: { depth: 'all', mode: 'unfiltered' }, query: 'depth=all', transport: socketio },
  { options: { depth: 'all', mode: 'unfiltered' }, query: 'depth=all', transport: websocket },
  { options: { depth: 25, grouping: 50 }, query: 'depth=25&grouping=50', transport: websocket },
] as const)(
  'a book of $query, $options.mode, through $transport.name is the book of HTTP at the same seq, while the market moves',
  async ({ options, query, transport }) => {
    await open(await simulated(), { transport })
    const [instrument] = await client.instruments()
    const symbol = instrument?.id ?? ''
    const book = client.book(symbol, { ...options, rateMs: 'raw' })
    await until(book, () => true)
    expect(book.granted?.depth).toBe(options.depth)
    const history = new History(book)
    for (let i = 0; i < 5; i++) {
      const { served, seen } = await history.beside(() => httpBook(server.url, symbol, query))
      expect(seen).toEqual(served)
    }
    expect(book.current?.checksum).toBe('ok')
    expect(client.stats()).toMatchObject({ gaps: 0, chainsBroken: 0, checksumFailures: 0, malformed: 0, resyncs: 0 })
    expect(client.stats().acks).toBeGreaterThan(0)
    expect(errors).toEqual([])
  },
)

test.each([socketio, websocket])(
  'through $name a small window is kept open by acks: four times as much as it holds comes, and no chain breaks',
  async (transport) => {
    await open(await simulated(), { transport, args: ['--window', '4096'] })
    const instruments = await client.instruments()
    const books = instruments.map(({ id }) => client.book(id, { depth: 'all', rateMs: 'raw', mode: 'unfiltered' }))
    await Promise.all(books.map((book) => until(book, () => client.stats().bytesIn > 4 * 4096)))
    expect(client.stats().acks).toBeGreaterThan(4)
    expect(client.stats()).toMatchObject({
      chainsBroken: 0,
      checksumFailures: 0,
      malformed: 0,
      resyncs: 0,
      reconnects: 0,
    })
    expect(errors).toEqual([])
  },
)

test('every instrument of the simulated market has a live book, ticker, bars and status at once', async () => {
  await open(await simulated())
  const instruments = await client.instruments()
  expect(instruments.length).toBeGreaterThan(3)
  const books = instruments.map(({ id }) => client.book(id, { depth: 3, rateMs: 50 }))
  const tickers = instruments.map(({ id }) => client.ticker(id))
  const candles = instruments.map(({ id }) => client.candles(id, { interval: '1m' }))
  const statuses = instruments.map(({ id }) => client.status(id))
  for (const subscription of [...books, ...tickers, ...candles, ...statuses]) await untilState(subscription, 'live')
  for (const book of books) expect(book.current?.spread).toBeGreaterThan(0)
  for (const ticker of tickers) expect(ticker.current?.bid).toBeGreaterThan(0)
})

test('trades are those of HTTP, each once and in order', async () => {
  await open(await simulated())
  const [instrument] = await client.instruments()
  const symbol = instrument?.id ?? ''
  const trades = client.trades(symbol, { rateMs: 50 })
  const ids: string[] = []
  for await (const view of trades) {
    expect(view.lost).toBe(0)
    ids.push(...view.added.map(({ id }) => id))
    if (ids.length >= 12) break
  }
  const response = await fetch(`${server.url}/v1/trades/${symbol}?limit=1000`)
  const text = await response.text()
  const places = ids.map((id) => text.indexOf(`"${id}"`))
  expect(places.every((place) => place >= 0)).toBe(true)
  expect(new Set(ids).size).toBe(ids.length)
  const rising = [...places].sort((a, b) => a - b)
  expect([rising, rising.toReversed()]).toContainEqual(places)
})

test('quarters of a dollar and quantities past 32 bits arrive exactly', async () => {
  const feed = new ScriptedFeed()
  await open(feed)
  feed.status('live', 'in step')
  feed.snapshot([385_191, 8_000_000_000_000_000, 385_190, 1], [385_192, 4_294_967_297])
  const book = client.book('test:BTC-USD', { rateMs: 'raw' })
  await untilState(book, 'live')
  expect(book.current?.levels()).toEqual({
    bids: [
      ['96297.75', '80000000.00000000'],
      ['96297.50', '0.00000001'],
    ],
    asks: [['96298.00', '42.94967297']],
  })
})

test('a break at the source is a gap until its snapshot, and what the source says of itself is the state', async () => {
  const feed = new ScriptedFeed()
  await open(feed)
  feed.snapshot([100, 1], [101, 1])
  feed.status('live', 'in step')
  const book = client.book('test:BTC-USD', { rateMs: 'raw' })
  await untilState(book, 'live')
  const kinds: string[] = []
  book.onStatus((state) => kinds.push('instrument' in state ? `${state.kind} ${state.instrument}` : state.kind))
  feed.gap('sequence')
  feed.status('resyncing', 'expected 102, received 107')
  await untilState(book, 'gap')
  expect(book.current?.bids).toEqual([100, 1])
  feed.snapshot([90, 1], [91, 1])
  feed.status('live', 'in step again')
  await until(book, (view) => view.epoch === 2)
  await untilState(book, 'live')
  feed.status('stale', 'silent for 30 s')
  await untilState(book, 'stale')
  feed.status('ended', 'the recording is over')
  await untilState(book, 'live')
  expect(book.current?.bids).toEqual([90, 1])
  expect(kinds[0]).toBe('live live')
  expect(kinds).toContain('gap')
  expect(kinds.at(-2)).toBe('stale stale')
  expect(kinds.at(-1)).toBe('live ended')
})

test('changing depth, grouping and rate under way always gives the book of HTTP, and nothing breaks', async () => {
  await open(await simulated())
  const [instrument] = await client.instruments()
  const symbol = instrument?.id ?? ''
  const book = client.book(symbol, { depth: 25, rateMs: 'raw' })
  await untilState(book, 'live')
  for (const [depth, grouping] of [
    [5, 1],
    [50, 1],
    [10, 100],
    [10, 5],
    [1, 1],
  ] as const) {
    const granted = await book.modify({ depth, grouping })
    expect(granted).toMatchObject({ depth, grouping, rateMs: 'raw' })
    await untilState(book, 'live')
    const history = new History(book)
    const { served, seen } = await history.beside(() =>
      httpBook(server.url, symbol, `depth=${depth}&grouping=${grouping}`),
    )
    expect(seen).toEqual(served)
  }
  expect(await book.modify({ rateMs: 1000 })).toMatchObject({ depth: 1, rateMs: 1000 })
  await expect(book.modify({ depth: 0 })).rejects.toMatchObject({ code: 422 })
  expect(book.granted).toMatchObject({ depth: 1, rateMs: 1000 })
  expect(client.stats()).toMatchObject({ chainsBroken: 0, checksumFailures: 0, resyncs: 0 })
})

test('an unknown symbol is refused with 404 and what may have been meant', async () => {
  await open(await simulated())
  const [instrument] = await client.instruments()
  const book = client.book(`${instrument?.id}X`)
  await untilState(book, 'refused')
  expect(book.status).toMatchObject({ error: { code: 404, message: expect.stringContaining(instrument?.id ?? '') } })
})
