import type { ModifyAck, ResumedView, ServerMessage, SubId, SubscribeAck, SubscribeResult } from '@depthcast/protocol'
import { expect } from 'vitest'
import { BookFold, TradesFold } from './folds.ts'
import type { Coming, DoorKit, Wire } from './wire.ts'

type Message<Type extends ServerMessage['type']> = Extract<ServerMessage, { type: Type }>
type Answered = { readonly request: string; readonly answer: unknown }
type Held = { readonly symbol: string; readonly view: BookFold | TradesFold | undefined }

/** What a poll would be answered, if it could be. */
const POLLED: SubscribeResult = {
  sub: 1,
  symbol: 'test:BTC-USD',
  tick: '0.01',
  lot: '0.001',
  granted: { rateMs: 'raw', mode: 'merge' },
}

/** A client of any door: keeps everything it hears, folds the views, and notes what a client should never hear. */
export class Client {
  readonly heard: ServerMessage[] = []
  /** Types of messages and `answer to …`, in the order they came. */
  readonly order: string[] = []
  readonly breaches: string[] = []
  /** What became of each alias. */
  results: readonly SubscribeResult[] = []
  readonly closed: Promise<number | undefined>
  readonly #held = new Map<SubId, Held>()
  readonly #answers: Answered[] = []
  readonly #former: Client | undefined
  #wire!: Wire
  #close!: (code: number | undefined) => void
  #listeners = new Set<() => void>()
  #read = 0
  #answersRead = 0

  private constructor(former: Client | undefined) {
    this.#former = former
    this.closed = new Promise((resolve) => {
      this.#close = resolve
    })
  }

