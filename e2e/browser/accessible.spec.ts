import { expect, type Page, test } from '@playwright/test'
import { expectAccessible } from './axe.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { showing } from './workspace.ts'

// Every one of them looks at a dozen pages, which a slow machine takes its time for.
test.describe.configure({ timeout: 180_000 })

let gateway: Gateway
test.beforeAll(async () => {
  gateway = await startGateway(['--feed', 'simulated', '--symbols', 'BTC-USD,ETH-USD,ETH-BTC'])
})
test.afterAll(() => gateway.stop())

const ALONE = showing(['about'])

/** A panel has what it is for: no canvas waits for its first picture, no table for its first row. */
async function settled(page: Page, panel: string): Promise<void> {
  const shown = page.locator(`#${panel}`)
  await expect(shown).toBeVisible()
  await expect(shown.locator('.body, .surface, figure canvas, table, ol, form, p').first()).toBeAttached()
  if ((await shown.locator('[data-painted]').count()) > 0)
    await expect(shown).toHaveAttribute('data-state', /live|quiet/)
}

async function openLayouts(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Layout: / }).click()
  await expect(page.getByRole('dialog', { name: 'Layout' })).toBeVisible()
}

test('every kind of panel there is passes axe in both themes, with the page around it', async ({ page }) => {
  await page.goto(gateway.url + ALONE)
  await expect(page.locator('#panel-about-1.panel')).toBeVisible()
  await openLayouts(page)
  const kinds = page.getByRole('group', { name: 'Open another panel' }).getByRole('button')
  const count = await kinds.count()
  expect(count).toBeGreaterThanOrEqual(11)
  for (let at = 0; at < count; at += 1) {
    if (at > 0) await openLayouts(page)
    const name = (await kinds.nth(at).textContent()) ?? ''
    await kinds.nth(at).click()
    const opened = page.locator('.panel:not(#panel-about-1)')
    await expect(opened).toHaveCount(1)
    const id = (await opened.getAttribute('id')) ?? ''
    await settled(page, id)
    await expectAccessible(page, name, `#${id}`)
    await page.keyboard.press('z')
    await expect(opened).toHaveCount(0)
  }
})

/** What comes into some of them late. */
const WORDS: Readonly<Record<string, string>> = {
  'Book: receipt': 'nothing missing since the snapshot',
  'Venue to screen': 'A simulated market',
}

test('everything that opens over the page passes axe in both themes', async ({ page }) => {
  await page.goto(gateway.url)
  await expect(page.locator('#panel-ladder-1')).toHaveAttribute('data-state', 'live')
  const press = (key: string) => () => page.keyboard.press(key)
  const click = (name: string | RegExp) => () => page.getByRole('button', { name }).click()
  const settings = click('Settings')
  const opened: readonly (readonly [name: string, role: 'dialog' | 'menu', open: () => Promise<void>])[] = [
    ['Find a command', 'dialog', press('Control+k')],
    ['Find an instrument', 'dialog', press('/')],
    ['Keyboard', 'dialog', press('?')],
    ['Layout', 'dialog', click(/^Layout: /)],
    ['Settings', 'dialog', settings],
    ['About', 'dialog', () => settings().then(click(/^About/))],
    ['Token', 'dialog', () => settings().then(click('Token…'))],
    ['Book: menu', 'menu', () => page.getByRole('button', { name: 'Book: menu' }).press('Enter')],
    ['Book: receipt', 'dialog', () => page.locator('#panel-ladder-1 .integrity').click()],
    ['Venue to screen', 'dialog', () => page.locator('footer .meters').click()],
  ]
  for (const [name, role, open] of opened) {
    await open()
    await expect(page.getByRole(role, { name }), name).toContainText(WORDS[name] ?? /\S/)
    await expectAccessible(page, name, ':is(dialog[open], [popover]:popover-open)')
    await page.keyboard.press('Escape')
    await expect(page.getByRole(role, { name }), name).toHaveCount(0)
  }
})

test('tablet and phone pass axe in both themes, with each tab of the phone', async ({ page }) => {
  const sizes = { tablet: [1024, 768], landscape: [844, 390], phone: [390, 844] } as const
  for (const [name, [width, height]] of Object.entries(sizes)) {
    await page.setViewportSize({ width, height })
    await page.goto(gateway.url)
    await expect(page.locator('#panel-ladder-1, #panel-chart-1').first()).toBeVisible()
    await expectAccessible(page, name)
  }
  const tabs = page.getByRole('tab')
  for (let at = 1; at < (await tabs.count()); at += 1) {
    await tabs.nth(at).click()
    await expectAccessible(page, (await tabs.nth(at).textContent()) ?? '')
  }
})
