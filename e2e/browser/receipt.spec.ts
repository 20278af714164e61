import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, type Page, test } from '@playwright/test'
import { expectAccessible } from './axe.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { showing } from './workspace.ts'

const SIM = fileURLToPath(new URL('../../simulators/src/main.ts', import.meta.url))

let gateway: Gateway
test.beforeAll(async () => {
  gateway = await startGateway(['--feed', 'simulated', '--symbols', 'BTC-USD'])
})
test.afterAll(() => gateway.stop())

/** A panel's receipt as it is copied. */
async function copied(page: Page, panel: string): Promise<string> {
  await page.locator(`#panel-${panel} .integrity`).click()
  await page.getByRole('button', { name: 'Copy as JSON' }).click()
  await expect(page.getByText('Receipt copied')).toBeAttached()
  const text = await page.evaluate(() => navigator.clipboard.readText())
  await page.keyboard.press('Escape')
  return text
}

/** Says what the program says to it. */
function checked(receipt: string): { status: number | null; out: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SIM, 'receipt', '--ask', '-'], {
    input: receipt,
    encoding: 'utf8',
  })
  return { status, out: stdout + stderr }
}

test('what the dashboard copies can be reckoned again: a book, and the bars that its chart counted from trades', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const chart = { kind: 'chart', options: { interval: '1s', certificate: true } }
  await page.goto(gateway.url + showing([chart, 'ladder'], { '1': 'simulated:BTC-USD' }))
  await expect(page.locator('#panel-ladder-1')).toHaveAttribute('data-state', 'live')
  const book = await copied(page, 'ladder-1')
  expect(checked(book)).toMatchObject({ status: 0, out: expect.stringContaining('It holds.') })
  const spoilt = JSON.parse(book) as { book: { bids: number[] } }
  spoilt.book.bids[1] = (spoilt.book.bids[1] ?? 0) + 1
  expect(checked(JSON.stringify(spoilt))).toMatchObject({ status: 1 })
  await expect(async () => {
    const { status, out } = checked(await copied(page, 'chart-1'))
    const [, held, proven] = /ok +(\d+) of (\d+) proven bars are the gateway’s now/.exec(out) ?? []
    expect(Number(proven), out).toBeGreaterThanOrEqual(3)
    expect(held).toBe(proven)
    expect(status).toBe(0)
  }).toPass({ timeout: 40_000 })
})

/** What each says that only it can. */
const SAYS: Readonly<Record<string, RegExp>> = {
  chart: /closed ones of 1s.*Trades counted/,
  watch: /ticker channel.*a quote has no checksum.*bytes so far/,
  market: /ticker channel.*a quote has no checksum.*bytes so far/,
  alerts: /Judged by.*no rule is on/,
  feeds: /GET \/v1\/feeds.*200.*bytes an answer/,
  server: /GET \/v1\/server.*200.*bytes an answer/,
}

test('every panel’s receipt opens by the keyboard, says what stands behind it, passes axe and gives the focus back', async ({
  page,
}) => {
  test.setTimeout(180_000)
  await page.setViewportSize({ width: 1800, height: 900 })
  const chart = { kind: 'chart', options: { interval: '1s', certificate: true } }
  await page.goto(gateway.url + showing([chart, ...Object.keys(SAYS).slice(1)], { '1': 'simulated:BTC-USD' }))
  await expect(page.locator('#panel-chart-1')).toHaveAttribute('data-state', /live|quiet/)
  for (const [kind, words] of Object.entries(SAYS)) {
    const glyph = page.locator(`#panel-${kind}-1 .integrity`)
    await glyph.focus()
    await page.keyboard.press('Enter')
    const receipt = page.locator(`#panel-${kind}-1-proof`)
    await expect.poll(async () => (await receipt.textContent())?.replaceAll(/\s+/g, ' '), kind).toMatch(words)
    // The others are made of the same parts.
    if (kind === 'chart' || kind === 'watch') await expectAccessible(page, kind)
    await page.keyboard.press('Escape')
    await expect(receipt).toHaveCount(0)
    await expect(glyph).toBeFocused()
  }
})

test('what a glyph says under the pointer can be reached by it, and is sent away by Escape', async ({ page }) => {
  await page.goto(gateway.url + showing(['ladder'], { '1': 'simulated:BTC-USD' }))
  await expect(page.locator('#panel-ladder-1')).toHaveAttribute('data-state', 'live')
  const [glyph, words] = [page.locator('#panel-ladder-1 .integrity'), page.locator('#panel-ladder-1-receipt')]
  await glyph.hover()
  await expect(words).toContainText('checksum ok')
  await expect(words).toBeVisible()
  const [from, to] = [await glyph.boundingBox(), await words.boundingBox()]
  const [x, end] = [(from?.x ?? 0) + (from?.width ?? 0) / 2, (to?.y ?? 0) + 8]
  // As a hand goes, a pixel at a time: nowhere between the two is it gone.
  for (let y = (from?.y ?? 0) + (from?.height ?? 0) / 2; y < end; y += 1) {
    await page.mouse.move(x, y)
    await expect(words, `at ${y}`).toBeVisible()
  }
  await page.keyboard.press('Escape')
  await expect(words).toBeHidden()
  await page.mouse.move(2, 2)
  await glyph.hover()
  await expect(words).toBeVisible()
})
