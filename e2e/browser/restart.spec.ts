import { expect, type Page, test } from '@playwright/test'
import { startGateway } from './gateway.ts'
import { asRows, lowerCased, readLadder, serverBook } from './ladder-page.ts'

const FEED = ['--feed', 'simulated', '--symbols', 'PAXG-USD']

test('a server that dies and comes back under the open page: stale, then live, and no wrong book in between', async ({
  page,
}) => {
  const first = await startGateway([...FEED, '--seed', '1'])
  await page.goto(first.url)
  await expect(page.locator('#panel-ladder')).toHaveAttribute('data-state', /live|quiet/)
  await expectServersBook(page, first.url)

  await watchStates(page)
  await first.stop('SIGKILL')
  await expect(page.locator('#panel-ladder')).toHaveAttribute('data-state', 'stale')
  const whileDown = await readLadder(page)
  expect(whileDown.rows.length, 'the last book stays, marked as stale').toBeGreaterThan(0)
  expect(await seenStates(page)).not.toContain('live')

  // Another seed: any level of the old market would be a wrong one now.
  const second = await startGateway([...FEED, '--seed', '2'], first.port)
  await expect(page.locator('#panel-ladder')).toHaveAttribute('data-state', /live|quiet/, { timeout: 30_000 })
  await expectServersBook(page, second.url)
  const states = await seenStates(page)
  expect(states.indexOf('stale')).toBeGreaterThanOrEqual(0)
  expect(states.indexOf('stale')).toBeLessThan(states.findIndex((state) => state === 'live' || state === 'quiet'))
  await second.stop()
})

/** The market moves between the two looks, so this looks until both saw the same `seq`; the instrument is a quiet one. */
async function expectServersBook(page: Page, url: string): Promise<void> {
  await expect(async () => {
    const shown = await readLadder(page)
    const served = await serverBook(url, shown.symbol, 25)
    expect(shown.seq).toBe(served.seq)
    expect(lowerCased(shown.rows)).toEqual(asRows(served))
  }).toPass()
}

/** Writes down every state the ladder is in from now on. */
async function watchStates(page: Page): Promise<void> {
  await page.evaluate(() => {
    const panel = document.querySelector('#panel-ladder')!
    const states: (string | null)[] = []
    Object.assign(window, { statesSeen: states })
    new MutationObserver(() => states.push(panel.getAttribute('data-state'))).observe(panel, {
      attributeFilter: ['data-state'],
    })
  })
}

async function seenStates(page: Page): Promise<string[]> {
  return page.evaluate(() => (window as unknown as { statesSeen: string[] }).statesSeen)
}
