import type { BarProof } from '../engine/messages.ts'
import { formatCount, UNKNOWN } from '../state/format.ts'

/** How many closed bars came to which verdict. */
export type Tally = Readonly<Record<BarProof['verdict'], number>>

export function tallyOf(proofs: ReadonlyMap<number, BarProof>): Tally {
  const tally = { match: 0, missed: 0, unexplained: 0 }
  for (const { verdict } of proofs.values()) tally[verdict] += 1
  return tally
}

/** `34 ✓ · 1 ? · 0 ≠`: the bars as their trades say, those not wholly heard, and those that differ. */
export function tallyWords({ match, missed, unexplained }: Tally): string {
  return `Certificate: ${formatCount(match)} ✓ · ${formatCount(missed)} ? · ${formatCount(unexplained)} ≠`
}

/** What is said of a closed bar that was counted here as well: `≠ C 63142.5 here, 63143.0 from the server`. */
export function proofWords({ verdict, differs }: BarProof): string {
  switch (verdict) {
    case 'match':
      return '✓ as its trades say'
    case 'missed':
      return '? not all of its trades were heard here'
    case 'unexplained':
      return `≠ ${differs.map(([figure, ours = UNKNOWN, theirs = UNKNOWN]) => `${figure} ${ours} here, ${theirs} from the server`).join(' · ')}`
  }
}
