import { expect, type Page } from '@playwright/test'

export type Row = readonly [side: string, price: string, size: string]
export type LadderTable = { readonly symbol: string; readonly seq: number; readonly rows: readonly Row[] }
type Served = {
  readonly epoch: number
  readonly seq: number
  readonly state: string
  readonly bids: readonly (readonly [string, string])[]
  readonly asks: readonly (readonly [string, string])[]
}

/** Reads the ladder as a screen reader would: focuses its table, which pulls what the canvas shows. */
export async function readLadder(page: Page): Promise<LadderTable> {
  const table = page.locator('table[data-panel="ladder-1"]')
  await page.keyboard.press('r')
  await table.locator('tbody tr').first().waitFor({ state: 'attached' })
  return table.evaluate((element: HTMLTableElement) => ({
    symbol: element.dataset.symbol ?? '',
    seq: Number(element.dataset.seq),
    rows: [...element.tBodies[0]!.rows].map(
      (row) => [0, 1, 2].map((cell) => row.cells[cell]?.textContent ?? '') as unknown as Row,
    ),
  }))
}

export async function serverBook(url: string, symbol: string, depth: number): Promise<Served> {
  const reply = await fetch(`${url}/v1/book/${encodeURIComponent(symbol)}?depth=${depth}`)
  if (!reply.ok) throw new Error(`${reply.status} ${await reply.text()}`)
  return (await reply.json()) as Served
}

/** The server's levels in the ladder's order: asks from the worst down to the best, then bids from the best. */
export function asRows({ bids, asks }: Served): Row[] {
  return [
    ...asks.toReversed().map(([price, size]): Row => ['ask', price, size]),
    ...bids.map(([price, size]): Row => ['bid', price, size]),
  ]
}

/** Rows without regard to how sides are written. */
export function lowerCased(rows: readonly Row[]): Row[] {
  return rows.map(([side, price, size]) => [side.toLowerCase(), price, size])
}

/** The market moves between the two looks, so this looks until both saw the same `seq`; the instrument is a quiet one. */
export async function expectServersBook(page: Page, url: string): Promise<void> {
  await expect(async () => {
    const shown = await readLadder(page)
    const served = await serverBook(url, shown.symbol, 25)
    expect(shown.seq).toBe(served.seq)
    expect(lowerCased(shown.rows)).toEqual(asRows(served))
  }).toPass()
}

/** Writes down every state the ladder is in from now on. */
export async function watchStates(page: Page): Promise<void> {
  await page.evaluate(() => {
    const panel = document.querySelector('#panel-ladder-1')!
    const states: (string | null)[] = []
    Object.assign(window, { statesSeen: states })
    new MutationObserver(() => states.push(panel.getAttribute('data-state'))).observe(panel, {
      attributeFilter: ['data-state'],
    })
  })
}

export async function seenStates(page: Page): Promise<string[]> {
  return page.evaluate(() => (window as unknown as { statesSeen: string[] }).statesSeen)
}
