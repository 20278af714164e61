import type { PanelId, Point } from './messages.ts'
import type { Receipt } from './receipt-message.ts'

/** What the pointer is over. */
export type Hit = {
  /** Where it begins on the canvas, CSS px. */
  readonly at: Point
  /** An exact decimal without grouping, to be copied. */
  readonly price: string
  /** All there is to say of it, as the page says numbers. */
  readonly text: string
}

/** What the page asks of a panel: each is answered once, by what has its `request`. */
export type Question =
  /** Asks what is at a point (CSS px), or else at the pointer, which is put at its first place where it is nowhere. Answered by one `picked`. */
  | { readonly kind: 'panel-pick'; readonly panel: PanelId; readonly request: number; readonly at: Point | undefined }
  /** Asks for the canvas as it is, answered by one `picture`. */
  | { readonly kind: 'panel-picture'; readonly panel: PanelId; readonly request: number }
  /** Asks for the panel's content as text, answered by one `table`. */
  | { readonly kind: 'panel-table'; readonly panel: PanelId; readonly request: number }
  /** Asks what stands behind what the panel shows, answered by one `receipt`. */
  | { readonly kind: 'panel-receipt'; readonly panel: PanelId; readonly request: number }

export type Answer =
  | {
      readonly kind: 'table'
      readonly panel: PanelId
      readonly request: number
      readonly symbol: string
      readonly seq: number
      readonly columns: readonly string[]
      readonly rows: readonly (readonly string[])[]
    }
  /** Undefined where nothing is shown. */
  | {
      readonly kind: 'receipt'
      readonly panel: PanelId
      readonly request: number
      readonly receipt: Receipt | undefined
    }
  | { readonly kind: 'picked'; readonly panel: PanelId; readonly request: number; readonly hit: Hit | undefined }
  /** In device pixels, transferred; undefined where there is none. */
  | {
      readonly kind: 'picture'
      readonly panel: PanelId
      readonly request: number
      readonly picture: ImageBitmap | undefined
    }
