import type { ClientError } from './errors.ts'
import type { Follower, Line } from './line.ts'
import type { Lines } from './lines.ts'
import type { Ask } from './requests.ts'

export type ScoutOutcome = {
  /** The view is granted; the scout still holds the line, and leaves it after this call. */
  arrived(line: Line): void
  refused(error: ClientError): void
}

/** Asks for a view on behalf of a subscription that stays on its own until this one is granted. Returns what gives up. */
export function scout(lines: Lines, ask: Ask, outcome: ScoutOutcome): () => void {
  let line: Line
  let isOver = false
  const leave = (): void => {
    isOver = true
    lines.leave(line, follower)
  }
  const settle = (): void => {
    if (isOver) return
    const { standing, terms, isModifying } = line
    if (standing.kind === 'refused') {
      leave()
      outcome.refused(standing.error)
    } else if (terms !== undefined && !isModifying) {
      isOver = true
      outcome.arrived(line)
      leave()
    }
  }
  const follower: Follower = {
    viewed: settle,
    changed: settle,
    received() {},
    moved(to) {
      line = to
      settle()
    },
  }
  line = lines.follow(ask, follower)
  settle()
  return () => {
    if (!isOver) leave()
  }
}
