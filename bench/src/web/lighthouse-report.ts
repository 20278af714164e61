import type { Report } from '../bench.ts'
import { startHost } from '../fanout/server.ts'
import type { Part } from '../web.ts'
import { budgetReport } from './budgets.ts'
import { lighthouse } from './lighthouse.ts'

/** Lighthouse on the default page, as a desktop and as a phone. */
export async function lighthouseReport({ log }: Part): Promise<Report> {
  const server = await startHost({ kind: 'dashboard', pace: 1, quiet: 0 })
  const url = `http://127.0.0.1:${server.port}`
  try {
    log('lighthouse: desktop')
    const desktop = await lighthouse(url, 'desktop', log)
    log('lighthouse: phone')
    const phone = await lighthouse(url, 'phone', log)
    const budgets = [
      { what: 'performance, desktop', measured: desktop.performance, unit: '', least: 95 },
      { what: 'accessibility, desktop', measured: desktop.accessibility, unit: '', least: 100 },
      { what: 'best practices, desktop', measured: desktop['best-practices'], unit: '', least: 95 },
      { what: 'performance, phone', measured: phone.performance, unit: '', least: 85 },
      { what: 'accessibility, phone', measured: phone.accessibility, unit: '', least: 100 },
      { what: 'best practices, phone', measured: phone['best-practices'], unit: '', least: 95 },
    ]
    const conditions = [
      'the simulated market as it is; Lighthouse’s own desktop and phone profiles',
      `what costs points on the desktop: ${desktop.short.join('; ') || 'nothing'}`,
      `what costs points on the phone: ${phone.short.join('; ') || 'nothing'}`,
    ]
    return budgetReport('Lighthouse', conditions, budgets, { desktop, phone })
  } finally {
    await server.end()
  }
}
