import type { MarketEvent } from '@depthcast/market'
import { expect, test } from 'vitest'
import { ClientError } from '../src/errors.ts'
import type { BookView, CandlesView, Subscription, TradesView } from '../src/index.ts'
import { connect } from '../src/index.ts'
import { FakeHost } from './fakes/fake-host.ts'
import { FakeMarket } from './fakes/market.ts'
import { ModelGateway } from './fakes/model-gateway.ts'
import { BTC, ETH } from './fakes/setup.ts'
import { WirePair } from './fakes/wire-pair.ts'

const lost = new ClientError('connection-lost', 'gone')
const DEPTH = 4

/** One run of everything that can go wrong on a wire and at a server, driven by a seed. Two gateways carry the same market. */
class Schedule {
  readonly host: FakeHost
  readonly books: readonly Subscription<BookView>[]
  readonly trades: Subscription<TradesView>
  readonly candles: Subscription<CandlesView>
  readonly wire: WirePair
  gateway: ModelGateway
  gateways: readonly ModelGateway[] = []
  markets: readonly FakeMarket[] = []
  /** Times a book was held against the market while it was called live. */
  checked = 0
  readonly heard: { readonly ids: string[]; lost: number } = { ids: [], lost: 0 }
  readonly errors: ClientError[] = []
  readonly wrong: string[] = []
  readonly client

  constructor(seed: number) {
    this.host = new FakeHost(seed)
    this.gateway = this.#newGateways()
    this.wire = new WirePair(this.gateway)
    this.client = connect('http://127.0.0.1:1', {
      host: this.host,
      transport: this.wire,
      onError: (error) => this.errors.push(error),
    })
    this.books = [
      this.client.book(BTC, { depth: DEPTH }),
      this.client.book(ETH, { depth: DEPTH }),
      this.client.book(BTC, { depth: DEPTH }),
      this.client.book(BTC, { depth: 7 }),
      this.client.book(BTC, { depth: 5, rateMs: 20, mode: 'unfiltered' }),
    ]
    this.candles = this.client.candles(BTC, { interval: '1s' })
    this.trades = this.client.trades(BTC)
    this.trades.subscribe((view) => {
      this.heard.lost += view?.lost ?? 0
      this.heard.ids.push(...(view?.added ?? []).map(({ id }) => id))
    })
    for (const book of this.books) book.subscribe(() => this.check(book))
  }

  /** A book called live is, level by level, one that the present server's market had at that very epoch and seq. */
  check(book: Subscription<BookView>): void {
    if (book.status.kind !== 'live' || book.current === undefined) return
    const { epoch, seq, bids, asks } = book.current
    const market = this.markets.find(({ symbol }) => symbol === book.symbol)
    const truth = market?.bookAt(epoch, seq)
    const depth = typeof book.granted?.depth === 'number' ? book.granted.depth : DEPTH
    if (
      bids.join() !== truth?.bids.slice(0, depth * 2).join() ||
      asks.join() !== truth.asks.slice(0, depth * 2).join()
    ) {
      this.wrong.push(
        `${book.symbol} at ${epoch}.${seq} is called live with [${bids}] [${asks}], the market had [${truth?.bids}] [${truth?.asks}]`,
      )
    }
    this.checked++
  }

  checkAll(): void {
    for (const book of this.books) this.check(book)
  }

  event(event: MarketEvent): void {
    for (const gateway of this.gateways) gateway.event(event)
  }

  async step(): Promise<void> {
    const { host, gateway, wire } = this
    const market = this.markets[host.below(2)] as FakeMarket
    const dice = host.below(104)
    if (dice < 45) this.event(market.randomDelta())
    else if (dice < 55) this.event(this.#btc.trade(1000, 1))
    else if (dice < 70) gateway.publish()
    else if (dice < 71) {
      for (const each of this.gateways) each.gap(market.symbol)
      this.event(market.randomSnapshot())
    } else if (dice < 72) gateway.gap(market.symbol, { reason: 'too-old' })
    else if (dice < 82) await wire.trickle(host.below(4))
    else if (dice < 92) await wire.flush()
    else if (dice < 95) host.advance(host.below(3_000))
    else if (dice < 97) this.lose()
    else if (dice < 99) {
      const depth = 1 + host.below(6)
      this.books[host.below(5)]?.modify({ depth }).catch(() => {})
    } else if (dice < 100) this.#restart()
    else if (dice < 102) this.move()
    else {
      const book = this.books[host.below(5)]
      if (book?.status.kind === 'paused') book.resume()
      else book?.pause()
    }
    this.checkAll()
  }

  /** The connection breaks; the next one may be to the other gateway. */
  lose(): void {
    const { host, wire } = this
    this.gateway = this.gateways[host.below(2)] as ModelGateway
    this.wire.serve(this.gateway)
    wire.link?.end({ error: lost, next: host.below(2) === 0 ? 'backoff' : 'at-once' })
  }

  /** The server finds the client slow in one of its views. */
  move(): void {
    const { host, gateway, wire } = this
    const subs = gateway.subsOf(wire.link)
    const sub = subs[host.below(subs.length)]
    if (wire.link !== undefined && sub !== undefined) gateway.move(wire.link, sub)
  }

  /** Nothing goes wrong any more: everything must come to be live, and the newest. */
  async calm(): Promise<void> {
    const { host, wire } = this
    wire.mischief = ({ value }) => [value]
    for (const book of this.books) book.resume()
    for (let i = 0; i < 40; i++) {
      this.gateway.heartbeat()
      for (const market of this.markets) this.event(market.randomDelta())
      this.gateway.publish()
      host.advance(1_000)
      await wire.flush()
    }
  }

  /** As the present gateway counts them, in its words. */
  get bars(): readonly unknown[] {
    return (this.gateway.ledgers.get(BTC)?.candles('1s').last(500) ?? []).map((bar) => ({ ...bar }))
  }

  get #btc(): FakeMarket {
    return this.markets[0] as FakeMarket
  }

