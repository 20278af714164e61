import type { Ledger } from '@depthcast/market'
import { type AnyChannel, channel, type Granted, type Position, type ViewUpdate } from '@depthcast/protocol'
import type { ModelRequest } from './model-gateway.ts'
import type { ServerLink } from './wire-pair.ts'

export type Chained = Extract<ViewUpdate, { readonly seq: number }>

/** What brings one who comes back to where the view is. */
export type Way = { readonly recovered: boolean; readonly messages: readonly object[] }

/** Updates kept for those who come back. */
const RING = 8

/** One view of the model gateway: a channel's state, who holds it, and what it published last. */
export class ModelView {
  readonly id: number
  readonly key: string
  readonly symbol: string
  readonly channel: AnyChannel
  readonly granted: Granted
  readonly holders = new Map<ServerLink, 'in-step' | 'empty'>()
  /** Where it stands. */
  position: Position = [0, 0]
  readonly #state: unknown
  /** The last updates, oldest first, each continuing the one before. */
  readonly #ring: Chained[] = []
  /** Published, and leaving with the next `takeDue`. */
  readonly #due: Chained[] = []

  constructor(id: number, { key, symbol, of, params, granted }: ReturnType<typeof specOf>, ledger: Ledger) {
    this.id = id
    this.key = key
    this.symbol = symbol
    this.channel = of
    this.granted = granted
    this.#state = of.init(ledger, params)
    const whole = of.name === 'status' ? undefined : (of.diff(this.#state) ?? of.snapshot(this.#state))
    if (whole !== undefined) this.#advance(whole as Chained)
  }

  accept(event: Parameters<AnyChannel['accept']>[1]): void {
    this.channel.accept(this.#state, event)
    if (this.granted.mode === 'unfiltered') this.publish()
  }

  /** What changed is to leave; kept for those who come back. */
  publish(): void {
    if (this.channel.name === 'status') return
    const update = this.channel.diff(this.#state) as Chained | undefined
    if (update === undefined) return
    this.#advance(update)
    this.#due.push(update)
    if (!('prev' in update) || update.prev === undefined) this.#ring.length = 0
    else if (this.#ring.push(update) > RING) this.#ring.shift()
  }

  takeDue(): Chained[] {
    return this.#due.splice(0)
  }

  whole(): Chained | undefined {
    return this.channel.name === 'status' ? undefined : (this.channel.snapshot(this.#state) as Chained | undefined)
  }

  since([epoch, seq]: Position): Way {
    const [newest, last] = this.position
    if (epoch === newest && seq === last) return { recovered: true, messages: [] }
    const isTrades = this.channel.name === 'trades'
    const missed = isTrades ? (this.channel.since?.(this.#state, epoch, seq) as Chained | undefined) : undefined
    if (missed?.type === 'trades') {
      const { lost, seq: to } = missed
      const gap = { type: 'gap', reason: 'slow-client', from: seq, to, lost, next: 'continue' }
      return { recovered: true, messages: lost === undefined ? [missed] : [gap, missed] }
    }
    const from = this.#ring.findIndex(
      (update) => 'prev' in update && update.prev === seq && 'epoch' in update && update.epoch === epoch,
    )
    return isTrades || from < 0
      ? { recovered: false, messages: [] }
      : { recovered: true, messages: this.#ring.slice(from) }
  }

  #advance(update: Chained): void {
    this.position = ['epoch' in update ? update.epoch : 0, update.seq]
  }
}

/** What a request asks for, as the model grants it. Equal keys, one view. */
export function specOf(symbol: string, request: ModelRequest, maxDepth: number) {
  const of = channel(request.channel)
  const depth = typeof request.depth === 'number' ? Math.min(request.depth, maxDepth) : request.depth
  const params = of.params({ ...request, ...(depth !== undefined && { depth }) })
  const { rateMs = 100, mode = of.name === 'trades' ? 'unfiltered' : 'merge' } = request
  const granted = { ...(params as object), rateMs, mode } as Granted
  return { key: [symbol, of.name, of.key(params), rateMs, mode].join('|'), symbol, of, params, granted }
}
