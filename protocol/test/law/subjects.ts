import {
  type BookParams,
  type BookView,
  type CandlesParams,
  type CandlesView,
  CHANNELS,
  type Channel,
  type StatusView,
  type TickerView,
  type TradesParams,
  type TradesView,
  type ViewUpdate,
} from '@depthcast/protocol'
import { assertEqual, type Client, type Subject } from './law.ts'
import { INSTRUMENT, type Model, type NaiveTrade } from './model.ts'

/** The channel as the trial drives it: only the channel itself knows its state. */
const anyState = <P, S, U extends ViewUpdate, V>(channel: Channel<P, S, U, V>) =>
  channel as unknown as Channel<P, unknown, ViewUpdate, V>

export const bookSubject = (params: BookParams): Subject<BookParams, BookView> => ({
  channel: anyState(CHANNELS.book),
  params,
  truth: (model) =>
    model.bookValid
      ? {
          bids: model.groups('bid', params.grouping, params.depth).flat(),
          asks: model.groups('ask', params.grouping, params.depth).flat(),
          checksum: params.checksum ? 'ok' : 'absent',
        }
      : undefined,
  shown: ({ bids, asks, checksum }) => ({ bids, asks, checksum }),
})

export const tradesSubject = (params: TradesParams): Subject<TradesParams, TradesView> => ({
  channel: anyState(CHANNELS.trades),
  params,
  truth(model) {
    const last = model.trades.at(-1)
    return last && [last.tradeId, last.epoch, last.seq, last.price, last.quantity, last.exchangeTime]
  },
  shown({ trades, epoch, seq }) {
    const last = trades.at(-1)
    return last && [last[0], epoch, seq, last[1], last[2], last[4]]
  },
  observe(client, behind) {
    const { view, seen } = client
    const fresh = view.trades.slice(view.trades.length - view.added).map(([id]) => Number(id))
    // A loss told with the very first trades came right before them.
    seen.first ??= (fresh[0] ?? 1) - view.lost
    // What an epoch still had when a client that was behind is taken to the next one, nobody can tell it.
    if (behind && seen.epoch !== undefined && view.epoch !== seen.epoch) seen.isExact = false
    seen.epoch = view.epoch
    for (const id of fresh) {
      const previous = seen.ids.at(-1)
      if (previous !== undefined && id <= previous) throw new Error(`trade ${id} came after trade ${previous}`)
      seen.ids.push(id)
    }
  },
  conclude({ view, seen }: Client<TradesView>) {
    if (!seen.isExact) return
    const last = seen.ids.at(-1)!
    assertEqual(
      seen.ids.length + view.lost,
      last - seen.first! + 1,
      'trades received and told lost are not all there were',
    )
  },
})

export const candlesSubject = (params: CandlesParams): Subject<CandlesParams, CandlesView> => ({
  channel: anyState(CHANNELS.candles),
  params,
  truth: (model) => naiveBars(model, 1_000_000).slice(-params.bars),
  shown: ({ candles }) => candles.map(({ rev: _, ...bar }) => bar),
})

export const tickerSubject: Subject<Record<never, never>, TickerView> = {
  channel: anyState(CHANNELS.ticker),
  params: {},
  truth(model) {
    const figures = {
      ...model.venueFigures,
      last: model.last,
      ...(model.bookAt > model.quotedAt && { bid: undefined, ...naiveTouch(model) }),
    }
    const known = Object.entries(figures).filter(([, value]) => value !== undefined)
    return Object.fromEntries(known.toSorted())
  },
  shown({ latest }) {
    if (latest === undefined) return undefined
    const { type: _type, seq: _seq, merged: _merged, exchangeTime: _time, ...figures } = latest
    return Object.fromEntries(Object.entries(figures).toSorted())
  },
}

export const statusSubject: Subject<Record<never, never>, StatusView> = {
  channel: anyState(CHANNELS.status),
  params: {},
  truth: ({ status: { state, since, reason }, verified }) => [state, since, reason, verified, INSTRUMENT.id],
  shown: ({ latest }) => latest && [latest.state, latest.since, latest.reason, latest.verified, latest.symbol],
}

function naiveTouch(model: Model): Record<string, number> {
  if (!model.bookValid) return {}
  const bid = model.groups('bid', 1, 1)[0]
  const ask = model.groups('ask', 1, 1)[0]
  return { ...(bid && { bid: bid[0], bidQuantity: bid[1] }), ...(ask && { ask: ask[0], askQuantity: ask[1] }) }
}

/** Bars from all trades at once, each by time and then by arrival, which is the order of ids. */
function naiveBars(model: Model, intervalUs: number): unknown[] {
  const byBar = new Map<number, NaiveTrade[]>()
  for (const trade of model.trades) {
    const openTime = Math.floor(trade.exchangeTime! / intervalUs) * intervalUs
    byBar.set(openTime, [...(byBar.get(openTime) ?? []), trade])
  }
  return [...byBar]
    .sort(([a], [b]) => a - b)
    .map(([openTime, trades]) => {
      const inTime = trades.toSorted((a, b) => a.exchangeTime! - b.exchangeTime!)
      const prices = inTime.map(({ price }) => price)
      return {
        openTime,
        open: prices[0],
        high: Math.max(...prices),
        low: Math.min(...prices),
        close: prices.at(-1),
        volume: inTime.reduce((sum, { quantity }) => sum + quantity, 0),
        trades: inTime.length,
        final: openTime + intervalUs <= model.now,
      }
    })
}
