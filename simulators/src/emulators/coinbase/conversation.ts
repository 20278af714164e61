import type { OrderEvent } from '@depthcast/feeds/simulation'
import { MessageBudget } from '../attempts.ts'
import type { Conversation, EmulatorInput, EmulatorOutput, Now, World } from '../emulator.ts'
import { Outputs } from '../outputs.ts'
import type { CoinbaseProduct, ProductTopic } from './product.ts'
import { type Asked, type Channel, delisted, error, notAProduct, parseRequest, wantsKey } from './requests.ts'
import { statusFrame } from './status.ts'
import { Subscriptions } from './subscriptions.ts'

const SECOND = 1_000_000
const SUBSCRIBE_WITHIN = 5 * SECOND
const STATUS_EVERY = 5 * SECOND
/** Messages a second from one client. */
const MESSAGES = 100

const TOPIC_OF: Readonly<Partial<Record<Channel, ProductTopic>>> = {
  level2: 'level2',
  level2_50: 'level2_batch',
  full: 'full',
  matches: 'matches',
  ticker: 'ticker',
  ticker_1000: 'ticker_batch',
}

/**
 * One client of Coinbase Exchange. Answers a change of its subscriptions with all of them; what a subscription brings at once may come before or
 * after that answer.
 *
 * Source: docs.cdp.coinbase.com/exchange, WebSocket overview and channels; frames recorded in 2021 and 2026.
 */
export class CoinbaseConversation implements Conversation {
  readonly #products: ReadonlyMap<string, CoinbaseProduct>
  readonly #world: World
  readonly #out = new Outputs()
  readonly #subscriptions = new Subscriptions()
  readonly #timers = new Map<CoinbaseProduct, Now>()
  readonly #budget = new MessageBudget(MESSAGES, MESSAGES)
  /** Products whose books are acknowledged and then never heard of again. */
  readonly #mute = new Set<string>()
  #symbols: ReadonlySet<string> = new Set()
  #openedAt: Now = 0
  #requests = 0
  #answers = 0
  #beatAt: Now | undefined
  #status = { text: '', at: 0 }
  #closed = false

  constructor(products: ReadonlyMap<string, CoinbaseProduct>, world: World) {
    this.#products = products
    this.#world = world
  }

  get symbols(): ReadonlySet<string> {
    return this.#symbols
  }

