import { grouped } from '@depthcast/market'
import {
  type BookView,
  type CandlesView,
  type ChannelName,
  type ConfigMessage,
  channel,
  type GapMessage,
  type Granted,
  type ModifyAck,
  type ResumedView,
  type ServerMessage,
  type SubId,
  type Subscribe,
  type SubscribeAck,
  type SubscribeResult,
  type TickerView,
  type TradesView,
  type ViewUpdate,
} from '@depthcast/protocol'
import type { Hub } from '../../src/hub.ts'
import type { Door, Encoding, Guest } from '../../src/transport.ts'
import type { View } from '../../src/view.ts'
import { FakeDoor } from './door.ts'

type Held = {
  readonly channel: ChannelName
  readonly symbol: string
  readonly view: unknown
  readonly params: unknown
  readonly rateMs: number | 'raw'
  /** False from a gap that announces a snapshot, or a pause, until that snapshot. */
  isValid: boolean
  paused: boolean
  /** Told to be lost for good. */
  lost: number
}

export type ClientOptions = {
  /** Its door hears what arrives, as a WebSocket's does. */
  readonly hasEcho?: boolean
  /** Acks each message as it comes. */
  readonly acks?: boolean
  /** What it was on its last connection: what it holds it goes on from, where the server says so. */
  readonly former?: FakeClient
}

/** A client that folds what it gets with the protocol's own channels, and notes every breach of the protocol instead of forgiving it. */
export class FakeClient {
  readonly door: FakeDoor
  readonly guest: Guest
  readonly messages: ServerMessage[] = []
  readonly breaches: string[] = []
  readonly held = new Map<SubId, Held>()
  readonly #hub: Hub
  readonly #former: ReadonlyMap<SubId, Held> | undefined

  /** Messages received, answers left out. */
  received = 0

  constructor(
    encoding: Encoding,
    enter: (door: Door) => Guest,
    hub: Hub,
    { hasEcho, acks, former }: ClientOptions = {},
  ) {
    this.#hub = hub
    this.#former = former?.held
    // What it holds again comes before the session is known here.
    let isIn = false
    this.door = new FakeDoor(
      encoding,
      (message) => {
        this.received++
        this.#take(message)
        if (acks && isIn) this.ack()
      },
      hasEcho,
    )
    this.guest = enter(this.door)
    isIn = true
    if (acks) this.ack()
  }

  ack(n = this.received): void {
    this.guest.receive('ack', { n }, undefined)
  }

  /** Sends a request. The answer is returned at once; it takes effect here when the line gets it through. */
  request<Ack>(name: string, payload: unknown): Ack {
    let answer: unknown
    this.guest.receive(name, payload, (ack) => {
      answer = ack
      const effects = this.#effects(name, ack)
      this.door.inOrder(() => {
        for (const effect of effects) effect()
      })
    })
    return answer as Ack
  }

  subscribe(
    channel: ChannelName,
    symbols: readonly string[],
    options: Partial<Subscribe> = {},
  ): readonly SubscribeResult[] {
    const ack = this.request<SubscribeAck>('subscribe', { channel, symbols, ...options })
    if ('error' in ack) throw new Error(ack.error.message)
    return ack.results
  }

  modify(sub: SubId, options: object): ModifyAck {
    return this.request<ModifyAck>('modify', { sub, ...options })
  }

  of<Type extends ServerMessage['type']>(type: Type): readonly Extract<ServerMessage, { type: Type }>[] {
    return this.messages.filter((message): message is Extract<ServerMessage, { type: Type }> => message.type === type)
  }

  /** What is held that is not what the hub has. */
  differences(): readonly string[] {
    return [...this.held]
      .filter(([, held]) => !held.paused && !this.#isLevel(held))
      .map(([sub, { channel, symbol }]) => `${sub} ${channel} ${symbol}`)
  }

  /** What an ack changes here, worked out while the server's views are as it names them. */
  #effects(name: string, ack: unknown): readonly (() => void)[] {
    switch (name) {
      case 'subscribe':
        return ((ack as { results?: readonly SubscribeResult[] }).results ?? []).map((result) => this.#begin(result))
      case 'modify':
        return [this.#moved(ack as ModifyAck)]
      case 'unsubscribe':
        return ((ack as { subs?: readonly SubId[] }).subs ?? []).map((sub) => () => void this.held.delete(sub))
      default:
        return []
    }
  }

  #begin(result: SubscribeResult): () => void {
    if ('error' in result) return () => {}
    const held = this.#opened(this.#serverView(result.sub), false)
    return () => void this.held.set(result.sub, held)
  }

  #moved(ack: ModifyAck): () => void {
    if ('error' in ack) return () => {}
    const opened = this.#opened(this.#serverView(ack.sub), ack.paused)
    return () => {
      const held = this.held.get(ack.sub)
      if (ack.sub !== ack.was) this.held.delete(ack.was)
      if (ack.sub === ack.was && held?.paused === ack.paused) return
      this.held.set(ack.sub, opened)
    }
  }

