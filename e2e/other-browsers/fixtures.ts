import { fileURLToPath } from 'node:url'
import { type Browser, test as base, firefox } from '@playwright/test'
import { type Gateway, startGateway } from '../browser/gateway.ts'
import { listeningPage } from './complaints.ts'
import { firefoxTab, type Tab } from './tab.ts'
import { startWebKit } from './webkit.ts'

const FIREFOX = fileURLToPath(new URL('firefox.ts', import.meta.url))

type PerEngine = { readonly engine: 'firefox' | 'webkit' }
type PerWorker = PerEngine & {
  /** A new browser's only tab. */
  readonly newTab: () => Promise<Tab>
  /** The folder of the page with its listener. */
  readonly webDir: string
  /** All kinds of instruments, some of them always moving. */
  readonly gateway: Gateway
}

export const test = base.extend<{ readonly tab: Tab }, PerWorker>({
  engine: ['firefox', { option: true, scope: 'worker' }],
  newTab: [
    async ({ engine }, use) => {
      if (engine === 'webkit') {
        const webkit = await startWebKit()
        await use(() => webkit.tab())
        await webkit.stop()
        return
      }
      const browser: Browser = await firefox.launch({ channel: 'moz-firefox', executablePath: FIREFOX })
      await use(() => firefoxTab(browser))
      await browser.close()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  webDir: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from its first parameter.
    async ({}, use) => {
      const page = listeningPage()
      await use(page.dir)
      page.remove()
    },
    { scope: 'worker' },
  ],
  gateway: [
    async ({ webDir }, use) => {
      const gateway = await startGateway(['--feed', 'simulated', '--seed', '3', '--web-dir', webDir])
      await use(gateway)
      await gateway.stop()
    },
    { scope: 'worker' },
  ],
  tab: async ({ newTab }, use) => {
    const tab = await newTab()
    await use(tab)
    await tab.close()
  },
})
