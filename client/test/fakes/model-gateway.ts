import { type Instrument, type InstrumentState, Ledger, type MarketEvent, step } from '@depthcast/market'
import type { ChannelName, GapMessage, Position, ViewOptions } from '@depthcast/protocol'
import type { FakeHost } from './fake-host.ts'
import { ModelView, specOf, type Way } from './model-view.ts'
import type { ServerEnd, ServerLink } from './wire-pair.ts'

export type ModelRequest = ViewOptions & {
  readonly channel: ChannelName
  readonly symbols: readonly string[]
  readonly sub: number
  readonly since?: readonly (Position | null)[]
}

export type ModelOptions = {
  /** Of what the gateway counts itself. */
  readonly epoch?: number
  /** For those who come back. */
  readonly tradesKept?: number
  /** False for one that does not say where a view stands. */
  readonly tellsWhere?: boolean
  /** 1000 where nothing is said. */
  readonly heartbeatMs?: number
}

const FORGOTTEN: Way = { recovered: false, messages: [] }

/** A gateway as small as it can be and still keep the protocol's promises, on the protocol's own channels. */
export class ModelGateway implements ServerEnd {
  readonly ledgers = new Map<string, Ledger>()
  /** Every request, in order. */
  readonly requests: { readonly name: string; readonly body: ModelRequest }[] = []
  readonly links = new Set<ServerLink>()
  /** What the present connections acknowledged. */
  readonly acks: number[] = []
  maxDepth = 1000
  windowBytes = 32_768
  /** Goes on from no position. */
  forgets = false
  /** Given with every view. */
  why: string | undefined
  /** Answers with this instead, once for each request of that name. */
  readonly refusals: { readonly name: string; readonly error: unknown }[] = []
  readonly #host: FakeHost
  readonly #options: ModelOptions
  readonly #views = new Map<number, ModelView>()
  #lastId = 0

  constructor(host: FakeHost, symbols: readonly string[], options: ModelOptions = {}) {
    this.#host = host
    this.#options = options
    for (const symbol of symbols) this.list(symbol)
  }

