import {
  type Candle,
  type CandleBuilder,
  INTERVAL_NAMES,
  type Instrument,
  type Interval,
  type Ledger,
} from '@depthcast/market'
import type { Body, Channel, ClientEnd } from '../channel.ts'
import { ChainBroken, ProtocolError } from '../errors.ts'
import type { CandleMessage, WireCandle } from '../message.ts'
import type { ViewOptions } from '../request.ts'
import { priceToText, quantityToText } from '../text.ts'
import type { Position } from '../wire.ts'

/** `bars`: how many of the most recent bars the view covers. */
export type CandlesParams = { readonly interval: Interval; readonly bars: number }

export type CandlesUpdate = Body<CandleMessage>

/** What the client holds: the most recent bars, oldest first. The array belongs to the view: copy it to keep it. */
export type CandlesView = {
  readonly bars: number
  /** 0 until the first message. */
  epoch: number
  seq: number
  candles: WireCandle[]
  exchangeTime: number | undefined
}

/** What the view last published: the bars themselves, as a bar is never changed once handed out. */
export type CandlesState = {
  readonly ledger: Ledger
  readonly params: CandlesParams
  readonly builder: CandleBuilder
  published: { readonly seq: number; readonly candles: readonly Candle[] } | undefined
}

/** The client's end, for programs that are not to carry the server's as well. */
export const candlesEnd: ClientEnd<CandlesParams, CandlesUpdate, CandlesView> = {
  params({ interval = '1m' }: ViewOptions): CandlesParams {
    const known = INTERVAL_NAMES.find((name) => name === interval)
    if (known === undefined)
      throw new ProtocolError('unsupported', `interval must be one of ${INTERVAL_NAMES.join(', ')}`)
    return { interval: known, bars: 500 }
  },

  open: (_instrument, { bars }) => ({ bars, epoch: 0, seq: 0, candles: [], exchangeTime: undefined }),

  apply(view: CandlesView, update: CandlesUpdate): void {
    if (update.prev === undefined) view.candles = update.candles.slice()
    else {
      if (update.epoch !== view.epoch || update.prev !== view.seq)
        throw new ChainBroken(
          `expected bars after ${view.epoch}:${view.seq}, received those after ${update.epoch}:${update.prev}`,
        )
      for (const candle of update.candles) put(view.candles, candle)
    }
    if (view.candles.length > view.bars) view.candles.splice(0, view.candles.length - view.bars)
    view.epoch = update.epoch
    view.seq = update.seq
    view.exchangeTime = update.exchangeTime
  },
}

/** Bars of one interval; a late trade revises its own. `seq` counts the changes of any bar, so two changes of one bar are two. */
export const candles: Channel<CandlesParams, CandlesState, CandlesUpdate, CandlesView> = {
  ...candlesEnd,
  name: 'candles',
  whenSlow: 'conflate',
  options: ['interval'],

  key: ({ interval, bars }) => `${interval}.${bars}`,

  init: (ledger, params) => ({ ledger, params, builder: ledger.candles(params.interval), published: undefined }),

  accept: ({ builder, published }) => builder.changes !== (published?.seq ?? 0),

  diff(state: CandlesState): CandlesUpdate | undefined {
    const { builder, published } = state
    if (builder.changes === (published?.seq ?? 0)) return undefined
    const next = publish(state)
    if (published === undefined) return message(state, next.candles)
    return message(state, changed(published.candles, next.candles), published.seq)
  },

  snapshot(state: CandlesState): CandlesUpdate | undefined {
    const { candles } = state.published ?? publish(state)
    return message(state, candles)
  },

  position: (state: CandlesState): Position => [state.ledger.epoch, (state.published ?? publish(state)).seq],

  toText: (update: CandlesUpdate, instrument: Instrument): CandlesUpdate => ({
    ...update,
    candles: update.candles.map((candle) => ({
      ...candle,
      open: priceToText(candle.open, instrument),
      high: priceToText(candle.high, instrument),
      low: priceToText(candle.low, instrument),
      close: priceToText(candle.close, instrument),
      volume: quantityToText(candle.volume, instrument),
    })),
  }),
}

function publish(state: CandlesState): NonNullable<CandlesState['published']> {
  state.published = { seq: state.builder.changes, candles: state.builder.last(state.params.bars) }
  return state.published
}

/** The bars of `after` that are new or revised; both oldest first. */
function changed(before: readonly Candle[], after: readonly Candle[]): Candle[] {
  const result: Candle[] = []
  let b = 0
  for (const candle of after) {
    while (b < before.length && before[b]!.openTime < candle.openTime) b++
    const held = before[b]
    if (held?.openTime !== candle.openTime || held.rev !== candle.rev) result.push(candle)
  }
  return result
}

function message({ ledger, published }: CandlesState, candles: readonly Candle[], prev?: number): CandlesUpdate {
  const { epoch } = ledger
  return {
    type: 'candle',
    epoch,
    seq: published?.seq ?? 0,
    ...(prev !== undefined && { prev }),
    candles: candles.map(toWire),
  }
}

function toWire({ openTime, open, high, low, close, volume, trades, rev, final, overflow }: Candle): WireCandle {
  return { openTime, open, high, low, close, volume, trades, rev, final, ...(overflow && { overflow }) }
}

/** In order of time, looked for from the newest; an older revision than the one held changes nothing. */
function put(candles: WireCandle[], candle: WireCandle): void {
  let at = candles.length
  while (at > 0 && candles[at - 1]!.openTime > candle.openTime) at--
  const held = candles[at - 1]
  if (held?.openTime !== candle.openTime) candles.splice(at, 0, candle)
  else if (candle.rev >= held.rev) candles[at - 1] = candle
}
