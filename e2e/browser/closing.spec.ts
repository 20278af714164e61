import { expect, type Page, test } from '@playwright/test'
import { type Gateway, startGateway } from './gateway.ts'
import { showing } from './workspace.ts'

let gateway: Gateway
test.beforeAll(async () => {
  gateway = await startGateway(['--feed', 'simulated', '--symbols', 'BTC-USD,ETH-BTC'])
})
test.afterAll(() => gateway.stop())

/** How many views the page is subscribed to, as the server counts them. */
async function subscriptions(): Promise<number> {
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text()
  return Number(/^depthcast_subscriptions (\d+)/m.exec(metrics)?.[1])
}

async function openLayouts(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Layout: / }).click()
  await expect(page.getByRole('dialog', { name: 'Layout' })).toBeVisible()
}

test('whatever kind of panel was open, once it is closed the server sends nothing for it', async ({ page }) => {
  await page.goto(gateway.url + showing(['about']))
  await expect(page.locator('#panel-about-1.panel')).toBeVisible()
  // The quote in the header.
  await expect.poll(subscriptions).toBe(1)
  await openLayouts(page)
  const kinds = page.getByRole('group', { name: 'Open another panel' }).getByRole('button')
  const names = await kinds.allTextContents()
  const most: Record<string, number> = {}
  for (const [at, name] of names.entries()) {
    for (let times = 0; times < 2; times += 1) {
      if (at + times > 0) await openLayouts(page)
      await kinds.nth(at).click()
      const opened = page.locator('.panel:not(#panel-about-1)')
      await expect(opened).toHaveCount(1)
      // The first time all has come; the second time it is closed while it is under way.
      if (times === 0) {
        if (NEEDS[name] !== undefined) await expect.poll(subscriptions, name).toBe(1 + NEEDS[name])
        most[name] = (await subscriptions()) - 1
      }
      await page.keyboard.press('z')
      await expect(opened).toHaveCount(0)
      await expect.poll(subscriptions, `${name} is closed`).toBe(1)
    }
  }
  expect(most).toMatchObject(NEEDS)
})

/** Views that each kind needs while it is open, of two instruments of which the header has one already. */
const NEEDS: Readonly<Record<string, number>> = {
  Chart: 1,
  Book: 1,
  Depth: 1,
  Trades: 1,
  Heatmap: 2,
  Watch: 1,
  Market: 1,
}
