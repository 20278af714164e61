import type { Expectation, FaultVenue } from '../faults/fault.ts'
import { FAULTS } from '../faults/table.ts'
import { type MatrixCell, strike } from './matrix.ts'

export const SEED = 7

/** How long a book may stand still, marked right, while the market moves, ms: until the venue is silent for too long, and a second or two to look. */
export const OLDEST: Readonly<Record<FaultVenue, number>> = { kraken: 7_000, binance: 35_000, coinbase: 5_000 }

export type MatrixRow = {
  readonly fault: string
  readonly does: string
  /** In the order of FAULT_VENUES. */
  readonly cells: readonly (MatrixCell | Expectation)[]
}

/** What a cell lacks of what must hold; empty where all holds. */
export function complaints(cell: MatrixCell): readonly string[] {
  const claims: readonly (readonly [boolean, string])[] = [
    [cell.struck > 0, 'it was never done'],
    [cell.detected !== undefined, 'nothing that should have noticed it did'],
    [cell.isAlone !== false, `books were lost that must not be: ${cell.lost.join(', ')}`],
    [cell.isTold, 'a lost book was updated before a snapshot in a new epoch'],
    [cell.wrong === 0, `${cell.wrong} books were wrong while marked right`],
    [cell.oldMs <= OLDEST[cell.venue], `a book stood still for ${cell.oldMs} ms while it was marked right`],
    [cell.isRestored, 'a book is not the true one at the end'],
  ]
  return claims.flatMap(([holds, complaint]) => (holds ? [] : [complaint]))
}

/** Every fault at every venue; `told` after each row. */
export async function matrix(
  venues: readonly FaultVenue[],
  told: (row: MatrixRow) => void,
): Promise<readonly MatrixRow[]> {
  const rows: MatrixRow[] = []
  for (const fault of FAULTS) {
    const cells: (MatrixCell | Expectation)[] = []
    for (const venue of venues) {
      const expectation = fault.at[venue]
      cells.push('impossible' in expectation ? expectation : await strike(fault, venue, SEED))
    }
    const row = { fault: fault.name, does: fault.does, cells }
    told(row)
    rows.push(row)
  }
  return rows
}
