import { type Instrument, type InstrumentState, Ledger, type MarketEvent, step } from '@depthcast/market'
import {
  type AnyChannel,
  type ChannelName,
  channel,
  type GapMessage,
  type Granted,
  type Position,
  type ViewOptions,
  type ViewUpdate,
} from '@depthcast/protocol'
import type { FakeHost } from './fake-host.ts'
import type { ServerEnd, ServerLink } from './wire-pair.ts'

type Chained = Extract<ViewUpdate, { readonly seq: number }>
type View = {
  readonly id: number
  readonly key: string
  readonly symbol: string
  readonly channel: AnyChannel
  readonly state: unknown
  readonly granted: Granted
  readonly holders: Map<ServerLink, 'in-step' | 'empty'>
  /** Where it stands. */
  position: Position
  /** The last updates, oldest first, each continuing the one before. */
  readonly ring: Chained[]
  /** Of an unfiltered view: what leaves with the next publish. */
  readonly due: Chained[]
}
type Options = ViewOptions & {
  readonly channel: ChannelName
  readonly symbols: readonly string[]
  readonly sub: number
  readonly since?: readonly (Position | null)[]
}
type Way = { readonly recovered: boolean; readonly messages: readonly object[] }

/** Updates kept for those who come back. */
const RING = 8

export type ModelOptions = {
  /** Of what the gateway counts itself. */
  readonly epoch?: number
  /** For those who come back. */
  readonly tradesKept?: number
  /** False for one that does not say where a view stands. */
  readonly tellsWhere?: boolean
}

/** A gateway as small as it can be and still keep the protocol's promises, on the protocol's own channels. */
export class ModelGateway implements ServerEnd {
  readonly ledgers = new Map<string, Ledger>()
  /** Every request, in order. */
  readonly requests: { readonly name: string; readonly body: Options }[] = []
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
  readonly #views = new Map<number, View>()
  #lastId = 0

  constructor(host: FakeHost, symbols: readonly string[], options: ModelOptions = {}) {
    this.#host = host
    this.#options = options
    const { epoch = 1000, tradesKept = 1000 } = options
    for (const symbol of symbols) this.ledgers.set(symbol, new Ledger(instrumentOf(symbol), { epoch, tradesKept }))
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
      heartbeatMs: 1000,
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
      view.channel.accept(view.state, event)
      if (view.granted.mode === 'unfiltered') this.#take(view)
    }
  }

  /** All views are due. */
  publish(): void {
    for (const view of this.#views.values()) {
      if (view.channel.name === 'status') continue
      this.#take(view)
      const due = view.due.splice(0)
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
    const now = this.#open(was.symbol, options) as View
    was.holders.delete(link)
    now.holders.set(link, 'empty')
    link.send({ type: 'config', sub: now.id, was: sub, granted: now.granted, why } as { type: string })
    this.#catchUp(now, link)
    return now.id
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
    const begun: (() => void)[] = []
    const results = options.symbols.map((symbol, i) => {
      const view = this.#open(symbol, options)
      if (view === undefined)
        return { symbol, error: { code: 404, slug: 'unknown-symbol', message: `no instrument ${symbol}` } }
      const since = options.since?.[i] ?? undefined
      const way = since && this.#since(view, since)
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

  #begin(view: View, link: ServerLink, way: Way | undefined): void {
    link.send(this.#statusMessage(view.symbol, 'live', undefined))
    this.#settle(view)
    view.holders.set(link, way?.recovered ? 'in-step' : 'empty')
    if (way?.recovered) for (const message of way.messages) this.#send(view, link, message)
    else this.#catchUp(view, link)
  }

  /** What brings one who stands there to where the view is. */
  #since(view: View, [epoch, seq]: Position): Way {
    const [newest, last] = view.position
    if (this.forgets) return { recovered: false, messages: [] }
    if (epoch === newest && seq === last) return { recovered: true, messages: [] }
    const of = view.channel
    const isTrades = of.name === 'trades'
    const missed = isTrades ? (of.since?.(view.state, epoch, seq) as Chained | undefined) : undefined
    if (missed?.type === 'trades') {
      const { lost, seq: to } = missed
      const gap = { type: 'gap', reason: 'slow-client', from: seq, to, lost, next: 'continue' }
      return { recovered: true, messages: lost === undefined ? [missed] : [gap, missed] }
    }
    const from = view.ring.findIndex(
      (update) => 'prev' in update && update.prev === seq && 'epoch' in update && update.epoch === epoch,
    )
    return isTrades || from < 0
      ? { recovered: false, messages: [] }
      : { recovered: true, messages: view.ring.slice(from) }
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
      was.holders.delete(link)
      now.holders.set(link, 'empty')
    }
    const { maxAgeMs } = options as { readonly maxAgeMs?: number }
    const granted = { ...now.granted, ...(maxAgeMs !== undefined && { maxAgeMs }) }
    answer({ sub: now.id, was: sub, granted, paused: false, ...(this.why !== undefined && { why: this.why }) })
    if (now !== was) this.#catchUp(now, link)
  }

  #open(symbol: string, options: Options): View | undefined {
    const ledger = this.ledgers.get(symbol)
    if (ledger === undefined) return undefined
    const of = channel(options.channel)
    const depth = typeof options.depth === 'number' ? Math.min(options.depth, this.maxDepth) : options.depth
    const params = of.params({ ...options, ...(depth !== undefined && { depth }) })
    const { rateMs = 100, mode = of.name === 'trades' ? 'unfiltered' : 'merge' } = options
    const key = [symbol, of.name, of.key(params), rateMs, mode].join('|')
    const open = [...this.#views.values()].find((view) => view.key === key)
    if (open !== undefined) {
      if (open.holders.size === 0) this.#refresh(open)
      return open
    }
    const state = of.init(ledger, params)
    const granted = { ...(params as object), rateMs, mode } as Granted
    const holders: View['holders'] = new Map()
    const [id, position] = [++this.#lastId, [0, 0] as Position]
    const view: View = { id, key, symbol, channel: of, state, granted, holders, position, ring: [], due: [] }
    const whole = of.name === 'status' ? undefined : (of.diff(state) ?? of.snapshot(state))
    if (whole !== undefined) this.#advance(view, whole as Chained)
    this.#views.set(id, view)
    return view
  }

  /** Nobody has been told of what happened in the meantime. */
  #refresh(view: View): void {
    if (view.channel.name === 'status') return
    this.#take(view)
    view.due.length = 0
  }

  /** What changed is to be published; kept for those who come back. */
  #take(view: View): void {
    const update = view.channel.diff(view.state) as Chained | undefined
    if (update === undefined) return
    this.#advance(view, update)
    view.due.push(update)
    if (!('prev' in update) || update.prev === undefined) view.ring.length = 0
    else if (view.ring.push(update) > RING) view.ring.shift()
  }

  #advance(view: View, update: Chained): void {
    view.position = ['epoch' in update ? update.epoch : 0, update.seq]
  }

  #catchUp(view: View, link: ServerLink): void {
    const whole = view.channel.name === 'status' ? undefined : view.channel.snapshot(view.state)
    if (whole === undefined) return
    this.#settle(view)
    view.holders.set(link, 'in-step')
    this.#send(view, link, whole)
  }

  /** What is published and has not left yet leaves: whoever comes now gets it with what it comes for. */
  #settle(view: View): void {
    for (const update of view.due.splice(0))
      for (const [link, place] of view.holders) if (place === 'in-step') this.#send(view, link, update)
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
