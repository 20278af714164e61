import { expect, type Page, test } from '@playwright/test'
import { type Gateway, startGateway } from './gateway.ts'
import { expectServersBook } from './ladder-page.ts'
import { touched } from './touched.ts'

// Calm enough that page and server are often at the same `seq`.
let gateway: Gateway
test.beforeAll(async () => {
  gateway = await startGateway(['--feed', 'simulated', '--symbols', 'ETH-BTC', '--seed', '3'])
})
test.afterAll(() => gateway.stop())

async function open(page: Page, url = gateway.url): Promise<void> {
  await page.goto(url)
  await expect(page.locator('#panel-ladder-1')).toHaveAttribute('data-state', /live|quiet/)
}

/** The programs that were fetched, by name. */
async function loaded(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    performance.getEntriesByType('resource').map(({ name }) => name.replace(/^.*\/(.*)-[\w-]{8}\.\w+$/, '$1')),
  )
}

/** The first layout: panels from left to right, then from top to bottom. */
const FLOW = ['chart-1', 'heatmap-1', 'depth-1', 'ladder-1', 'tape-1', 'watch-1']

/** Panels from left to right, then from top to bottom. */
async function order(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('.panel')]
      .map((panel) => ({ id: panel.id.slice('panel-'.length), box: panel.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0)
      .sort((a, b) => a.box.left - b.box.left || a.box.top - b.box.top)
      .map(({ id }) => id),
  )
}

test('nothing shifts while the page loads and a hand brings the docking, which no page loads untouched, and nothing is forbidden to it', async ({
  page,
}) => {
  const complaints: string[] = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.addInitScript(() => {
    const shifts: number[] = []
    Object.assign(window, { shifts })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value)
    }).observe({ type: 'layout-shift', buffered: true })
  })
  await open(page)
  await expect(page.locator('#panel-chart-1 canvas').first()).toBeVisible()
  expect(await loaded(page)).not.toContain('dock')
  await touched(page)
  expect(await loaded(page)).toContain('dock')
  const shifts = await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts)
  expect(shifts.reduce((sum, shift) => sum + shift, 0)).toBeLessThanOrEqual(0.02)
  expect(complaints).toEqual([])
})

test('a panel dragged by its header goes where it is dropped, with the very canvas it has, and goes on being right', async ({
  page,
}) => {
  await open(page)
  expect(await order(page)).toEqual(FLOW)
  await page.evaluate(() => Object.assign(window, { canvas: document.querySelector('#panel-ladder-1 canvas') }))
  await page.locator('#panel-ladder-1 h2').dragTo(page.locator('#panel-chart-1'), { targetPosition: { x: 30, y: 200 } })
  // Beside the chart, over what is below the chart.
  await expect.poll(async () => (await order(page)).slice(0, 2)).toEqual(['ladder-1', 'heatmap-1'])
  const isSame = await page.evaluate(
    () =>
      document.querySelector('#panel-ladder-1 canvas') === (window as unknown as { canvas: HTMLCanvasElement }).canvas,
  )
  expect(isSame).toBe(true)
  await expectServersBook(page, gateway.url)
  await page.reload()
  // Beside the chart, over what is below the chart.
  await expect.poll(async () => (await order(page)).slice(0, 2)).toEqual(['ladder-1', 'heatmap-1'])
})

test('by keys alone a symbol is found, a panel set and moved, the spread heard and the layout shared', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await open(page)
  const heard = page.locator('body > p[role=status], #app > p[role=status]')
  const command = async (words: string): Promise<void> => {
    await page.keyboard.press('Control+k')
    await expect(page.getByRole('combobox', { name: 'Find a command' })).toBeFocused()
    await page.keyboard.type(words)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('dialog')).toHaveCount(0)
  }

  // Finds a symbol.
  await page.keyboard.press('/')
  await page.keyboard.type('btc')
  await page.keyboard.press('Enter')
  await expect(heard).toHaveText(/ETH-BTC of /)
  await expect(page.getByRole('button', { name: /^Instrument: ETH-BTC/ })).toBeVisible()

  // Goes to the book, and reads it as it is before anything is set.
  await page.keyboard.press('4')
  await expect(page.getByRole('region', { name: 'Book', exact: true })).toBeFocused()
  const prices = async (): Promise<string[]> => {
    await page.keyboard.press('r')
    return page
      .getByRole('table', { name: /^Book of / })
      .getByRole('row')
      .getByRole('cell')
      .nth(1)
      .allInnerTexts()
  }
  await expect.poll(async () => (await prices()).length).toBeGreaterThan(0)

  // Changes the grouping by its key, and the rate by its name.
  await page.keyboard.press(']')
  await expect(heard).toHaveText(/Book: Price grouping 0\.00002/)
  await command('updates a second 2 hz')
  await expect(heard).toHaveText(/Book: Updates a second 2 Hz/)
  await expect(page.getByRole('region', { name: 'Book', exact: true }).getByLabel('Updates a second')).toHaveValue('1')

  // Moves it.
  await page.keyboard.press('Alt+Shift+ArrowLeft')
  await expect(heard).toHaveText(/Book moved left/)
  await expect.poll(() => order(page)).toEqual(['ladder-1', ...FLOW.filter((id) => id !== 'ladder-1')])

  // Reads the spread.
  await page.keyboard.press('s')
  await expect(heard).toHaveText(/^Spread 0\.\d+, [\d.]+ basis points/)

  // Shares the layout, which opens elsewhere as it is here.
  await command('copy a link')
  await expect(heard).toHaveText(/Link copied/)
  const address = await page.evaluate(() => navigator.clipboard.readText())
  expect(address).toMatch(/#w=/)
  const other = await context.newPage()
  await other.addInitScript(() => localStorage.clear())
  await open(other, address)
  await expect.poll(() => order(other)).toEqual(['ladder-1', ...FLOW.filter((id) => id !== 'ladder-1')])
  await expect(other.locator('#panel-ladder-1').getByLabel('Updates a second')).toHaveValue('1')
  await expect(other.locator('#panel-ladder-1').getByLabel('Price grouping')).toHaveValue('1')
})

test('a layout arranged by keys alone is shared by its link, and the page that opens it shows the same', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await open(page)
  await page.keyboard.press('4')
  await expect(page.locator('#panel-ladder-1')).toBeFocused()
  await page.keyboard.press('Alt+Shift+ArrowLeft')
  await expect.poll(() => order(page)).toEqual(['ladder-1', ...FLOW.filter((id) => id !== 'ladder-1')])
  await page.keyboard.press(']')
  await page.getByRole('button', { name: 'Layout: Flow' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Copy a link to this layout' }).focus()
  await page.keyboard.press('Enter')
  const link = page.getByRole('textbox', { name: 'Link to this layout' })
  await expect(link).toHaveValue(/#w=/)
  const address = await link.inputValue()
  expect(address.length).toBeLessThan(600)

  const other = await context.newPage()
  await other.addInitScript(() => localStorage.clear())
  await open(other, address)
  await expect.poll(() => order(other)).toEqual(['ladder-1', ...FLOW.filter((id) => id !== 'ladder-1')])
  // The second choice of all.
  await expect(other.locator('#panel-ladder-1').getByLabel('Price grouping')).toHaveValue('1')
})