  step(input: EmulatorInput): readonly EmulatorOutput[] {
    if (this.#closed) return []
    switch (input.kind) {
      case 'open':
        this.#openedAt = input.now
        this.#out.push({ kind: 'timer', at: input.now + SUBSCRIBE_WITHIN })
        break
      case 'frame':
        this.#request(input.text, input.now)
        break
      case 'ping':
        this.#out.push({ kind: 'pong', payload: input.payload })
        break
      case 'pong':
        break
      case 'tick':
        this.#tick(input.now)
        break
      case 'closed':
        this.#close()
    }
    return this.#out.take()
  }

  market(event: OrderEvent): readonly EmulatorOutput[] {
    const product = this.#products.get(event.symbol)
    if (product !== undefined && this.#symbols.has(event.symbol)) this.#schedule(product)
    return this.#out.take()
  }

  #tick(now: Now): void {
    const due = [...this.#timers].filter(([, at]) => at <= now)
    for (const [product] of due) {
      product.advance(now)
      this.#timers.delete(product)
      this.#schedule(product)
    }
    if (this.#beatAt !== undefined && now >= this.#beatAt) this.#beat(now)
    if (this.#requests === 0 && now >= this.#openedAt + SUBSCRIBE_WITHIN) this.#end(1008, 'subscribe required')
  }

  /** Once a second: heartbeats of each product that has them, and the list of products when it changed or is old. */
  #beat(now: Now): void {
    this.#beatAt = undefined
    for (const id of this.#subscriptions.of('heartbeat')) {
      const product = this.#products.get(id)
      if (product !== undefined) this.#send(product.heartbeat(now))
    }
    if (this.#subscriptions.has('status')) this.#tellStatus(now)
    this.#keepBeating(now)
  }

  #tellStatus(now: Now): void {
    const text = statusFrame(this.#products)
    if (text === this.#status.text && now < this.#status.at + STATUS_EVERY) return
    this.#status = { text, at: now }
    this.#send(text)
  }

  #keepBeating(now: Now): void {
    const isWanted = this.#subscriptions.has('heartbeat') || this.#subscriptions.has('status')
    if (!isWanted || this.#beatAt !== undefined) return
    this.#beatAt = now + SECOND
    this.#out.push({ kind: 'timer', at: this.#beatAt })
  }

  #request(text: string, now: Now): void {
    if (!this.#budget.take(now) || this.#strikes('message-rate')) {
      this.#send(error('Too many requests', 'rate limit exceeded'))
      this.#end(1008, 'rate limit exceeded')
      return
    }
    const request = parseRequest(text)
    if (request.kind === 'refused') {
      this.#send(request.error)
      return
    }
    this.#requests += 1
    for (const refusal of request.errors) this.#send(refusal)
    if (request.asked.length === 0) return
    if (request.kind === 'subscribe') this.#subscribe(request.asked, now)
    else this.#unsubscribe(request.asked)
  }

  #subscribe(asked: readonly Asked[], now: Now): void {
    const fresh: { readonly channel: Channel; readonly id: string | undefined }[] = []
    let [isHeard, isRefused] = [true, false]
    for (const { channel, products } of asked) {
      if (channel === 'status') fresh.push({ channel, id: undefined })
      for (const id of channel === 'status' ? [] : products) {
        if (this.#subscriptions.has(channel, id)) continue
        const refusal = this.#refusal(channel, id)
        if (refusal === 'unheard') isHeard = false
        else if (refusal === undefined) fresh.push({ channel, id })
        else {
          isRefused = true
          this.#send(refusal)
        }
      }
    }
    // Where all is refused nothing changes, and that is all there is to say.
    if (!isHeard || (isRefused && fresh.length === 0)) return
    for (const { channel, id } of fresh) this.#subscriptions.add(channel, id)
    // The first answer comes before the data; later ones where it happens to be, here after it.
    const isFirst = this.#answers++ === 0
    if (isFirst) this.#send(this.#subscriptions.frame())
    for (const { channel, id } of fresh) this.#begin(channel, id, now)
    if (!isFirst) this.#send(this.#subscriptions.frame())
    this.#index()
    this.#keepBeating(now)
  }

  #refusal(channel: Channel, id: string): string | 'unheard' | undefined {
    const product = this.#products.get(id)
    if (product === undefined) return notAProduct(id)
    if (product.isDelisted) return delisted(id)
    if (channel !== 'level2_50') return undefined
    if (product.strikes('refuse-symbol')) return notAProduct(id)
    if (product.strikes('refuse-auth')) return wantsKey()
    if (product.strikes('never-ack')) return 'unheard'
    if (product.strikes('ack-silence')) this.#mute.add(id)
    return undefined
  }

  /** What a subscription brings at once, then the channel itself. */
  #begin(channel: Channel, id: string | undefined, now: Now): void {
    if (channel === 'status') this.#tellStatus(now)
    const product = this.#products.get(id ?? '')
    const topic = TOPIC_OF[channel]
    if (
      id === undefined ||
      product === undefined ||
      topic === undefined ||
      (channel === 'level2_50' && this.#mute.has(id))
    )
      return
    product.advance(now, 'before')
    const first = {
      level2: () => product.snapshot(),
      level2_batch: () => product.snapshot(),
      matches: () => product.lastMatch(),
      ticker: () => product.staleTicker(),
      ticker_batch: () => product.staleTicker(),
      full: () => undefined,
    }[topic]()
    if (first !== undefined) this.#send(first)
    product.topics[topic].follow(this.#send, 'plain')
  }

  /** Without products, a channel is left altogether. */
  #unsubscribe(asked: readonly Asked[]): void {
    for (const { channel, products } of asked) {
      for (const id of products.length === 0 ? this.#subscriptions.of(channel) : products) this.#leave(channel, id)
      if (products.length === 0) this.#subscriptions.leave(channel)
    }
    this.#send(this.#subscriptions.frame())
    this.#index()
  }

  #leave(channel: Channel, id: string): void {
    this.#subscriptions.leave(channel, id)
    const topic = TOPIC_OF[channel]
    if (topic !== undefined) this.#products.get(id)?.topics[topic].leave(this.#send)
    if (channel === 'level2_50') this.#mute.delete(id)
  }

  #index(): void {
    const symbols = new Set<string>()
    for (const { channel, products } of this.#subscriptions.all()) {
      if (TOPIC_OF[channel] !== undefined) for (const id of products) symbols.add(id)
    }
    this.#symbols = symbols
    for (const symbol of symbols) {
      const product = this.#products.get(symbol)
      if (product !== undefined) this.#schedule(product)
    }
  }

  #schedule(product: CoinbaseProduct): void {
    const { dueAt } = product
    if (dueAt === undefined || dueAt === this.#timers.get(product)) return
    this.#timers.set(product, dueAt)
    this.#out.push({ kind: 'timer', at: dueAt })
  }

  #strikes(fault: string): boolean {
    return this.#world.faults.strikes(fault, { venue: 'coinbase' })
  }

  readonly #send = (text: string): void => {
    this.#out.push({ kind: 'frame', text })
  }

  #end(code: number, reason: string): void {
    this.#out.push({ kind: 'close', code, reason })
    this.#close()
  }

  #close(): void {
    this.#closed = true
    for (const { channel, products } of this.#subscriptions.all()) for (const id of products) this.#leave(channel, id)
    this.#symbols = new Set()
  }
}
