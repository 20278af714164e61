import { beforeEach, expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { commandsOf } from '../src/state/commands.ts'
import { loadLayouts } from '../src/state/remembered.ts'
import { shareHash } from '../src/workspace/share.ts'
import { appPages } from './fakes/app-page.ts'
import { eventually } from './fakes/eventually.ts'
import { INSTRUMENTS } from './fakes/stand-in-engine.ts'

const on = appPages('#panel-ladder-1.panel')
beforeEach(async () => {
  await page.getByRole('button', { name: /^Layout: / }).click()
  await expect.element(dialog()).toBeVisible()
})

const MISSING = 'This gateway does not list elsewhere:XAU-USD: another instrument is shown in its place.'
const dialog = () => page.getByRole('dialog', { name: 'Layout' })
const name = () => dialog().getByRole('textbox', { name: 'Save this one as' })
const press = (label: string) => dialog().getByRole('button', { name: label, exact: true }).click()
const saved = () => on.engine.desk.layouts.value.map((layout) => layout.name)
/** What another visit would find. */
const stored = () => loadLayouts(localStorage).map((layout) => layout.name)

async function save(as: string, label = 'Save'): Promise<void> {
  await name().fill(as)
  await press(label)
}

test('a layout is saved, renamed with what was saved of it, forgotten and brought back, and all of that is kept', async () => {
  await save('Mornings')
  await save('Evenings')
  await save('Nights', 'Rename Evenings')
  expect([saved(), stored(), on.engine.desk.workspace.name]).toEqual([
    ['Mornings', 'Nights'],
    ['Mornings', 'Nights'],
    'Nights',
  ])
  await press('Forget Mornings')
  expect([saved(), stored()]).toEqual([['Nights'], ['Nights']])
  await press('Bring it back')
  expect([saved(), stored()]).toEqual([
    ['Nights', 'Mornings'],
    ['Nights', 'Mornings'],
  ])
})

test('a name that is taken is replaced only where the button says so, and never by renaming', async () => {
  await save('Mornings')
  await save('Evenings')
  await name().fill('Mornings')
  await press('Rename Evenings')
  await expect.element(dialog().getByText('There is a layout Mornings already.')).toBeVisible()
  expect(saved()).toEqual(['Mornings', 'Evenings'])
  await press('Replace')
  expect(saved()).toEqual(['Evenings', 'Mornings'])
  await expect.element(dialog().getByText('There is a layout Mornings already.')).not.toBeInTheDocument()
})

test('no layout is called as one of the page’s own: nobody could tell them apart', async () => {
  await save(' flow ')
  await expect.element(dialog().getByText('Flow is one of the page’s own layouts. Choose another name.')).toBeVisible()
  await expect.element(name()).toHaveValue(' flow ')
  expect([saved(), on.engine.desk.workspace.name]).toEqual([[], 'Flow'])
  const command = commandsOf({ desk: on.engine.desk, inUse: undefined, open: () => {} }).find(
    ({ id }) => id === 'layout-save',
  )
  await command?.run('Chart')
  await eventually(() => expect(on.engine.desk.notice.value).toContain('Chart is one of the page’s own layouts.'))
  expect(saved()).toEqual([])
})

test('a link with instruments that this gateway does not have is taken, and says which they are', async () => {
  const { workspace } = on.engine.desk
  location.hash = shareHash({ ...workspace, name: 'Sent', groups: { 1: 'elsewhere:XAU-USD' } })
  await eventually(() => expect(on.engine.desk.workspace.name).toBe('Sent'))
  await expect.element(page.getByText(MISSING, { exact: false })).toBeVisible()
})

test('so is a layout of the last visit; once the instrument is listed, or the user has read it, nothing is said', async () => {
  const { desk } = on.engine
  desk.change((workspace) => ({ ...workspace, groups: { 1: 'elsewhere:XAU-USD' } }))
  await expect.element(page.getByText(MISSING, { exact: false })).toBeVisible()
  on.engine.say({
    kind: 'instruments',
    instruments: [...INSTRUMENTS, { ...INSTRUMENTS[0]!, id: 'elsewhere:XAU-USD', venue: 'elsewhere', base: 'XAU' }],
  })
  await expect.element(page.getByRole('alert')).not.toBeInTheDocument()
  desk.change((workspace) => ({ ...workspace, groups: { 1: 'elsewhere:XPT-USD' } }))
  await userEvent.keyboard('{Escape}')
  await page.getByRole('button', { name: 'Dismiss' }).click()
  await expect.element(page.getByRole('alert')).not.toBeInTheDocument()
})
