import { flushSync, mount, unmount } from 'svelte'
import { afterEach, beforeEach, vi } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { loadPanel, type PanelKind } from '../../src/panels/registry.ts'
import type { InstrumentRow } from '../../src/state/desk.ts'
import '../../src/theme/base.css'
import '../../src/theme/controls.css'
import ListPage from './ListPage.svelte'
import { ListStage, listRow } from './list-stage.ts'

export const ROWS: readonly InstrumentRow[] = [
  listRow('one', 'BTC'),
  listRow('one', 'ETH', 'EUR'),
  listRow('two', 'BTC'),
  listRow('two', 'ADA'),
]
export const ids = ROWS.map(({ id }) => id)

/** Each instrument's last and open price. */
export const QUOTES = [
  { last: 60_000, open24h: 50_000 },
  { last: 3000, open24h: 4000 },
  { last: 60_010, open24h: 60_000 },
  { last: 0.5, open24h: 0.4 },
]

let app: ReturnType<typeof mount> | undefined

/** Begins each test of a file with nothing stored, and ends it with no page. */
export function listPages(): void {
  beforeEach(async () => {
    localStorage.clear()
    await page.viewport(1200, 800)
  })
  afterEach(() => {
    vi.useRealTimers()
    return closeList()
  })
}

/** Opens a page that has nothing but one panel of a kind. */
export async function openList(kind: PanelKind, options: Record<string, unknown> = {}) {
  await loadPanel(kind)
  const stage = new ListStage(kind, options)
  app = mount(ListPage, { target: document.body, props: { desk: stage.desk, kind } })
  flushSync()
  // Where the pointer was left by whatever ran before, it would hold the rows.
  await userEvent.hover(document.querySelector('footer') as Element)
  return { stage, panel: document.querySelector(`#panel-${kind}-1`) as HTMLElement }
}

export async function closeList(): Promise<void> {
  if (app !== undefined) await unmount(app)
  app = undefined
}

/** The rows that are in the page, from the top. */
export function order(panel: HTMLElement): readonly (string | undefined)[] {
  return [...panel.querySelectorAll<HTMLElement>('[data-row]')].map((row) => row.dataset.row)
}

/** A second goes by for what is done every second. */
export function sampled(): void {
  vi.advanceTimersByTime(1000)
  flushSync()
}
