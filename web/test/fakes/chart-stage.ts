import type { BarsOptions } from '../../src/engine/messages.ts'
import { BARS, SYMBOL, stage } from './engine-stage.ts'

export const MINUTE = 60_000_000
/** µs since 1970, where a minute begins. */
export const NOON = 1_700_000_000_000_000 - (1_700_000_000_000_000 % MINUTE)

/** A trade as a test tells it: a thousand lots, so many minutes after noon, at so many ticks. */
type Traded = readonly [minute: number, price: number]

type Told = {
  /** How many changes of bars the message tells. */
  readonly by?: number
  /** Tells all there is, and follows on nothing. */
  readonly isWhole?: boolean
  readonly epoch?: number
  /** What it takes on the wire. */
  readonly bytes?: number
  /** When by the gateway's clock, minutes after noon; the gateway's own time without it. */
  readonly at?: number
}

/** A bar of one trade each, in ticks and lots. */
export function bar(minute: number, price: number, { rev = 1, final = true, trades = 1 } = {}) {
  const openTime = NOON + minute * MINUTE
  return { openTime, open: price, high: price, low: price, close: price, volume: trades * 1000, trades, rev, final }
}

/** The engine's stage with one chart of minutes on it, whose bars and trades the gateway numbers. */
export function chartStage() {
  const on = stage()
  let seq = 0

  /** The certificate's program comes by itself. */
  async function settled(): Promise<void> {
    await import('../../src/engine/certificate.ts')
    await on.gateway.settle()
  }

  return {
    ...on,
    settled,

    async openChart(options: Partial<BarsOptions> = {}): Promise<void> {
      on.tell({ kind: 'bars-open', panel: 'chart-1', symbol: SYMBOL, interval: '1m', options: { ...BARS, ...options } })
      await settled()
    },

    async choose(options: Partial<BarsOptions>): Promise<void> {
      on.tell({ kind: 'bars-options', panel: 'chart-1', options: { ...BARS, ...options } })
      await settled()
    },

    /** So many messages of bars are lost. */
    loses(messages: number): void {
      seq += messages
    },

    async bars(candles: readonly unknown[], { by = 1, isWhole = false, epoch = 1, bytes, at }: Told = {}) {
      const prev = isWhole || seq === 0 ? {} : { prev: seq }
      seq += by
      const serverTime = at === undefined ? on.gateway.serverTime : NOON + at * MINUTE
      const body = { sub: on.gateway.sub('candles', SYMBOL), epoch, seq, ...prev, serverTime, candles }
      on.gateway.send('candle', body, bytes)
      await on.gateway.settle()
    },

    /** `first`: the number of the first of them, which follow on the one before; `at` as for bars. */
    async trades(first: number, at: number, ...of: readonly Traded[]): Promise<void> {
      const told = of.map(([minute, price], index) => [`t${first + index}`, price, 1000, 1, NOON + minute * MINUTE])
      const prev = first === 1 ? {} : { prev: first - 1 }
      const serverTime = NOON + at * MINUTE
      on.gateway.trades(SYMBOL, { seq: first + of.length - 1, ...prev, trades: told, serverTime })
      await on.gateway.settle()
    },
  }
}
