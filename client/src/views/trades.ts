import type { Instrument, Side } from '@depthcast/market'
import { type TradesMessage, tradesEnd, type WireTrade } from '@depthcast/protocol'
import type { Folder, ViewTerms } from './view.ts'

export type Trade = {
  readonly id: string
  /** In ticks. */
  readonly price: number
  /** In lots. */
  readonly quantity: number
  /** The taker's. */
  readonly side: Side
  /** The venue's clock, µs since 1970; undefined where the venue sends none. */
  readonly exchangeTime: number | undefined
}

/** The trades that are new, and those before them. */
export type TradesView = {
  readonly instrument: Instrument
  readonly epoch: number
  readonly seq: number
  /** New since the view before this one, oldest first. No trade is new twice. */
  readonly added: readonly Trade[]
  /** Trades missed since the view before this one, gone for good. */
  readonly lost: number
  /** True when an unknown number was missed besides: the source's numbering began anew. */
  readonly isBroken: boolean
  /** The most recent trades, oldest first, the new ones included; at most RECENT_KEPT. */
  readonly recent: readonly Trade[]
  readonly serverTime: number
  readonly receivedAt: number
}

/** Trades in `recent`. */
const RECENT_KEPT = 1_000
/** New trades a slow reader is kept; past it the oldest are dropped and told as lost. */
const ADDED_KEPT = 10_000

/** Folds batches of trades, checking the chain. */
export function tradesFolder({ instrument, granted }: ViewTerms): Folder<TradesMessage, TradesView> {
  const held = tradesEnd.open(instrument, tradesEnd.params(granted))
  let recent: readonly Trade[] = []
  return {
    fold(message, receivedAt, lostTold) {
      const { lost, breaks } = held
      tradesEnd.apply(held, message)
      const { epoch, seq } = held
      const added = held.added === 0 ? [] : held.trades.slice(-held.added).map(toTrade)
      // A batch may be larger than what is held on to; a whole one has nothing before it that could be missed.
      const dropped = message.prev === undefined ? 0 : message.trades.length - added.length
      const kept = held.trades.length - added.length
      recent = kept === 0 ? added : [...recent.slice(-kept), ...added]
      return {
        instrument,
        epoch,
        seq,
        added,
        // What the server tells includes what the numbers show, and what was lost before they were given.
        lost: Math.max(held.lost - lost, lostTold) + dropped,
        isBroken: held.breaks > breaks,
        recent,
        serverTime: message.serverTime,
        receivedAt,
      }
    },
  }
}

export function mergeTrades(older: TradesView, newer: TradesView): TradesView {
  const added = [...older.added, ...newer.added]
  const dropped = Math.max(0, added.length - ADDED_KEPT)
  return {
    ...newer,
    added: dropped === 0 ? added : added.slice(dropped),
    lost: older.lost + newer.lost + dropped,
    isBroken: older.isBroken || newer.isBroken,
  }
}

/** The numbers tell which trades are news: they have no holes. */
export function rebaseTrades(view: TradesView, before: TradesView | undefined): TradesView {
  if (before === undefined) return { ...view, added: view.recent, isBroken: false }
  // Nothing has been heard of there yet, which takes nothing away.
  if (view.epoch === 0) return { ...before, added: [], lost: view.lost, isBroken: false }
  if (before.epoch !== view.epoch) return { ...view, added: view.recent, isBroken: before.epoch !== 0 }
  const missed = Math.max(0, view.seq - before.seq)
  const added = missed === 0 ? [] : view.recent.slice(-missed)
  const recent = [...before.recent, ...added].slice(-RECENT_KEPT)
  return { ...view, added, lost: Math.max(view.lost, missed - added.length), recent }
}

function toTrade([id, price, quantity, side, exchangeTime]: WireTrade): Trade {
  return {
    id,
    price: price as number,
    quantity: quantity as number,
    side: side === 1 ? 'buy' : side === -1 ? 'sell' : 'unknown',
    exchangeTime: exchangeTime === 0 ? undefined : exchangeTime,
  }
}
