import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'
import type { Gateway } from './gateway.ts'
import { startReplay } from './replay.ts'

const PANEL = '#panel-heatmap-1'
/** Ticks a row at 25,000.0, where half a percent to either side is in sight: the least power of two that makes at most 128 rows. */
const GROUPING = 32

type Row = readonly [side: string, price: string, size: string]
type Levels = readonly (readonly [price: string, size: string])[]

test.describe('a heatmap', () => {
  let gateway: Gateway
  test.beforeAll(async () => {
    gateway = await startReplay()
  })
  test.afterAll(() => gateway.stop())

  for (const engine of ['worker', 'main'])
    test(`of a replayed symbol holds the server's book at the same seq, in the ${engine} engine, and passes axe`, async ({
      page,
    }) => {
      await showHeatmap(page)
      await page.goto(`${gateway.url}/?engine=${engine}`)
      await expect(page.locator(PANEL)).toHaveAttribute('data-state', 'ended')
      const shown = await readHeatmap(page)
      const served = await groupedBook(gateway.url, shown.symbol)
      expect(shown.seq).toBe(served.seq)
      expect(shown.rows).toEqual([
        ...served.asks.toReversed().map(([price, size]) => ['Ask', price, size]),
        ...served.bids.map(([price, size]) => ['Bid', price, size]),
      ])
      const { violations } = await new AxeBuilder({ page }).include(PANEL).analyze()
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([])
    })
})

/** The page opens with a heatmap and nothing else. */
async function showHeatmap(page: Page): Promise<void> {
  const workspace = {
    version: 1,
    name: 'Heat',
    layout: { kind: 'tabs', panels: ['heatmap-1'], active: 'heatmap-1' },
    panels: { 'heatmap-1': { kind: 'heatmap', group: 1, options: {} } },
    groups: {},
  }
  await page.addInitScript((shown) => {
    const stored = JSON.stringify({ desktop: shown, tablet: shown, phone: shown })
    localStorage.setItem('depthcast.workspaces.1', stored)
  }, workspace)
}

/** The book in the heatmap's table; trades, which stand under it, left out. */
async function readHeatmap(page: Page): Promise<{ symbol: string; seq: number; rows: readonly Row[] }> {
  const table = page.locator('table[data-panel="heatmap-1"]')
  await expect(async () => {
    await page.keyboard.press('r')
    await table.locator('tbody tr').first().waitFor({ state: 'attached', timeout: 500 })
  }).toPass()
  return table.evaluate((element: HTMLTableElement) => ({
    symbol: element.dataset.symbol ?? '',
    seq: Number(element.dataset.seq),
    rows: [...element.tBodies[0]!.rows]
      .map((row) => [0, 1, 2].map((cell) => row.cells[cell]?.textContent ?? '') as unknown as Row)
      .filter(([side]) => side === 'Ask' || side === 'Bid'),
  }))
}

async function groupedBook(url: string, symbol: string): Promise<{ seq: number; bids: Levels; asks: Levels }> {
  const reply = await fetch(`${url}/v1/book/${encodeURIComponent(symbol)}?depth=128&grouping=${GROUPING}`)
  if (!reply.ok) throw new Error(`${reply.status} ${await reply.text()}`)
  return (await reply.json()) as { seq: number; bids: Levels; asks: Levels }
}
