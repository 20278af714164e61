import type { Instrument, VenueEvent } from '@depthcast/market'
import { HEADING, Lines } from './lines.ts'

/** Turns events into text; the ones not wanted are folded but not told. */
export type Printer = {
  readonly heading: string
  events(events: readonly VenueEvent[], isWanted: (event: VenueEvent) => boolean): string
}

/** One JSON object a line: the instruments, then the events, prices in ticks and quantities in lots. */
export function json(chosen: readonly Instrument[]): Printer {
  const text = (values: readonly object[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('')
  return {
    heading: text(chosen.map((instrument) => ({ kind: 'instrument', ...instrument }))),
    events: (events, isWanted) => text(events.filter(isWanted)),
  }
}

export function lines(chosen: readonly Instrument[]): Printer {
  const byId = new Map(chosen.map((instrument) => [instrument.id, new Lines(instrument)]))
  return {
    heading: `${HEADING}\n`,
    events(events, isWanted) {
      let text = ''
      for (const event of events) {
        const own = byId.get(event.instrument)
        own?.fold(event)
        if (own !== undefined && isWanted(event)) text += `${own.line(event)}\n`
      }
      return text
    },
  }
}
