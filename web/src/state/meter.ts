import type { PanelReport } from '../engine/messages.ts'

/** What a panel that is drawn on the page costs, by the names of a report. */
export type Meter = Pick<PanelReport, 'bytesPerSecond' | 'bytes' | 'merged' | 'granted'> & {
  /** What stands behind it, in a sentence. */
  readonly proof: string
}
