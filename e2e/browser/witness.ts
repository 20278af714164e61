import { type BookView, connect, type Subscription } from '@depthcast/client'
import type { Page } from '@playwright/test'
import type { Row } from './ladder-page.ts'

/** What a panel of a book showed at a moment: ms since 1970, the state in its header, and the rows of the table beside its canvas. */
export type Look = { readonly at: number; readonly state: string; readonly seq: number; readonly rows: readonly Row[] }
/** A state the panel's header took on, and its words. */
export type Said = { readonly at: number; readonly state: string; readonly text: string }

/** A client of its own, past every proxy, that keeps each book there was. */
export class Witness {
  readonly #client
  readonly #book: Subscription<BookView>
  readonly #views: BookView[] = []

  constructor(url: string, symbol: string, { depth = 25, grouping = 1 } = {}) {
    this.#client = connect(url, { name: 'witness' })
    this.#book = this.#client.book(symbol, { depth, grouping, rateMs: 'raw', mode: 'unfiltered' })
    this.#book.subscribe((view) => void (view && this.#views.push(view)))
  }

  /** The newest `seq` it has seen. */
  get seq(): number {
    return this.#views.at(-1)?.seq ?? 0
  }

  /** The book at a `seq`, as a ladder's rows; undefined where it did not see that far, or not from there. Of each side `most` levels. */
  rowsAt(seq: number, most = { ask: Infinity, bid: Infinity }): readonly Row[] | undefined {
    const view = this.#views.findLast((each) => each.seq <= seq)
    if (view === undefined || this.seq < seq) return undefined
    const { bids, asks } = view.levels()
    return [
      ...asks
        .slice(0, most.ask)
        .toReversed()
        .map(([price, size]): Row => ['ask', price, size]),
      ...bids.slice(0, most.bid).map(([price, size]): Row => ['bid', price, size]),
    ]
  }

  close(): void {
    this.#client.close()
  }
}

/** From now on the page takes the panel's table ten times a second and notes every state, until `seenBy` collects them. */
export async function watchPanel(page: Page, id: string): Promise<void> {
  await page.evaluate((id) => {
    const panel = document.querySelector<HTMLElement>(`#panel-${id}`)!
    const table = document.querySelector<HTMLTableElement>(`table[data-panel="${id}"]`)!
    const seen = { looks: [] as object[], said: [] as object[] }
    Object.assign(window, { seen })
    const stateOf = (): string => panel.dataset.state ?? ''
    const look = (): void => {
      const rows = [...(table.tBodies[0]?.rows ?? [])]
        .map((row) => [0, 1, 2].map((cell) => (row.cells[cell]?.textContent ?? '').toLowerCase()))
        // Under its book a heatmap has the trades.
        .filter(([side]) => side === 'ask' || side === 'bid')
      seen.looks.push({ at: Date.now(), state: stateOf(), seq: Number(table.dataset.seq), rows })
    }
    const say = (): void => {
      const text = panel.querySelector('.integrity .text')?.textContent ?? ''
      seen.said.push({ at: Date.now(), state: stateOf(), text })
    }
    new MutationObserver(look).observe(table, { attributeFilter: ['data-seq'] })
    new MutationObserver(say).observe(panel, { attributeFilter: ['data-state'] })
    const reader = table.closest('section')
    setInterval(() => reader?.dispatchEvent(new FocusEvent('focus')), 100)
  }, id)
}

export async function seenBy(page: Page): Promise<{ readonly looks: readonly Look[]; readonly said: readonly Said[] }> {
  return page.evaluate(() => (window as unknown as { seen: { looks: Look[]; said: Said[] } }).seen)
}
