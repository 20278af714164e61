import { connect } from '@depthcast/client'
import * as bars from '../../src/engine/chart-bars.ts'
import { CONTENTS, type Contents, type MakePanel } from '../../src/engine/contents.ts'
import { createEngine } from '../../src/engine/engine.ts'
import type {
  BarsOptions,
  FromEngine,
  PanelKind,
  PanelOptions,
  PanelReport,
  ToEngine,
} from '../../src/engine/messages.ts'
import { FakeClock } from './fake-clock.ts'
import { type Lag, laggingLine } from './lagging-line.ts'
import { RecordingCanvas } from './recording-canvas.ts'
import { ScriptedGateway } from './scripted-gateway.ts'
import { THEME } from './theme.ts'

export const SYMBOL = 'test:BTC-USD'
/** How a chart's bars are asked for. */
export const BARS: BarsOptions = { rateMs: 200, visible: true, certificate: false }
const OPTIONS: PanelOptions = { depth: 25, grouping: 1, rateMs: 100 }

/** Every kind's program as one that came already. */
export const MAKERS = Object.fromEntries(
  await Promise.all(Object.entries(CONTENTS).map(async ([kind, { load }]) => [kind, await load()] as const)),
) as Readonly<Record<PanelKind, MakePanel>>

/** The engine and the real SDK between a page, a clock and a gateway in the test's hand. `lag` is what the line takes; nothing without it. */
export function stage({ contents = MAKERS, lag }: { readonly contents?: Contents; readonly lag?: Lag } = {}) {
  const clock = new FakeClock()
  const gateway = new ScriptedGateway(() => clock.now())
  const posted: FromEngine[] = []
  const transport = lag === undefined ? gateway.transport : laggingLine(gateway.transport, clock, lag)
  const engine = createEngine((message) => posted.push(message), {
    // Nobody answers HTTP there: instruments are another test's matter.
    connect: () => connect('http://127.0.0.1:1', { transport, host: clock }),
    host: clock,
    contents,
    bars,
  })
  const tell = (message: ToEngine): void => engine.handle(message)

  return {
    clock,
    gateway,
    posted,
    engine,
    tell,

    async start(): Promise<void> {
      tell({ kind: 'theme', theme: THEME, locale: 'en', timeZone: 'UTC' })
      tell({ kind: 'connect', url: 'http://127.0.0.1:1' })
      await gateway.settle()
    },

    /** Opens a panel 300 by 180 pixels on a canvas that remembers, and lets the subscription be granted. */
    async open(panelKind: PanelKind, options: Partial<PanelOptions> = {}): Promise<RecordingCanvas> {
      const canvas = new RecordingCanvas()
      const surface = { canvas: canvas as unknown as OffscreenCanvas, width: 300, height: 180, dpr: 1 }
      tell({
        kind: 'panel-open',
        panel: panelKind,
        panelKind,
        symbol: SYMBOL,
        options: { ...OPTIONS, ...options },
        surface,
      })
      await gateway.settle()
      return canvas
    },

    /** What was sent arrives and is painted. */
    async shown(): Promise<void> {
      await gateway.settle()
      clock.runFrame()
    },

    /** Time goes by a millisecond at a time, and what is under way arrives when it is due. */
    async flow(ms: number): Promise<void> {
      for (let passed = 0; passed < ms; passed += 1) {
        await gateway.settle()
        clock.advance(1)
      }
      await gateway.settle()
    },

    /** Whole seconds go by in which nothing happens but the server's heartbeats. */
    async pass(seconds: number): Promise<void> {
      for (let n = 0; n < seconds; n += 1) {
        gateway.send('heartbeat', { serverTime: 1, n })
        await gateway.settle()
        clock.advance(1000)
      }
    },

    /** The report of a panel after a second. */
    report(panel: PanelKind): PanelReport {
      clock.advance(1000)
      const reports = posted.findLast((message) => message.kind === 'panels')
      const report = reports?.reports.find((each) => each.panel === panel)
      if (report === undefined) throw new Error(`no report of ${panel}`)
      return report
    },

    last<Kind extends FromEngine['kind']>(kind: Kind): Extract<FromEngine, { kind: Kind }> | undefined {
      return posted.findLast((message) => message.kind === kind) as Extract<FromEngine, { kind: Kind }> | undefined
    },
  }
}
