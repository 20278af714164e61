import { isDeepStrictEqual } from 'node:util'
import { Ledger } from '@depthcast/market'
import {
  ChainBroken,
  type Channel,
  ChecksumMismatch,
  decodeMsgpack,
  encodeMsgpack,
  resumeAt,
  type ViewUpdate,
} from '@depthcast/protocol'
import { INSTRUMENT, Model } from './model.ts'
import type { Mishap, Step } from './schedule.ts'

/** A channel under the law, with what a naive reader of the same events would show. */
export type Subject<Params, View> = {
  readonly channel: Channel<Params, unknown, ViewUpdate, View>
  readonly params: Params
  /** What a view in step shows now; undefined while it may show nothing. */
  truth(model: Model, params: Params): unknown
  /** The same of a client's view. */
  shown(view: View): unknown
  /** Looks at a client's view after each message; throws on what the channel must never do. `behind`: it had not got all before. */
  observe?(client: Client<View>, behind: boolean): void
  /** Looks at all a client has seen, at the end. */
  conclude?(client: Client<View>): void
}

export type Client<View> = {
  view: View
  /** `owed` waits for a snapshot; `slow` reads nothing. */
  mode: 'owed' | 'in-step' | 'slow'
  /** What the server last sent it. */
  sent: ViewUpdate | undefined
  /** A frame to it was lost and it could not have noticed yet. */
  missing: boolean
  loseNext: boolean
  /** It was told that what it holds is no longer right. */
  told: boolean
  /** The observer's notes; gone with the connection. */
  readonly seen: { first: number | undefined; readonly ids: number[]; epoch: number | undefined; isExact: boolean }
}

/** Small enough for trades to fall off. */
const TRADES_KEPT = 6

/** Runs one schedule; throws on the first breach of the law. */
export function obey<Params, View>(subject: Subject<Params, View>, schedule: readonly Step[]): void {
  new Trial(subject).run(schedule)
}

/** A server with one view and its clients, as short as it can be said. */
class Trial<Params, View> {
  readonly #subject: Subject<Params, View>
  readonly #model = new Model()
  readonly #ledger = new Ledger(INSTRUMENT, { tradesKept: TRADES_KEPT, epoch: 7 })
  readonly #state: unknown
  readonly #clients: (Client<View> | undefined)[] = []
  /** The truth as of each publication, by its place in the chain. */
  readonly #published = new Map<string, unknown>()
  #newest: unknown
  #dirty = false

  constructor(subject: Subject<Params, View>) {
    this.#subject = subject
    this.#state = subject.channel.init(this.#ledger, subject.params)
  }

  run(schedule: readonly Step[]): void {
    for (const step of schedule) this.#take(step)
    this.#settle()
  }

