import type { Listed, OrderEvent } from '@depthcast/feeds/simulation'
import { isoMicros, priceText, quantityText } from '../decimal.ts'
import { type Match, match, orderSide, orderUuid } from './frames.ts'

type Side = 'bid' | 'ask'
type Order = { readonly side: Side; readonly ticks: number; lots: number }
type Level = Extract<OrderEvent, { kind: 'rest' | 'cancel' | 'fill' }>

/** One message of the `full` channel. `match` where it is one. */
export type FullMessage = { readonly sequence: number; readonly text: () => string; readonly match?: Match }

/**
 * Tells the exchange's events as Coinbase's `full` channel does: an order is received, opens, matches and is done, each with the next number of the
 * product's sequence. The other channels show the same numbers, with holes.
 *
 * Orders from before the opening are not known one by one: those of a level are told as one, known by the level.
 */
export class FullStream {
  readonly #listed: Listed
  readonly #orders = new Map<number, Order>()
  #sequence = 1
  /** Who takes at the moment: done, or resting, when something else happens. */
  #taker: { readonly id: number; readonly side: Side; readonly ticks: number } | undefined

  /** The levels as they stand before the first event, flat, best first. */
  constructor(listed: Listed, levels: { readonly bid: readonly number[]; readonly ask: readonly number[] }) {
    this.#listed = listed
    for (const side of ['bid', 'ask'] as const) {
      for (let i = 0; i < levels[side].length; i += 2) {
        const ticks = levels[side][i]!
        this.#orders.set(olderId(ticks), { side, ticks, lots: levels[side][i + 1]! })
      }
    }
  }

  get sequence(): number {
    return this.#sequence
  }

  /** Resting orders, in the order they came. */
  get orders(): ReadonlyMap<number, Readonly<Order>> {
    return this.#orders
  }

  hear(event: Level, at: number): readonly FullMessage[] {
    const out: FullMessage[] = []
    const { side, ticks, lots } = event
    switch (event.kind) {
      case 'rest':
        if (this.#taker?.id === event.orderId) this.#taker = undefined
        else {
          this.#endTaker(at, out)
          out.push(this.#received(event.orderId, side, ticks, lots, at))
        }
        this.#orders.set(event.orderId, { side, ticks, lots })
        out.push(this.#open(event.orderId, side, ticks, lots, at))
        break
      case 'cancel':
        this.#endTaker(at, out)
        out.push(this.#cancelled(event, at))
        break
      case 'fill':
        out.push(...this.#filled(event, at))
    }
    return out
  }

  /** The moment is over: whoever took is done. */
  end(at: number): readonly FullMessage[] {
    const out: FullMessage[] = []
    this.#endTaker(at, out)
    return out
  }

  #filled(event: Extract<OrderEvent, { kind: 'fill' }>, at: number): FullMessage[] {
    const out: FullMessage[] = []
    const { side, ticks, lots, takerId } = event
    const orderId = this.#idOf(event)
    const takerSide: Side = side === 'bid' ? 'ask' : 'bid'
    if (this.#taker?.id !== takerId) {
      this.#endTaker(at, out)
      this.#taker = { id: takerId, side: takerSide, ticks }
      out.push(this.#received(takerId, takerSide, ticks, lots, at))
    }
    const taker = takerSide === 'bid' ? 'buy' : 'sell'
    const made: Match = {
      id: event.tradeId,
      ticks,
      lots,
      taker,
      at,
      makerId: orderId,
      takerId,
      sequence: ++this.#sequence,
    }
    out.push({ sequence: made.sequence, match: made, text: () => match(this.#listed, 'match', made) })
    if (this.#left(orderId, lots) === 0) {
      out.push(this.#done(orderId, side, ticks, { reason: 'filled', lots: 0 }, at))
    }
    return out
  }

  #endTaker(at: number, out: FullMessage[]): void {
    const taker = this.#taker
    this.#taker = undefined
    if (taker !== undefined) out.push(this.#done(taker.id, taker.side, taker.ticks, { reason: 'filled', lots: 0 }, at))
  }

  #cancelled(event: Level, at: number): FullMessage {
    const { side, ticks, lots } = event
    const orderId = this.#idOf(event)
    const left = this.#left(orderId, lots)
    if (left === 0) return this.#done(orderId, side, ticks, { reason: 'canceled', lots }, at)
    const sizes = `"new_size":"${this.#size(left)}","old_size":"${this.#size(left + lots)}"`
    return this.#message('change', at, () => `${this.#order(orderId, side)},${sizes},${this.#price(ticks)}`)
  }

  /** Its own id, or that of its level for an order from before the opening. */
  #idOf({ orderId, ticks }: Level): number {
    return this.#orders.has(orderId) ? orderId : olderId(ticks)
  }

  /** What is left of an order that is less by so much; with nothing left it is no more. */
  #left(orderId: number, lots: number): number {
    const order = this.#orders.get(orderId)
    const left = Math.max(0, (order?.lots ?? 0) - lots)
    if (order === undefined || left === 0) this.#orders.delete(orderId)
    else order.lots = left
    return left
  }

  #received(id: number, side: Side, ticks: number, lots: number, at: number): FullMessage {
    const rest = () =>
      `${this.#order(id, side)},"size":"${this.#size(lots)}",${this.#price(ticks)},"order_type":"limit","client_oid":""`
    return this.#message('received', at, rest)
  }

  #open(id: number, side: Side, ticks: number, lots: number, at: number): FullMessage {
    return this.#message(
      'open',
      at,
      () => `${this.#order(id, side)},${this.#price(ticks)},"remaining_size":"${this.#size(lots)}"`,
    )
  }

  #done(
    id: number,
    side: Side,
    ticks: number,
    left: { readonly reason: 'filled' | 'canceled'; readonly lots: number },
    at: number,
  ): FullMessage {
    const rest = () =>
      `${this.#order(id, side)},${this.#price(ticks)},"reason":"${left.reason}","remaining_size":"${this.#size(left.lots)}"`
    return this.#message('done', at, rest)
  }

  #message(type: string, at: number, rest: () => string): FullMessage {
    const sequence = ++this.#sequence
    const { symbol } = this.#listed
    const text = () =>
      `{"type":"${type}","time":"${isoMicros(at)}","product_id":"${symbol}","sequence":${sequence},${rest()}}`
    return { sequence, text }
  }

  #order(id: number, side: Side): string {
    return `"order_id":"${orderUuid(this.#listed.symbol, id)}","side":"${orderSide(side)}"`
  }

  #price(ticks: number): string {
    return `"price":"${priceText(ticks, this.#listed)}"`
  }

  #size(lots: number): string {
    return quantityText(lots, this.#listed)
  }
}

/** No order of the exchange has such a number. */
function olderId(ticks: number): number {
  return -ticks
}
