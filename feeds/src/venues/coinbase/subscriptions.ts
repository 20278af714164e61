import type { Micros } from '@depthcast/market'
import { HandshakeError, RateLimited, SubscribeRefused } from '../../errors.ts'
import type { Output } from '../../venue.ts'
import type { Raw } from '../wire.ts'
import { readSubscriptions } from './frames.ts'
import type { CoinbaseProduct } from './product.ts'
import { readRefusal } from './refusals.ts'
import { CHANNELS, type Channel, STATUS_SUBSCRIPTION, subscription } from './requests.ts'

const RATE_LIMITED_MS = 5_000

/** What the venue is asked to send of the products, and what it says to that. */
export class Subscriptions {
  readonly #products: ReadonlyMap<string, CoinbaseProduct>

  constructor(products: ReadonlyMap<string, CoinbaseProduct>) {
    this.#products = products
  }

  /** All there is, on a new socket. */
  opened(out: Output[]): void {
    this.ask([...this.#products.values()], out)
    out.push({ kind: 'send', text: STATUS_SUBSCRIPTION })
  }

  /** Those that are refused are left out. */
  ask(products: readonly CoinbaseProduct[], out: Output[]): void {
    const wanted = products.filter(({ state }) => state.state !== 'refused')
    if (wanted.length > 0) send('subscribe', wanted, CHANNELS, out)
  }

  /** Drops what there is of a product's channels and asks for it afresh: a fresh snapshot is only sent on a fresh subscription. */
  renew(product: CoinbaseProduct, channels: readonly Channel[], out: Output[]): void {
    send('unsubscribe', [product], channels, out)
    send('subscribe', [product], channels, out)
  }

  /** A `subscriptions` frame: the whole state after a change, so a product that is listed is subscribed, whichever message did it. */
  told(frame: Raw, now: Micros): void {
    for (const { channel, id } of readSubscriptions(frame)) {
      const product = this.#products.get(id)
      if (product === undefined) continue
      // `level2_batch` comes back as `level2_50`, as recorded in 2026: its updates are of 50 ms.
      if (/^level2(_batch|_50)?$/.test(channel)) product.state.acknowledged(now)
      if (channel === 'heartbeat' && !product.hasHeartbeat) {
        product.hasHeartbeat = true
        product.heardAt = now
      }
    }
  }

  /** An `error` frame. One bad product refuses the whole request, so the others are asked for again without it. */
  refused(frame: Raw, now: Micros, out: Output[]): void {
    const refusal = readRefusal(frame, this.#products.keys())
    const { reason } = refusal
    const waiting = [...this.#products.values()].filter(({ state }) => state.state === 'requested')
    switch (refusal.kind) {
      case 'key': {
        const hint = 'level2_batch, matches, ticker and heartbeat need no key'
        for (const { state, instrument } of waiting) {
          state.refuse(new HandshakeError({ venue: 'coinbase', instrument: instrument.id, reason, hint }), now, out)
        }
        break
      }
      case 'rate': {
        const retryAfterMs = RATE_LIMITED_MS
        out.push({ kind: 'error', error: new RateLimited({ venue: 'coinbase', reason, retryAfterMs }) })
        break
      }
      case 'products':
        for (const id of refusal.products) {
          const { state, instrument } = this.#products.get(id)!
          state.refuse(new SubscribeRefused({ venue: 'coinbase', instrument: instrument.id, reason }), now, out)
        }
        this.ask(waiting, out)
        break
      case 'other':
        out.push({ kind: 'error', error: new SubscribeRefused({ venue: 'coinbase', reason }) })
        break
    }
  }
}

function send(
  type: 'subscribe' | 'unsubscribe',
  products: readonly CoinbaseProduct[],
  channels: readonly Channel[],
  out: Output[],
): void {
  const ids = products.map(({ instrument }) => instrument.venueSymbol)
  out.push({ kind: 'send', text: subscription(type, ids, channels) })
}
