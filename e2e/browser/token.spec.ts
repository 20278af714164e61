import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, type Request, test } from '@playwright/test'
import { type Gateway, startGateway } from './gateway.ts'

const MAIN = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url))
const LADDER = '#panel-ladder-1'

/** What `--new-key` prints: the key, and the line that lets it in. */
function newKey(name: string, may: object = {}): { readonly key: string; readonly line: string } {
  const printed = execFileSync(process.execPath, [MAIN, '--new-key', name], { encoding: 'utf8' })
  const [, key = '', , line = '{}'] = printed.split('\n')
  return { key, line: JSON.stringify({ ...JSON.parse(line), ...may }) }
}

const full = newKey('full')
const btc = newKey('btc', { symbols: ['simulated:BTC-*'] })
const single = newKey('single', { connections: 1 })
const operator = newKey('operator')
const SECRETS = [full, btc, single, operator].map(({ key }) => key)

let folder: string
let gateway: Gateway
let heard: string[]

function write(keys: readonly { readonly line: string }[]): void {
  writeFileSync(join(folder, 'keys'), keys.map(({ line }) => line).join('\n'))
}

test.beforeEach(async ({ page }) => {
  folder = mkdtempSync(join(tmpdir(), 'depthcast-token-'))
  write([full, btc, single])
  writeFileSync(join(folder, 'operator'), operator.key)
  const auth = ['--auth', `keys:${join(folder, 'keys')}`, '--admin-token-file', join(folder, 'operator')]
  gateway = await startGateway(['--feed', 'simulated', '--heartbeat', '500', ...auth])
  // Whatever the page says of itself, and wherever it goes.
  heard = []
  page.on('console', (message) => heard.push(message.text()))
  page.on('request', (request) => heard.push(request.url()))
  page.on('websocket', (socket) => heard.push(socket.url()))
})

test.afterEach(async ({ page }) => {
  for (const secret of SECRETS) expect(`${page.url()} ${heard.join(' ')}`).not.toContain(secret)
  await page.close()
  await gateway.stop()
  rmSync(folder, { recursive: true })
})

function dialogOf(page: Page) {
  return page.getByRole('dialog', { name: 'Token' })
}

async function give(page: Page, token: string): Promise<void> {
  await dialogOf(page).getByRole('textbox').or(dialogOf(page).locator('input')).first().fill(token)
  await dialogOf(page).getByRole('button', { name: 'Connect' }).click()
}

/** Everything asked for under /v1/ from now on, and what it carried. */
function plainRequests(page: Page): Request[] {
  const requests: Request[] = []
  page.on('request', (request) => {
    if (new URL(request.url()).pathname.startsWith('/v1/') && request.resourceType() === 'fetch') requests.push(request)
  })
  return requests
}

test('a page is asked for a token once, told what is wrong with a bad one, and live with a good one, also when it is loaded again', async ({
  page,
}) => {
  await page.goto(gateway.url)
  const dialog = dialogOf(page)
  await expect(dialog).toContainText('Refused (401): missing: this gateway wants a token')
  await expect(dialog.locator('input')).toHaveAttribute('type', 'password')
  await expect(dialog.locator('input')).toBeFocused()
  const { violations } = await new AxeBuilder({ page }).include('dialog').analyze()
  expect(violations.map(({ id }) => id)).toEqual([])
  await give(page, `dc_${'x'.repeat(43)}`)
  await expect(dialog).toContainText('unknown: ')
  await give(page, 'two words')
  await expect(dialog).toContainText('this holds a space')
  const requests = plainRequests(page)
  await give(page, `  Bearer ${full.key}\n`)
  await expect(dialog).toBeHidden()
  await expect(page.locator(LADDER)).toHaveAttribute('data-state', /live|quiet/)
  await expect(page.locator('#panel-chart-1 canvas').first()).toBeVisible()
  await expect.poll(() => requests.some((request) => request.url().includes('/v1/candles/'))).toBe(true)
  for (const request of requests) expect(request.headers().authorization).toBe(`Bearer ${full.key}`)
  await page.reload()
  await expect(page.locator(LADDER)).toHaveAttribute('data-state', /live|quiet/)
  await expect(dialog).toBeHidden()
})

test('one who says no is not asked again, is told how to come in later, and one who forgets a token is asked anew', async ({
  page,
}) => {
  await page.goto(gateway.url)
  await expect(dialogOf(page)).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(dialogOf(page)).toBeHidden()
  await expect(page.locator(LADDER)).toContainText('the gateway refused this page')
  await page.waitForFunction(() => performance.now() > 3000)
  await expect(dialogOf(page)).toBeHidden()
  await page.locator(LADDER).getByRole('button', { name: 'Give a token' }).click()
  await give(page, full.key)
  await expect(page.locator(LADDER)).toHaveAttribute('data-state', /live|quiet/)
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByRole('button', { name: 'Token…' }).click()
  await expect(dialogOf(page)).toContainText('let you in with the token')
  await dialogOf(page).getByRole('button', { name: 'Forget the token' }).click()
  await expect(dialogOf(page)).toContainText('missing: this gateway wants a token')
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
})

test('a key that is withdrawn under the open page is explained, and another brings everything back', async ({
  page,
}) => {
  await page.goto(gateway.url)
  await give(page, full.key)
  await expect(page.locator(LADDER)).toHaveAttribute('data-state', /live|quiet/)
  write([btc, single])
  await expect(dialogOf(page)).toContainText('Refused (401)', { timeout: 30_000 })
  await expect(page.locator(LADDER)).not.toHaveAttribute('data-state', /live|quiet/)
  await give(page, btc.key)
  await expect(dialogOf(page)).toBeHidden()
  await expect(page.locator(LADDER)).toHaveAttribute('data-state', /live|quiet/)
})

test('too many connections with one key are explained, and the page comes in by itself once there is room', async ({
  page,
  context,
}) => {
  const first = await context.newPage()
  await first.goto(gateway.url)
  await give(first, single.key)
  await expect(first.locator(LADDER)).toHaveAttribute('data-state', /live|quiet/)
  await page.goto(gateway.url)
  await give(page, single.key)
  await expect(dialogOf(page)).toContainText('Refused (406): 1 clients are connected with this key')
  await expect(dialogOf(page)).toContainText('Close another page')
  await first.close()
  await expect(page.locator(LADDER)).toHaveAttribute('data-state', /live|quiet/, { timeout: 30_000 })
  await expect(dialogOf(page)).toBeHidden()
})

test("the feeds are those of the key, and the server's own figures are for its operators", async ({ page }) => {
  await page.goto(gateway.url)
  await give(page, btc.key)
  await expect(dialogOf(page)).toBeHidden()
  for (const name of ['Feeds', 'Server']) {
    await page.getByRole('button', { name: /^Layout: / }).click()
    await page.getByRole('dialog').getByRole('button', { name, exact: true }).click()
  }
  const feeds = page.locator('#panel-feeds-1 .instruments tbody tr')
  await expect(feeds.first()).toContainText('BTC-')
  for (const row of await feeds.allTextContents()) expect(row).toContain('BTC-')
  const server = page.locator('#panel-server-1')
  await expect(server).toContainText('The gateway refused (401): missing: ')
  await server.locator('input').fill(operator.key)
  await server.getByRole('button', { name: 'Show', exact: true }).last().click()
  await expect(server.locator('[data-figure="Clients"] .value')).toHaveText('1')
  const { violations } = await new AxeBuilder({ page }).include('#panel-feeds-1').include('#panel-server-1').analyze()
  expect(violations.map(({ id }) => id)).toEqual([])
})
