import { expect, type Page, test } from '@playwright/test'
import { type Gateway, startGateway } from './gateway.ts'
import { expectServersBook, seenStates, watchStates } from './ladder-page.ts'
import { type Mishap, startProxy } from './proxy.ts'

// Calm enough that page and server are often at the same `seq`, with an update every second or so to go wrong.
let gateway: Gateway
test.beforeAll(async () => {
  gateway = await startGateway(['--feed', 'simulated', '--symbols', 'ETH-BTC', '--seed', '3'])
})
test.afterAll(() => gateway.stop())

const MISHAPS: readonly (readonly [Mishap, state: string])[] = [
  ['dropped', 'gap'],
  ['duplicated', 'invalid'],
  ['altered', 'invalid'],
]
for (const [mishap, state] of MISHAPS) {
  test(`an update that was ${mishap} on the way is noticed and counted, and the book on the page is the server's again`, async ({
    page,
  }) => {
    const proxy = await startProxy(gateway.url)
    await page.goto(proxy.url)
    await expect(page.locator('#panel-ladder-1')).toHaveAttribute('data-state', /live|quiet/)
    await expectServersBook(page, gateway.url)
    await expect.poll(() => breaks(page)).toBe(0)

    await watchStates(page)
    proxy.next(mishap)
    await expect.poll(() => proxy.done).toBe(1)
    await expect.poll(() => breaks(page)).toBe(1)
    await expect.poll(() => seenStates(page)).toContain(state)
    await expect(page.locator('#panel-ladder-1')).toHaveAttribute('data-state', /live|quiet/)
    await expectServersBook(page, gateway.url)
    expect(await breaks(page), 'nothing else broke').toBe(1)
    await proxy.close()
  })
}

async function breaks(page: Page): Promise<number> {
  return Number(await page.locator('[data-breaks]').getAttribute('data-breaks'))
}
