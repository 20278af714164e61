import { expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { appPages } from './fakes/app-page.ts'
import { eventually } from './fakes/eventually.ts'

const on = appPages('header')

const settings = () => document.querySelector<HTMLElement>('header [aria-label="Settings"]')

async function openSettings(): Promise<void> {
  settings()?.focus()
  await userEvent.keyboard('{Enter}')
  await expect.element(page.getByRole('dialog', { name: 'Settings' })).toBeVisible()
}

test.each(['{Escape}', '{Enter}'])('a dialog that is left by %s gives the focus back to what opened it', async (by) => {
  await openSettings()
  document.querySelector<HTMLElement>('dialog [aria-label="Close"]')?.focus()
  await userEvent.keyboard(by)
  await eventually(() => expect(document.querySelector('dialog')).toBeNull())
  expect(document.activeElement).toBe(settings())
})

test('a dialog that another one opened gives it back to what opened the first', async () => {
  await openSettings()
  await page.getByRole('button', { name: 'About Depthcast' }).click()
  await expect.element(page.getByRole('dialog', { name: 'About Depthcast' })).toBeVisible()
  await userEvent.keyboard('{Escape}')
  await eventually(() => expect(document.querySelector('dialog')).toBeNull())
  expect(document.activeElement).toBe(settings())
})

test('a sentence that is dismissed leaves the focus in the panel that was in use', async () => {
  await eventually(() => expect(document.getElementById('panel-ladder-1')?.matches('.panel')).toBe(true))
  document.getElementById('panel-ladder-1')?.focus()
  on.engine.desk.notice.set('Something is to be known.')
  await page.getByRole('button', { name: 'Dismiss' }).click()
  expect(document.activeElement?.id).toBe('panel-ladder-1')
})

test('what is typed after a press on Search, before its program is there, is not lost', async () => {
  await page.getByRole('button', { name: /^Search/ }).click()
  await userEvent.keyboard('say last')
  await expect.element(page.getByRole('combobox', { name: 'Find a command' })).toHaveValue('say last')
  expect(on.engine.desk.spoken.value).toBe('')
})

test('a key that is held does what it toggles once', () => {
  for (const repeat of [false, true, true]) {
    const press = new KeyboardEvent('keydown', { key: ' ', repeat, bubbles: true, cancelable: true })
    document.body.dispatchEvent(press)
  }
  return eventually(() => {
    expect(on.engine.told.filter(({ kind }) => kind === 'pause')).toEqual([{ kind: 'pause', paused: true }])
  })
})
