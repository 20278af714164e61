import { afterEach, beforeEach, expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { PANEL_KEYS } from '../src/state/panel-keys.ts'
import { appPages } from './fakes/app-page.ts'
import { eventually } from './fakes/eventually.ts'

const realFetch = globalThis.fetch
beforeEach(() => {
  const bar = { open: '100', high: '110', low: '90', close: '101', volume: '1', trades: 1, rev: 1, final: true }
  const candles = Array.from({ length: 50 }, (_, at) => ({ ...bar, openTime: at * 60_000_000 }))
  globalThis.fetch = async () => Response.json({ candles })
})
afterEach(() => {
  globalThis.fetch = realFetch
})
appPages('#panel-chart-1 .legend')

/** Whether anyone takes a press for their own there. */
function isTaken(target: Element | null | undefined, press: string): boolean {
  const key = press.replace('Shift+', '')
  const event = new KeyboardEvent('keydown', { key, shiftKey: key !== press, bubbles: true, cancelable: true })
  return target?.dispatchEvent(event) === false
}

/** What the sheet lists for a place and nobody there takes. Enter on a button is the browser's own. */
function idle(place: keyof typeof PANEL_KEYS, target: () => Element | null | undefined): readonly string[] {
  const presses = PANEL_KEYS[place].lines.flatMap(({ presses }): readonly string[] => presses)
  const own = target()?.matches('button') ? presses.filter((press) => press !== 'Enter') : presses
  expect(own.length).toBeGreaterThan(3)
  return own.filter((press) => !isTaken(target(), press))
}

test('every key that the sheet lists for a part of the page is taken there, and is nobody’s elsewhere', async () => {
  const surface = () => document.querySelector('#panel-ladder-1 .surface')
  const pick = () => document.querySelector<HTMLElement>('#panel-watch-1 .pick[tabindex="0"]')
  expect(idle('chart', () => document.querySelector('#panel-chart-1 [role=application]'))).toEqual([])
  expect(idle('painted', surface)).toEqual([])
  pick()?.focus()
  expect(idle('list', pick)).toEqual([])
  await page.getByRole('button', { name: 'Book: menu' }).click()
  await eventually(() => expect(document.activeElement?.matches('[role=menuitem]')).toBe(true))
  expect(idle('menu', () => document.activeElement)).toEqual([])
  await userEvent.keyboard('{Escape}')
  expect(['ArrowDown', 'PageDown', 'Home', 'End', '+', 'c'].filter((press) => isTaken(document.body, press))).toEqual(
    [],
  )
  await userEvent.keyboard('{Control>}k{/Control}')
  await expect.element(page.getByRole('combobox', { name: 'Find a command' })).toHaveFocus()
  expect(idle('palette', () => document.querySelector('[role=combobox]'))).toEqual([])
})

test('the arrows that the sheet lists for a tab go to the tab beside it', async () => {
  await page.viewport(390, 844)
  const tabs = () => [...document.querySelectorAll<HTMLElement>('[role=tab]')]
  const chosen = () => tabs().findIndex((tab) => tab.ariaSelected === 'true')
  await eventually(() => expect(chosen()).toBe(0))
  tabs()[0]?.focus()
  for (const [press, at] of [
    ['ArrowRight', 1],
    ['ArrowLeft', 0],
  ] as const) {
    await userEvent.keyboard(`{${press}}`)
    await eventually(() => expect([chosen(), tabs().indexOf(document.activeElement as HTMLElement)]).toEqual([at, at]))
  }
  expect(PANEL_KEYS.tab.lines.flatMap(({ presses }) => presses)).toEqual(['ArrowLeft', 'ArrowRight'])
})

test('the sheet names every part of the page that has keys, and forgets single keys at once when they are turned off', async () => {
  await userEvent.keyboard('?')
  const dialog = page.getByRole('dialog', { name: 'Keyboard' })
  for (const { group } of Object.values(PANEL_KEYS)) await expect.element(dialog.getByText(group)).toBeVisible()
  await expect.element(dialog.getByText('Say the spread')).toBeVisible()
  await dialog.getByLabelText('Single-key shortcuts').click()
  await expect.element(dialog.getByText('Say the spread')).not.toBeInTheDocument()
  await expect.element(dialog.getByText('Find a command')).toBeVisible()
})
