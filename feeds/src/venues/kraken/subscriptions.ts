import type { Micros } from '@depthcast/market'
import { after } from '../../book-policy.ts'
import type { Output } from '../../venue.ts'

const CHANNELS = ['instrument', 'book', 'trade', 'ticker'] as const
export type Channel = (typeof CHANNELS)[number]

/** One message's worth of asking: what was asked for on which channel, and for which symbols no answer has come. */
export type Request = {
  readonly method: 'subscribe' | 'unsubscribe'
  readonly channel: Channel
  readonly symbols: Set<string>
  readonly askedAt: Micros
  readonly tries: number
}

/**
 * How something is wanted. `afresh`: the subscription there is ends first, since only a new one brings a snapshot. `restart`: whoever waits for
 * it counts from when it is really asked. `tries`: how often it was asked in vain.
 */
type Wish = { readonly afresh?: boolean; readonly restart?: boolean; readonly tries?: number }

/** Stands for the whole list in the one channel that has no symbols. */
const EVERYTHING = ['']
/** The venue's message rate is its secret; twenty-five messages at once were too many, and the refused ones are gone unless sent again. */
const MESSAGES_PER_SECOND = 5
const REST_MS = 2_000
const ANSWER_WITHIN_MS = 5_000
const LONGEST_WAIT_MS = 60_000

/**
 * What is asked of the venue on one socket, at the pace it bears: wishes wait here, and everything wanted of one channel goes in one message.
 *
 * Each symbol of a message is answered for itself, so each is remembered until its answer comes.
 */
export class Subscriptions {
  readonly #depth: number
  readonly #wishes = new Map<Channel, Map<string, Wish>>()
  readonly #requests = new Map<number, Request>()
  #sentAt: Micros[] = []
  #restUntil = 0
  #lastId = 0

  constructor(depth: number) {
    this.#depth = depth
  }

  /** Another socket: it has heard of nothing. */
  opened(symbols: readonly string[]): void {
    this.#requests.clear()
    this.#sentAt = []
    this.#restUntil = 0
    for (const channel of CHANNELS) {
      this.#wishes.set(channel, new Map())
      this.want(channel, channel === 'instrument' ? EVERYTHING : symbols, {})
    }
  }

  want(channel: Channel, symbols: Iterable<string>, wish: Wish): void {
    const wishes = this.#wishes.get(channel)
    for (const symbol of symbols) {
      const known = wishes?.get(symbol)
      const afresh = wish.afresh === true || known?.afresh === true
      const restart = wish.restart === true || known?.restart === true
      wishes?.set(symbol, { ...wish, afresh, restart })
    }
  }

  /** What a reply with this id answers; undefined when nothing is waited for by it. */
  request(id: number | undefined): Request | undefined {
    return id === undefined ? undefined : this.#requests.get(id)
  }

  /** This symbol of a request has its answer; without one, all of them. */
  answered(id: number | undefined, symbol: string | undefined): void {
    const request = this.request(id)
    if (id === undefined || request === undefined) return
    if (symbol === undefined || request.channel === 'instrument') request.symbols.clear()
    else request.symbols.delete(symbol)
    if (request.symbols.size === 0) this.#requests.delete(id)
  }

  /**
   * We were too fast, or the venue is busy: what this refused is asked for again after a rest. Without an id it may have been anything that has
   * no answer; to ask once more for what stands does no harm.
   */
  refusedForNow(id: number | undefined, symbol: string | undefined, now: Micros): void {
    this.#restUntil = after(now, REST_MS)
    for (const one of id === undefined ? [...this.#requests.keys()] : [id]) {
      const request = this.#requests.get(one)
      if (request === undefined) continue
      const refused = symbol === undefined ? [...request.symbols] : [symbol].filter((each) => request.symbols.has(each))
      const { channel, tries } = request
      this.want(channel, refused, { afresh: request.method === 'unsubscribe', restart: true, tries })
      this.answered(one, symbol)
    }
  }

  /** Asks again, later each time, for what has no answer on the channels that no book's deadlines watch over. */
  askAgain(now: Micros): void {
    for (const [id, request] of this.#requests) {
      const waitMs = Math.min(LONGEST_WAIT_MS, ANSWER_WITHIN_MS * 2 ** request.tries)
      if (request.channel === 'book' || now < after(request.askedAt, waitMs)) continue
      this.#requests.delete(id)
      this.want(request.channel, request.symbols, { tries: request.tries + 1 })
    }
  }

  /** Sends what may be sent now; gives the books whose time to answer starts now. */
  flush(now: Micros, out: Output[]): readonly string[] {
    const restarted: string[] = []
    for (const [channel, wishes] of this.#wishes) {
      if (wishes.size === 0) continue
      const symbols = [...wishes.keys()]
      const afresh = symbols.filter((symbol) => wishes.get(symbol)!.afresh)
      if (!this.#hasRoom(afresh.length > 0 ? 2 : 1, now)) continue
      const tries = Math.max(...[...wishes.values()].map((wish) => wish.tries ?? 0))
      if (afresh.length > 0) this.#send('unsubscribe', channel, afresh, tries, now, out)
      this.#send('subscribe', channel, symbols, tries, now, out)
      if (channel === 'book') restarted.push(...symbols.filter((symbol) => wishes.get(symbol)!.restart))
      wishes.clear()
    }
    return restarted
  }

  ping(now: Micros, out: Output[]): void {
    this.#sentAt.push(now)
    out.push({ kind: 'send', text: JSON.stringify({ method: 'ping', req_id: ++this.#lastId }) })
  }

  /** Ending a book's subscription must name its depth, or the venue knows of none. */
  #send(
    method: Request['method'],
    channel: Channel,
    symbols: readonly string[],
    tries: number,
    now: Micros,
    out: Output[],
  ): void {
    const id = ++this.#lastId
    const params = {
      channel,
      ...(channel === 'instrument' ? {} : { symbol: symbols }),
      ...(channel === 'book' ? { depth: this.#depth } : {}),
      ...(channel === 'ticker' ? { event_trigger: 'bbo' } : {}),
      ...(method === 'subscribe' ? { snapshot: true } : {}),
    }
    this.#requests.set(id, { method, channel, symbols: new Set(symbols), askedAt: now, tries })
    this.#sentAt.push(now)
    out.push({ kind: 'send', text: JSON.stringify({ method, params, req_id: id }) })
  }

  #hasRoom(messages: number, now: Micros): boolean {
    this.#sentAt = this.#sentAt.filter((at) => now < after(at, 1_000))
    return now >= this.#restUntil && this.#sentAt.length + messages <= MESSAGES_PER_SECOND
  }
}
