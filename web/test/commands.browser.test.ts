import { expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { PANEL_KINDS } from '../src/panels/registry.ts'
import { openKind } from '../src/state/arranging.ts'
import type { Page } from '../src/state/command.ts'
import { commandsOf } from '../src/state/commands.ts'
import { readWorkspace } from '../src/workspace/stored.ts'
import { panelsOf } from '../src/workspace/workspace.ts'
import { appPages } from './fakes/app-page.ts'
import { eventually } from './fakes/eventually.ts'
import { INSTRUMENTS } from './fakes/stand-in-engine.ts'

const on = appPages('#panel-ladder-1.panel')

const ids = () => panelsOf(on.engine.desk.workspace.layout)
const optionsOf = (panel: string) => on.engine.desk.workspace.panels[panel]?.options
const field = () => page.getByRole('combobox', { name: 'Find a command' })

function focus(panel: string): void {
  const element = document.getElementById(`panel-${panel}`)
  element?.focus()
  expect(document.activeElement).toBe(element)
}

/** Opens the palette by its keys, types, and takes the first that is found. */
async function command(words: string): Promise<void> {
  await userEvent.keyboard('{Control>}k{/Control}')
  await expect.element(field()).toHaveFocus()
  await userEvent.keyboard(`${words}{Enter}`)
  await eventually(() => expect(document.querySelector('dialog')).toBeNull())
}

test('what is typed before the palette is there is not lost, and does nothing else', async () => {
  await userEvent.keyboard('{Control>}k{/Control}say last')
  await expect.element(field()).toHaveValue('say last')
  expect(on.engine.desk.spoken.value).toBe('')
  await userEvent.keyboard('{Enter}')
  await eventually(() => expect(on.engine.desk.spoken.value).toBe('Last 63,142.5'))
})

test('even Enter may come before the palette', async () => {
  await userEvent.keyboard('{Control>}k{/Control}say the spread{Enter}')
  await eventually(() => expect(on.engine.desk.spoken.value).toMatch(/^Spread /))
  await eventually(() => expect(document.querySelector('dialog')).toBeNull())
})

test('the palette sets the panel that was in use: its grouping, its rate, its group', async () => {
  focus('ladder-1')
  await command('grouping 12.5')
  expect(optionsOf('ladder-1')).toMatchObject({ grouping: 25 })
  await eventually(() => expect(document.activeElement?.id).toBe('panel-ladder-1'))
  await command('updates a second 5 hz')
  expect(optionsOf('ladder-1')).toMatchObject({ rateMs: 200 })
  expect(on.engine.last('panel-options')).toMatchObject({ panel: 'ladder-1', options: { grouping: 25, rateMs: 200 } })
  await command('link group 3')
  expect(on.engine.desk.workspace.panels['ladder-1']?.group).toBe(3)
})

test('an instrument is found by any of its names, and the group of the panel in use takes it on', async () => {
  focus('tape-1')
  await command('link group 4')
  await command('ethusd')
  expect(on.engine.desk.workspace.groups[4]).toBe(INSTRUMENTS[1]?.id)
  expect(on.engine.desk.workspace.groups[1]).toBeUndefined()
  // The header stands for the group that is worked with.
  await expect.element(page.getByRole('button', { name: /^Instrument: ETH-USD/ })).toBeVisible()
  focus('chart-1')
  await expect.element(page.getByRole('button', { name: /^Instrument: BTC-USD/ })).toBeVisible()
})

test('panels are opened, duplicated, gone to and closed by name', async () => {
  focus('ladder-1')
  await command('duplicate book')
  await eventually(() => expect(ids()).toContain('ladder-2'))
  expect(optionsOf('ladder-2')).toEqual(optionsOf('ladder-1'))
  await eventually(() => expect(document.activeElement?.id).toBe('panel-ladder-2'))
  await command('close book 2')
  await eventually(() => expect(ids()).not.toContain('ladder-2'))
  // Whoever goes by keys goes on from where the panel was.
  await eventually(() => expect(document.activeElement?.id).toMatch(/^panel-(?!ladder-2)/))
  await command('go to watch')
  await eventually(() => expect(document.activeElement?.id).toBe('panel-watch-1'))
})

test('a page with as many panels as it can remember takes no more, and says so', async () => {
  const workspace = on.engine.desk.workspace
  const many = Array.from({ length: 40 }, (_, at) => `about-${at + 1}`)
  const state = { kind: 'about', options: {} } as const
  on.engine.desk.change(() => ({
    ...workspace,
    layout: { kind: 'tabs', panels: many, active: 'about-1' },
    panels: Object.fromEntries(many.map((id) => [id, state])),
  }))
  await openKind(on.engine.desk, 'about', undefined)
  expect(ids()).toHaveLength(40)
  expect(on.engine.desk.notice.value).toContain('There are 40 panels, which are the most.')
  expect(readWorkspace(on.engine.desk.workspace).kind).toBe('read')
})

test('a layout is saved under the name that is asked for, renamed, undone and done again', async () => {
  await userEvent.keyboard('{Control>}k{/Control}')
  await expect.element(field()).toHaveFocus()
  await userEvent.keyboard('save this layout{Enter}')
  await expect.element(page.getByRole('combobox', { name: 'Name of the layout' })).toHaveValue('')
  await userEvent.keyboard('Mornings{Enter}')
  await eventually(() => expect(on.engine.desk.layouts.value.map(({ name }) => name)).toEqual(['Mornings']))
  await command('layout chart')
  expect(on.engine.desk.workspace.name).toBe('Chart')
  await userEvent.keyboard('z')
  await eventually(() => expect(on.engine.desk.workspace.name).toBe('Mornings'))
  await userEvent.keyboard('{Shift>}Z{/Shift}')
  await eventually(() => expect(on.engine.desk.workspace.name).toBe('Chart'))
})

test('what was done last is offered first, and what is not found is said', async () => {
  await command('theme light')
  await userEvent.keyboard('{Control>}k{/Control}')
  await expect.element(field()).toHaveFocus()
  expect(document.querySelector('[role=group][aria-label=Recent] [role=option]')?.textContent).toContain('Theme light')
  await userEvent.keyboard('xyzzy')
  await eventually(() =>
    expect(document.querySelector('dialog [role=status]')?.textContent).toContain('Nothing is called “xyzzy”'),
  )
  expect(document.querySelector('[role=combobox]')?.hasAttribute('aria-activedescendant')).toBe(false)
  await userEvent.keyboard('{Escape}')
  await eventually(() => expect(document.querySelector('dialog')).toBeNull())
})

test('the arrow keys walk the list round, and the field says which is chosen', async () => {
  await userEvent.keyboard('{Control>}k{/Control}')
  await expect.element(field()).toHaveFocus()
  const chosen = () => document.getElementById(field().element().getAttribute('aria-activedescendant') ?? '')
  const all = () => [...document.querySelectorAll('[role=option]')]
  expect(chosen()).toBe(all()[0])
  await userEvent.keyboard('{ArrowUp}')
  await eventually(() => expect(chosen()).toBe(all().at(-1)))
  await userEvent.keyboard('{ArrowDown}{ArrowDown}')
  await eventually(() => expect(chosen()).toBe(all()[1]))
  expect(chosen()?.getAttribute('aria-selected')).toBe('true')
})

test('every command has a name, a group and an id of its own, and everything the page has is among them', () => {
  const at: Page = { desk: on.engine.desk, inUse: 'ladder-1', open: () => {} }
  const all = commandsOf(at)
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
  expect(all.filter(({ title, group }) => title.trim() === '' || group === '')).toEqual([])
  const has = (id: string) => all.some((each) => each.id === id)
  const wanted = [
    ...PANEL_KINDS.map((kind) => `open:${kind}`),
    ...INSTRUMENTS.map(({ id }) => `instrument:${id}`),
    ...['setting:theme:dark', 'setting:palette:vision', 'setting:density:touch', 'setting:timeZone:UTC'],
    ...['setting:profile:lite', 'export-png', 'copy-csv', 'layout:preset:Scalp', 'layout-rename', 'about', 'close'],
  ]
  expect(wanted.filter((id) => !has(id))).toEqual([])
})

test('a phone offers nothing that its one panel at a time cannot do', async () => {
  await page.viewport(390, 844)
  await eventually(() => expect(on.engine.desk.shell.value).toBe('phone'))
  const all = commandsOf({ desk: on.engine.desk, inUse: 'ladder-1', open: () => {} })
  expect(all.filter(({ id }) => /^(move-|wider|maximise)/.test(id))).toEqual([])
})

test('Escape shows the newest in every panel and ends a pause; with single keys off it still does, and F does nothing', async () => {
  on.engine.report('ladder-1', { kind: 'live' })
  on.engine.desk.setPaused(true)
  on.engine.desk.settings.change((settings) => ({ ...settings, singleKeys: false }))
  await userEvent.keyboard('f{Escape}')
  await eventually(() => expect(on.engine.last('pause')?.paused).toBe(false))
  expect(on.engine.last('panel-resume')?.panel).toBe('ladder-1')
  expect(on.engine.desk.maximised.value).toBeUndefined()
})

test('a panel’s menu is walked by arrow keys, acts, and gives the focus back', async () => {
  await page.getByRole('button', { name: 'Book: menu' }).click()
  await eventually(() => expect(document.activeElement?.textContent).toContain('Download Book as a picture'))
  await userEvent.keyboard('{End}')
  expect(document.activeElement?.textContent).toContain('Close Book')
  await userEvent.keyboard('{Home}{ArrowUp}{Escape}')
  await eventually(() => expect(document.querySelector(':popover-open')).toBeNull())
  expect(document.activeElement?.getAttribute('aria-label')).toBe('Book: menu')
  await userEvent.keyboard('{Enter}')
  await page.getByRole('menuitemradio', { name: 'Book: link group 2' }).click()
  expect(on.engine.desk.workspace.panels['ladder-1']?.group).toBe(2)
})

test('the sheet has the keys with the words the palette has', async () => {
  await userEvent.keyboard('?')
  const sheet = page.getByRole('dialog', { name: 'Keyboard' })
  await expect.element(sheet.getByText('Say the spread', { exact: true })).toBeVisible()
  await expect.element(sheet.getByText('Redo the last change of the layout', { exact: true })).toBeVisible()
  await expect.element(sheet.getByText('1 – 9', { exact: true })).toBeVisible()
})
