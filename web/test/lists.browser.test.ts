import { INSTRUMENT_STATES } from '@depthcast/market'
import { flushSync } from 'svelte'
import { expect, test, vi } from 'vitest'
import { cdp, page, userEvent } from 'vitest/browser'
import { eventually } from './fakes/eventually.ts'
import { ids, listPages, openList, order, QUOTES, ROWS, sampled } from './fakes/list-page.ts'
import { type ListStage, listRow } from './fakes/list-stage.ts'

listPages()

const watched = (stage: ListStage) => stage.last('watch')?.symbols

test('a list in sight has the quotes of its rows, and a hidden one costs none', async () => {
  const { stage, panel } = await openList('watch', { symbols: [ids[3], ids[1]] })
  stage.start(ROWS)
  await eventually(() => expect(watched(stage)).toEqual([ids[1], ids[3]]))
  expect(order(panel)).toEqual([ids[3], ids[1]])
  panel.style.display = 'none'
  await eventually(() => expect(watched(stage)).toEqual([]))
})

test('a head sorts, says so, and the panel remembers it', async () => {
  const { stage, panel } = await openList('watch')
  stage.start(ROWS, QUOTES)
  await page.elementLocator(panel).getByRole('button', { name: '24 h' }).click()
  const head = panel.querySelector('th[aria-sort]')
  expect(head?.getAttribute('aria-sort')).toBe('descending')
  expect(order(panel)).toEqual([ids[3], ids[0], ids[2], ids[1]])
  expect(stage.desk.workspace.panels['watch-1']?.options).toMatchObject({ sort: 'change', down: true })
})

test('rows stay where they are while someone points at them, and go where they belong afterwards', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const { stage, panel } = await openList('watch', { sort: 'last', down: true })
  stage.start(ROWS, QUOTES)
  await eventually(() => expect(watched(stage)).toHaveLength(4))
  expect(order(panel)).toEqual([ids[2], ids[0], ids[1], ids[3]])
  await userEvent.hover(panel.querySelector('[data-row]') as Element)
  stage.quotes(ROWS, [{ last: 70_000, open24h: 50_000 }, ...QUOTES.slice(1)])
  sampled()
  expect(panel.textContent).toContain('70,000.00')
  expect(order(panel)).toEqual([ids[2], ids[0], ids[1], ids[3]])
  await userEvent.hover(document.querySelector('footer') as Element)
  sampled()
  expect(order(panel)).toEqual([ids[0], ids[2], ids[1], ids[3]])
})

test('arrows walk through the rows, of which one alone is a tab stop, and Enter selects', async () => {
  const { stage, panel } = await openList('watch')
  stage.start(ROWS, QUOTES)
  flushSync()
  expect(panel.querySelectorAll('.pick[tabindex="0"]')).toHaveLength(1)
  panel.querySelector<HTMLElement>('.pick[tabindex="0"]')?.focus()
  await userEvent.keyboard('{ArrowDown}{ArrowDown}')
  await eventually(() => expect(document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset.row).toBe(ids[2]))
  await userEvent.keyboard('{End}{Enter}')
  expect(stage.desk.workspace.groups[1]).toBe(ids[3])
})

test('instruments are added by a search, moved, removed, and the list is the panel’s own', async () => {
  const { stage, panel } = await openList('watch', { symbols: [ids[0]] })
  stage.start(ROWS, QUOTES)
  const on = page.elementLocator(panel)
  await on.getByRole('button', { name: 'Edit' }).click()
  await on.getByRole('searchbox').fill('ada')
  await on.getByRole('button', { name: 'Add ADA-USD' }).click()
  await on.getByRole('searchbox').fill('')
  expect(order(panel)).toEqual([ids[0], ids[3]])
  await on.getByRole('button', { name: 'ADA-USD further up' }).click()
  expect(order(panel)).toEqual([ids[3], ids[0]])
  // It stands first now and goes no further: the focus stays with its row all the same.
  expect(document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset.row).toBe(ids[3])
  await on.getByRole('button', { name: 'Remove BTC-USD' }).click()
  expect(document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset.row).toBe(ids[3])
  expect(stage.desk.workspace.panels['watch-1']?.options).toMatchObject({ symbols: [ids[3]] })
  await on.getByRole('button', { name: 'Everything' }).click()
  expect(order(panel)).toEqual(ids)
})

test('one venue can be chosen, and a list without any of it says so and offers all', async () => {
  const { stage, panel } = await openList('watch', { symbols: [ids[2], ids[3]] })
  stage.start(ROWS, QUOTES)
  const on = page.elementLocator(panel)
  await on.getByRole('combobox', { name: 'Venue' }).selectOptions('one')
  expect(panel.textContent).toContain('Nothing of this list is traded at one.')
  await on.getByRole('button', { name: 'All venues' }).click()
  expect(order(panel)).toEqual([ids[2], ids[3]])
})

