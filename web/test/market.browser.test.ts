import { flushSync } from 'svelte'
import { expect, test, vi } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { eventually } from './fakes/eventually.ts'
import { closeList, ids, listPages, openList, order, QUOTES, ROWS, sampled } from './fakes/list-page.ts'
import { listRow } from './fakes/list-stage.ts'

listPages()

test('of hundreds of rows those in sight are in the page, and the keyboard reaches the last', async () => {
  const many = Array.from({ length: 400 }, (_, at) => listRow('one', `C${at}`))
  const { stage, panel } = await openList('market')
  stage.start(many)
  await eventually(() => expect(order(panel).length).toBeGreaterThan(10))
  await eventually(() => expect(order(panel).length).toBeLessThan(100))
  panel.querySelector<HTMLElement>('.pick[tabindex="0"]')?.focus()
  await userEvent.keyboard('{End}')
  await eventually(() => expect(document.activeElement?.textContent).toContain('C399'))
  expect(document.activeElement?.closest('tr')?.getAttribute('aria-rowindex')).toBe('401')
})

test('the market is counted, drawn and ordered by what was traded, once a second', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const { stage, panel } = await openList('market')
  stage.start(ROWS)
  await eventually(() =>
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
  const { stage, panel } = await openList('market')
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
    const { stage, panel } = await openList(kind)
    expect(panel.textContent).toContain('Connecting…')
    stage.say({ kind: 'connection', state: 'open', bytesPerSecond: 0, latencyMs: 0, breaks: 0 })
    flushSync()
    expect(panel.textContent).toContain('No instruments yet')
    await closeList()
  }
  await openList('about')
})

test('About says what runs here, and holds the notice the chart library asks for', async () => {
  const { stage, panel } = await openList('about')
  stage.start(ROWS, QUOTES)
  await eventually(() => expect(panel.textContent).toContain('4 instruments, 2 venues'))
  expect(panel.textContent).toContain('in a worker')
  expect(panel.textContent).toMatch(/version \d+\.\d+\.\d+/)
  expect(panel.textContent).toContain('TradingView Lightweight Charts™')
  expect(panel.querySelector('a[href="https://www.tradingview.com/"]')).not.toBeNull()
})
