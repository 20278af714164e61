import { flushSync } from 'svelte'
import { expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { parseOptions } from '../src/panels/schemas.ts'
import type { Layout } from '../src/workspace/workspace.ts'
import { appPages, fourPanels, panelOf } from './fakes/app-page.ts'
import { eventually } from './fakes/eventually.ts'
import { INSTRUMENTS } from './fakes/stand-in-engine.ts'

const on = appPages(fourPanels, { isBegun: false })

test('before the first instrument the panels say so, and no canvas is opened', () => {
  expect(panelOf('ladder-1').textContent).toContain('Connecting…')
  on.engine.say({ kind: 'connection', state: 'open', bytesPerSecond: 0, latencyMs: Number.NaN, breaks: 0 })
  flushSync()
  expect(panelOf('ladder-1').textContent).toContain('No instruments yet:')
  expect(on.engine.last('panel-open')).toBeUndefined()
})

test('ladder and tape hand a canvas to the engine, for the first instrument', async () => {
  on.begun()
  const opened = on.engine.told.filter((message) => message.kind === 'panel-open')
  expect(opened.map(({ panel, panelKind, symbol }) => [panel, panelKind, symbol])).toEqual([
    ['ladder-1', 'ladder', INSTRUMENTS[0]?.id],
    ['tape-1', 'tape', INSTRUMENTS[0]?.id],
  ])
  for (const { surface } of opened) expect(surface.width * surface.height).toBeGreaterThan(10_000)
  await eventually(() => expect(on.engine.last('watch')?.symbols).toEqual(INSTRUMENTS.map(({ id }) => id)))
})

test('a click in the watchlist moves every panel to that instrument, with the same canvas', async () => {
  on.begun()
  await page.getByRole('button', { name: /^ETH-USD/ }).click()
  const moved = on.engine.told.flatMap((message) => (message.kind === 'panel-symbol' ? [message] : []))
  expect(moved.map(({ panel, symbol }) => `${panel} ${symbol}`).sort()).toEqual([
    'ladder-1 simulated:ETH-USD',
    'tape-1 simulated:ETH-USD',
  ])
  expect(on.engine.told.filter(({ kind }) => kind === 'panel-open')).toHaveLength(2)
  await expect.element(page.getByRole('banner').getByText('3,120.40')).toBeVisible()
})

test('an unknown figure is a dash, and a known one has the decimals of the tick', () => {
  on.engine.start()
  on.engine.quote([Number.NaN, 3_120.4])
  flushSync()
  expect(document.querySelector('header .price')?.textContent).toBe('—')
  on.engine.quote([63_142, 3_120.4])
  flushSync()
  expect(document.querySelector('header .price')?.textContent).toBe('63,142.0')
})

test('each state is said in the panel and in the status strip, and moves nothing', () => {
  on.engine.start()
  on.engine.report('ladder-1', { kind: 'live' })
  flushSync()
  const before = panelOf('ladder-1').querySelector('canvas')?.getBoundingClientRect().toJSON()
  expect(document.querySelector('footer')?.textContent).toContain('Live')
  on.engine.report('ladder-1', { kind: 'stale', since: Date.UTC(2026, 0, 1, 12, 4, 9), retryInMs: 1500 })
  flushSync()
  expect(panelOf('ladder-1').textContent).toContain('stale since 12:04:09 · retry in 2 s')
  expect(document.querySelector('footer')?.textContent).toContain('Stale since 12:04:09')
  on.engine.report('ladder-1', { kind: 'gap', from: 1_204_882, to: 1_204_890 })
  flushSync()
  expect(panelOf('ladder-1').textContent).toContain('gap 1,204,882–890 · resyncing')
  expect(panelOf('ladder-1').querySelector('canvas')?.getBoundingClientRect().toJSON()).toEqual(before)
})

test('a panel’s figures are told once a second, however often others come', async () => {
  on.engine.start()
  on.engine.report('ladder-1', { kind: 'live' }, 1, { bytesPerSecond: 1100 })
  flushSync()
  const meter = panelOf('ladder-1').querySelector('.meter')
  expect(meter?.textContent).toContain('1.1 KB/s')
  on.engine.report('ladder-1', { kind: 'live' }, 2, { bytesPerSecond: 9900 })
  flushSync()
  expect(meter?.textContent).toContain('1.1 KB/s')
  await eventually(() => expect(meter?.textContent).toContain('9.9 KB/s'))
})

test('Space pauses everything, but not while a button has the focus', async () => {
  on.begun()
  await userEvent.keyboard(' ')
  await eventually(() => expect(on.engine.last('pause')).toEqual({ kind: 'pause', paused: true }))
  await expect.element(page.getByRole('button', { name: 'Resume' })).toBeVisible()
  const pauses = on.engine.told.filter(({ kind }) => kind === 'pause').length
  document.querySelector<HTMLElement>('[aria-label="Settings"]')?.focus()
  await userEvent.keyboard(' ')
  expect(on.engine.told.filter(({ kind }) => kind === 'pause')).toHaveLength(pauses)
})

test('the slash searches the instruments, and Enter takes the first match', async () => {
  on.begun()
  await userEvent.keyboard('/')
  await expect.element(page.getByRole('combobox', { name: 'Find an instrument' })).toHaveFocus()
  await userEvent.keyboard('eth{Enter}')
  await eventually(() => expect(on.engine.last('panel-symbol')?.symbol).toBe('simulated:ETH-USD'))
})

test('the table beside a canvas is pulled by R and carries the sequence it was taken at', async () => {
  on.begun()
  await userEvent.keyboard('r')
  const asked = await eventually(() => {
    const found = on.engine.told.filter((message) => message.kind === 'panel-table')
    expect(found.map(({ panel }) => panel)).toEqual(['ladder-1', 'tape-1'])
    return found
  })
  const columns = ['Side', 'Price', 'Size', 'Total']
  const rows = [['Bid', '63,142.0', '0.901', '0.901']]
  for (const { panel, request } of asked)
    on.engine.say({ kind: 'table', panel, request, symbol: 'simulated:BTC-USD', seq: 42, columns, rows })
  await eventually(() => expect(document.querySelector('table[data-panel=ladder-1][data-seq="42"]')).not.toBeNull())
  const table = document.querySelector<HTMLElement>('table[data-panel=ladder-1]')
  expect(table?.dataset.symbol).toBe('simulated:BTC-USD')
  expect([...(table?.querySelectorAll('tbody td') ?? [])].map((cell) => cell.textContent)).toEqual(rows[0])
})

test('grouping, depth and rate are the engine’s the moment they are chosen', async () => {
  on.begun()
  await page.getByRole('combobox', { name: 'Price grouping' }).selectOptions('12.5')
  expect(on.engine.last('panel-options')).toMatchObject({ panel: 'ladder-1', options: { grouping: 25, depth: 25 } })
  await userEvent.keyboard('.')
  await eventually(() =>
    expect(on.engine.last('panel-options')).toMatchObject({ panel: 'ladder-1', options: { grouping: 25, depth: 50 } }),
  )
})

test('where less was granted the panel shows what it got and says of how much, and why', async () => {
  on.engine.start()
  const limits = { maxDepth: 20, minRateMs: 10 }
  on.engine.say({ kind: 'connection', state: 'open', bytesPerSecond: 0, latencyMs: 1, breaks: 2, limits })
  const asked = { depth: 25, grouping: 1, rateMs: 100 }
  on.engine.report('ladder-1', { kind: 'live' }, 1, { asked, granted: { depth: 20, grouping: 1, rateMs: 100 } })
  flushSync()
  const levels = document.querySelector<HTMLSelectElement>('#panel-ladder-1 [aria-label="Levels a side"]')
  expect(levels?.selectedOptions[0]?.text).toBe('20')
  expect(panelOf('ladder-1').textContent).toContain('20 of 25')
  expect(panelOf('ladder-1').textContent).toContain(
    '25 levels a side were asked for, 20 granted, at most 20 on this server',
  )
  expect(document.querySelector('footer')?.textContent).toContain('2 gaps')
})

test('F gives the page to the panel in use, with the canvas it has, and back', async () => {
  on.engine.start()
  await eventually(() => expect(document.querySelector('.panel')).not.toBeNull())
  await eventually(() => {
    panelOf('ladder-1').focus()
    expect(document.activeElement?.id).toBe('panel-ladder-1')
  })
  const canvas = panelOf('ladder-1').querySelector('canvas')
  await userEvent.keyboard('f')
  await eventually(() => {
    expect(panelOf('ladder-1').checkVisibility()).toBe(true)
    expect(panelOf('tape-1').checkVisibility()).toBe(false)
    expect(panelOf('ladder-1').getBoundingClientRect().width).toBe(document.body.clientWidth)
  })
  await userEvent.keyboard('f')
  await eventually(() => expect(panelOf('tape-1').checkVisibility()).toBe(true))
  expect(panelOf('ladder-1').querySelector('canvas')).toBe(canvas)
})

test('two books and two charts live side by side, each with its own group, instrument and options', async () => {
  on.engine.start()
  const [btc = '', eth = ''] = INSTRUMENTS.map(({ id }) => id)
  on.engine.desk.change((workspace) => ({
    ...workspace,
    layout: { kind: 'row', parts: [workspace.layout, ...['ladder-2', 'chart-2'].map(alone)], sizes: [2, 1, 1] },
    panels: {
      ...workspace.panels,
      'ladder-2': { kind: 'ladder', group: 2, options: parseOptions('ladder', { depth: 5, rateMs: 500 }) },
      'chart-2': { kind: 'chart', group: 2, options: parseOptions('chart', { interval: '1h' }) },
    },
    groups: { 1: btc, 2: eth },
  }))
  await eventually(() => expect(on.engine.told.filter(({ kind }) => kind === 'bars-open')).toHaveLength(2))
  const followed = on.engine.told.flatMap((message) =>
    message.kind === 'panel-open' || message.kind === 'bars-open' ? [[message.panel, message.symbol]] : [],
  )
  expect(Object.fromEntries(followed)).toEqual({
    'ladder-1': btc,
    'tape-1': btc,
    'ladder-2': eth,
    'chart-1': btc,
    'chart-2': eth,
  })
  await page.elementLocator(panelOf('ladder-2')).getByLabelText('Levels a side').selectOptions('10')
  expect(on.engine.last('panel-options')).toMatchObject({ panel: 'ladder-2', options: { depth: 10, rateMs: 500 } })
  expect(on.engine.desk.workspace.panels['ladder-1']?.options).toMatchObject({ depth: 25 })
  panelOf('chart-1').focus()
  await page.getByRole('button', { name: /^Instrument: BTC-USD/ }).click()
  await page
    .getByRole('dialog')
    .getByRole('option', { name: /ETH-USD/ })
    .click()
  await eventually(() => expect(on.engine.desk.workspace.groups).toEqual({ 1: eth, 2: eth }))
  const moved = on.engine.told.flatMap((message) => (message.kind === 'panel-symbol' ? [message.panel] : []))
  expect(moved).toEqual(['ladder-1', 'tape-1'])
})

function alone(panel: string): Layout {
  return { kind: 'tabs', panels: [panel], active: panel }
}

test('denser rows reach the painters', async () => {
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByRole('radio', { name: 'Compact' }).click()
  expect(on.engine.last('theme')?.theme.rowHeight).toBe(16)
})

test('a phone has tabs, opens only the panel that is shown, and closes it when another is', async () => {
  await page.viewport(390, 844)
  on.engine.start()
  await expect.element(page.getByRole('tab', { name: 'Book' })).toBeVisible()
  expect(document.querySelectorAll('main canvas[aria-hidden]')).toHaveLength(0)
  await page.getByRole('tab', { name: 'Book' }).click()
  expect(on.engine.last('panel-open')?.panel).toBe('ladder-1')
  await page.getByRole('tab', { name: 'Trades' }).click()
  expect(on.engine.last('panel-close')?.panel).toBe('ladder-1')
  expect(on.engine.last('panel-open')?.panel).toBe('tape-1')
})

test('the chosen theme reaches the page and the painters', async () => {
  await page.getByRole('button', { name: /^Theme/ }).click()
  expect(document.documentElement.dataset.theme).toBe('dark')
  expect(on.engine.last('theme')?.theme.background).toBe('#10141B')
  await page.getByRole('button', { name: /^Theme/ }).click()
  expect(document.documentElement.dataset.theme).toBe('light')
  expect(on.engine.last('theme')?.theme.background).toBe('#FFFFFF')
})

test('About holds the notice the chart library asks for', async () => {
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByRole('button', { name: 'About Depthcast' }).click()
  await expect.element(page.getByRole('dialog').getByText(/TradingView Lightweight Charts™/)).toBeVisible()
  await expect.element(page.getByRole('link', { name: 'https://www.tradingview.com/' })).toBeVisible()
})