  /** One more instrument is there from now on. */
  list(symbol: string): void {
    const { epoch = 1000, tradesKept = 1000 } = this.#options
    this.ledgers.set(symbol, new Ledger(instrumentOf(symbol), { epoch, tradesKept }))
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
        windowBytes: this.windowBytes,
      },
      heartbeatMs: this.#options.heartbeatMs ?? 1000,
      features: [],
    } as { type: string })
  }

  gone(link: ServerLink): void {
    this.links.delete(link)
    for (const view of this.#views.values()) view.holders.delete(link)
  }

  told(_link: ServerLink, name: string, body: unknown): void {
    if (name === 'ack') this.acks.push((body as { readonly n: number }).n)
  }

  requested(link: ServerLink, name: string, body: unknown, answer: (reply: unknown) => void): void {
    const options = body as ModelRequest
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
        for (const sub of subs) this.#views.get(sub)?.holders.delete(link)
        answer({ subs })
      }
    }
  }

  /** Folds an event, as the hub does. */
  event(event: MarketEvent): void {
    this.ledgers.get(event.instrument)?.apply(event)
    for (const view of this.#views.values()) {
      if (view.symbol !== event.instrument) continue
      view.accept(event)
    }
  }

  /** All views are due. */
  publish(): void {
    for (const view of this.#views.values()) {
      view.publish()
      const due = view.takeDue()
      for (const [link, place] of view.holders) {
        if (place === 'empty') this.#catchUp(view, link)
        else for (const update of due) this.#send(view, link, update)
      }
    }
  }

  /** Tells everyone that a view broke, or came too late; the next publish is whole. */
  gap(symbol: string, gap: Partial<GapMessage> = {}, name: ChannelName = 'book'): void {
    for (const view of this.#views.values()) {
      if (view.symbol !== symbol || view.channel.name !== name) continue
      for (const link of view.holders.keys()) {
        link.send({ type: 'gap', sub: view.id, reason: 'sequence', from: 1, next: 'snapshot', ...gap } as {
          type: string
        })
        view.holders.set(link, 'empty')
      }
    }
  }

  /** Moves a client to a slower view, as it does with one who cannot keep up. Returns the sub it has from then on. */
  move(link: ServerLink, sub: number, why = 'you are slow'): number {
    const was = this.#views.get(sub)
    if (was?.holders.has(link) !== true) return sub
    const rateMs = 2 * Number(was.granted.rateMs)
    const options = { ...was.granted, channel: was.channel.name, symbols: [], sub, rateMs }
    const now = this.#open(was.symbol, options) as ModelView
    was.holders.delete(link)
    now.holders.set(link, 'empty')
    link.send({ type: 'config', sub: now.id, was: sub, granted: now.granted, why } as { type: string })
    this.#catchUp(now, link)
    return now.id
  }

  status(symbol: string, state: InstrumentState, reason?: string): void {
    for (const link of this.links) link.send(this.#statusMessage(symbol, state, reason))
  }

  /** The state as it is, with a newer verification. */
  verified(symbol: string, state: InstrumentState, times: { since: number; verifiedAt: number }): void {
    const message = { type: 'status', symbol, state, verified: 'sequence', ...times }
    for (const link of this.links) link.send(message as { type: string })
  }

  heartbeat(): void {
    const { size: listed } = this.ledgers
    for (const link of this.links)
      link.send({ type: 'heartbeat', serverTime: this.#micros(), n: 1, listed } as { type: string })
  }

  subsOf(link: ServerLink | undefined): number[] {
    return [...this.#views.values()]
      .filter((view) => link !== undefined && view.holders.has(link))
      .map((view) => view.id)
  }

  #subscribe(link: ServerLink, options: ModelRequest, answer: (reply: unknown) => void): void {
    const begun: (() => void)[] = []
    const results = options.symbols.map((symbol, i) => {
      const view = this.#open(symbol, options)
      if (view === undefined)
        return { symbol, error: { code: 404, slug: 'unknown-symbol', message: `no instrument ${symbol}` } }
      const since = options.since?.[i] ?? undefined
      const way = since && (this.forgets ? FORGOTTEN : view.since(since))
      begun.push(() => this.#begin(view, link, way))
      return {
        sub: view.id,
        symbol,
        tick: '0.01',
        lot: '0.001',
        granted: view.granted,
        ...(this.why !== undefined && { why: this.why }),
        ...(since !== undefined && { recovered: way?.recovered }),
        ...(way?.recovered && this.#options.tellsWhere !== false && { at: view.position }),
      }
    })
    answer({ results })
    for (const begin of begun) begin()
  }

  #begin(view: ModelView, link: ServerLink, way: Way | undefined): void {
    link.send(this.#statusMessage(view.symbol, 'live', undefined))
    this.#settle(view)
    view.holders.set(link, way?.recovered ? 'in-step' : 'empty')
    if (way?.recovered) for (const message of way.messages) this.#send(view, link, message)
    else this.#catchUp(view, link)
  }

  #modify(link: ServerLink, { sub, ...options }: ModelRequest, answer: (reply: unknown) => void): void {
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
    }) as ModelView
    if (now !== was) {
      was.holders.delete(link)
      now.holders.set(link, 'empty')
    }
    const { maxAgeMs } = options as { readonly maxAgeMs?: number }
    const granted = { ...now.granted, ...(maxAgeMs !== undefined && { maxAgeMs }) }
    answer({ sub: now.id, was: sub, granted, paused: false, ...(this.why !== undefined && { why: this.why }) })
    if (now !== was) this.#catchUp(now, link)
  }

  #open(symbol: string, options: ModelRequest): ModelView | undefined {
    const ledger = this.ledgers.get(symbol)
    if (ledger === undefined) return undefined
    const spec = specOf(symbol, options, this.maxDepth)
    const open = [...this.#views.values()].find(({ key }) => key === spec.key)
    if (open !== undefined) {
      if (open.holders.size > 0) return open
      // Nobody has been told of what happened in the meantime.
      open.publish()
      open.takeDue()
      return open
    }
    const view = new ModelView(++this.#lastId, spec, ledger)
    this.#views.set(view.id, view)
    return view
  }

  #catchUp(view: ModelView, link: ServerLink): void {
    const whole = view.whole()
    if (whole === undefined) return
    this.#settle(view)
    view.holders.set(link, 'in-step')
    this.#send(view, link, whole)
  }

  /** What is published and has not left yet leaves: whoever comes now gets it with what it comes for. */
  #settle(view: ModelView): void {
    for (const update of view.takeDue())
      for (const [link, place] of view.holders) if (place === 'in-step') this.#send(view, link, update)
  }

  #send(view: ModelView, link: ServerLink, update: unknown): void {
    link.send({ ...(update as { type: string }), sub: view.id, serverTime: this.#micros() } as { type: string })
  }

  #statusMessage(symbol: string, state: InstrumentState, reason: string | undefined): { type: string } {
    const now = this.#micros()
    const message = { type: 'status', symbol, state, since: now, verified: 'sequence', verifiedAt: now }
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
