import type { Page } from 'playwright'
import type { startProxy } from '../e2e/browser/proxy.ts'

export type Shell = 'desktop' | 'tablet' | 'phone'
/** What is between page and gateway, and what may befall it. */
type Line = Awaited<ReturnType<typeof startProxy>>

export type Scene = {
  readonly name: string
  readonly size?: readonly [width: number, height: number]
  readonly shell?: Shell
  readonly theme?: 'dark' | 'light'
  readonly palette?: string
  /** One panel of this kind and nothing else. */
  readonly kind?: string
  readonly options?: object
  /** The panel's own, where it is not the page's. */
  readonly symbol?: string
  readonly rules?: readonly object[]
  /** The gateway that lets nobody in without a key, and the key the page has. */
  readonly guarded?: 'no key' | 'one market'
  /** Before the page is asked for. */
  readonly before?: (line: Line) => void
  /** Brings it about; the page stands and is live. */
  readonly act?: (page: Page, line: Line) => Promise<void>
  /** From the first price to `act`: for charts, sparklines and heatmaps to have something in them. */
  readonly settleMs?: number
  /** From `act` to the picture. */
  readonly restMs?: number
}

const PANEL = [760, 520] as const
/** A desktop that is just one. */
const SMALL = [1200, 800] as const
/** Nothing has to gather in it. */
const SOON_MS = 1500
const KINDS = ['chart', 'ladder', 'depth', 'tape', 'heatmap', 'watch', 'market', 'alerts', 'feeds', 'server', 'about']
const RULES = [
  { id: 'a', symbol: 'simulated:BTC-USD', measure: 'price-above', threshold: '90000', isOn: true },
  { id: 'b', symbol: 'simulated:ETH-USD', measure: 'spread-above', threshold: '2.5', againMs: 300_000, isOn: true },
  { id: 'c', symbol: 'simulated:BTC-USD', measure: 'price-below', threshold: '1000', isOn: false },
]

const key = (name: string) => async (page: Page) => page.keyboard.press(name)
const tab = (name: string) => async (page: Page) => page.getByRole('tab', { name }).click()
const click = (selector: string) => async (page: Page) => page.locator(selector).first().click()
const until = (page: Page, state: string) => page.locator(`.panel[data-state=${state}]`).waitFor({ state: 'attached' })
const preset = (name: string) => async (page: Page) => {
  await page.getByRole('button', { name: /^Layout/ }).click()
  await page.getByRole('dialog').getByRole('button', { name, exact: true }).first().click()
  await page.keyboard.press('Escape')
  await page.locator(':focus').blur()
  // Off the charts.
  await page.mouse.move(300, 20)
}
const ask = (command: string) => async (page: Page) => {
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('combobox').fill(command)
  await page.keyboard.press('Enter')
}
/** An alert needs a price that comes by: the market is here now, and moves. */
async function fire(page: Page): Promise<void> {
  const last = Math.round(Number((await page.locator('header .price').textContent())?.replace(/[^\d.]/g, '')))
  const rules = [-2, -1, 1, 2].map((by) => ({
    id: `by${by}`,
    symbol: 'simulated:BTC-USD',
    measure: by > 0 ? 'price-above' : 'price-below',
    threshold: String(last + by),
    isOn: true,
  }))
  const stored = JSON.stringify({ version: 1, rules })
  await page.addInitScript((text) => localStorage.setItem('depthcast.alerts.1', text), stored)
  await page.reload()
  await page.locator('section.alert').waitFor()
}
const state = (name: string, scene: Omit<Scene, 'name'>): Scene => ({
  name: `state-${name}`,
  kind: 'ladder',
  size: PANEL,
  settleMs: SOON_MS,
  restMs: 300,
  ...scene,
})

/** Every shell, panel, palette and dialog of the dashboard, and every state a panel can be in. */
export const SCENES: readonly Scene[] = [
  { name: 'desktop-flow-dark', settleMs: 20_000 },
  { name: 'desktop-flow-light', theme: 'light' },
  ...['Chart', 'Scalp', 'Overview'].map(
    (name): Scene => ({
      name: `desktop-${name.toLowerCase()}`,
      act: preset(name),
      settleMs: SOON_MS,
      restMs: 6000,
    }),
  ),
  { name: 'desktop-wide', size: [3840, 1600] },
  { name: 'tablet', shell: 'tablet' },
  { name: 'tablet-light', shell: 'tablet', theme: 'light' },
  { name: 'phone-chart', shell: 'phone' },
  { name: 'phone-book', shell: 'phone', act: tab('Book') },
  { name: 'phone-trades-light', shell: 'phone', theme: 'light', act: tab('Trades') },
  { name: 'phone-watch', shell: 'phone', act: tab('Watch') },
  { name: 'phone-more', shell: 'phone', act: click('button[aria-label=More]'), settleMs: SOON_MS },
  { name: 'phone-landscape', shell: 'phone', size: [844, 390] },
  { name: 'phone-narrow-chart', shell: 'phone', size: [320, 640] },
  { name: 'phone-narrow-book', shell: 'phone', size: [320, 640], act: tab('Book') },
  ...KINDS.map(
    (kind): Scene => ({ name: `panel-${kind}`, kind, size: PANEL, ...(kind === 'alerts' && { rules: RULES }) }),
  ),
  ...['vision', 'east', 'mono'].map((palette): Scene => ({ name: `palette-${palette}`, palette })),
  ...(
    [
      ['palette', key('Control+k')],
      ['instruments', key('/')],
      ['keys', key('?')],
      ['settings', click('header button[aria-label=Settings]')],
      ['layout', click('header button[aria-label^=Layout]')],
      ['about', ask('About')],
      ['receipt', click('#panel-ladder-1 .integrity')],
      ['waterfall', click('footer .meters')],
      ['panel-menu', click('#panel-ladder-1 button[aria-label$=menu]')],
      ['indicators', click('#panel-chart-1 button[aria-label*=ndicator]')],
    ] as const
  ).map(([name, act]): Scene => ({ name: `dialog-${name}`, size: SMALL, act, settleMs: SOON_MS })),
  { name: 'dialog-alert', size: SMALL, act: fire, settleMs: SOON_MS },
  { name: 'dialog-token', size: SMALL, guarded: 'no key', settleMs: 0 },
  state('loading', { before: (line) => line.holdSnapshots(true) }),
  state('live', { act: async (page) => page.locator('.integrity').hover() }),
  state('quiet', { kind: 'tape', symbol: 'simulated:ETH-BTC', settleMs: 5000 }),
  state('delayed', {
    act: async (page, line) => {
      line.silence(true)
      await until(page, 'delayed')
    },
  }),
  state('stale', {
    act: async (page, line) => {
      await line.close()
      await until(page, 'stale')
    },
    restMs: 1500,
  }),
  { name: 'desktop-stale', act: async (_page, line) => line.close(), settleMs: SOON_MS, restMs: 2000 },
  state('gap', {
    act: async (page, line) => {
      line.holdSnapshots(true)
      line.next('dropped')
      await until(page, 'gap')
    },
  }),
  state('invalid', {
    act: async (page, line) => {
      line.holdSnapshots(true)
      line.next('altered')
      await until(page, 'invalid')
    },
  }),
  state('conflated', {
    options: { rateMs: 1000 },
    act: async (page) => page.locator('.integrity').hover(),
    settleMs: 4000,
  }),
  state('empty', { kind: 'tape', options: { minValue: '900000' } }),
  state('paused', { act: key(' ') }),
  state('refused', { guarded: 'one market' }),
]
