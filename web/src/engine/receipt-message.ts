import type { BarProof, JudgedBar, PanelReport, TradesCounted, ViewState } from './messages.ts'

/** A view that broke at `at`, ms since 1970, and was right again after `healedMs`; undefined while it is not. */
export type Break = { readonly state: ViewState; readonly at: number; readonly healedMs?: number }

/** All that can be said for what a panel shows, taken at one moment. Times are ms since 1970, or µs where the name says so. */
export type Receipt = {
  readonly takenAt: number
  readonly symbol: string
  readonly state: ViewState
  readonly granted: PanelReport['granted']
  readonly epoch: number
  readonly seq: number
  /** The chain since its last whole view: from this `seq` on nothing is missing. Undefined before there was one. */
  readonly chain: { readonly epoch: number; readonly from: number; readonly since: number } | undefined
  readonly verifiedAt: number
  readonly source: PanelReport['source']
  /** Of a book: its levels in ticks and lots, flat and best first, and their checksum as this engine reckons it now. */
  readonly book:
    | {
        readonly tick: string
        readonly lot: string
        readonly bids: readonly number[]
        readonly asks: readonly number[]
        readonly checksum: number
      }
    | undefined
  /** Of a chart. */
  readonly bars?: BarsReceipt
  /** Of the newest message: the venue's clock and the gateway's, µs; undefined where they did not say. And ours. */
  readonly exchangeTimeUs: number | undefined
  readonly serverTimeUs: number | undefined
  readonly receivedAt: number
  readonly clock: ClockReading | undefined
  /** Since the view was asked for. */
  readonly bytes: number
  /** Its even part of them, where `sharedBy` panels follow the same view. */
  readonly bytesShare: number
  readonly sharedBy: number
  readonly messages: number
  readonly updates: number
  readonly merged: number
  readonly pictures: number
  readonly lastBreak: Break | undefined
}

/** The gateway's clock less ours, ms, and how far that may be off. */
export type ClockReading = { readonly offsetMs: number; readonly errorMs: number }

/** A chart's closed bars, and what they were held against. */
export type BarsReceipt = {
  readonly interval: string
  readonly tick: string
  readonly lot: string
  /** Closed bars that the server told. */
  readonly closed: number
  /** Absent while no certificate is counted: then nothing proves any bar. */
  readonly certificate?: {
    readonly trades: TradesCounted | undefined
    readonly tally: Readonly<Record<JudgedBar['verdict'], number>>
    /** The newest, oldest first; all that differ are among them. */
    readonly bars: readonly JudgedBar[]
    /** What differs of those, newest last. */
    readonly differing: readonly BarProof[]
  }
}
