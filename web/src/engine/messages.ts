import type { Verification } from '@depthcast/market'
import type { BarsFromEngine, BarsTally, BarsToEngine } from './bar-messages.ts'
import type { Latency } from './latency.ts'
import type { Answer, Hit, Question } from './question-messages.ts'
import type { QuotesAnswer, QuotesQuestion } from './quote-messages.ts'
import type { ClockReading } from './receipt-message.ts'

export type {
  Bar,
  BarFigures,
  BarProof,
  BarsOptions,
  BarsTally,
  BarsToEngine,
  JudgedBar,
  TradesCounted,
} from './bar-messages.ts'
export type { Hit } from './question-messages.ts'
export type { BarsReceipt, Break, ClockReading, Receipt } from './receipt-message.ts'

/**
 * What passes between the page and the engine, which owns the socket, the books and the painters. The engine runs in a worker, or on the
 * page's own thread where a worker cannot paint; the messages are the same. Only small things cross: never a decoded market message.
 */
export type PanelId = string
export type PanelKind = 'ladder' | 'depth' | 'tape' | 'heatmap'

/** Resolved colours and metrics; a worker cannot read CSS. */
export type PaintTheme = {
  readonly background: string
  readonly textHigh: string
  readonly text: string
  readonly textMid: string
  readonly textLow: string
  readonly line: string
  readonly hover: string
  readonly up: string
  readonly down: string
  readonly upBar: string
  readonly downBar: string
  /** Over a bar, where the plain ones are too faint to read. */
  readonly textMidOnBar: string
  readonly textLowOnBar: string
  readonly warn: string
  readonly error: string
  /** `#RRGGBB` each, from no size to the largest. */
  readonly heat: readonly string[]
  /** Up and down are hardly two colours: shapes (hollow and filled) have to tell them apart. */
  readonly sidesByShape: boolean
  readonly font: string
  readonly rowHeight: number
}

/** What a kind does not know of it leaves alone. */
export type PanelOptions = {
  readonly rateMs: number
  /** Levels a side. */
  readonly depth?: number
  /** Ticks a level. */
  readonly grouping?: number
  /** Ladder only: sizes as they are, or as what they are worth. */
  readonly unit?: 'base' | 'quote'
  /** Depth and heatmap only: so far from the middle to either side, percent. */
  readonly span?: number
  /** Tape only: hide trades worth less than this in the quote currency, a decimal string. */
  readonly minValue?: string
}

export type Surface = {
  readonly canvas: OffscreenCanvas | HTMLCanvasElement
  readonly width: number
  readonly height: number
  readonly dpr: number
}

export type Point = { readonly x: number; readonly y: number }

export type ToEngine =
  | Question
  | QuotesQuestion
  | BarsToEngine
  /** `url` is the gateway's origin; `fontUrl` the text face to load before the first paint; `token` who the user says to be. */
  | { readonly kind: 'connect'; readonly url: string; readonly fontUrl?: string; readonly token?: string | undefined }
  /** Connects again as someone else, or as nobody. */
  | { readonly kind: 'token'; readonly token: string | undefined }
  | { readonly kind: 'theme'; readonly theme: PaintTheme; readonly locale: string; readonly timeZone: string }
  | {
      readonly kind: 'panel-open'
      readonly panel: PanelId
      readonly panelKind: PanelKind
      readonly symbol: string
      readonly options: PanelOptions
      readonly surface: Surface
    }
  | { readonly kind: 'panel-symbol'; readonly panel: PanelId; readonly symbol: string }
  | { readonly kind: 'panel-options'; readonly panel: PanelId; readonly options: PanelOptions }
  | {
      readonly kind: 'panel-resize'
      readonly panel: PanelId
      readonly width: number
      readonly height: number
      readonly dpr: number
    }
  /** Hidden panels are paused at the server. */
  | { readonly kind: 'panel-visible'; readonly panel: PanelId; readonly visible: boolean }
  /** By CSS px; what a kind cannot scroll by it leaves alone. */
  | { readonly kind: 'panel-scroll'; readonly panel: PanelId; readonly by: Point }
  /** Back to the newest (tape). */
  | { readonly kind: 'panel-resume'; readonly panel: PanelId }
  /** Where the pointer is on the canvas, CSS px; undefined once it left. */
  | { readonly kind: 'panel-hover'; readonly panel: PanelId; readonly at: Point | undefined }
  /** The pointer goes by keys, so many places across and down; the first goes to the first place. Kinds without places scroll by rows. */
  | { readonly kind: 'panel-step'; readonly panel: PanelId; readonly by: Point }
  | { readonly kind: 'panel-close'; readonly panel: PanelId }
  /** Symbols whose quotes anything on the page needs; `ratesMs`, in their order, is the least time between two of each, 250 where nothing is said. */
  | { readonly kind: 'watch'; readonly symbols: readonly string[]; readonly ratesMs?: readonly number[] }
  /** Freezes every panel (the server stops sending), or lets them go on. */
  | { readonly kind: 'pause'; readonly paused: boolean }

