import type { Instrument, Ledger, MarketEvent, NumberedTrade } from '@depthcast/market'
import type { Body, Channel, ClientEnd } from '../channel.ts'
import { ChainBroken } from '../errors.ts'
import type { TradesMessage, WireTrade } from '../message.ts'
import { priceToText, quantityToText } from '../text.ts'
import type { Position } from '../wire.ts'

/** `snapshot`: how many of the most recent trades a newcomer gets. */
export type TradesParams = { readonly snapshot: number }

export type TradesUpdate = Body<TradesMessage>

/** What the client holds: the tape as it came, newest last. The array belongs to the view: copy it to keep it. */
export type TradesView = {
  /** 0 until the first trade. */
  epoch: number
  seq: number
  /** The highest `seq` held in the epoch: more than `seq` where a gateway that is not as far took over. */
  highest: number
  /** At most TRADES_HELD. */
  trades: WireTrade[]
  /** How many at the end of `trades` are new with the last message; no trade is new twice. */
  added: number
  /** Trades known to have been missed since the view was opened. */
  lost: number
  /** How often the source's numbering began anew since the view was opened: each time an unknown number may be missing. */
  breaks: number
  exchangeTime: number | undefined
}

/** What the view last published, and where the stream stands. */
export type TradesState = {
  readonly ledger: Ledger
  readonly params: TradesParams
  epoch: number
  seq: number
  /** The most recent trades published, as many as a newcomer gets. */
  tail: readonly NumberedTrade[]
  newest: { epoch: number; seq: number }
  /** Trades of former epochs that ended unpublished. */
  orphans: number
  /** The number before the first trade heard of, where none had been when the view began: a gateway may join a stream that is under way. */
  origin: number
}

/** Trades a client's view holds on to. */
export const TRADES_HELD = 1000

/** The client's end, for programs that are not to carry the server's as well. */
export const tradesEnd: ClientEnd<TradesParams, TradesUpdate, TradesView> = {
  params: () => ({ snapshot: 50 }),

  open: () => ({ epoch: 0, seq: 0, highest: 0, trades: [], added: 0, lost: 0, breaks: 0, exchangeTime: undefined }),

  apply(view: TradesView, update: TradesUpdate): void {
    const { epoch, seq, prev, trades } = update
    if (epoch === 0 && view.epoch !== 0) {
      // The stream has not begun there yet, which says nothing of what came elsewhere.
      view.added = 0
      return
    }
    if (prev !== undefined) assertContinues(view, update, prev)
    else if (view.epoch !== 0 && view.epoch !== epoch) view.breaks++
    count(view, update)
    if (prev === undefined) view.trades = trades.slice(-TRADES_HELD)
    else for (const trade of trades) view.trades.push(trade)
    if (view.trades.length > TRADES_HELD) view.trades.splice(0, view.trades.length - TRADES_HELD)
    view.epoch = epoch
    view.seq = seq
    view.exchangeTime = update.exchangeTime
  },
}

