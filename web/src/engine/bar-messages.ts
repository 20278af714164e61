import type { PanelId } from './messages.ts'

/** `time` is the start of the bar in ms since 1970; prices and volume are decimals, for a chart, not for arithmetic. */
export type Bar = {
  readonly time: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
  readonly rev: number
  readonly final: boolean
}

/** How a chart wants its bars. */
export type BarsOptions = {
  /** Least time between two updates, ms. */
  readonly rateMs: number
  /** Charts nobody sees are paused at the server. */
  readonly visible: boolean
  /** Folds the trades here as well, and holds closed bars against them: a subscription of its own. */
  readonly certificate: boolean
}

/** A closed bar of the server's against the one folded here from the trades. */
export type BarProof = {
  /** As in `Bar`. */
  readonly time: number
  /** `missed`: they differ, and not all of its trades were heard here. `unexplained`: they differ, and all were. */
  readonly verdict: 'match' | 'missed' | 'unexplained'
  /** What differs: its letter, the figure counted here and the server's, exact decimals; undefined where there is none. */
  readonly differs: readonly (readonly [figure: string, ours: string | undefined, theirs: string | undefined])[]
}

/** How many closed bars came to which verdict. */
export type BarsTally = Readonly<Record<BarProof['verdict'], number>>

/** Open, high, low and close in ticks, volume in lots, trades; 0 trades where nobody counted them. */
export type BarFigures = readonly [
  open: number,
  high: number,
  low: number,
  close: number,
  volume: number,
  trades: number,
]

/**
 * A closed bar as it was counted here and as the server told it; undefined where there is none. `openTime` is µs since 1970. `waiting`: what is
 * missing may still come. `before`: it is of a time before all trades were heard.
 */
export type JudgedBar = {
  readonly openTime: number
  readonly verdict: BarProof['verdict'] | 'waiting' | 'before'
  readonly ours: BarFigures | undefined
  readonly theirs: BarFigures | undefined
}

/** Trades as they were counted for the certificate, by their numbers; `since` is ms since 1970. `lost`: that the server told of as gone. */
export type TradesCounted = {
  readonly epoch: number
  readonly from: number
  readonly to: number
  readonly since: number
  readonly trades: number
  readonly lost: number
}

/** What the page says of a chart, which is drawn on the page itself. */
export type BarsToEngine =
  /** The bars of a chart, which is drawn on the page: another call for the same panel takes the place of the one before. */
  | {
      readonly kind: 'bars-open'
      readonly panel: PanelId
      readonly symbol: string
      readonly interval: string
      readonly options: BarsOptions
    }
  | { readonly kind: 'bars-options'; readonly panel: PanelId; readonly options: BarsOptions }
  /** The bars told last are on the screen. */
  | { readonly kind: 'bars-drawn'; readonly panel: PanelId }
  /** Fetches the program of charts again, after `panel-failed`. */
  | { readonly kind: 'bars-retry'; readonly panel: PanelId }
  | { readonly kind: 'bars-close'; readonly panel: PanelId }

export type BarsFromEngine =
  /**
   * `reset`: the recent bars, whatever was told before; otherwise those that changed, oldest first, some of them perhaps older than the last.
   * `isOther`: bars told before were of another life of the gateway, and are none of this chart any more.
   */
  {
    readonly kind: 'bars'
    readonly panel: PanelId
    readonly symbol: string
    readonly interval: string
    readonly reset: boolean
    readonly isOther: boolean
    readonly bars: readonly Bar[]
    /** What became of bars that closed, again where that changed; empty where nobody asked for it. */
    readonly proofs: readonly BarProof[]
  }
