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
