import type { BatchChanges } from '../batch.ts'

/** The changes as they are, but the best bid has a lot more than it should. */
export function wrongBest(
  { bids, asks }: BatchChanges,
  best: { readonly ticks: number; readonly lots: number } | undefined,
): BatchChanges {
  if (best === undefined) return { bids, asks }
  return { bids: [best.ticks, best.lots + 1, ...withoutLevel(bids, best.ticks)], asks }
}

function withoutLevel(levels: readonly number[], ticks: number): number[] {
  const out: number[] = []
  for (let i = 0; i < levels.length; i += 2) if (levels[i] !== ticks) out.push(levels[i]!, levels[i + 1]!)
  return out
}
