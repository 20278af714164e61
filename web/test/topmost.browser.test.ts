import { flushSync } from 'svelte'
import { beforeEach, expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { appPages } from './fakes/app-page.ts'
import { eventually } from './fakes/eventually.ts'

const on = appPages('#panel-ladder-1.panel')
beforeEach(() => {
  for (const panel of ['ladder-1', 'tape-1']) on.engine.report(panel, { kind: 'live' })
  flushSync()
})

/** What is open over the page, by what it is called. */
const open = () =>
  [...document.querySelectorAll('dialog, [popover]:popover-open')].map(
    (each) => each.getAttribute('aria-label') ?? each.querySelector('h3')?.textContent,
  )
const soon = (claim: () => void) => eventually(claim)
const becomes = (names: readonly string[]) => soon(() => expect(open()).toEqual(names))

async function pin(panel: string): Promise<void> {
  document.querySelector<HTMLElement>(`#panel-${panel} .integrity`)?.click()
  await soon(() => expect(document.getElementById(`panel-${panel}-proof`)).not.toBeNull())
}

test('Escape closes one thing a press: the dialog, then the receipts, the newest first, and then shows the newest everywhere', async () => {
  await pin('ladder-1')
  await pin('tape-1')
  await userEvent.keyboard('?')
  await becomes(['Book: receipt', 'Trades: receipt', 'Keyboard'])
  await userEvent.keyboard('{Escape}')
  await becomes(['Book: receipt', 'Trades: receipt'])
  await userEvent.keyboard('{Escape}')
  await becomes(['Book: receipt'])
  expect(on.engine.last('panel-resume')).toBeUndefined()
  await userEvent.keyboard('{Escape}')
  await becomes([])
  expect(on.engine.last('panel-resume')).toBeUndefined()
  await userEvent.keyboard('{Escape}')
  await soon(() => expect(on.engine.last('panel-resume')).toBeDefined())
})

test('Escape closes the receipt that has the focus, though another was opened after it', async () => {
  await pin('ladder-1')
  await pin('tape-1')
  await page.getByRole('button', { name: 'Close Book: receipt' }).element().focus()
  await userEvent.keyboard('{Escape}')
  await becomes(['Trades: receipt'])
})

test('Escape closes a menu, and leaves the receipt below it', async () => {
  await pin('ladder-1')
  await page.getByRole('button', { name: 'Trades: menu' }).click()
  await becomes(['Book: receipt', 'Trades: menu'])
  await userEvent.keyboard('{Escape}')
  await becomes(['Book: receipt'])
  expect(on.engine.last('panel-resume')).toBeUndefined()
})

test.each(['?', '/'])('Ctrl and K open the palette from what %s opened, and close it again', async (key) => {
  await userEvent.keyboard(key)
  await soon(() => expect(open()).toHaveLength(1))
  await userEvent.keyboard('{Control>}k{/Control}')
  await becomes(['Find a command'])
  await userEvent.keyboard('say last')
  await expect.element(page.getByRole('combobox', { name: 'Find a command' })).toHaveValue('say last')
  await userEvent.keyboard('{Control>}k{/Control}')
  await becomes([])
  // Whatever was typed into the palette is over with it: keys are the page's again.
  await userEvent.keyboard('l')
  await soon(() => expect(on.engine.desk.spoken.value).toBe('Last 63,142.5'))
})

test('Ctrl and K are never the browser’s: not in a field, not in a dialog, not while the palette is on its way', async () => {
  const taken: boolean[] = []
  const hear = (event: KeyboardEvent): void => {
    if (event.key === 'k') taken.push(event.defaultPrevented)
  }
  window.addEventListener('keydown', hear)
  document.querySelector<HTMLElement>('#panel-watch-1 input')?.focus()
  for (let times = 0; times < 3; times += 1) await userEvent.keyboard('{Control>}k{/Control}')
  window.removeEventListener('keydown', hear)
  expect(taken).toEqual([true, true, true])
})

test('what is found from within a dialog is done to the panel that was in use before it', async () => {
  const ladder = document.getElementById('panel-ladder-1')
  // It may still be on its way into its place, and lose the focus once more.
  await soon(() => {
    ladder?.focus()
    expect(document.activeElement).toBe(ladder)
  })
  await userEvent.keyboard('?')
  await becomes(['Keyboard'])
  await userEvent.keyboard('{Control>}k{/Control}')
  await becomes(['Find a command'])
  await userEvent.keyboard('link group 3{Enter}')
  await soon(() => expect(on.engine.desk.workspace.panels['ladder-1']?.group).toBe(3))
  await soon(() => expect(document.activeElement).toBe(ladder))
})
