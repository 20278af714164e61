import type { BarProof, BarsReceipt } from '../engine/messages.ts'
import { formatCount, formatDate, formatTime, UNKNOWN, zoneLabel } from './format.ts'
import type { Fact } from './receipt.ts'

/** Bars that differ, spelled out; the others are counted, and stand in the copy. */
const SPELLED = 3

/** Which of a chart's closed bars are proven, by what, and why the others are not. */
export function barsFacts({ interval, closed, certificate }: BarsReceipt): readonly Fact[] {
  const told = { name: 'Bars', value: `${formatCount(closed)} closed ones of ${interval}, by the gateway’s word` }
  if (certificate === undefined)
    return [told, { name: 'Certificate', value: 'off: no bar is held against its trades', isDoubt: true }]
  const { tally, trades, differing } = certificate
  const { match, missed, unexplained, waiting, before } = tally
  const unproven = [
    [missed, 'not all of their trades were heard here'],
    [waiting, 'what is missing may still come'],
    [before, 'of before their trades were heard here'],
  ] as const
  const unjudged = unproven.filter(([count]) => count > 0).map(([count, why]) => `${formatCount(count)} ${why}`)
  return [
    told,
    {
      name: 'Certificate',
      value: `${formatCount(match)} ✓ as their trades say, counted here · ${formatCount(unexplained)} ≠`,
      isDoubt: unexplained > 0,
    },
    ...(unjudged.length === 0 ? [] : [{ name: 'Not proven', value: unjudged.join(' · '), isDoubt: true }]),
    { name: 'Trades counted', value: trades === undefined ? 'none yet' : tradesWords(trades) },
    ...differing.slice(-SPELLED).map(differsFact),
  ]
}

function tradesWords({ from, to, trades, lost, since, epoch }: NonNullable<Certificate['trades']>): string {
  const gone = lost === 0 ? 'none missing' : `${formatCount(lost)} lost`
  const at = `${formatTime(since)} ${zoneLabel(since)}`
  return `${formatCount(trades)}, numbered ${formatCount(from)} to ${formatCount(to)} since ${at}, ${gone} · epoch ${epoch}`
}

function differsFact({ time, differs }: BarProof): Fact {
  const value = differs
    .map(([figure, ours = UNKNOWN, theirs = UNKNOWN]) => `${figure} ${ours} here, ${theirs} from the server`)
    .join(' · ')
  return { name: `≠ ${formatDate(time)}`, value, isDoubt: true }
}

type Certificate = NonNullable<BarsReceipt['certificate']>
