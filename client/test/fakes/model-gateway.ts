import { type Instrument, type InstrumentState, Ledger, type MarketEvent, step } from '@depthcast/market'
import {
  type AnyChannel,
  type ChannelName,
  channel,
  type GapMessage,
  type Granted,
  type ViewOptions,
} from '@depthcast/protocol'
import type { FakeHost } from './fake-host.ts'
import type { ServerEnd, ServerLink } from './wire-pair.ts'

type View = {
  readonly id: number
  readonly key: string
  readonly symbol: string
  readonly channel: AnyChannel
  readonly state: unknown
  readonly granted: Granted
  readonly holders: Map<ServerLink, 'in-step' | 'empty'>
}
type Options = ViewOptions & {
  readonly channel: ChannelName
  readonly symbols: readonly string[]
  readonly sub: number
}

/** A gateway as small as it can be and still keep the protocol's promises, on the protocol's own channels. */
export class ModelGateway implements ServerEnd {
  readonly ledgers = new Map<string, Ledger>()
  /** Every request, in order. */
  readonly requests: { readonly name: string; readonly body: Options }[] = []
  readonly links = new Set<ServerLink>()
  maxDepth = 1000
  /** Answers with this instead, once for each request of that name. */
  readonly refusals: { readonly name: string; readonly error: unknown }[] = []
  readonly #host: FakeHost
  readonly #views = new Map<number, View>()
  #lastId = 0

  constructor(host: FakeHost, symbols: readonly string[]) {
    this.#host = host
    for (const symbol of symbols) this.ledgers.set(symbol, new Ledger(instrumentOf(symbol)))
  }

  accepted(link: ServerLink): void {
    this.links.add(link)
    link.send({
      type: 'welcome',
      protocol: 1,
      session: 's',
      node: 'n',
      serverTime: this.#micros(),
      limits: {
        subscriptions: 100,
        symbolsPerRequest: 3,
        messagesPerSecond: 100,
        messageBytes: 10_000,
        maxDepth: this.maxDepth,
        minRateMs: 0,
      },
      heartbeatMs: 1000,
      features: [],
    } as { type: string })
  }