  #take(step: Step): void {
    if (step.do === 'event') this.#event(step)
    else if (step.do === 'tick') this.#tick()
    else this.#mishap(step.do, step.client)
  }

  #mishap(what: Mishap, who: number): void {
    const client = this.#clients[who]
    if (what === 'join') this.#clients[who] ??= this.#connect()
    if (client === undefined) return
    if (what === 'slow') client.mode = 'slow'
    if (what === 'drain' && client.mode === 'slow') this.#drain(client)
    if (what === 'reconnect') this.#clients[who] = this.#connect()
    if (what === 'resume') this.#resume(client)
    if (what === 'lose') client.loseNext = true
  }

  #event({ said }: Extract<Step, { do: 'event' }>): void {
    // A feed publishes no delta before its first snapshot.
    if (said.kind === 'book-delta' && this.#model.bookEpoch === 0) return
    const event = this.#model.say(said)
    this.#ledger.apply(event)
    if (this.#subject.channel.accept(this.#state, event)) this.#dirty = true
    if (event.kind === 'gap' && event.stream === 'book')
      for (const client of this.#clients) if (client) client.told = true
  }

  #tick(): void {
    const { channel } = this.#subject
    const update = this.#dirty ? channel.diff(this.#state) : channel.confirm?.(this.#state)
    this.#dirty = false
    if (update) this.#record(update)
    else this.#assertUnchanged()
    for (const client of this.#clients) {
      if (client?.mode === 'in-step' && update) this.#send(client, update)
      if (client?.mode === 'owed') this.#sendSnapshot(client)
    }
  }

  #connect(): Client<View> {
    const { channel, params } = this.#subject
    const client: Client<View> = {
      view: channel.open(INSTRUMENT, params),
      mode: 'owed',
      sent: undefined,
      missing: false,
      loseNext: false,
      told: true,
      seen: { first: undefined, ids: [], epoch: undefined, isExact: true },
    }
    this.#sendSnapshot(client)
    return client
  }

  #sendSnapshot(client: Client<View>): void {
    const snapshot = this.#subject.channel.snapshot(this.#state)
    if (snapshot === undefined) return
    if (!this.#published.has(place(snapshot))) this.#record(snapshot)
    client.mode = 'in-step'
    this.#send(client, snapshot, true)
  }

  #drain(client: Client<View>): void {
    const { epoch, seq } = (client.sent ?? {}) as { epoch?: number; seq?: number }
    client.mode = 'owed'
    const missed = this.#subject.channel.since?.(this.#state, epoch ?? 0, seq ?? 0)
    if (missed === undefined) {
      this.#sendSnapshot(client)
      return
    }
    client.mode = 'in-step'
    this.#send(client, missed)
  }

  /** A new connection, with what was held and its place. */
  #resume(client: Client<View>): void {
    const { epoch = 0, seq = 0 } = client.view as { epoch?: number; seq?: number }
    client.mode = 'owed'
    client.loseNext = false
    client.missing = false
    const missed = epoch === 0 ? undefined : resumeAt(this.#subject.channel, this.#state, [epoch, seq])
    if (missed === undefined) {
      this.#sendSnapshot(client)
      return
    }
    client.mode = 'in-step'
    client.sent = { epoch, seq } as ViewUpdate
    if (missed !== 'current') this.#send(client, missed)
    else this.#assertCurrent(client, `${epoch}:${seq}`)
  }

  #assertCurrent(client: Client<View>, at: string): void {
    if (this.#subject.truth(this.#model, this.#subject.params) === undefined)
      throw new Error(`a client that came back was left with what no longer holds, at ${at}`)
    this.#assertShown(client, this.#published.get(at), `its return to ${at}`)
  }

  #send(client: Client<View>, update: ViewUpdate, behind = client.missing): void {
    client.sent = update
    if (client.loseNext) {
      client.loseNext = false
      client.missing = true
      return
    }
    try {
      this.#subject.channel.apply(client.view, decodeMsgpack(encodeMsgpack(update)) as ViewUpdate)
    } catch (error) {
      if (!(error instanceof ChainBroken || error instanceof ChecksumMismatch) || !client.missing) throw error
      client.missing = false
      client.told = true
      client.mode = 'owed'
      this.#sendSnapshot(client)
      return
    }
    client.missing = false
    client.told = false
    this.#assertShown(client, this.#published.get(place(update)), update)
    this.#subject.observe?.(client, behind)
  }

  #record(update: ViewUpdate): void {
    this.#newest = this.#subject.truth(this.#model, this.#subject.params)
    this.#published.set(place(update), this.#newest)
  }

  /** Everything is read, and every loss could be noticed: a frame goes out after it. */
  #settle(): void {
    this.#event({ do: 'event', said: { kind: 'status', state: 'ended', reason: 'settled' } })
    this.#event({ do: 'event', said: { kind: 'book-snapshot', bids: [5, 1], asks: [6, 1], verified: 'oracle' } })
    this.#tick()
    this.#event({ do: 'event', said: { kind: 'trade', tradeId: '', price: 99, quantity: 1, side: 'buy' } as never })
    this.#event({ do: 'event', said: { kind: 'book-delta', bids: [5, 77], asks: [], verified: 'none' } })
    for (const client of this.#clients) if (client) client.loseNext = false
    this.#tick()
    for (const client of this.#clients) {
      if (client?.mode === 'slow') this.#drain(client)
      if (client === undefined) continue
      if (client.mode !== 'in-step') throw new Error('a client still waits for a snapshot')
      this.#assertShown(client, this.#subject.truth(this.#model, this.#subject.params), 'the end')
      this.#subject.conclude?.(client)
    }
  }

  #assertUnchanged(): void {
    const truth = this.#subject.truth(this.#model, this.#subject.params)
    if (this.#newest !== undefined && truth !== undefined)
      assertEqual(this.#newest, truth, 'the view moved and nothing was published')
  }

  #assertShown(client: Client<View>, truth: unknown, at: unknown): void {
    assertEqual(this.#subject.shown(client.view), truth, `a client shows something else at ${JSON.stringify(at)}`)
  }
}

/** The place of an update in its view's chain; a status has none, so it is its own. */
function place(update: ViewUpdate): string {
  const { epoch = 0, seq } = update as { epoch?: number; seq?: number }
  return seq === undefined ? JSON.stringify(update) : `${epoch}:${seq}`
}

export function assertEqual(actual: unknown, expected: unknown, claim: string): void {
  if (!isDeepStrictEqual(actual, expected)) {
    throw new Error(`${claim}: expected ${JSON.stringify(expected)}, received ${JSON.stringify(actual)}`)
  }
}
