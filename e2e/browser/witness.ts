import { type BookView, connect, type Subscription } from '@depthcast/client'
import type { Page } from '@playwright/test'
import type { Row } from './ladder-page.ts'

/** What a ladder showed at a moment: ms since 1970, the state in its header, and the rows of the table beside its canvas. */
export type Look = { readonly at: number; readonly state: string; readonly seq: number; readonly rows: readonly Row[] }
/** A state the ladder's header took on, and its words. */
export type Said = { readonly at: number; readonly state: string; readonly text: string }

/** A client of its own, past every proxy, that keeps each book there was. */
export class Witness {
  readonly #client
  readonly #book: Subscription<BookView>
  readonly #views: BookView[] = []

  constructor(url: string, symbol: string, depth = 25) {
    this.#client = connect(url, { name: 'witness' })
    this.#book = this.#client.book(symbol, { depth, rateMs: 'raw', mode: 'unfiltered' })
    this.#book.subscribe((view) => void (view && this.#views.push(view)))
  }

  /** The newest `seq` it has seen. */
  get seq(): number {
    return this.#views.at(-1)?.seq ?? 0
  }

  /** The book at a `seq`, as a ladder's rows; undefined where it did not see that far, or not from there. */
  rowsAt(seq: number): readonly Row[] | undefined {
    const view = this.#views.findLast((each) => each.seq <= seq)
    if (view === undefined || this.seq < seq) return undefined
    const { bids, asks } = view.levels()
    return [
      ...asks.toReversed().map(([price, size]): Row => ['ask', price, size]),
      ...bids.map(([price, size]): Row => ['bid', price, size]),
    ]
  }

  close(): void {
    this.#client.close()
  }
}

/** From now on the page takes the ladder's table ten times a second and notes every state, until `looks` collects them. */
export async function watchLadder(page: Page): Promise<void> {
  await page.evaluate(() => {
    const panel = document.querySelector<HTMLElement>('#panel-ladder-1')!
    const table = document.querySelector<HTMLTableElement>('table[data-panel="ladder-1"]')!
    const seen = { looks: [] as object[], said: [] as object[] }
    Object.assign(window, { seen })
    const stateOf = (): string => panel.dataset.state ?? ''
    const look = (): void => {
      const rows = [...(table.tBodies[0]?.rows ?? [])].map((row) =>
        [0, 1, 2].map((cell) => (row.cells[cell]?.textContent ?? '').toLowerCase()),
      )
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
  })
}

export async function seenBy(page: Page): Promise<{ readonly looks: readonly Look[]; readonly said: readonly Said[] }> {
  return page.evaluate(() => (window as unknown as { seen: { looks: Look[]; said: Said[] } }).seen)
}
