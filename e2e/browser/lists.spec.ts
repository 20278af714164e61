import { expect, type Page, test } from '@playwright/test'
import { expectAccessible } from './axe.ts'
import { type Gateway, startGateway } from './gateway.ts'

const KINDS = ['watch', 'market', 'alerts', 'about'] as const

let gateway: Gateway
test.beforeAll(async () => {
  gateway = await startGateway(['--feed', 'simulated'])
})
test.afterAll(() => gateway.stop())

/** The page with these panels side by side, and nothing else. */
async function open(page: Page, kinds: readonly string[]): Promise<void> {
  const ids = kinds.map((kind) => `${kind}-1`)
  const alone = (id: string) => ({ kind: 'tabs', panels: [id], active: id })
  const workspace = {
    version: 1,
    name: 'Lists',
    layout: { kind: 'row', parts: ids.map(alone), sizes: ids.map(() => 1) },
    panels: Object.fromEntries(kinds.map((kind) => [`${kind}-1`, { kind, group: 1, options: {} }])),
    groups: {},
  }
  await page.addInitScript((desktop) => {
    localStorage.setItem('depthcast.workspaces.1', JSON.stringify({ desktop }))
  }, workspace)
  await page.goto(gateway.url)
  await expect(page.locator('#panel-watch-1 .last').first()).toHaveText(/\d/)
}

test('lists, alerts and About pass axe in both themes, also while a field is wrong and a list is edited', async ({
  page,
}) => {
  await page.setViewportSize({ width: 1800, height: 900 })
  await open(page, KINDS)
  const alerts = page.locator('#panel-alerts-1')
  await alerts.getByRole('button', { name: 'Add' }).click()
  await expect(alerts.getByText('Write a number like 63142.5.')).toBeVisible()
  await alerts.getByLabel('What to wait for').selectOption('volume-minute')
  await alerts.getByLabel('Threshold').fill('0.00000001')
  await alerts.getByRole('button', { name: 'Add' }).click()
  await page.locator('#panel-watch-1').getByRole('button', { name: 'Edit' }).click()
  await expectAccessible(page, 'lists')
})

test('what the market reaches fires its alert, and the log has it after a reload', async ({ page }) => {
  await open(page, ['watch', 'alerts'])
  const alerts = page.locator('#panel-alerts-1')
  // The simulated spread is a few hundredths of a basis point at one moment and a tenth at the next.
  await alerts.getByLabel('What to wait for').selectOption('spread-above')
  await alerts.getByLabel('Threshold').fill('0.03')
  await alerts.getByRole('button', { name: 'Add' }).click()
  await expect(page.locator('section.alert')).toContainText('spread widened to 0.03 bp', { timeout: 30_000 })
  await expect(page.locator('section.alert').getByRole('button', { name: 'Dismiss' })).toBeVisible()
  await expectAccessible(page, 'an alert')
  await page.reload()
  await expect(alerts.locator('ol li').first()).toContainText('spread widened to 0.03 bp')
})

test('quotes are sent for what is in sight and for nothing else', async ({ page }) => {
  await open(page, ['watch', 'about'])
  const subscriptions = async (): Promise<number> => {
    const metrics = await (await page.request.get(`${gateway.url}/metrics`)).text()
    return Number(/^depthcast_subscriptions (\d+)/m.exec(metrics)?.[1])
  }
  const rows = await page.locator('#panel-watch-1 [data-row]').count()
  expect(rows).toBeGreaterThan(2)
  await expect.poll(subscriptions).toBe(rows)
  await page.locator('#panel-about-1').getByRole('button', { name: 'About: over the whole page' }).click()
  // The header's instrument is left.
  await expect.poll(subscriptions).toBe(1)
})