  #restart(): void {
    this.gateway = this.#newGateways()
    this.wire.serve(this.gateway)
    this.wire.link?.end({ error: lost, next: 'backoff' })
  }

  /** The same seqs as those before had, with other books, and epochs of which updates show the same mark: the worst a restart can bring. */
  #newGateways(): ModelGateway {
    const { host } = this
    const epoch = 128 * host.below(2 ** 30)
    this.gateways = [1, 2].map((n) => new ModelGateway(host, [BTC, ETH], { epoch: epoch + n, tradesKept: 40 }))
    // What the one grants is not what the other does: a place in the one view is none in the other.
    for (const gateway of this.gateways.slice(1)) gateway.maxDepth = 3
    this.markets = [new FakeMarket(host, BTC, epoch), new FakeMarket(host, ETH, epoch)]
    for (const market of this.markets) this.event(market.randomSnapshot())
    return this.gateways[0] as ModelGateway
  }
}

/** Loses, doubles and alters what goes to the client, one parcel in twenty. What is altered is what a book is made of. */
function mischief(
  { host }: Schedule,
  { name, value }: { readonly name: string; readonly value: unknown },
): readonly unknown[] {
  // Whom a view was moved to is said once, on a wire that loses nothing in between.
  if (host.below(20) > 0 || name === 'config') return [value]
  const body = value as Record<string, unknown>
  const isBook = name === 'snapshot' || name === 'update'
  switch (host.below(isBook ? 6 : 2)) {
    case 0:
      return []
    case 1:
      // An answer comes once whatever the wire does: it is asked for by number.
      return isBook || name === 'trades' ? [value, value] : [value]
    case 2:
      return [{ ...body, bids: [...(body.bids as number[]), 1, 7] }]
    case 3:
      return [{ ...body, asks: (body.asks as number[]).slice(2) }]
    case 4:
      return [
        {
          ...body,
          bids: (body.bids as number[]).map((n, i) => (i === 1 ? n + 1 : n)),
          asks: 'x'.repeat(host.below(2)) || body.asks,
        },
      ]
    default:
      return [{ ...body, prev: (body.prev as number) + 1, checksum: (body.checksum as number) ^ 1 }]
  }
}

const SEEDS = Array.from({ length: 200 }, (_, i) => i + 1)

test.each(SEEDS)(
  'seed %i: whatever the wire does, no book is called live that the server did not publish, and calm brings the newest',
  async (seed) => {
    const schedule = new Schedule(seed)
    schedule.wire.mischief = (parcel) => mischief(schedule, parcel)
    for (let i = 0; i < 400; i++) await schedule.step()
    await schedule.calm()
    schedule.checkAll()
    expect(schedule.wrong).toEqual([])
    for (const book of schedule.books) {
      const market = schedule.markets.find(({ symbol }) => symbol === book.symbol)
      expect(book.status.kind).toBe('live')
      const levels = Number(book.granted?.depth) * 2
      // The seq may be an earlier one: what changes past the depth is not published.
      expect(book.current?.bids).toEqual(market?.newest.bids.slice(0, levels))
      expect(book.current?.asks).toEqual(market?.newest.asks.slice(0, levels))
    }
    expect(schedule.trades.status.kind).toBe('live')
    expect(schedule.candles.status.kind).toBe('live')
    expect(schedule.candles.current?.candles).toEqual(schedule.bars)
    expect(schedule.checked).toBeGreaterThan(20)
    expect(schedule.errors.every((error) => error instanceof ClientError)).toBe(true)
    schedule.client.close()
    expect(schedule.host.pending).toBe(0)
  },
)

test.each(SEEDS.slice(0, 100))(
  'seed %i: over losses, gateways, moves and gaps no trade comes twice or out of order, and those lost are told',
  async (seed) => {
    const schedule = new Schedule(seed)
    const [btc] = schedule.markets as [FakeMarket]
    for (let i = 0; i < 300; i++) {
      const { host, wire, gateway } = schedule
      const dice = host.below(100)
      if (dice < 40) for (let n = host.below(12); n > 0; n--) schedule.event(btc.trade(1000, 1))
      else if (dice < 70) gateway.publish()
      else if (dice < 80) await wire.flush()
      else if (dice < 90) await wire.trickle(host.below(3))
      else if (dice < 93) schedule.lose()
      else if (dice < 94) schedule.move()
      else if (dice < 95) gateway.gap(BTC, { reason: 'too-old' }, 'trades')
      else host.advance(host.below(600))
    }
    await schedule.calm()
    const numbers = schedule.heard.ids.map((id) => Number(id.slice(1)))
    expect(numbers.every((n, i) => i === 0 || n > (numbers[i - 1] as number))).toBe(true)
    const before = numbers.length === 0 ? 0 : (numbers[0] as number) - 1
    expect(numbers.length + schedule.heard.lost + before).toBe(btc.trades)
    expect(schedule.client.stats().chainsBroken).toBe(0)
  },
)
