import { INSTRUMENT_STATES } from '@depthcast/market'
import { QUOTE_FIELDS } from '../../src/engine/messages.ts'
import type { PanelKind } from '../../src/panels/registry.ts'
import { parseOptions } from '../../src/panels/schemas.ts'
import type { InstrumentRow } from '../../src/state/desk.ts'
import type { Workspace } from '../../src/workspace/workspace.ts'
import { StandInEngine } from './stand-in-engine.ts'

export function listRow(venue: string, base: string, quote = 'USD', state = 'live'): InstrumentRow {
  return { id: `${venue}:${base}-${quote}`, venue, base, quote, tickSize: '0.01', lotSize: '0.001', state }
}

export type Figures = Partial<Record<(typeof QUOTE_FIELDS)[number], number>>

/** A stand-in engine behind a page that has one panel of a kind and nothing else. */
export class ListStage extends StandInEngine {
  constructor(kind: PanelKind, options: Record<string, unknown> = {}) {
    super()
    const id = `${kind}-1`
    const workspace: Workspace = {
      version: 1,
      name: 'Alone',
      layout: { kind: 'tabs', panels: [id], active: id },
      panels: { [id]: { kind, group: 1, options: parseOptions(kind, options) } },
      groups: {},
    }
    this.desk.change(() => workspace)
  }

  override start(rows: readonly InstrumentRow[] = [], quotes?: readonly Figures[]): void {
    this.say({ kind: 'connection', state: 'open', bytesPerSecond: 22_000, latencyMs: 0.8, breaks: 0 })
    this.say({ kind: 'instruments', instruments: rows })
    if (quotes !== undefined) this.quotes(rows, quotes)
  }

  /** `stateIndex` is live where nothing is said. */
  quotes(rows: readonly InstrumentRow[], figures: readonly Figures[]): void {
    const array = Float64Array.from(
      figures.flatMap((each) =>
        QUOTE_FIELDS.map((field) => each[field] ?? (field === 'stateIndex' ? LIVE : Number.NaN)),
      ),
    )
    this.say({ kind: 'quotes', symbols: rows.slice(0, figures.length).map(({ id }) => id), quotes: array })
  }
}

const LIVE = INSTRUMENT_STATES.indexOf('live')
