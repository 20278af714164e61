import type { AddressInfo } from 'node:net'
import { Book, type MarketEvent } from '@depthcast/market'
import { afterEach } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { SymbolBook } from '../src/book-state.ts'
import { type FeedError, SequenceGap, UpstreamNotice } from '../src/errors.ts'
import { Link, type LinkOptions } from '../src/link.ts'
import { Numbering } from '../src/numbering.ts'
import { realWorld } from '../src/outside.ts'
import type { Input, Limits, Output, Protocol } from '../src/venue.ts'
import { VenueBudget } from '../src/venue-budget.ts'
import { instrument } from './driver.ts'

export const BTC = instrument('plain', 'BTC', 'BTC', 'USD')

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** What the venue of these tests says: plain JSON, one instrument. */
export type Said =
  | { readonly say: 'snapshot'; readonly id: number; readonly bids: number[]; readonly asks: number[] }
  | { readonly say: 'delta'; readonly id: number; readonly bids: number[]; readonly asks: number[] }
  | { readonly say: 'trade'; readonly id: number; readonly at?: number }
  /** Brings about this output. */
  | { readonly say: 'output'; readonly output: Exclude<Output, { kind: 'roll' }> }
  | { readonly say: 'roll' }

/** A venue whose update ids count up by one, and what its protocol was given. */
export class PlainProtocol implements Protocol {
  readonly inputs: Input[] = []
  /** What comes out with the next frame, beside what it brings about: for outputs that no JSON can say. */
  readonly next: Output[] = []
  readonly #book = new SymbolBook(BTC, {
    ackWithinMs: undefined,
    snapshotWithinMs: undefined,
    missedRestMs: 60_000,
    quietAfterMs: 60_000,
    staleAfterMs: 60_000,
    resyncs: { max: 5, perMs: 600_000 },
  })
  readonly #onInput: () => void
  #id = 0

  constructor(onInput: () => void) {
    this.#onInput = onInput
  }

  step(input: Input): readonly Output[] {
    this.inputs.push(input)
    this.#onInput()
    const out: Output[] = []
    const { now } = input
    if (input.kind === 'open') {
      this.#book.requested(now, out)
      out.push({ kind: 'send', text: 'subscribe' })
    }
    if (input.kind === 'closed') this.#book.closed(input.reason, now, out)
    if (input.kind === 'frame') out.push(...this.next.splice(0))
    if (input.kind === 'frame') this.#frame(JSON.parse(input.text) as Said, now, out)
    return out
  }

  #frame(said: Said, now: Input['now'], out: Output[]): void {
    const stamp = { exchangeTime: undefined, verified: 'sequence' } as const
    switch (said.say) {
      case 'snapshot':
        this.#id = said.id
        this.#book.snapshot({ ...stamp, bids: said.bids, asks: said.asks, venueSeq: [said.id, said.id] }, now, out)
        break
      case 'delta': {
        const where = { venue: 'plain', instrument: BTC.id, expected: this.#id + 1, received: said.id }
        if (said.id !== this.#id + 1) this.#book.fail(new SequenceGap(where), 'sequence', now, out)
        this.#id = said.id
        this.#book.delta({ ...stamp, bids: said.bids, asks: said.asks, venueSeq: [said.id, said.id] }, now, out)
        break
      }
      case 'trade': {
        const times = { exchangeTime: said.at as typeof now | undefined, receivedAt: now }
        const trade = { price: 100, quantity: 1, side: 'buy', tradeId: String(said.id), instrument: BTC.id, ...times }
        out.push({ kind: 'event', event: { kind: 'trade', ...trade } as Extract<MarketEvent, { kind: 'trade' }> })
        break
      }
      case 'output':
        out.push(said.output)
        break
      case 'roll':
        out.push({ kind: 'roll', error: new UpstreamNotice({ venue: 'plain', reason: 'going away' }) })
    }
  }
}

/** A link to a server of sockets on this machine, what reaches its sink, and what the sink's book is. */
export class Harness {
  readonly server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  readonly sockets: WebSocket[] = []
  readonly heard: string[] = []
  readonly protocols: PlainProtocol[] = []
  readonly events: MarketEvent[] = []
  readonly errors: FeedError[] = []
  readonly verified: string[] = []
  readonly book = new Book()
  hasBook = false
  link!: Link
  #waiting: (() => void)[] = []

  async start(limits: Partial<Limits> = {}, options: Partial<LinkOptions> = {}): Promise<this> {
    await new Promise((resolve) => this.server.once('listening', resolve))
    this.server.on('connection', (socket) => {
      this.sockets.push(socket)
      socket.on('message', (message) => this.#add(() => this.heard.push(String(message))))
      socket.on('close', () => this.#add(() => {}))
      this.#add(() => {})
    })
    const all = { connects: 100, perMs: 1_000, sendsPerSecond: 1_000, ...limits }
    this.link = new Link({
      name: 'plain',
      plan: { venue: 'plain', url: this.url, instruments: [BTC], options: {} },
      protocol: () => {
        const protocol = new PlainProtocol(() => this.#add(() => {}))
        this.protocols.push(protocol)
        return protocol
      },
      limits: all,
      outside: realWorld(),
      budget: new VenueBudget(all),
      numbering: new Numbering(1),
      sink: {
        instrument: () => {},
        event: (event) => this.#add(() => this.#take(event)),
        verified: (id) => this.#add(() => this.verified.push(id)),
      },
      drainMs: 20,
      onError: (error) => this.#add(() => this.errors.push(error)),
      ...options,
    })
    closing.push(() => this.server.close())
    closing.push(() => {
      for (const socket of this.sockets) socket.terminate()
    })
    closing.push(() => this.link.close())
    this.link.start()
    return this
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  /** Says something on one socket, counted from 0 in the order they were opened. */
  say(socket: number, said: Said): this {
    this.sockets[socket]?.send(JSON.stringify(said))
    return this
  }

  /** Waits for this to be so; looked at after everything that happens. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  get kinds(): string[] {
    return this.events.map((event) => (event.kind === 'status' ? `status ${event.state}` : event.kind))
  }

  get trades(): string[] {
    return this.events.flatMap((event) => (event.kind === 'trade' ? [event.tradeId] : []))
  }

  isClosed(socket: number): boolean {
    const { readyState, CLOSED } = this.sockets[socket] ?? {}
    return readyState === CLOSED
  }

  /** As the hub does it: a delta on no book is one that nobody may send. */
  #take(event: MarketEvent): void {
    this.events.push(event)
    if (event.kind === 'gap' && event.stream === 'book') this.hasBook = false
    if (event.kind === 'book-snapshot') {
      this.book.replace(event.bids, event.asks)
      this.hasBook = true
    }
    if (event.kind === 'book-delta') {
      if (!this.hasBook) throw new Error('a delta on no book')
      this.book.apply(event.bids, event.asks)
    }
  }

  #add(add: () => void): void {
    add()
    for (const wake of this.#waiting.splice(0)) wake()
  }
}
