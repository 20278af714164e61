import type { Instrument } from '@depthcast/market'
import { type CandleMessage, candlesEnd, type WireCandle } from '@depthcast/protocol'
import type { Folder, ViewTerms } from './view.ts'

/** A bar in ticks and lots. `openTime` is µs since 1970; `rev` grows with every change of the bar. */
export type Candle = {
  readonly openTime: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
  readonly trades: number
  readonly rev: number
  readonly final: boolean
  /** The bar stopped at its last exact values and misses trades: its volume would have passed 2^53 − 1 lots. */
  readonly overflow?: true
}

export type CandlesView = {
  readonly instrument: Instrument
  readonly interval: string
  /** Of the gateway's count: bars of two epochs are numbered apart. */
  readonly epoch: number
  readonly seq: number
  /** The bars that are new or revised since the view before this one, oldest first; all of them when `isReset`. */
  readonly changed: readonly Candle[]
  /** True when what was held before is to be dropped: `changed` is everything. */
  readonly isReset: boolean
  /** The most recent bars, oldest first. */
  readonly candles: readonly Candle[]
  readonly serverTime: number
  readonly receivedAt: number
}

/** Folds bars, checking the chain. */
export function candlesFolder({ instrument, granted }: ViewTerms): Folder<CandleMessage, CandlesView> {
  const params = candlesEnd.params(granted)
  const held = candlesEnd.open(instrument, params)
  return {
    fold(message, receivedAt) {
      candlesEnd.apply(held, message)
      return {
        instrument,
        interval: params.interval,
        epoch: held.epoch,
        seq: held.seq,
        changed: message.candles as readonly Candle[],
        isReset: message.prev === undefined,
        candles: held.candles.slice() as readonly WireCandle[] as readonly Candle[],
        serverTime: message.serverTime,
        receivedAt,
      }
    },
  }
}

export function mergeCandles(older: CandlesView, newer: CandlesView): CandlesView {
  if (newer.isReset) return newer
  if (older.isReset) return { ...newer, isReset: true, changed: newer.candles }
  const changed = new Map<number, Candle>()
  for (const candle of [...older.changed, ...newer.changed]) changed.set(candle.openTime, candle)
  return { ...newer, changed: [...changed.values()].sort((a, b) => a.openTime - b.openTime) }
}

/** Nobody knows which bars were revised in between. */
export function rebaseCandles(view: CandlesView): CandlesView {
  return { ...view, isReset: true, changed: view.candles }
}
