import type { Exchange, OrderEvent } from '@depthcast/feeds/simulation'
import { DEPTH_LEVELS, Notes, type Observation } from './observation.ts'

type Resting = { readonly since: number; lots: number }

/** Watches one symbol of a simulated exchange for so long (µs), order by order. Yields now and then how much of that is over. */
export function* watchExchange(exchange: Exchange, symbol: string, span: number): Generator<number, Observation> {
  const notes = new Notes()
  const resting = new Map<number, Resting>()
  const touch = { bid: exchange.levels(symbol, 'bid', 1)[0], ask: exchange.levels(symbol, 'ask', 1)[0] }
  const sides = () => ({
    bids: exchange.levels(symbol, 'bid', DEPTH_LEVELS),
    asks: exchange.levels(symbol, 'ask', DEPTH_LEVELS),
  })

  const hear = (event: OrderEvent): void => {
    if (event.symbol !== symbol || event.kind === 'halt' || event.kind === 'resume') return
    notes.eventTimes.push(event.at)
    if (event.kind === 'rest') {
      const best = touch[event.side]
      notes.mix.submit++
      notes.sizes.push(event.lots)
      if (best !== undefined) notes.distances.push(event.side === 'bid' ? best - event.ticks : event.ticks - best)
      resting.set(event.orderId, { since: event.at, lots: event.lots })
    } else {
      const order = resting.get(event.orderId)
      const isWhole = order === undefined || order.lots === event.lots
      if (order !== undefined) order.lots -= event.lots
      if (isWhole) resting.delete(event.orderId)
      if (event.kind === 'fill') {
        notes.mix.execution++
        notes.trade(event.at, event.side === 'ask' ? 1 : -1)
      } else {
        notes.mix[isWhole ? 'delete' : 'partial']++
        if (isWhole && order !== undefined) notes.lifetimes.push(event.at - order.since)
      }
    }
    touch[event.side] = exchange.levels(symbol, event.side, 1)[0]
  }

  // Second by second, so that each second's book is the one at its end.
  for (let second = 1_000_000; second <= span; second += 1_000_000) {
    exchange.advance(second, hear)
    notes.sampleUntil(second, sides)
    yield second
  }
  exchange.advance(span, hear)
  return notes.done(span)
}
