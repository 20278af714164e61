import type { Report } from '../bench.ts'
import { startHost } from '../fanout/server.ts'
import type { Part } from '../web.ts'
import { arrive } from './arrival.ts'
import { budgetReport } from './budgets.ts'

/** A telephone network of the fourth generation on a usual day, and a processor four times slower. */
const PHONE_LINK = { bytesPerSecond: 1_125_000, roundTripMs: 85, slowerCpu: 4 }
const DESKTOP = { width: 1440, height: 900 }
const PHONE = { width: 390, height: 844, isPhone: true }
const KB = 1000

/** The default page of each shell, from the navigation on. */
export async function arrivalReport({ browser, log, times }: Part): Promise<Report> {
  const server = await startHost({ kind: 'dashboard', pace: 1, quiet: 0 })
  const url = `http://127.0.0.1:${server.port}`
  const sent = async () => (await server.stats())?.bytes ?? Number.NaN
  try {
    log(`arrival: ${times} visits of a desktop`)
    const desktop = await arrive(browser, { url, sent, ...DESKTOP }, times)
    log(`arrival: ${times} visits of a phone`)
    const phone = await arrive(browser, { url, sent, ...PHONE }, times)
    log(`arrival: ${times} visits of a phone on a slow line`)
    const slow = await arrive(browser, { url, sent, ...PHONE, link: PHONE_LINK }, times)
    const kb = (bytes: number) => bytes / KB
    const budgets = [
      { what: 'shell', measured: kb(desktop.sizes.shell), unit: 'KB', most: 40, decimals: 1 },
      { what: 'worker', measured: kb(desktop.sizes.worker), unit: 'KB', most: 25, decimals: 1 },
      { what: 'chart', measured: kb(desktop.sizes.chart), unit: 'KB', most: 60, decimals: 1 },
      {
        what: 'everything an untouched desktop fetches',
        measured: kb(desktop.sizes.all),
        unit: 'KB',
        most: 200,
        decimals: 1,
      },
      {
        what: 'everything an untouched phone fetches',
        measured: kb(phone.sizes.all),
        unit: 'KB',
        most: 150,
        decimals: 1,
      },
      {
        what: 'what drags panels, once a hand comes near',
        measured: kb(desktop.sizes.dragging),
        unit: 'KB',
        decimals: 1,
      },
      { what: 'first quote, desktop', measured: desktop.firstQuoteMs, unit: 'ms', most: 600 },
      { what: 'first quote, phone on a slow line', measured: slow.firstQuoteMs, unit: 'ms', most: 1800 },
      { what: 'largest paint, desktop', measured: desktop.largestPaintMs, unit: 'ms', most: 1200 },
      { what: 'largest paint, phone on a slow line', measured: slow.largestPaintMs, unit: 'ms', most: 2500 },
      { what: 'layout shift, desktop', measured: desktop.shifts, unit: '', most: 0.02, decimals: 3 },
      { what: 'layout shift, phone', measured: Math.max(phone.shifts, slow.shifts), unit: '', most: 0.02, decimals: 3 },
      { what: 'bytes a second, desktop', measured: kb(desktop.bytesPerSecond), unit: 'KB/s', most: 30, decimals: 1 },
      { what: 'bytes a second, phone', measured: kb(phone.bytesPerSecond), unit: 'KB/s', most: 8, decimals: 1 },
    ]
    const conditions = [
      `the simulated market as it is; ${times} visits with nothing stored, medians; sizes are programs and styles as compressed; bytes a second as the gateway counts them`,
      `the slow line: ${(PHONE_LINK.bytesPerSecond * 8) / 1e6} Mbit/s, ${PHONE_LINK.roundTripMs} ms there and back, a processor ${PHONE_LINK.slowerCpu} times slower`,
    ]
    return budgetReport('Dashboard, from the navigation on', conditions, budgets, { desktop, phone, slow })
  } finally {
    await server.end()
  }
}
