import type { Report } from '../bench.ts'
import { startHost } from '../fanout/server.ts'
import { median } from '../measure.ts'
import type { Part } from '../web.ts'
import { type Visit, visit } from './browser.ts'
import { budgetReport } from './budgets.ts'

/** Gone for long enough that the page waits between two attempts. */
const GONE_MS = 3000
const PANEL = "document.querySelector('#panel-ladder-1')"

/** The gateway ends and comes back: how soon the page says so, and how soon it shows what is new. */
export async function outageReport({ browser, log, times }: Part): Promise<Report> {
  let server = await startHost({ kind: 'dashboard', pace: 1, quiet: 0 })
  const { port } = server
  const visited = await visit(browser, { url: `http://127.0.0.1:${port}`, width: 1440, height: 900 })
  const told: number[] = []
  const back: number[] = []
  try {
    await becomes(visited, 'live')
    for (let time = 1; time <= times; time += 1) {
      log(`outage: ${time} of ${times}`)
      await server.end()
      told.push(await becomes(visited, 'stale'))
      await visited.page.waitForTimeout(GONE_MS)
      server = await startHost({ kind: 'dashboard', pace: 1, quiet: 0, port })
      back.push(await becomes(visited, 'live'))
    }
    const budgets = [
      { what: 'called stale after the gateway ended', measured: median(told), unit: 'ms', most: 1000 },
      { what: 'live again after it was back', measured: median(back), unit: 'ms', most: 1000 },
    ]
    const conditions = [
      `${times} times, medians; the gateway is gone for ${GONE_MS / 1000} s and more; what the page does meanwhile is wait for its next attempt`,
    ]
    return budgetReport('Dashboard when the gateway goes', conditions, budgets, { told, back })
  } finally {
    await visited.close()
    await server.end()
  }
}

/** Milliseconds until the book's panel says so. */
async function becomes({ page }: Visit, state: 'live' | 'stale'): Promise<number> {
  const start = performance.now()
  const is = state === 'live' ? "['live', 'quiet'].includes" : "['stale'].includes"
  await page.waitForFunction(`${is}(${PANEL}?.dataset.state)`, undefined, { timeout: 60_000, polling: 20 })
  return performance.now() - start
}
