import { expect, test } from '@playwright/test'
import { startGateway } from './gateway.ts'
import { expectServersBook, readLadder, seenStates, watchStates } from './ladder-page.ts'

const FEED = ['--feed', 'simulated', '--symbols', 'PAXG-USD']

test('a server that dies and comes back under the open page: stale, then live, and no wrong book in between', async ({
  page,
}) => {
  const first = await startGateway([...FEED, '--seed', '1'])
  await page.goto(first.url)
  await expect(page.locator('#panel-ladder-1')).toHaveAttribute('data-state', /live|quiet/)
  await expectServersBook(page, first.url)

  await watchStates(page)
  await first.stop('SIGKILL')
  await expect(page.locator('#panel-ladder-1')).toHaveAttribute('data-state', 'stale')
  const whileDown = await readLadder(page)
  expect(whileDown.rows.length, 'the last book stays, marked as stale').toBeGreaterThan(0)
  expect(await seenStates(page)).not.toContain('live')

  // Another seed: any level of the old market would be a wrong one now.
  const second = await startGateway([...FEED, '--seed', '2'], first.port)
  await expect(page.locator('#panel-ladder-1')).toHaveAttribute('data-state', /live|quiet/, { timeout: 30_000 })
  await expectServersBook(page, second.url)
  const states = await seenStates(page)
  expect(states.indexOf('stale')).toBeGreaterThanOrEqual(0)
  expect(states.indexOf('stale')).toBeLessThan(states.findIndex((state) => state === 'live' || state === 'quiet'))
  await second.stop()
})
