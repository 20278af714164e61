import AxeBuilder from '@axe-core/playwright'
import { expect, test } from '@playwright/test'
import { type Gateway, startGateway } from './gateway.ts'
import { asRows, lowerCased, readLadder, serverBook } from './ladder-page.ts'
import { startReplay } from './replay.ts'

const LADDER = '#panel-ladder-1'

test.describe('on the simulated market', () => {
  let gateway: Gateway
  test.beforeAll(async () => {
    gateway = await startGateway(['--feed', 'simulated'])
  })
  test.afterAll(() => gateway.stop())

  for (const colorScheme of ['dark', 'light'] as const) {
    test(`the ${colorScheme} page shows live panels, logs no error and passes axe`, async ({ page }) => {
      const complaints: string[] = []
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
      page.on('pageerror', (error) => complaints.push(error.message))
      await page.emulateMedia({ colorScheme })
      await page.goto(gateway.url)
      await expect(page.locator(LADDER)).toHaveAttribute('data-state', 'live')
      await expect(page.locator('#panel-tape-1')).toHaveAttribute('data-state', /live|quiet/)
      await expect(page.locator('#panel-chart-1 canvas').first()).toBeVisible()
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([])
      expect(complaints).toEqual([])
    })
  }

  test('a depth chosen on the page is what the server then sends', async ({ page }) => {
    await page.goto(gateway.url)
    await expect(page.locator(LADDER)).toHaveAttribute('data-state', 'live')
    await page.locator(LADDER).getByLabel('Levels a side').selectOption('5')
    await expect.poll(async () => (await readLadder(page)).rows.length).toBe(10)
  })

  test('the same page without a worker that can paint shows the same live ladder', async ({ page }) => {
    await page.goto(`${gateway.url}/?engine=main`)
    await expect(page.locator(LADDER)).toHaveAttribute('data-state', 'live')
    expect((await readLadder(page)).rows.length).toBeGreaterThan(0)
  })
})

test.describe('on a recording', () => {
  let gateway: Gateway
  test.beforeAll(async () => {
    gateway = await startReplay()
  })
  test.afterAll(() => gateway.stop())

  for (const engine of ['worker', 'main']) {
    test(`the ${engine} engine's ladder of a replayed symbol is the server's book at the same seq, and says that it ended`, async ({
      page,
    }) => {
      await page.goto(`${gateway.url}/?engine=${engine}`)
      await expect(page.locator(LADDER)).toHaveAttribute('data-state', 'ended')
      const shown = await readLadder(page)
      const served = await serverBook(gateway.url, shown.symbol, 25)
      expect(shown.seq).toBe(served.seq)
      expect(served.state).toBe('ended')
      expect(lowerCased(shown.rows)).toEqual(asRows(served))
    })
  }
})
