import { deflateRawSync } from 'node:zlib'
import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'
import type { Gateway } from './gateway.ts'
import { startReplay } from './replay.ts'

const SYMBOL = 'coinbase:BTC-USD'

/** Three views of one book, side by side: as it is in quote currency, in groups, and as a depth chart. */
const WORKSPACE = {
  version: 1,
  name: 'Books',
  layout: {
    kind: 'row',
    parts: ['ladder-1', 'ladder-2', 'depth-1'].map((panel) => ({ kind: 'tabs', panels: [panel], active: panel })),
    sizes: [1, 1, 1],
  },
  panels: {
    'ladder-1': { kind: 'ladder', group: 1, options: { unit: 'quote' } },
    'ladder-2': { kind: 'ladder', group: 1, options: { grouping: 50, depth: 10 } },
    'depth-1': { kind: 'depth', group: 1, options: { span: 2 } },
  },
  groups: { '1': SYMBOL },
}

let gateway: Gateway
test.beforeAll(async () => {
  gateway = await startReplay()
})
test.afterAll(() => gateway.stop())

async function open(page: Page, engine: string): Promise<void> {
  const shared = deflateRawSync(JSON.stringify(WORKSPACE)).toString('base64url')
  await page.goto(`${gateway.url}/?engine=${engine}#w=${shared}`)
  for (const panel of Object.keys(WORKSPACE.panels))
    await expect(page.locator(`#panel-${panel}`)).toHaveAttribute('data-state', 'ended')
}

/** What a screen reader reads of a panel. */
async function tableOf(page: Page, panel: string): Promise<{ seq: number; columns: string[]; rows: string[][] }> {
  await page.keyboard.press('r')
  const table = page.locator(`table[data-panel="${panel}"]`)
  await table.locator('tbody tr').first().waitFor({ state: 'attached' })
  return table.evaluate((element: HTMLTableElement) => {
    const texts = (row: HTMLTableRowElement): string[] => [...row.cells].map((cell) => cell.textContent ?? '')
    return {
      seq: Number(element.dataset.seq),
      columns: [...(element.tHead?.rows ?? [])].flatMap(texts),
      rows: [...(element.tBodies[0]?.rows ?? [])].map(texts),
    }
  })
}

type Level = readonly [price: string, size: string]

/** The server's book as the rows of a table: sums from the best level on, in units of the last digit, so that nothing is rounded. */
async function served(depth: number, grouping: number): Promise<{ seq: number; rows: string[][] }> {
  const reply = await fetch(`${gateway.url}/v1/book/${SYMBOL}?depth=${depth}&grouping=${grouping}`)
  const { seq, bids, asks } = (await reply.json()) as { seq: number; bids: Level[]; asks: Level[] }
  const digits = (text: string): bigint => BigInt(text.replace('.', ''))
  const decimalsOf = (text = ''): number => text.split('.')[1]?.length ?? 0
  const [priceDecimals, sizeDecimals] = [decimalsOf(bids[0]?.[0]), decimalsOf(bids[0]?.[1])]
  const decimal = (value: bigint, decimals: number): string => {
    const text = String(value).padStart(decimals + 1, '0')
    return `${text.slice(0, -decimals)}.${text.slice(-decimals)}`
  }
  const valueDecimals = priceDecimals + sizeDecimals
  const rows = (side: string, levels: readonly Level[]): string[][] => {
    let total = 0n
    let worth = 0n
    return levels.map(([price, size]) => {
      const value = digits(price) * digits(size)
      total += digits(size)
      worth += value
      return [
        side,
        price,
        size,
        decimal(total, sizeDecimals),
        decimal(value, valueDecimals),
        decimal(worth, valueDecimals),
      ]
    })
  }
  return { seq, rows: [...rows('Ask', asks).reverse(), ...rows('Bid', bids)] }
}

for (const engine of ['worker', 'main']) {
  test(`the ${engine} engine's books are the server's, in sums and in worth, to the last digit`, async ({ page }) => {
    await open(page, engine)
    const inQuote = await tableOf(page, 'ladder-1')
    expect(inQuote.columns).toEqual(['Side', 'Price', 'Size', 'Total', 'Quote size', 'Quote total'])
    const fine = await served(25, 1)
    expect(inQuote).toMatchObject(fine)
    expect(fine.rows).toHaveLength(50)

    const grouped = await tableOf(page, 'ladder-2')
    const coarse = await served(10, 50)
    expect(grouped.seq).toBe(coarse.seq)
    expect(grouped.rows).toEqual(coarse.rows.map((row) => row.slice(0, 4)))

    // Two percent of 25,000 are 5000 ticks of 0.1: levels of twenty, and all of the book within the span.
    expect(await tableOf(page, 'depth-1')).toMatchObject(await served(300, 20))
  })
}

test('a click on a row copies its price, and so does a key', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await open(page, 'worker')
  const read = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText())
  const ladder = page.locator('[data-painted="ladder-1"]')
  const { rows } = await tableOf(page, 'ladder-1')
  const bids = rows.filter(([side]) => side === 'Bid').map(([, price]) => price)

  await ladder.focus()
  await page.keyboard.press('Enter')
  await expect(ladder.getByText(/^Copied /)).toBeVisible()
  expect(await read()).toBe(bids[0])
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('c')
  await expect.poll(read).toBe(bids[2])

  await ladder.hover({ position: { x: 60, y: 90 } })
  const tip = await ladder.locator('.tip').textContent()
  await ladder.click({ position: { x: 60, y: 90 } })
  const shown = /^Ask ([\d,.]+) /.exec(tip ?? '')?.[1]
  await expect(ladder.getByText(`Copied ${shown}`)).toBeVisible()
  expect(await read()).toBe(shown?.replaceAll(',', ''))
})

for (const colorScheme of ['dark', 'light'] as const)
  test(`the ${colorScheme} books pass axe with a pointer on them`, async ({ page }) => {
    await page.emulateMedia({ colorScheme })
    await open(page, 'worker')
    await page.locator('[data-painted="depth-1"]').focus()
    await page.keyboard.press('ArrowLeft')
    await expect(page.locator('[data-painted="depth-1"] .tip')).toContainText('Bid')
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([])
  })