  gone(link: ServerLink): void {
    this.links.delete(link)
    for (const view of this.#views.values()) this.#release(view, link)
  }

  requested(link: ServerLink, name: string, body: unknown, answer: (reply: unknown) => void): void {
    const options = body as Options
    if (name !== 'ping') this.requests.push({ name, body: options })
    const refusal = this.refusals.findIndex((row) => row.name === name)
    if (refusal >= 0) answer({ error: this.refusals.splice(refusal, 1)[0]?.error })
    else if (name === 'ping') answer({ t: 0, serverTime: this.#micros() })
    else if (name === 'subscribe') this.#subscribe(link, options, answer)
    else if (name === 'modify') this.#modify(link, options, answer)
    else if (name === 'unsubscribe') {
      const subs = options.sub as unknown as readonly number[]
      const missing = subs.find((sub) => this.#views.get(sub)?.holders.has(link) !== true)
      if (missing !== undefined) answer({ error: { code: 410, slug: 'unknown-sub', message: `no ${missing}` } })
      else {
        for (const sub of subs) this.#release(this.#views.get(sub) as View, link)
        answer({ subs })
      }
    }
  }

  /** Folds an event, as the hub does. */
  event(event: MarketEvent): void {
    this.ledgers.get(event.instrument)?.apply(event)
    for (const view of this.#views.values())
      if (view.symbol === event.instrument) view.channel.accept(view.state, event)
  }

  /** All views are due. */
  publish(): void {
    for (const view of this.#views.values()) {
      if (view.channel.name === 'status') continue
      const update = view.channel.diff(view.state)
      for (const [link, place] of view.holders) {
        if (place === 'empty') this.#catchUp(view, link)
        else if (update !== undefined) this.#send(view, link, update)
      }
    }
  }

  /** Tells everyone that a book broke; its next snapshot starts a new epoch. */
  gap(symbol: string, gap: Partial<GapMessage> = {}): void {
    for (const view of this.#views.values()) {
      if (view.symbol !== symbol || view.channel.name !== 'book') continue
      for (const link of view.holders.keys()) {
        link.send({ type: 'gap', sub: view.id, reason: 'sequence', from: 1, next: 'snapshot', ...gap } as {
          type: string
        })
        view.holders.set(link, 'empty')
      }
    }
  }

  status(symbol: string, state: InstrumentState, reason?: string): void {
    for (const link of this.links) link.send(this.#statusMessage(symbol, state, reason))
  }

  heartbeat(): void {
    for (const link of this.links)
      link.send({ type: 'heartbeat', serverTime: this.#micros(), n: 1 } as { type: string })
  }

  subsOf(link: ServerLink | undefined): number[] {
    return [...this.#views.values()]
      .filter((view) => link !== undefined && view.holders.has(link))
      .map((view) => view.id)
  }

  #subscribe(link: ServerLink, options: Options, answer: (reply: unknown) => void): void {
    const held: View[] = []
    const results = options.symbols.map((symbol) => {
      const view = this.#open(symbol, options)
      if (view === undefined)
        return { symbol, error: { code: 404, slug: 'unknown-symbol', message: `no instrument ${symbol}` } }
      held.push(view)
      view.holders.set(link, 'empty')
      return { sub: view.id, symbol, tick: '0.01', lot: '0.001', granted: view.granted }
    })
    answer({ results })
    for (const view of held) {
      link.send(this.#statusMessage(view.symbol, 'live', undefined))
      this.#catchUp(view, link)
    }
  }

  #modify(link: ServerLink, { sub, ...options }: Options, answer: (reply: unknown) => void): void {
    const was = this.#views.get(sub)
    if (was?.holders.has(link) !== true) {
      answer({ error: { code: 410, slug: 'unknown-sub', message: `no ${sub}` } })
      return
    }
    const now = this.#open(was.symbol, {
      ...was.granted,
      ...options,
      channel: was.channel.name,
      symbols: [],
      sub,
    }) as View
    if (now !== was) {
      this.#release(was, link)
      now.holders.set(link, 'empty')
    }
    answer({ sub: now.id, was: sub, granted: now.granted, paused: false })
    if (now !== was) this.#catchUp(now, link)
  }

  #open(symbol: string, options: Options): View | undefined {
    const ledger = this.ledgers.get(symbol)
    if (ledger === undefined) return undefined
    const of = channel(options.channel)
    const depth = typeof options.depth === 'number' ? Math.min(options.depth, this.maxDepth) : options.depth
    const params = of.params({ ...options, ...(depth !== undefined && { depth }) })
    const rateMs = options.rateMs ?? 100
    const key = [symbol, of.name, of.key(params), rateMs].join('|')
    for (const view of this.#views.values()) if (view.key === key) return view
    const state = of.init(ledger, params)
    of.diff(state)
    const granted = { ...(params as object), rateMs, mode: 'merge' } as Granted
    const view: View = { id: ++this.#lastId, key, symbol, channel: of, state, granted, holders: new Map() }
    this.#views.set(view.id, view)
    return view
  }

  #release(view: View, link: ServerLink): void {
    view.holders.delete(link)
    if (view.holders.size === 0) this.#views.delete(view.id)
  }

  #catchUp(view: View, link: ServerLink): void {
    const whole = view.channel.name === 'status' ? undefined : view.channel.snapshot(view.state)
    if (whole === undefined) return
    view.holders.set(link, 'in-step')
    this.#send(view, link, whole)
  }

  #send(view: View, link: ServerLink, update: unknown): void {
    link.send({ ...(update as { type: string }), sub: view.id, serverTime: this.#micros() } as { type: string })
  }

  #statusMessage(symbol: string, state: InstrumentState, reason: string | undefined): { type: string } {
    const message = { type: 'status', symbol, state, since: this.#micros(), verified: 'sequence' }
    return reason === undefined ? message : { ...message, ...{ reason } }
  }

  #micros(): number {
    return this.#host.now() * 1000
  }
}

function instrumentOf(id: string): Instrument {
  const [venue = '', pair = ''] = id.split(':')
  const [base = '', quote = ''] = pair.split('-')
  return {
    id: id as Instrument['id'],
    venue,
    venueSymbol: pair,
    base,
    quote,
    tickSize: step('0.01'),
    lotSize: step('0.001'),
  }
}
