import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { MarketEvent } from '@depthcast/market'
import { afterEach } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import type { FeedError } from '../src/errors.ts'
import { type Feed, type FeedOptions, openFeeds } from '../src/index.ts'

export const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

export const PRODUCTS = [
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
export const LISTING = {
  symbols: [{ symbol: 'ABCUSDT', status: 'TRADING', baseAsset: 'ABC', quoteAsset: 'USDT', filters: FILTERS }],
}

/** A venue on this machine: a directory over HTTP, and whatever the test does with its sockets. */
export class FakeVenue {
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
export class Sink {
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
