import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@playwright/test'
import { type Gateway, startGateway } from './gateway.ts'

const BUILT = process.env.DEPTHCAST_WEB_DIR ?? fileURLToPath(new URL('../../web/dist/', import.meta.url))

let gateway: Gateway
let folder: string
test.beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'depthcast-built-'))
  cpSync(BUILT, folder, { recursive: true })
  gateway = await startGateway(['--feed', 'simulated', '--symbols', 'BTC-USD', '--web-dir', folder])
})
test.afterEach(async () => {
  await gateway.stop()
  rmSync(folder, { recursive: true })
})

/** Another build: every program has another name. */
function rebuild(): void {
  const assets = join(folder, 'assets')
  for (const file of readdirSync(assets)) renameSync(join(assets, file), join(assets, `x${file}`))
  for (const file of ['index.html', 'index.html.br', 'index.html.gz']) {
    if (file !== 'index.html') rmSync(join(folder, file))
    else writeFileSync(join(folder, file), readFileSync(join(folder, file), 'utf8').replaceAll('/assets/', '/assets/x'))
  }
}

test('a page whose programs are gone from the server says so, with a button that reloads it', async ({ page }) => {
  await page.goto(gateway.url)
  await expect(page.locator('#panel-ladder-1')).toHaveAttribute('data-state', /live|quiet/)
  rebuild()
  await gateway.stop()
  gateway = await startGateway(['--feed', 'simulated', '--symbols', 'BTC-USD', '--web-dir', folder], gateway.port)
  await page.getByRole('button', { name: 'Settings' }).click()
  const notice = page.getByRole('alert').filter({ hasText: 'another version of this page' })
  await expect(notice).toBeVisible()
  const reloaded = page.waitForEvent('framenavigated')
  await notice.getByRole('button', { name: 'Reload' }).click()
  await reloaded
})

test('a server that is not there is not another version', async ({ page }) => {
  await page.goto(gateway.url)
  await expect(page.locator('#panel-ladder-1')).toHaveAttribute('data-state', /live|quiet/)
  await page.route('**/assets/**', (route) => route.abort())
  await page.getByRole('button', { name: 'Settings' }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'Is the server there?' })).toBeVisible()
  await expect(page.getByText('another version of this page')).toHaveCount(0)
})
