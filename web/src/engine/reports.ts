import type { PanelId, PanelReport } from './messages.ts'

/**
 * What the page need not be told again. A panel's state, and what was granted, is news at once; its figures are news when it is their turn,
 * since nobody reads them ten times a second. Ages grow by themselves, and are told with everything else.
 */
export class Reports {
  #told: ReadonlyMap<PanelId, Told> = new Map()

  /** Which of the reports to post. `turn`: all of them, those with other figures, or only those with another state. What rests has nothing new to tell. */
  news(reports: readonly PanelReport[], turn: 'all' | 'figures' | 'state'): readonly PanelReport[] {
    const told = new Map<PanelId, Told>()
    const due = reports.filter((report) => {
      const before = this.#told.get(report.panel)
      const state = stateOf(report)
      const isResting = report.state.kind === 'paused'
      // Not written where they are not asked for: this runs ten times a second. What rests has no figures but those that run out.
      const isAsked = turn === 'all' || (turn === 'figures' && !isResting)
      const figures = isAsked || before?.state !== state ? figuresOf(report) : before.figures
      told.set(report.panel, { state, figures })
      return (turn === 'all' && !isResting) || before?.state !== state || before.figures !== figures
    })
    this.#told = told
    return due
  }
}

type Told = { readonly state: string; readonly figures: string }

function stateOf({ symbol, state, asked, granted, refusal, unseen }: PanelReport): string {
  return JSON.stringify([symbol, agelessOf(state), asked, granted, refusal, unseen])
}

function figuresOf({
  seq,
  verifiedAt,
  source,
  merged,
  bytesPerSecond,
  paintP50,
  paintP99,
  latency,
  bars,
}: PanelReport): string {
  return JSON.stringify([seq, verifiedAt, source, merged, bytesPerSecond, paintP50, paintP99, latency, bars])
}

/** A delay is counted in tenths of a second on the screen; how long nothing happened, and the next attempt, in whole ones. */
function agelessOf(state: PanelReport['state']): unknown {
  switch (state.kind) {
    case 'quiet':
      return [state.kind, state.ageMs === undefined]
    case 'stale':
      return [state.kind, state.since, state.reason, state.retryInMs === undefined]
    default:
      return state
  }
}