  #opened({ spec, listing }: View, paused: boolean): Held {
    const { channel, symbol, params, rateMs } = spec
    return {
      channel: channel.name,
      symbol,
      params,
      rateMs,
      view: channel.open(listing.instrument, params),
      isValid: false,
      paused,
      lost: 0,
    }
  }

  #serverView(sub: SubId): View {
    for (const listing of this.#hub.listings.values())
      for (const view of listing.views.values()) if (view.id === sub) return view
    throw new Error(`the server has no view ${sub}`)
  }

  #take(message: ServerMessage): void {
    this.messages.push(message)
    switch (message.type) {
      case 'snapshot':
      case 'update':
      case 'trades':
      case 'ticker':
      case 'candle':
        this.#fold(message)
        break
      case 'gap':
        this.#gap(message)
        break
      case 'config':
        this.#config(message)
        break
      case 'welcome':
        for (const view of message.resumed ?? []) if ('sub' in view) this.#resumed(view)
        break
      default:
        break
    }
  }

  #fold(message: Extract<ServerMessage, { readonly sub: SubId; readonly seq: number }>): void {
    const held = this.#heldFor(message)
    if (held === undefined) return
    const isWhole = !('prev' in message) || message.prev === undefined
    if (!held.isValid && !isWhole) this.breaches.push(`${message.type} for ${message.sub} before its snapshot`)
    try {
      channel(held.channel).apply(held.view, message as unknown as ViewUpdate)
      held.isValid = true
    } catch (error) {
      this.breaches.push(`${message.sub}: ${String(error)}`)
    }
  }

  #gap(message: GapMessage): void {
    const held = this.#heldFor(message)
    if (held === undefined) return
    if (message.next === 'snapshot') held.isValid = false
    else held.lost += message.lost ?? 0
  }

  #config({ sub, was, granted }: ConfigMessage): void {
    const held = this.held.get(was ?? sub)
    if (held === undefined) {
      this.breaches.push(`config for ${was ?? sub}, which is not held`)
      return
    }
    if (was === undefined) return
    this.held.delete(was)
    this.held.set(sub, this.#fresh(held.channel, held.symbol, granted, held.paused))
  }

  #resumed(resumed: Extract<ResumedView, { readonly sub: SubId }>): void {
    const { channel: name, sub, was, symbol, granted, paused, recovered } = resumed
    const fresh = this.#fresh(name, symbol, granted, paused)
    const held = this.#former?.get(was)
    const goesOn = recovered && held !== undefined
    this.held.set(sub, goesOn ? { ...fresh, view: structuredClone(held.view), isValid: true, lost: held.lost } : fresh)
  }

  #fresh(name: ChannelName, symbol: string, granted: Granted, paused: boolean): Held {
    const listing = this.#hub.listings.get(symbol)
    if (listing === undefined) throw new Error(`the server has no ${symbol}`)
    const { rateMs } = granted
    const params = channel(name).params(granted)
    const view = channel(name).open(listing.instrument, params)
    return { channel: name, symbol, params, rateMs, view, isValid: false, paused, lost: 0 }
  }

  #heldFor({ type, sub }: { readonly type: string; readonly sub: SubId }): Held | undefined {
    const held = this.held.get(sub)
    if (held === undefined) this.breaches.push(`${type} for ${sub}, which is not held`)
    if (held?.paused) this.breaches.push(`${type} for ${sub}, which is paused`)
    return held
  }

  #isLevel({ channel, symbol, view, params }: Held): boolean {
    const ledger = this.#hub.listings.get(symbol)?.ledger
    if (ledger === undefined) return false
    switch (channel) {
      case 'book': {
        const { bids, asks } = view as BookView
        const { depth, grouping } = params as { readonly depth: number | 'all'; readonly grouping: number }
        return (
          String([bids, asks]) ===
          String([grouped(ledger.book, 'bid', grouping, depth), grouped(ledger.book, 'ask', grouping, depth)])
        )
      }
      case 'trades': {
        const { epoch, seq, trades } = view as TradesView
        const newest = ledger.lastTrades(1).at(-1)
        return (
          ledger.tradesSeq === 0 ||
          (epoch === ledger.tradesEpoch && seq === ledger.tradesSeq && trades.at(-1)?.[0] === newest?.tradeId)
        )
      }
      case 'ticker':
        return (
          (view as TickerView).latest?.last === ledger.ticker?.last &&
          (view as TickerView).latest?.bid === ledger.ticker?.bid
        )
      case 'candles': {
        const bars = ledger.candles('1m').last(1000)
        const held = (view as CandlesView).candles
        return (
          bars.length === held.length &&
          bars.every((bar, index) => bar.openTime === held[index]?.openTime && bar.rev === held[index]?.rev)
        )
      }
      case 'status':
        return true
    }
  }
}
