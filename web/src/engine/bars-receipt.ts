import type { CandlesView } from '@depthcast/client'
import { fromLots, fromTicks } from '@depthcast/market'
import type { Certificate } from './certificate.ts'
import type { BarsReceipt, JudgedBar, Receipt } from './messages.ts'
import { type Proof, receiptOf } from './receipt.ts'

/** Bars spelled out on a receipt, besides those that differ: enough to check again, few enough to be copied. */
const SPELLED = 60

type Judged = NonNullable<BarsReceipt['certificate']>
type Held = {
  readonly interval: string
  readonly candles: CandlesView | undefined
  readonly certificate: Pick<Certificate, 'heard' | 'judge' | 'proofs'> | undefined
}

/** A chart's receipt: what a panel's says, and which closed bars are proven by which trades. Undefined while nothing is shown. */
export function barsReceiptOf(proof: Proof, { interval, candles, certificate }: Held): Receipt | undefined {
  const receipt = receiptOf(proof)
  if (receipt === undefined || candles === undefined) return undefined
  const { tickSize, lotSize } = candles.instrument
  const judged = certificate && judgedBy(certificate)
  const bars: BarsReceipt = {
    interval,
    tick: fromTicks(1, tickSize),
    lot: fromLots(1, lotSize),
    closed:
      judged === undefined ? candles.candles.filter(({ final }) => final).length : sum(Object.values(judged.tally)),
    ...(judged !== undefined && { certificate: judged }),
  }
  return { ...receipt, bars }
}

function judgedBy({ heard, judge, proofs }: NonNullable<Held['certificate']>): Judged {
  const all = judge.evidence()
  const tally = { match: 0, missed: 0, unexplained: 0, waiting: 0, before: 0 }
  for (const { verdict } of all) tally[verdict] += 1
  const judged = all.filter(({ verdict }) => verdict !== 'before')
  const newest = new Set<JudgedBar>(judged.slice(-SPELLED))
  return {
    trades: heard.counted,
    tally,
    bars: judged.filter((bar) => newest.has(bar) || bar.verdict === 'unexplained'),
    differing: proofs.filter(({ verdict }) => verdict === 'unexplained'),
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0)
}
