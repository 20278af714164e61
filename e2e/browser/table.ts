import { expect, type Page } from '@playwright/test'

export type PanelTable = {
  readonly symbol: string
  readonly seq: number
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** What a screen reader reads of a panel that is a picture: pulls anew what the picture shows. */
export async function readTable(page: Page, panel: string): Promise<PanelTable> {
  const table = page.locator(`table[data-panel="${panel}"]`)
  await expect(async () => {
    await page.keyboard.press('r')
    await expect(table.locator('tbody tr').first()).toBeAttached({ timeout: 500 })
  }).toPass()
  return table.evaluate((element: HTMLTableElement) => {
    const texts = (row: HTMLTableRowElement): string[] => [...row.cells].map((cell) => cell.textContent ?? '')
    return {
      symbol: element.dataset.symbol ?? '',
      seq: Number(element.dataset.seq),
      columns: [...(element.tHead?.rows ?? [])].flatMap(texts),
      rows: [...(element.tBodies[0]?.rows ?? [])].map(texts),
    }
  })
}

/** The texts of every row of a table on the page, by what the row is of. */
export async function readRows(page: Page, table: string, key: 'row' | 'source'): Promise<Record<string, string[]>> {
  return page.locator(`${table} tr[data-${key}]`).evaluateAll((rows, key) => {
    const of = (row: HTMLElement): [string, string[]] => [
      row.dataset[key] ?? '',
      [...row.querySelectorAll<HTMLElement>('th, td')].map((cell) =>
        (cell.textContent ?? '').replaceAll(/\s+/g, ' ').trim(),
      ),
    ]
    return Object.fromEntries((rows as HTMLElement[]).map(of))
  }, key)
}
