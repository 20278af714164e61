import { expect, type Page, test } from '@playwright/test'
import { type Gateway, startGateway } from './gateway.ts'

let gateway: Gateway
test.beforeAll(async () => {
  gateway = await startGateway(['--feed', 'simulated', '--symbols', 'ETH-BTC,PAXG-USD', '--seed', '3'])
})
test.afterAll(() => gateway.stop())

const ladder = (page: Page) => page.locator('#panel-ladder-1')
const isLive = (page: Page) => expect(ladder(page)).toHaveAttribute('data-state', /live|quiet/)
const symbol = (page: Page) => page.locator('table[data-panel="ladder-1"]').getAttribute('data-symbol')

test('a panel gets a window of its own, the link groups stay one desk, and undoing brings it back', async ({
  page,
}) => {
  await page.goto(gateway.url)
  await isLive(page)
  const opening = page.waitForEvent('popup')
  await page.getByRole('button', { name: 'Book: menu' }).click()
  await page.getByRole('menuitem', { name: 'Book in a window of its own' }).click()
  const popup = await opening
  await isLive(popup)
  await expect(popup.locator('.panel')).toHaveCount(1)
  await expect(ladder(page)).toHaveCount(0)

  // What is chosen in one window is chosen in the other.
  expect(await symbol(popup)).toBe('simulated:ETH-BTC')
  await page.locator('#panel-watch-1').getByText('PAXG-USD').first().click()
  await expect.poll(() => symbol(popup)).toBe('simulated:PAXG-USD')

  await page.keyboard.press('z')
  await isLive(page)
  await page.keyboard.press('Shift+Z')
  await expect(ladder(page)).toHaveCount(0)

  // The window keeps its layout to itself, over a reload too, and the desk has the others.
  await popup.reload()
  await isLive(popup)
  await expect(popup.locator('.panel')).toHaveCount(1)
  await page.reload()
  await expect(page.locator('#panel-tape-1')).toBeVisible()
  await expect(ladder(page)).toHaveCount(0)
})

test('where the browser allows no window the panel stays and the page says why', async ({ page }) => {
  await page.addInitScript(() => {
    window.open = () => null
  })
  await page.goto(gateway.url)
  await isLive(page)
  await page.getByRole('button', { name: 'Book: menu' }).click()
  await page.getByRole('menuitem', { name: 'Book in a window of its own' }).click()
  await expect(page.getByText('did not let Book have a window')).toBeVisible()
  await isLive(page)
})
