import { expect, type Page, test } from '@playwright/test'
import { violations } from './axe.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { readLadder } from './ladder-page.ts'

const LADDER = '#panel-ladder-1'
const PALETTES = ['Classic', 'Vision', 'East', 'Mono']

let gateway: Gateway
test.beforeAll(async () => {
  gateway = await startGateway(['--feed', 'simulated'])
})
test.afterAll(() => gateway.stop())

async function open(page: Page): Promise<void> {
  await page.goto(gateway.url)
  await expect(page.locator(LADDER)).toHaveAttribute('data-state', 'live')
}

async function openSettings(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click()
  await expect(page.getByRole('dialog', { name: 'Settings' })).toBeVisible()
}

for (const theme of ['Dark', 'Light']) {
  test(`every palette of the ${theme.toLowerCase()} theme can be read wherever it is`, async ({ page }) => {
    await open(page)
    for (const palette of PALETTES) {
      await openSettings(page)
      await page.getByRole('radio', { name: theme }).check()
      await page.getByRole('radio', { name: palette }).check()
      await page.keyboard.press('Escape')
      await expect(page.getByRole('dialog')).toHaveCount(0)
      // Palettes differ in nothing but colours: the rest is accessible.spec.ts's.
      expect(await violations(page, { rules: ['color-contrast'] }), palette).toEqual([])
    }
  })
}

test('settings are kept: the page opens as it was left, colours, clocks and rates', async ({ page }) => {
  await open(page)
  await openSettings(page)
  await page.getByRole('radio', { name: 'Dark' }).check()
  await page.getByRole('radio', { name: 'Vision' }).check()
  await page.getByRole('radio', { name: 'Lite' }).check()
  await page.getByRole('group', { name: 'Time zone' }).getByRole('radio', { name: 'Another' }).check()
  await page.getByRole('combobox', { name: 'Search time zones' }).fill('Asia/Tokyo')
  await page.keyboard.press('Tab')
  await page.reload()
  await expect(page.locator(LADDER)).toHaveAttribute('data-state', 'live')
  await expect(page.locator('.shell > footer')).toContainText(/\d\d:\d\d:\d\d UTC\+9/)
  expect(
    await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--up').toLowerCase()),
  ).toBe('#4da3ff')
  await expect.poll(async () => (await readLadder(page)).rows.length).toBe(24)
})

test('on a phone the server sends 12 levels a side', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto(gateway.url)
  await page.getByRole('tab', { name: 'Book' }).click()
  await expect(page.locator(LADDER)).toHaveAttribute('data-state', 'live')
  await page.locator(LADDER).getByLabel('Levels a side').selectOption('100→12')
  await expect.poll(async () => (await readLadder(page)).rows.length).toBe(24)
})

test('with the colours of the system panels have borders, and what is pressed still looks so', async ({ page }) => {
  await page.emulateMedia({ forcedColors: 'active' })
  await open(page)
  const border = (panel: Element): string => getComputedStyle(panel, '::after').borderStyle
  expect(await page.locator('.panel').first().evaluate(border)).toBe('solid')
  const pause = page.getByRole('button', { name: 'Pause' })
  const before = await pause.evaluate((button) => getComputedStyle(button).borderColor)
  await pause.click()
  const after = await page
    .getByRole('button', { name: 'Resume' })
    .evaluate((button) => getComputedStyle(button).borderColor)
  expect(after).not.toBe(before)
})

test('a page left to the system follows it while it is open, and strengthens what is faint when asked to', async ({
  page,
}) => {
  const barColour = (): Promise<string | null> => page.locator('meta[name=theme-color]').first().getAttribute('content')
  const isFaint = (): Promise<boolean> =>
    page.evaluate(() => {
      const css = getComputedStyle(document.documentElement)
      return css.getPropertyValue('--text-low') !== css.getPropertyValue('--text-high')
    })
  await page.emulateMedia({ colorScheme: 'dark' })
  await open(page)
  expect((await barColour())?.toLowerCase()).toBe('#0a0d12')
  await page.emulateMedia({ colorScheme: 'light' })
  await expect.poll(async () => (await barColour())?.toLowerCase()).toBe('#f2f4f7')
  expect(await isFaint()).toBe(true)
  await page.emulateMedia({ colorScheme: 'light', contrast: 'more' })
  expect(await isFaint()).toBe(false)
})
