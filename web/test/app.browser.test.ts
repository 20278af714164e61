import { flushSync, mount, unmount } from 'svelte'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import App from '../src/App.svelte'
import { INSTRUMENTS, ScriptedEngine } from './scripted-engine.ts'

let engine: ScriptedEngine
let app: ReturnType<typeof mount>

beforeEach(async () => {
  localStorage.clear()
  await page.viewport(1440, 900)
  engine = new ScriptedEngine()
  app = mount(App, { target: document.body, props: { desk: engine.desk } })
  flushSync()
})

afterEach(() => unmount(app))

function panelOf(id: string): HTMLElement {
  const panel = document.getElementById(`panel-${id}`)
  if (panel === null) throw new Error(`no panel ${id}`)
  return panel
}

test('before the first instrument the panels say so, and no canvas is opened', () => {
  expect(panelOf('ladder').textContent).toContain('Connecting…')
  engine.say({ kind: 'connection', state: 'open', bytesPerSecond: 0, latencyMs: Number.NaN, breaks: 0 })
  flushSync()
  expect(panelOf('ladder').textContent).toContain('No instruments yet:')
  expect(engine.last('panel-open')).toBeUndefined()
})

test('ladder and tape hand a canvas to the engine, for the first instrument', () => {
  engine.start()
  flushSync()
  const opened = engine.told.filter((message) => message.kind === 'panel-open')
  expect(opened.map(({ panel, panelKind, symbol }) => [panel, panelKind, symbol])).toEqual([
    ['ladder', 'ladder', INSTRUMENTS[0]?.id],
    ['tape', 'tape', INSTRUMENTS[0]?.id],
  ])
  for (const { surface } of opened) expect(surface.width * surface.height).toBeGreaterThan(10_000)
  expect(engine.last('watch')?.symbols).toEqual(INSTRUMENTS.map(({ id }) => id))
})

test('a click in the watchlist moves every panel to that instrument, with the same canvas', async () => {
  engine.start()
  flushSync()
  await page.getByRole('button', { name: /^ETH-USD/ }).click()
  expect(engine.told.filter(({ kind }) => kind === 'panel-symbol')).toEqual([
    { kind: 'panel-symbol', panel: 'ladder', symbol: 'simulated:ETH-USD' },
    { kind: 'panel-symbol', panel: 'tape', symbol: 'simulated:ETH-USD' },
  ])
  expect(engine.told.filter(({ kind }) => kind === 'panel-open')).toHaveLength(2)
  await expect.element(page.getByRole('banner').getByText('3,120.40')).toBeVisible()
})

test('an unknown figure is a dash, and a known one has the decimals of the tick', () => {
  engine.start()
  engine.quote([Number.NaN, 3_120.4])
  flushSync()
  expect(document.querySelector('header .price')?.textContent).toBe('—')
  engine.quote([63_142, 3_120.4])
  flushSync()
  expect(document.querySelector('header .price')?.textContent).toBe('63,142.0')
})

test('each state is said in the panel and in the status strip, and moves nothing', () => {
  engine.start()
  engine.report('ladder', { kind: 'live' })
  flushSync()
  const before = panelOf('ladder').querySelector('canvas')?.getBoundingClientRect().toJSON()
  expect(document.querySelector('footer')?.textContent).toContain('Live')
  engine.report('ladder', { kind: 'stale', since: Date.UTC(2026, 0, 1, 12, 4, 9), retryInMs: 1500 })
  flushSync()
  expect(panelOf('ladder').textContent).toContain('stale since 12:04:09 · retry in 2 s')
  expect(document.querySelector('footer')?.textContent).toContain('Stale since 12:04:09')
  engine.report('ladder', { kind: 'gap', from: 1_204_882, to: 1_204_890 })
  flushSync()
  expect(panelOf('ladder').textContent).toContain('gap 1,204,882–890 · resyncing')
  expect(panelOf('ladder').querySelector('canvas')?.getBoundingClientRect().toJSON()).toEqual(before)
})

test('Space pauses everything, but not while a button has the focus', async () => {
  engine.start()
  flushSync()
  await userEvent.keyboard(' ')
  expect(engine.last('pause')).toEqual({ kind: 'pause', paused: true })
  await expect.element(page.getByRole('button', { name: 'Resume' })).toBeVisible()
  const pauses = engine.told.filter(({ kind }) => kind === 'pause').length
  document.querySelector<HTMLElement>('[aria-label="Settings"]')?.focus()
  await userEvent.keyboard(' ')
  expect(engine.told.filter(({ kind }) => kind === 'pause')).toHaveLength(pauses)
})

test('the slash searches the watchlist, and Enter takes the first match', async () => {
  engine.start()
  flushSync()
  await userEvent.keyboard('/')
  await vi.waitFor(() => expect(document.activeElement?.id).toBe('watch-search'))
  await userEvent.keyboard('eth')
  await expect.element(page.getByRole('button', { name: /^BTC-USD/ })).not.toBeInTheDocument()
  await userEvent.keyboard('{Enter}')
  expect(engine.last('panel-symbol')?.symbol).toBe('simulated:ETH-USD')
})

