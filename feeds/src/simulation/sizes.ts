import type { Preset } from './exchange.ts'
import type { Random } from './random.ts'

/** Sizes people type, as multiples of the usual one, and how often they do. */
const ROUND_SIZES = [0.1, 0.2, 0.2, 0.5, 0.5, 1, 1, 1, 2, 5, 10] as const
const ROUND_SHARE = 0.45
/** Of the others: the largest in usual sizes. */
const LARGEST_SIZE = 60
/** Of a stock's orders, those of exactly a round lot, of less, and of two; half of the rest are three to five round lots, half anything. */
const ONE_ROUND_LOT = 0.52
const ODD_LOT = 0.18
const TWO_ROUND_LOTS = 0.14

/** Lots of one order: mostly small, often what people type, now and then very large. `usual` as listed, `scale` 1 at the touch. */
export function orderLots(preset: Preset, usual: number, scale: number, random: Random): number {
  return preset === 'equity' ? shares(usual, scale, random) : coins(usual, scale, random)
}

function coins(usual: number, scale: number, random: Random): number {
  if (random.chance(ROUND_SHARE)) return atLeastOne(usual * ROUND_SIZES[random.below(ROUND_SIZES.length)]!)
  return atLeastOne(usual * scale * Math.min(LARGEST_SIZE, random.pareto(1.4) / 4) * (0.5 + random.uniform()))
}

function shares(usual: number, scale: number, random: Random): number {
  const pick = random.uniform()
  if (pick < ONE_ROUND_LOT) return usual
  if (pick < ONE_ROUND_LOT + ODD_LOT) return 1 + random.below(usual - 1)
  if (pick < ONE_ROUND_LOT + ODD_LOT + TWO_ROUND_LOTS) return 2 * usual
  if (random.chance(0.5)) return (3 + random.below(3)) * usual
  return atLeastOne(usual * scale * Math.min(LARGEST_SIZE, random.pareto(1.4)) * (0.3 + random.uniform()))
}

function atLeastOne(lots: number): number {
  return Math.max(1, Math.round(lots))
}
