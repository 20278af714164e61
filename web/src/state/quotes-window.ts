/** From how many rows on only those in sight are in the page. */
const MANY = 100
/** Rows beside the window that are there already when one scrolls. */
const SPARE = 12

/** Which rows of a long list are in the page, from the first to before the last, and what stands for the rest, in rows. */
export type RowWindow = { readonly from: number; readonly to: number; readonly above: number; readonly below: number }

/** `keep` is a row that must stay in the page wherever it is, since it has the focus. */
export function windowOf(
  { count, top, height, rowHeight }: { count: number; top: number; height: number; rowHeight: number },
  keep?: number,
): RowWindow {
  if (count <= MANY || rowHeight <= 0) return { from: 0, to: count, above: 0, below: 0 }
  const first = Math.floor(top / rowHeight) - SPARE
  const last = Math.ceil((top + height) / rowHeight) + SPARE
  const from = clamp(Math.min(first, keep ?? first), count)
  const to = clamp(Math.max(last, (keep ?? -1) + 1), count)
  return { from, to, above: from, below: count - to }
}

function clamp(at: number, count: number): number {
  return Math.min(count, Math.max(0, at))
}
