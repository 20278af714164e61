import { checksum, INTERVALS, type Interval, VIEW_CHECKSUM_LEVELS } from '@depthcast/market'
import type { BarsReceipt, BookReceipt, Figures, JudgedBar } from './receipt.ts'

/** One thing that was reckoned again, and whether it came out as the receipt says. */
export type Finding = { readonly holds: boolean; readonly says: string }

/** Reckons a receipt again from what is in it. */
export function reckon(receipt: BookReceipt | BarsReceipt): readonly Finding[] {
  return receipt.of === 'book' ? reckonBook(receipt) : reckonBars(receipt)
}

function reckonBook({ bids, asks, levels, checksum: told }: BookReceipt): readonly Finding[] {
  const now = checksum(bids as number[], asks as number[], VIEW_CHECKSUM_LEVELS)
  const isCounted = levels.bids === bids.length / 2 && levels.asks === asks.length / 2
  const [bid, ask] = [bids[0], asks[0]]
  return [
    {
      holds: now === told,
      says: `checksum ${hex(now)} reckoned, ${hex(told)} told, over the best ${VIEW_CHECKSUM_LEVELS} levels a side`,
    },
    {
      holds: isCounted,
      says: `${bids.length / 2} bids and ${asks.length / 2} asks, ${levels.bids} and ${levels.asks} told`,
    },
    {
      holds: isOrdered(bids, -1) && isOrdered(asks, 1),
      says: 'each side is in order, the best first, and has no empty level',
    },
    {
      holds: bid === undefined || ask === undefined || bid < ask,
      says: `best bid ${bid ?? 'none'} below best ask ${ask ?? 'none'}, in ticks`,
    },
  ]
}

function reckonBars({ interval, bars, tally }: BarsReceipt): readonly Finding[] {
  const lengthUs = INTERVALS[interval as Interval]
  if (lengthUs === undefined) return [{ holds: false, says: `there is no interval ${interval}` }]
  const matching = bars.filter(({ verdict }) => verdict === 'match')
  const differing = bars.filter(({ verdict }) => verdict === 'unexplained')
  const figures = bars.flatMap(({ ours, theirs }) => [ours, theirs].filter((each) => each !== undefined))
  return [
    {
      holds: matching.every(isSame),
      says: `${matching.length} bars told to match: each figure counted from trades is the gateway’s`,
    },
    {
      holds: !differing.some(isSame) && tally.unexplained === differing.length,
      says: `${differing.length} bars that differ, ${tally.unexplained ?? 'none'} told`,
    },
    {
      holds: matching.length <= (tally.match ?? 0),
      says: `${tally.match ?? 0} matching in all, ${matching.length} of them spelled out`,
    },
    {
      holds: bars.every(({ openTime }, at) => openTime % lengthUs === 0 && openTime > (bars[at - 1]?.openTime ?? 0)),
      says: `each begins with an interval of ${interval}, oldest first`,
    },
    { holds: figures.every(isPossible), says: 'no bar opens or closes beyond its high and low' },
  ]
}

/** Some venues' own bars do not tell how many trades they are of. */
function isSame({ ours, theirs }: Pick<JudgedBar, 'ours' | 'theirs'>): boolean {
  if (ours === undefined || theirs === undefined) return ours === theirs
  const compared = theirs[5] === 0 ? 5 : 6
  return ours.slice(0, compared).every((figure, at) => figure === theirs[at])
}

function isPossible([open, high, low, close, volume]: Figures): boolean {
  return Math.max(open, close) <= high && Math.min(open, close) >= low && volume > 0
}

function isOrdered(levels: readonly number[], way: 1 | -1): boolean {
  for (let at = 0; at < levels.length; at += 2) {
    const [price = 0, lots = 0] = [levels[at], levels[at + 1]]
    if (lots <= 0 || (at > 0 && Math.sign(price - (levels[at - 2] ?? 0)) !== way)) return false
  }
  return true
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0')
}
