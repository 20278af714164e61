export type BackoffRange = { readonly minMs: number; readonly maxMs: number }

/**
 * Milliseconds to wait before attempt `attempt` (1 and up): doubling from `minMs` to `maxMs`, then a random half to whole of it, so that
 * clients cut off together do not come back together.
 */
export function backoffMs(attempt: number, { minMs, maxMs }: BackoffRange, random: () => number): number {
  const ceiling = Math.min(maxMs, minMs * 2 ** Math.min(attempt - 1, 30))
  return Math.round(ceiling * (0.5 + random() / 2))
}
