import { type ErrorSlug, errorRow, type Retry } from '@depthcast/protocol'

/** Where a refusal's close code begins, by what the client may do next: stop, or come back with growing pauses. */
const RANGES: Readonly<Record<Retry, number>> = { no: 4000, later: 4100, reconnect: 4100 }

/** The WebSocket close code that goes with a refusal: that of the error's row, or one of the range that says the same. */
export function closeCodeOf({ code, slug }: { readonly code: number; readonly slug: string }): number {
  const row = errorRow(slug as ErrorSlug)
  return row.closes?.code ?? RANGES[row.retry] + (code % 100)
}
