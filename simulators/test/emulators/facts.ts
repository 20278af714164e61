import { type OrderEvent, openExchange } from '@depthcast/feeds/simulation'

export type Fill = Extract<OrderEvent, { kind: 'fill' }>

/** What happened at an exchange of this seed until then: the same events the emulated one told. */
export function fillsOf(options: { seed: number; symbol: string; until: number; symbols?: readonly string[] }): Fill[] {
  const { seed, symbol, until, symbols = ['BTC-USD', 'ETH-USD'] } = options
  const fills: Fill[] = []
  openExchange({ seed, preset: 'crypto', symbols }).advance(until, (event) => {
    if (event.kind === 'fill' && event.symbol === symbol) fills.push({ ...event })
  })
  return fills
}

/** Orders that came since the opening and still rest then, as ticks and lots. */
export function restingOrders(options: { seed: number; symbol: string; until: number }): [number, number][] {
  const { seed, symbol, until } = options
  const orders = new Map<number, [number, number]>()
  openExchange({ seed, preset: 'crypto', symbols: ['BTC-USD', 'ETH-USD'] }).advance(until, (event) => {
    if (event.symbol !== symbol || event.kind === 'halt' || event.kind === 'resume') return
    if (event.kind === 'rest') orders.set(event.orderId, [event.ticks, event.lots])
    else {
      const order = orders.get(event.orderId)
      if (order !== undefined) order[1] -= event.lots
      if (order?.[1] === 0) orders.delete(event.orderId)
    }
  })
  return [...orders.values()]
}

/** `[["price","size"],…]` in steps of the last of so many decimals. */
export function steps(levels: readonly (readonly string[])[], decimals: readonly [number, number]): number[] {
  return levels.flatMap((level) => level.slice(0, 2).map((text, i) => inSteps(text, decimals[i]!)))
}

/** Digits alone, so that no float comes between. */
export function inSteps(text: string, decimals: number): number {
  const [whole = '', fraction = ''] = text.split('.')
  if (/[^0]/.test(fraction.slice(decimals))) throw new RangeError(`${text} has more than ${decimals} decimals`)
  return Number(BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, '0')))
}

/** A plain book by price. */
export class PlainBook {
  readonly bids = new Map<number, number>()
  readonly asks = new Map<number, number>()

  set(side: 'bids' | 'asks', price: number, size: number): void {
    if (size === 0) this[side].delete(price)
    else this[side].set(price, size)
  }

  setAll(side: 'bids' | 'asks', flat: readonly number[]): void {
    for (let i = 0; i < flat.length; i += 2) this.set(side, flat[i]!, flat[i + 1]!)
  }

  get flat() {
    const sorted = (levels: ReadonlyMap<number, number>, sign: 1 | -1) =>
      [...levels].sort(([a], [b]) => sign * (a - b)).flat()
    return { bids: sorted(this.bids, -1), asks: sorted(this.asks, 1) }
  }
}
