import type { Browser } from '@playwright/test'
import { type Bench, namesOf, type Report, wholeNumbers } from './bench.ts'
import { arrivalReport } from './web/arrival-report.ts'
import { launch } from './web/browser.ts'
import { lighthouseReport } from './web/lighthouse-report.ts'
import { loadReport } from './web/load-report.ts'
import { outageReport } from './web/outage-report.ts'

/** What each part is given. */
export type Part = {
  readonly browser: Browser
  readonly log: (line: string) => void
  readonly soakMinutes: number
  readonly times: number
}

const PARTS = {
  arrival: arrivalReport,
  load: loadReport,
  outage: outageReport,
  lighthouse: lighthouseReport,
} as const satisfies Record<string, (part: Part) => Promise<Report>>
const PART_NAMES = Object.keys(PARTS) as readonly (keyof typeof PARTS)[]

/** The dashboard in Debian's Chromium, without a screen: what it costs, how late its pictures are, what it loads. */
export const webBench: Bench = {
  name: 'web',
  summary: 'the dashboard: emit to drawn, main-thread work, frames, heap, sizes, first quote, Lighthouse',
  flags: {
    parts: { placeholder: '<names>', fallback: PART_NAMES.join(','), help: `Of ${PART_NAMES.join(', ')}.` },
    soak: {
      placeholder: '<min>',
      fallback: '10',
      help: 'Minutes under the reference load over which the heaps are watched.',
    },
    times: { placeholder: '<n>', fallback: '3', help: 'Visits to each address; the medians count.' },
  },
  async run(log, values) {
    const parts = namesOf(values, 'parts', PART_NAMES)
    const [soakMinutes] = wholeNumbers(values, 'soak') as [number]
    const [times] = wholeNumbers(values, 'times') as [number]
    const browser = await launch()
    const reports: Report[] = []
    try {
      for (const part of parts) reports.push(await PARTS[part]({ browser, log, soakMinutes, times }))
    } finally {
      await browser.close()
    }
    return reports
  },
}