  /** Comes in at a door and subscribes. Rejects with Refused. `former` is who it was before, where it comes with a token. */
  static async come(kit: DoorKit, url: string, coming: Partial<Coming> = {}, former?: Client): Promise<Client> {
    const client = new Client(former)
    const subscribe = coming.subscribe ?? []
    client.#wire = await kit.connect(
      url,
      { ...coming, subscribe },
      {
        message: (message) => client.#message(message),
        answer: (request, answer) => client.#answer(request, answer),
        closed: (code) => client.#close(code),
      },
    )
    if (!kit.can.includes('stream')) client.#begin([POLLED])
    else if (subscribe.length > 0) {
      if (kit.can.includes('requests')) client.#wire.request('subscribe', subscribe)
      if (coming.resume === undefined || kit.can.includes('requests')) await client.answer('subscribe')
    }
    return client
  }

  // What it says

  /** Sends a request and resolves with its answer. */
  async request<Answer>(name: string, payload: unknown = {}): Promise<Answer> {
    this.#wire.request(name, payload)
    return (await this.answer(name)) as Answer
  }

  /** A message that asks for no answer. */
  tell(name: string, payload: unknown): void {
    this.#wire.tell(name, payload)
  }

  reads(isReading: boolean): void {
    this.#wire.reads(isReading)
  }

  send(message: string | Uint8Array): void {
    this.#wire.send(message)
  }

  token(): Promise<string> {
    return this.#wire.token()
  }

  async leave(): Promise<void> {
    this.#wire.leave()
    await this.closed
  }

  // What it hears

  /** The next message of this type that fits; what came before it is passed over. */
  async next<Type extends ServerMessage['type']>(
    type: Type,
    fits: (message: Message<Type>) => boolean = () => true,
  ): Promise<Message<Type>> {
    for (;;) {
      while (this.#read < this.heard.length) {
        const message = this.heard[this.#read++] as ServerMessage
        if (message.type === type && fits(message as Message<Type>)) return message as Message<Type>
      }
      await this.#something()
    }
  }

  /** The next answer to a request of this name. */
  async answer(name: string): Promise<unknown> {
    for (;;) {
      while (this.#answersRead < this.#answers.length) {
        const { request, answer } = this.#answers[this.#answersRead++] as Answered
        if (request === name) return answer
      }
      await this.#something()
    }
  }

  of<Type extends ServerMessage['type']>(type: Type): readonly Message<Type>[] {
    return this.heard.filter((message): message is Message<Type> => message.type === type)
  }

  /** The sub of the nth alias. */
  sub(index = 0): SubId {
    const result = this.results[index]
    if (result === undefined || 'error' in result) throw new Error(`no sub ${index}: ${JSON.stringify(result)}`)
    return result.sub
  }

  view(sub: SubId): BookFold | TradesFold | undefined {
    return this.#held.get(sub)?.view
  }

  book(sub: SubId = this.sub()): BookFold {
    const view = this.view(sub)
    if (view instanceof BookFold) return view
    throw new Error(`${sub} is no book`)
  }

  tape(sub: SubId = this.sub()): TradesFold {
    const view = this.view(sub)
    if (view instanceof TradesFold) return view
    throw new Error(`${sub} is no tape`)
  }

  /** Resolves once the book it holds is the one that HTTP gives; fails with both, or with what it should not have heard. */
  async holds(url: string, query = 'depth=all', sub?: SubId): Promise<void> {
    const symbol = this.#held.get(sub ?? this.sub())?.symbol
    const { epoch, seq, bids, asks } = (await (await fetch(`${url}/v1/book/${symbol}?${query}`)).json()) as BookFold & {
      readonly epoch: number
      readonly seq: number
    }
    while (this.book(sub).place?.seq !== seq || this.book(sub).place?.epoch !== epoch) await this.#something()
    const { bids: heldBids, asks: heldAsks } = this.book(sub)
    expect({ bids: heldBids, asks: heldAsks, breaches: this.breaches }).toEqual({ bids, asks, breaches: [] })
  }

  #something(): Promise<void> {
    return new Promise((resolve) => this.#listeners.add(resolve))
  }

  #wake(): void {
    const waiting = this.#listeners
    this.#listeners = new Set()
    for (const listener of waiting) listener()
  }

  #answer(request: string, answer: unknown): void {
    this.order.push(`answer to ${request}`)
    this.#answers.push({ request, answer })
    const ack = answer as SubscribeAck
    if (request === 'subscribe' && 'results' in ack) this.#begin(ack.results)
    if (request === 'modify') this.#moved(answer as ModifyAck)
    this.#wake()
  }

  #moved(ack: ModifyAck): void {
    if ('error' in ack || ack.sub === ack.was) return
    const held = this.#held.get(ack.was)
    this.#held.delete(ack.was)
    if (held !== undefined && !this.#held.has(ack.sub)) this.#held.set(ack.sub, { ...held, view: undefined })
  }

  #begin(results: readonly SubscribeResult[]): void {
    this.results = results
    for (const result of results) {
      if ('sub' in result && !this.#held.has(result.sub))
        this.#held.set(result.sub, { symbol: result.symbol, view: undefined })
    }
  }

  #resumed(view: ResumedView): void {
    if ('error' in view) return
    const { sub, was, symbol, recovered } = view
    const fold = this.#former?.view(was)
    if (recovered !== true) fold?.drop()
    this.#held.set(sub, { symbol, view: fold })
  }

  #message(message: ServerMessage): void {
    this.order.push(message.type)
    this.heard.push(message)
    if (message.type === 'welcome') {
      this.results = (message.resumed ?? []) as readonly SubscribeResult[]
      for (const view of message.resumed ?? []) this.#resumed(view)
    } else if ('sub' in message && message.type !== 'config') this.#fold(message)
    this.#wake()
  }

  #fold(message: Extract<ServerMessage, { readonly sub: SubId }>): void {
    const held = this.#held.get(message.sub)
    if (held === undefined) {
      this.breaches.push(`${message.type} for ${message.sub}, which is not held`)
      return
    }
    const breach = (text: string) => this.breaches.push(`${message.sub}: ${text}`)
    if (held.view === undefined && (message.type === 'snapshot' || message.type === 'trades')) {
      const view = message.type === 'snapshot' ? new BookFold(breach) : new TradesFold(breach)
      this.#held.set(message.sub, { ...held, view })
    }
    const view = this.#held.get(message.sub)?.view
    if (message.type === 'gap' && message.next === 'snapshot') view?.drop()
    else if (view instanceof BookFold) this.#foldBook(view, message)
    else if (view instanceof TradesFold && message.type === 'trades') view.take(message)
  }

  #foldBook(view: BookFold, message: ServerMessage): void {
    if (message.type === 'snapshot') view.whole(message)
    else if (message.type === 'update') view.update(message)
  }
}
