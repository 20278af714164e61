import { flushSync, mount, unmount } from 'svelte'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { loadPanel, type PanelKind } from '../src/panels/registry.ts'
import '../src/theme/base.css'
import '../src/theme/controls.css'
import type { InstrumentRow } from '../src/state/desk.ts'
import ListPage from './fakes/ListPage.svelte'
import { ListStage, listRow } from './fakes/list-stage.ts'

let stage: ListStage
let app: ReturnType<typeof mount>

/** Opens a page that has nothing but one panel of a kind. */
async function open(kind: PanelKind, options: Record<string, unknown> = {}): Promise<HTMLElement> {
  await loadPanel(kind)
  stage = new ListStage(kind, options)
  app = mount(ListPage, { target: document.body, props: { desk: stage.desk, kind } })
  flushSync()
  // Where the pointer was left by whatever ran before, it would hold the rows.
  await userEvent.hover(document.querySelector('footer') as Element)
  return document.querySelector(`#panel-${kind}-1`) as HTMLElement
}

beforeEach(async () => {
  localStorage.clear()
  await page.viewport(1200, 800)
})
afterEach(() => {
  vi.useRealTimers()
  return unmount(app)
})

const ROWS: readonly InstrumentRow[] = [
  listRow('one', 'BTC'),
  listRow('one', 'ETH', 'EUR'),
  listRow('two', 'BTC'),
  listRow('two', 'ADA'),
]
const ids = ROWS.map(({ id }) => id)
const order = (panel: HTMLElement) =>
  [...panel.querySelectorAll<HTMLElement>('[data-row]')].map((row) => row.dataset.row)
/** A second goes by for what is done every second. */
function sampled(): void {
  vi.advanceTimersByTime(1000)
  flushSync()
}

/** Each instrument's last and open price. */
const QUOTES = [
  { last: 60_000, open24h: 50_000 },
  { last: 3000, open24h: 4000 },
  { last: 60_010, open24h: 60_000 },
  { last: 0.5, open24h: 0.4 },
]

test('of hundreds of rows those in sight are in the page, and the keyboard reaches the last', async () => {
  const many = Array.from({ length: 400 }, (_, at) => listRow('one', `C${at}`))
  const panel = await open('market')
  stage.start(many)
  await vi.waitFor(() => expect(order(panel).length).toBeGreaterThan(10))
  await vi.waitFor(() => expect(order(panel).length).toBeLessThan(100))
  panel.querySelector<HTMLElement>('.pick[tabindex="0"]')?.focus()
  await userEvent.keyboard('{End}')
  await vi.waitFor(() => expect(document.activeElement?.textContent).toContain('C399'))
  expect(document.activeElement?.closest('tr')?.getAttribute('aria-rowindex')).toBe('401')
})

test('the market is counted, drawn and ordered by what was traded, once a second', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const panel = await open('market')
  stage.start(ROWS)
  await vi.waitFor(() =>
    expect(stage.last('watch')).toMatchObject({ symbols: [...ids].sort(), ratesMs: [1000, 1000, 1000, 1000] }),
  )
  stage.quotes(
    ROWS,
    QUOTES.map((quote, at) => ({ ...quote, volume24h: [1, 1000, 2, 10][at] ?? 0 })),
  )
  sampled()
  expect(panel.querySelector('.breadth')?.textContent).toMatch(/3 up.*1 down.*median \+10\.01%/)
  // 60,000 · 3,000,000 · 120,020 · 5
  expect(order(panel)).toEqual([ids[1], ids[2], ids[0], ids[3]])
  const bar = (id: string | undefined) => panel.querySelector(`[data-row="${id}"] rect`)
  const [down, up] = [bar(ids[1]), bar(ids[3])]
  // −25 % and +25 % are as long as each other, on either side of the middle at 40.
  expect([down?.getAttribute('x'), down?.getAttribute('width'), down?.getAttribute('height')]).toEqual([
    '0',
    '40',
    '12',
  ])
  expect([up?.getAttribute('x'), up?.getAttribute('width'), up?.getAttribute('height')]).toEqual(['40', '40', '1'])
  stage.quotes(ROWS, [{ last: 1, open24h: 1, volume24h: 1 }])
  flushSync()
  expect(panel.querySelector(`[data-row="${ids[0]}"] .last`)?.textContent).toBe('60,000.00')
  sampled()
  expect(panel.querySelector(`[data-row="${ids[0]}"] .last`)?.textContent).toBe('1.00')
})

test('one quote currency and one venue can be chosen, and what is both of none offers all again', async () => {
  const panel = await open('market')
  stage.start(ROWS, QUOTES)
  const on = page.elementLocator(panel)
  await on.getByRole('combobox', { name: 'Quote currency' }).selectOptions('EUR')
  expect(order(panel)).toEqual([ids[1]])
  expect(stage.desk.workspace.panels['market-1']?.options).toMatchObject({ currency: 'EUR' })
  await on.getByRole('combobox', { name: 'Venue' }).selectOptions('two')
  expect(panel.textContent).toContain('Nothing is quoted in EUR at two.')
  await on.getByRole('button', { name: 'Show all' }).click()
  expect(order(panel)).toHaveLength(4)
})

test('before there is an instrument each panel says so', async () => {
  for (const kind of ['watch', 'market', 'alerts'] as const) {
    const panel = await open(kind)
    expect(panel.textContent).toContain('Connecting…')
    stage.say({ kind: 'connection', state: 'open', bytesPerSecond: 0, latencyMs: 0, breaks: 0 })
    flushSync()
    expect(panel.textContent).toContain('No instruments yet')
    await unmount(app)
  }
  await open('about')
})

test('About says what runs here, and holds the notice the chart library asks for', async () => {
  const panel = await open('about')
  stage.start(ROWS, QUOTES)
  await vi.waitFor(() => expect(panel.textContent).toContain('4 instruments, 2 venues'))
  expect(panel.textContent).toContain('in a worker')
  expect(panel.textContent).toMatch(/version \d+\.\d+\.\d+/)
  expect(panel.textContent).toContain('TradingView Lightweight Charts™')
  expect(panel.querySelector('a[href="https://www.tradingview.com/"]')).not.toBeNull()
})
