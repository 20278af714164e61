import { flushSync } from 'svelte'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { DEFAULT_SETTINGS } from '../src/state/settings.ts'
import { appPages } from './fakes/app-page.ts'
import { eventually } from './fakes/eventually.ts'

const on = appPages('#panel-ladder-1.panel')
beforeEach(() => {
  on.engine.report('ladder-1', { kind: 'live' })
  flushSync()
})
afterEach(() => on.engine.desk.settings.set(DEFAULT_SETTINGS))

/** Types into the palette and takes the first that is found. */
async function command(words: string): Promise<void> {
  // Wherever the pointer lies, the panel with the focus is the one in use.
  await eventually(() => {
    document.getElementById('panel-ladder-1')?.focus()
    expect(document.activeElement?.id).toBe('panel-ladder-1')
  })
  await userEvent.keyboard('{Control>}k{/Control}')
  await expect.element(page.getByRole('combobox', { name: 'Find a command' })).toHaveFocus()
  await userEvent.keyboard(`${words}{Enter}`)
  await eventually(() => expect(document.querySelector('dialog.palette')).toBeNull())
}

test('the receipt of the panel in use is opened by name, and closed the same way', async () => {
  await command('receipt of book')
  await expect.element(page.getByRole('dialog', { name: 'Book: receipt' })).toBeVisible()
  await command('receipt of book')
  await expect.element(page.getByRole('dialog', { name: 'Book: receipt' })).not.toBeInTheDocument()
})

test('a token is given by name', async () => {
  await command('token')
  await expect.element(page.getByRole('dialog', { name: 'Token' })).toBeVisible()
})

test('numbers are set by the tag of a language, and every setting is reset by name', async () => {
  await command('numbers de-ch')
  expect(on.engine.desk.settings.value.locale).toBe('de-CH')
  await command('rows touch')
  expect(on.engine.desk.settings.value.density).toBe('touch')
  await command('reset all settings')
  expect(on.engine.desk.settings.value).toEqual(DEFAULT_SETTINGS)
})