test('a last price that moved is shown for 120 ms, twice a second at most, and never for a row that only moved', async () => {
  const { stage, panel } = await openList('watch')
  stage.start(ROWS, QUOTES)
  flushSync()
  const cell = panel.querySelector('[data-row] .last') as HTMLElement
  expect(cell.getAnimations()).toEqual([])
  const animate = vi.spyOn(cell, 'animate')
  for (let step = 1; step <= 20; step += 1) {
    stage.quotes(ROWS, [{ last: 60_000 + step, open24h: 50_000 }, ...QUOTES.slice(1)])
    flushSync()
  }
  expect(animate).toHaveBeenCalledTimes(1)
  expect(cell.getAnimations().map((each) => each.effect?.getTiming().duration)).toEqual([120])
  const on = page.elementLocator(panel)
  await on.getByRole('button', { name: 'Instrument' }).click()
  expect(animate).toHaveBeenCalledTimes(1)
  // Nor does one that comes into the page again with a price that moved before.
  await on.getByRole('searchbox').fill('ada')
  await on.getByRole('searchbox').fill('')
  const again = panel.querySelector(`[data-row="${ids[0]}"] .last`)
  expect(again).not.toBe(cell)
  expect(again?.getAnimations()).toEqual([])
})

test('whoever asked for less motion sees no flash', async () => {
  const session = cdp() as unknown as { send(method: string, of: object): Promise<unknown> }
  const prefer = (value: string): Promise<unknown> =>
    session.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-reduced-motion', value }] })
  await prefer('reduce')
  const { stage, panel } = await openList('watch')
  stage.start(ROWS, QUOTES)
  flushSync()
  stage.quotes(ROWS, [{ last: 60_001, open24h: 50_000 }, ...QUOTES.slice(1)])
  flushSync()
  const cell = panel.querySelector('[data-row] .last')
  expect(cell?.textContent).toBe('60,001.00')
  expect(cell?.getAnimations()).toEqual([])
  await prefer('')
})

test('a row says what its instrument’s state is, and a broken connection is said once for all', async () => {
  const { stage, panel } = await openList('watch')
  stage.start([...ROWS.slice(0, 3), listRow('two', 'ADA', 'USD', 'halted')])
  flushSync()
  expect(panel.querySelector(`[data-row="${ids[3]}"] .glyph`)?.textContent).toContain('halted')
  stage.say({
    kind: 'connection',
    state: 'waiting',
    retryAt: Date.now() + 2000,
    bytesPerSecond: 0,
    latencyMs: 0,
    breaks: 0,
  })
  await eventually(() => expect(panel.dataset.tone).toBe('warn'))
  expect(panel.querySelector('.integrity')?.textContent).toContain('stale')
  expect(order(panel)).toHaveLength(4)
})

test('of a row that is no longer live everything is as faint, its line of the last hour too', async () => {
  const { stage, panel } = await openList('watch')
  const halted = { stateIndex: INSTRUMENT_STATES.indexOf('halted') }
  const colours = (row: string | undefined): Set<string> =>
    new Set(
      [...panel.querySelectorAll(`[data-row="${row}"] :is(td:not(.glyph), svg, polyline)`)].map(
        (part) => getComputedStyle(part).color,
      ),
    )
  const low = getComputedStyle(document.documentElement).getPropertyValue('--text-low')
  const probe = document.body.appendChild(document.createElement('i'))
  probe.style.color = low
  stage.start(ROWS, [{ ...QUOTES[0], ...halted }, ...QUOTES.slice(1)])
  flushSync()
  expect(colours(ids[0])).toEqual(new Set([getComputedStyle(probe).color]))
  // A live row has more than one.
  expect(colours(ids[1]).size).toBeGreaterThan(1)
  probe.remove()
})

test('an instrument that is listed appears by itself, and one that is delisted stays in its list and says so', async () => {
  const { stage, panel } = await openList('watch', { symbols: [ids[0], ids[1]] })
  stage.start([listRow('one', 'BTC')])
  flushSync()
  expect(order(panel)).toEqual([ids[0]])
  expect(panel.textContent).toContain('1 of this list is not at this gateway.')
  stage.start(ROWS, QUOTES)
  flushSync()
  expect(order(panel)).toEqual([ids[0], ids[1]])
  stage.say({ kind: 'instruments', instruments: ROWS.slice(1) })
  flushSync()
  expect(order(panel)).toEqual([ids[0], ids[1]])
  expect(panel.querySelector(`[data-row="${ids[0]}"] .glyph`)?.textContent).toContain('not listed any more')
})

test('what can be exported of a list are its exact figures, in the order shown', async () => {
  const { stage } = await openList('watch', { sort: 'last', down: true, symbols: [ids[1], ids[0]] })
  stage.start(ROWS, [
    { last: 60_000.5, open24h: 60_000, bid: 60_000.01, volume24h: 1.5 },
    { last: 3000, open24h: 4000 },
  ])
  flushSync()
  const [offer] = stage.desk.offers.get('watch-1') ?? []
  expect((await offer?.table?.())?.rows).toEqual([
    [ids[0], '60000.50', '60000.01', '', '0.00', '1.500', 'live'],
    [ids[1], '3000.00', '', '', '-25.00', '', 'live'],
  ])
})