/** Every trade once and in order; who falls behind gets what the ledger still keeps, and the exact number it does not. */
export const trades: Channel<TradesParams, TradesState, TradesUpdate, TradesView> = {
  ...tradesEnd,
  name: 'trades',
  whenSlow: 'tell-lost',
  options: [],

  key: ({ snapshot }) => `${snapshot}`,

  init(ledger, params) {
    const { tradesEpoch: epoch, tradesSeq: seq } = ledger
    const tail = ledger.lastTrades(params.snapshot)
    return { ledger, params, epoch, seq, tail, newest: { epoch, seq }, orphans: 0, origin: 0 }
  },

  accept(state: TradesState, event: MarketEvent): boolean {
    if (event.kind !== 'trade') return false
    const { newest } = state
    if (event.epoch < newest.epoch || (event.epoch === newest.epoch && event.seq <= newest.seq)) return false
    if (event.epoch !== newest.epoch) state.orphans += newest.seq - (newest.epoch === state.epoch ? state.seq : 0)
    if (newest.epoch === 0) state.origin = event.seq - 1
    state.newest = { epoch: event.epoch, seq: event.seq }
    return true
  },

  diff(state: TradesState): TradesUpdate | undefined {
    const { ledger } = state
    const { tradesEpoch: epoch, tradesSeq: seq } = ledger
    const isNewEpoch = epoch !== state.epoch
    if (!isNewEpoch && seq === state.seq) return undefined
    const prev = isNewEpoch ? 0 : state.seq
    const since = ledger.tradesSince(prev)
    // What was traded before the ledger heard of the stream was never to be had here.
    const lost = since.lost - (state.epoch === 0 ? Math.min(state.origin, since.lost) : 0) + state.orphans
    const isUnbroken = !isNewEpoch && since.lost === 0
    state.tail = [...(isUnbroken ? state.tail : []), ...since.trades].slice(-state.params.snapshot)
    state.epoch = epoch
    state.seq = seq
    state.orphans = 0
    return message(epoch, seq, since.trades, { ...(!isNewEpoch && { prev }), ...(lost > 0 && { lost }) })
  },

  snapshot(state: TradesState): TradesUpdate | undefined {
    const { epoch, seq, tail } = state
    return state.ledger.tradesEpoch === epoch ? message(epoch, seq, tail, {}) : undefined
  },

  position: ({ epoch, seq, ledger }: TradesState): Position | undefined =>
    ledger.tradesEpoch === epoch ? [epoch, seq] : undefined,

  since(state: TradesState, epoch: number, prev: number): TradesUpdate | undefined {
    const { seq } = state
    if (epoch !== state.epoch || state.ledger.tradesEpoch !== epoch || prev >= seq) return undefined
    // Both end at `seq`: what the ledger took since is the next diff's, and may have pushed published trades out of the ledger.
    const inLedger = state.ledger.tradesSince(prev).trades.filter((trade) => trade.seq <= seq)
    const inTail = state.tail.filter((trade) => trade.seq > prev)
    const kept = inLedger.length > inTail.length ? inLedger : inTail
    const lost = seq - prev - kept.length
    return message(epoch, seq, kept, { prev, ...(lost > 0 && { lost }) })
  },

  toText: (update: TradesUpdate, instrument: Instrument): TradesUpdate => ({
    ...update,
    trades: update.trades.map(([id, price, quantity, side, time]) => [
      id,
      priceToText(price, instrument),
      quantityToText(quantity, instrument),
      side,
      time,
    ]),
  }),
}

function message(
  epoch: number,
  seq: number,
  trades: readonly NumberedTrade[],
  chain: { readonly prev?: number; readonly lost?: number },
): TradesUpdate {
  const exchangeTime = trades.at(-1)?.exchangeTime
  return {
    type: 'trades',
    epoch,
    seq,
    ...chain,
    ...(exchangeTime !== undefined && { exchangeTime }),
    trades: trades.map(toWire),
  }
}

function toWire({ tradeId, price, quantity, side, exchangeTime }: NumberedTrade): WireTrade {
  return [tradeId, price, quantity, side === 'buy' ? 1 : side === 'sell' ? -1 : 0, exchangeTime ?? 0]
}

function assertContinues(view: TradesView, { epoch, seq, trades, lost = 0 }: TradesUpdate, prev: number): void {
  if (epoch !== view.epoch || prev !== view.seq) {
    throw new ChainBroken(`expected trades after ${view.epoch}:${view.seq}, received those after ${epoch}:${prev}`)
  }
  if (seq - prev !== trades.length + lost) {
    throw new ChainBroken(
      `expected ${seq - prev} trades from ${prev} to ${seq}, received ${trades.length} and ${lost} lost`,
    )
  }
}

/** In an epoch that is held the numbers tell which trades are new and how many are missing between; of another one only the server can tell. */
function count(view: TradesView, { epoch, seq, trades, lost = 0 }: TradesUpdate): void {
  const isHeld = epoch === view.epoch
  const highest = isHeld ? view.highest : 0
  view.lost += isHeld ? Math.max(0, seq - trades.length - highest) : lost
  view.added = Math.min(TRADES_HELD, trades.length, Math.max(0, seq - highest))
  view.highest = Math.max(highest, seq)
}
