import { ClientError, type LinkListener, type Transport } from '@depthcast/client'
import { checksum, VIEW_CHECKSUM_LEVELS } from '@depthcast/market'

type Request = {
  readonly name: string
  readonly body: Readonly<Record<string, unknown>>
  readonly answered: (reply: unknown) => void
}
type View = {
  readonly sub: number
  readonly channel: string
  readonly symbol: string
  readonly granted: Readonly<Record<string, unknown>>
}

/**
 * The far end of the wire, in the test's hand: it grants whatever is asked for and sends what the test says. Nothing arrives inside a call;
 * `settle` delivers.
 */
export class ScriptedGateway {
  readonly transport: Transport = {
    name: 'scripted',
    open: (_url, _hello, listener) => {
      this.#listener = listener
      this.#later(() => this.#welcome(listener))
      return {
        request: (name, body, answered) => {
          this.requests.push({ name, body: body as Request['body'], answered })
          this.#later(() => this.#answer({ name, body: body as Request['body'], answered }))
        },
        tell: (name, body) => {
          this.told.push({ name, body })
        },
        terminate: () => {
          if (this.#listener === listener) this.#listener = undefined
        },
      }
    },
  }
  /** Everything the client asked for, in order. */
  readonly requests: Request[] = []
  /** What it said without wanting an answer, in order. */
  readonly told: { readonly name: string; readonly body: unknown }[] = []
  /** Symbols that are refused, with the error. */
  readonly refusals = new Map<string, { readonly code: number; readonly slug: string; readonly message: string }>()
  tick = '0.5'
  lot = '0.001'
  isUp = true
  /** What it promises; it keeps its promise where the test has it do so. */
  heartbeatMs = 1000
  /** What is granted where it is not what was asked for. */
  grants: Readonly<Record<string, unknown>> = {}
  /** The answer to every `modify`, where it is no. */
  modifyError: { readonly code: number; readonly slug: string; readonly message: string } | undefined
  /** How far its clock is ahead of the test's. */
  skewMs = 0
  readonly #now: () => number
  readonly #views = new Map<number, View>()
  readonly #queue: (() => void)[] = []
  #listener: LinkListener | undefined
  #subs = 0

  /** `now` is the test's clock, ms since 1970. */
  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Its own clock, µs since 1970. */
  get serverTime(): number {
    return (this.#now() + this.skewMs) * 1000
  }

  /** Everything under way arrives, in order, with whatever it sets off. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 5; ) {
      const next = this.#queue.shift()
      next?.()
      quiet = next === undefined ? quiet + 1 : 0
      await Promise.resolve()
    }
  }

  /** The sub the client follows now for a channel of a symbol. */
  sub(channel: string, symbol: string): number {
    const view = [...this.#views.values()].findLast((each) => each.channel === channel && each.symbol === symbol)
    if (view === undefined) throw new Error(`nobody follows ${channel} of ${symbol}`)
    return view.sub
  }

  follows(channel: string, symbol: string): boolean {
    return [...this.#views.values()].some((each) => each.channel === channel && each.symbol === symbol)
  }

  send(type: string, body: Readonly<Record<string, unknown>>, bytes = 100): void {
    this.#later(() => this.#listener?.message(type, body, bytes))
  }

  /** A snapshot of a book, levels flat in ticks and lots, with its true checksum unless another is given. */
  book(
    symbol: string,
    { seq = 1, bids, asks, crc = checksum(bids, asks, VIEW_CHECKSUM_LEVELS), ...times }: Book,
  ): void {
    const body = {
      sub: this.sub('book', symbol),
      seq,
      epoch: 1,
      serverTime: this.serverTime,
      bids,
      asks,
      checksum: crc,
    }
    this.send('snapshot', { ...body, ...times })
  }

  trades(symbol: string, { serverTime = this.serverTime, ...batch }: Trades): void {
    this.send('trades', { sub: this.sub('trades', symbol), epoch: 1, serverTime, ...batch })
  }

  status(symbol: string, state: string, reason?: string): void {
    this.send('status', {
      symbol,
      state,
      since: 1_700_000_000_000_000,
      verified: 'none',
      ...(reason !== undefined && { reason }),
    })
  }

  /** The connection breaks. */
  drop(): void {
    const listener = this.#listener
    this.#listener = undefined
    this.#views.clear()
    this.#later(() =>
      listener?.ended({ error: new ClientError('connection-lost', 'the connection was lost'), next: 'backoff' }),
    )
  }

  #later(run: () => void): void {
    this.#queue.push(run)
  }

  #welcome(listener: LinkListener): void {
    if (!this.isUp) {
      listener.ended({ error: new ClientError('connect-failed', 'connection refused'), next: 'backoff' })
      return
    }
    const limits = {
      subscriptions: 100,
      symbolsPerRequest: 50,
      messagesPerSecond: 100,
      messageBytes: 1e6,
      maxDepth: 1000,
      minRateMs: 10,
    }
    const { heartbeatMs } = this
    const welcome = { protocol: 1, session: 's', node: 'n', serverTime: 1, limits, heartbeatMs, features: [] }
    listener.message('welcome', welcome, 50)
  }

  #answer({ name, body, answered }: Request): void {
    if (this.#listener === undefined) return
    if (name === 'subscribe')
      answered({ results: (body.symbols as string[]).map((symbol) => this.#grant(symbol, body)) })
    else if (name === 'unsubscribe') {
      const subs = [body.sub].flat() as number[]
      for (const sub of subs) this.#views.delete(sub)
      answered({ subs })
    } else if (name === 'modify') answered(this.#modify(body))
    else answered({ t: body.t, serverTime: this.serverTime })
  }

  #grant(symbol: string, body: Request['body']): unknown {
    const error = this.refusals.get(symbol)
    if (error !== undefined) return { symbol, error }
    this.#subs += 1
    const { channel, symbols: _, since: __, ...options } = body
    const granted = { rateMs: 100, mode: 'merge', ...options, ...this.grants }
    this.#views.set(this.#subs, { sub: this.#subs, channel: String(channel), symbol, granted })
    return { sub: this.#subs, symbol, tick: this.tick, lot: this.lot, granted }
  }

  #modify({ sub: was, ...options }: Request['body']): unknown {
    const view = this.#views.get(was as number)
    if (this.modifyError !== undefined) return { error: this.modifyError }
    if (view === undefined) return { error: { code: 400, slug: 'bad-request', message: `no sub ${String(was)}` } }
    this.#views.delete(view.sub)
    this.#subs += 1
    const granted = { ...view.granted, ...options, ...this.grants }
    this.#views.set(this.#subs, { ...view, sub: this.#subs, granted })
    return { sub: this.#subs, was, granted, paused: false }
  }
}

type Trades = {
  readonly seq: number
  readonly prev?: number
  readonly trades: readonly unknown[]
  /** µs since 1970. */
  readonly serverTime?: number
}
type Book = {
  readonly seq?: number
  readonly bids: readonly number[]
  readonly asks: readonly number[]
  readonly crc?: number
  /** µs since 1970. */
  readonly exchangeTime?: number
  readonly serverTime?: number
}