test('the table beside a canvas is pulled by R and carries the sequence it was taken at', async () => {
  engine.start()
  flushSync()
  await userEvent.keyboard('r')
  const asked = engine.told.filter((message) => message.kind === 'panel-table')
  expect(asked.map(({ panel }) => panel)).toEqual(['ladder', 'tape'])
  const columns = ['Side', 'Price', 'Size', 'Total']
  const rows = [['Bid', '63,142.0', '0.901', '0.901']]
  for (const { panel, request } of asked)
    engine.say({ kind: 'table', panel, request, symbol: 'simulated:BTC-USD', seq: 42, columns, rows })
  await vi.waitFor(() => expect(document.querySelector('table[data-panel=ladder][data-seq="42"]')).not.toBeNull())
  const table = document.querySelector<HTMLElement>('table[data-panel=ladder]')
  expect(table?.dataset.symbol).toBe('simulated:BTC-USD')
  expect([...(table?.querySelectorAll('tbody td') ?? [])].map((cell) => cell.textContent)).toEqual(rows[0])
})

test('grouping, depth and rate are the engine’s the moment they are chosen', async () => {
  engine.start()
  flushSync()
  await page.getByRole('combobox', { name: 'Price grouping' }).selectOptions('12.5')
  expect(engine.last('panel-options')).toMatchObject({ panel: 'ladder', options: { grouping: 25, depth: 25 } })
  await userEvent.keyboard('.')
  expect(engine.last('panel-options')?.options.grouping).toBe(25)
})

test('where less was granted the panel shows what it got and says of how much, and why', async () => {
  engine.start()
  const limits = { maxDepth: 20, minRateMs: 10 }
  engine.say({ kind: 'connection', state: 'open', bytesPerSecond: 0, latencyMs: 1, breaks: 2, limits })
  const asked = { depth: 25, grouping: 1, rateMs: 100 }
  engine.report('ladder', { kind: 'live' }, 1, { asked, granted: { depth: 20, grouping: 1, rateMs: 100 } })
  flushSync()
  const levels = document.querySelector<HTMLSelectElement>('#panel-ladder [aria-label="Levels a side"]')
  expect(levels?.selectedOptions[0]?.text).toBe('20')
  expect(panelOf('ladder').textContent).toContain('20 of 25')
  expect(panelOf('ladder').textContent).toContain(
    '25 levels a side were asked for, 20 granted, at most 20 on this server',
  )
  expect(document.querySelector('footer')?.textContent).toContain('2 gaps')
})

test('F gives the page to the panel in use, with the canvas it has, and back', async () => {
  engine.start()
  flushSync()
  panelOf('ladder').focus()
  const canvas = panelOf('ladder').querySelector('canvas')
  await userEvent.keyboard('f')
  expect(panelOf('ladder').checkVisibility()).toBe(true)
  expect(panelOf('tape').checkVisibility()).toBe(false)
  expect(panelOf('ladder').getBoundingClientRect().width).toBe(document.body.clientWidth)
  await userEvent.keyboard('f')
  expect(panelOf('tape').checkVisibility()).toBe(true)
  expect(panelOf('ladder').querySelector('canvas')).toBe(canvas)
})

test('denser rows reach the painters', async () => {
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByRole('button', { name: 'compact' }).click()
  expect(engine.last('theme')?.theme.rowHeight).toBe(16)
})

test('a phone has tabs, opens only the panel that is shown, and closes it when another is', async () => {
  await page.viewport(390, 844)
  engine.start()
  await expect.element(page.getByRole('tab', { name: 'Book' })).toBeVisible()
  expect(document.querySelectorAll('main canvas[aria-hidden]')).toHaveLength(0)
  await page.getByRole('tab', { name: 'Book' }).click()
  expect(engine.last('panel-open')?.panel).toBe('ladder')
  await page.getByRole('tab', { name: 'Trades' }).click()
  expect(engine.last('panel-close')?.panel).toBe('ladder')
  expect(engine.last('panel-open')?.panel).toBe('tape')
})

test('the chosen theme reaches the page and the painters', async () => {
  await page.getByRole('button', { name: /^Theme/ }).click()
  expect(document.documentElement.dataset.theme).toBe('dark')
  expect(engine.last('theme')?.theme.background).toBe('#10141B')
  await page.getByRole('button', { name: /^Theme/ }).click()
  expect(document.documentElement.dataset.theme).toBe('light')
  expect(engine.last('theme')?.theme.background).toBe('#FFFFFF')
})

test('About holds the notice the chart library asks for', async () => {
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByRole('button', { name: 'About Depthcast' }).click()
  await expect.element(page.getByRole('dialog').getByText(/TradingView Lightweight Charts™/)).toBeVisible()
  await expect.element(page.getByRole('link', { name: 'https://www.tradingview.com/' })).toBeVisible()
})
