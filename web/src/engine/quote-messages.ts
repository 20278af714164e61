/** What the page asks of the quotes: answered once, by what has its `request`. */
export type QuotesQuestion = { readonly kind: 'quote-costs'; readonly request: number }

/**
 * Of each quote, counted since it was asked for: bytes (its even part where a view is shared), messages, those that became quotes and the source
 * updates merged into them. Of its newest message: its number, the venue's time, the gateway's and ours, ms since 1970, and how long it was under
 * way. And the least time between two that was granted, ms; 0 for none.
 */
export const QUOTE_COST_FIELDS = [
  'bytes',
  'messages',
  'updates',
  'merged',
  'seq',
  'exchangeTime',
  'serverTime',
  'receivedAt',
  'wayMs',
  'rateMs',
] as const

/** `QUOTE_COST_FIELDS.length` numbers a symbol, in the order of `symbols`; NaN unknown. The buffer is transferred. */
export type QuotesAnswer = {
  readonly kind: 'quote-costs'
  readonly request: number
  readonly symbols: readonly string[]
  readonly costs: Float64Array<ArrayBuffer>
}
