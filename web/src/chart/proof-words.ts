import type { BarProof } from '../engine/messages.ts'
import { UNKNOWN } from '../state/format.ts'

/** What is said of a closed bar that was counted here as well: `≠ C 63,142.5 here, 63,143.0 from the server`. */
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