/** The states of the specification, in the page's words. */
export type ViewState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'live' }
  /** `ageMs` is absent while nobody can know how long ago the last thing happened. */
  | { readonly kind: 'quiet'; readonly ageMs?: number }
  | { readonly kind: 'delayed'; readonly ageMs: number }
  | { readonly kind: 'stale'; readonly since: number; readonly retryInMs?: number; readonly reason?: string }
  /** `from` is the first number that is missing. `isBehind`: nothing broke, but this page was too slow for what it was sent, or what it was sent came too old. */
  | { readonly kind: 'gap'; readonly from: number; readonly to?: number; readonly isBehind?: true }
  | { readonly kind: 'invalid'; readonly reason: string }
  | { readonly kind: 'halted'; readonly reason?: string }
  | { readonly kind: 'ended'; readonly since: number }
  | { readonly kind: 'paused' }
  | { readonly kind: 'refused'; readonly code: number; readonly reason: string }

/** One panel's state and meter: told at once when the state changes, twice a second for its figures, and once a second whatever happens, unless it is paused. */
export type PanelReport = {
  readonly panel: PanelId
  readonly symbol: string
  readonly state: ViewState
  readonly seq: number
  /** When the checksum was last verified, ms since 1970; 0 never. Only what the engine itself checked counts. */
  readonly verifiedAt: number
  /** What stands behind the book at its venue, and when that last said so, ms since 1970; 0 never. Undefined where there is no book, or nothing was told. */
  readonly source: { readonly verified: Verification; readonly at: number } | undefined
  /** Source updates a message, mean of the last second. */
  readonly merged: number
  /** Its even part of what it shares with others; all reports together cost what came. */
  readonly bytesPerSecond: number
  /** The same since its view was asked for. */
  readonly bytes: number
  /** Message received to pixels drawn, ms, p50 and p99 of the last 10 s; NaN unknown. */
  readonly paintP50: number
  readonly paintP99: number
  /** Absent while the age of no message is known. */
  readonly latency?: Latency
  /** What `granted` answers; undefined while the answer is under way. */
  readonly asked: PanelOptions | undefined
  readonly granted:
    | { readonly depth?: number | 'all'; readonly grouping?: number; readonly rateMs: number | 'raw' }
    | undefined
  /** Why the last change of options was refused, if it was. */
  readonly refusal: string | undefined
  /** Tape: trades that came while scrolled away. */
  readonly unseen: number
  /** Charts: what became of bars that closed; absent where nobody asked for it. */
  readonly bars?: BarsTally
}

/** `updatedAt` in ms since 1970; `stateIndex` is the index in `INSTRUMENT_STATES` of `@depthcast/market`, -1 unknown. */
export const QUOTE_FIELDS = [
  'bid',
  'ask',
  'last',
  'open24h',
  'high24h',
  'low24h',
  'volume24h',
  'updatedAt',
  'stateIndex',
] as const

export type FromEngine =
  | Answer
  | QuotesAnswer
  | BarsFromEngine
  /** `retryAt` in ms since 1970; `latencyMs` NaN while unknown. Posted on every change and once a second. */
  | {
      readonly kind: 'connection'
      readonly state: 'connecting' | 'open' | 'waiting' | 'closed'
      readonly retryAt?: number
      readonly reason?: string
      /** What the server said when it would not have us; from then until it does, also while that is tried again. */
      readonly refusal?: { readonly code: number; readonly reason: string }
      readonly bytesPerSecond: number
      readonly latencyMs: number
      /** All that came, and of it what no view is made of: heartbeats, answers, how instruments are. So far, and in the last second. */
      readonly downstream?: Readonly<Record<'bytes' | 'ownBytes' | 'ownBytesPerSecond', number>>
      /** Undefined while the clocks were not compared. */
      readonly clock?: ClockReading
      /** Pictures painted in the last second. */
      readonly framesPerSecond?: number
      /** How long nothing came over the open connection, ms, once that is longer than it should be. */
      readonly overdueMs?: number
      /** Breaks of any view since the page was opened, told by the server or found here: gaps, broken chains, wrong checksums. */
      readonly breaks: number
      /** What this server gives at most; undefined before it said so. */
      readonly limits?: { readonly maxDepth: number | 'all'; readonly minRateMs: number }
    }
  | {
      readonly kind: 'instruments'
      readonly instruments: readonly {
        readonly id: string
        readonly venue: string
        readonly base: string
        readonly quote: string
        readonly tickSize: string
        readonly lotSize: string
        readonly state: string
      }[]
    }
  /**
   * `QUOTE_FIELDS.length` numbers a watched symbol, in the order of `symbols`; prices as decimals, NaN unknown. The buffer is transferred.
   * `symbols` comes with the first message and whenever it changes: what is watched may be others by the time these arrive.
   */
  | { readonly kind: 'quotes'; readonly symbols?: readonly string[]; readonly quotes: Float64Array<ArrayBuffer> }
  /** Of panels of which there is news; once a second of all that are not paused. */
  | { readonly kind: 'panels'; readonly reports: readonly PanelReport[] }
  /** The panel's program could not be fetched, or its canvas not painted on: nothing is shown until another `panel-open`, of a chart until `bars-retry`. */
  | { readonly kind: 'panel-failed'; readonly panel: PanelId; readonly reason: string }
  /** What is under the pointer, again whenever that changes; undefined where there is nothing. */
  | { readonly kind: 'hit'; readonly panel: PanelId; readonly hit: Hit | undefined }
