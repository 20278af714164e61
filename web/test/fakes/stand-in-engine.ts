import type { FromEngine, PanelReport, ToEngine, ViewState } from '../../src/engine/messages.ts'
import { QUOTE_FIELDS } from '../../src/engine/messages.ts'
import { Desk } from '../../src/state/desk.ts'
import { DEFAULT_SETTINGS } from '../../src/state/settings.ts'
import { shellNow } from '../../src/state/shell.ts'
import { themeCss } from '../../src/theme/css.ts'
import { FIRST } from '../../src/workspace/first.ts'
import { FOUR_PANELS } from './four-panels.ts'

/** The page's colours are read from its stylesheet, which only a build makes. */
const colours = document.createElement('style')
colours.textContent = themeCss()
document.head.append(colours)

export const INSTRUMENTS = [
  {
    id: 'simulated:BTC-USD',
    venue: 'simulated',
    base: 'BTC',
    quote: 'USD',
    tickSize: '0.5',
    lotSize: '0.001',
    state: 'live',
  },
  {
    id: 'simulated:ETH-USD',
    venue: 'simulated',
    base: 'ETH',
    quote: 'USD',
    tickSize: '0.01',
    lotSize: '0.001',
    state: 'live',
  },
]

/** Stands in for the engine before the page: says what a test tells it to, and keeps what it was told. */
export class StandInEngine {
  readonly told: ToEngine[] = []
  readonly desk: Desk
  #say: (message: FromEngine) => void = () => {}

  constructor() {
    const workspaces = { ...FIRST, desktop: FOUR_PANELS }
    this.desk = new Desk({ settings: DEFAULT_SETTINGS, workspaces, shell: shellNow() }, (hear) => {
      this.#say = hear
      return {
        place: 'worker',
        send: (message, transfer = []) => {
          // What cannot be transferred would fail in a worker too.
          structuredClone(message, { transfer })
          this.told.push(message)
        },
        close: () => {},
      }
    })
  }

  say(message: FromEngine): void {
    this.#say(message)
  }

  /** The last message of a kind. */
  last<Kind extends ToEngine['kind']>(kind: Kind): Extract<ToEngine, { kind: Kind }> | undefined {
    return this.told.findLast((message): message is Extract<ToEngine, { kind: Kind }> => message.kind === kind)
  }

  /** Connected, with instruments and one quote for each. */
  start(): void {
    this.say({ kind: 'connection', state: 'open', bytesPerSecond: 22_000, latencyMs: 0.8, breaks: 0 })
    this.say({ kind: 'instruments', instruments: INSTRUMENTS })
    this.quote([63_142.5, 3_120.4])
  }

  quote(lasts: readonly number[]): void {
    const quotes = new Float64Array(QUOTE_FIELDS.length * lasts.length)
    lasts.forEach((last, index) => {
      quotes.set(
        [last - 1, last, last, last / 1.0124, last * 1.02, last * 0.98, 12_412, 1, 2],
        index * QUOTE_FIELDS.length,
      )
    })
    const symbols = INSTRUMENTS.slice(0, lasts.length).map(({ id }) => id)
    this.say({ kind: 'quotes', symbols, quotes })
  }

  report(panel: string, state: ViewState, seq = 1_204_881, more: Partial<PanelReport> = {}): void {
    const report: PanelReport = {
      panel,
      symbol: INSTRUMENTS[0]?.id ?? '',
      state,
      seq,
      verifiedAt: Date.now(),
      source: undefined,
      merged: 1,
      bytesPerSecond: 1100,
      bytes: 52_000,
      paintP50: 3,
      paintP99: 12,
      asked: undefined,
      granted: { rateMs: 100 },
      refusal: undefined,
      unseen: 0,
      ...more,
    }
    this.say({ kind: 'panels', reports: [report] })
  }
}
