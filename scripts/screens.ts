import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Browser, chromium, type Page } from '@playwright/test'
import { type Gateway, startGateway } from '../e2e/browser/gateway.ts'
import { startProxy } from '../e2e/browser/proxy.ts'
import { CHROMIUM_ARGS, CHROMIUM_PATH } from './browser.ts'

/** `npm run screens [-- --only <part of a name>]`: pictures of every shell, panel, dialog and state of the dashboard, in docs/screens. */
const HOME = new URL('../docs/screens/', import.meta.url)
const SEED = '7'
/** For charts, sparklines and heatmaps to have something in them. */
const SETTLE_MS = 6000

type Shell = 'desktop' | 'tablet' | 'phone'
type Scene = {
  readonly name: string
  readonly size?: readonly [width: number, height: number]
  readonly shell?: Shell
  readonly theme?: 'dark' | 'light'
  readonly palette?: string
  /** One panel of this kind and nothing else. */
  readonly kind?: string
  readonly options?: object
  /** Brings it about; the page stands and is live. */
  readonly act?: (page: Page, line: Line) => Promise<void>
  readonly settleMs?: number
}
/** What is between page and gateway. */
type Line = { readonly gateway: Gateway; readonly proxy: Awaited<ReturnType<typeof startProxy>> }

const DESKTOP = [1440, 900] as const
const SIZES: Readonly<Record<Shell, readonly [number, number]>> = {
  desktop: DESKTOP,
  tablet: [1024, 768],
  phone: [390, 844],
}
const KINDS = ['chart', 'ladder', 'depth', 'tape', 'heatmap', 'watch', 'market', 'alerts', 'feeds', 'server', 'about']

const key = (name: string) => async (page: Page) => page.keyboard.press(name)
const tab = (name: string) => async (page: Page) => page.getByRole('tab', { name }).click()
const preset = (name: string) => async (page: Page) => {
  await page.getByRole('button', { name: /^Layout/ }).click()
  await page.getByRole('button', { name, exact: true }).click()
  await page.keyboard.press('Escape')
}

const SCENES: readonly Scene[] = [
  { name: 'desktop-flow-dark' },
  { name: 'desktop-flow-light', theme: 'light' },
  ...['Chart', 'Scalp', 'Overview'].map(
    (name): Scene => ({
      name: `desktop-${name.toLowerCase()}`,
      act: preset(name),
      settleMs: SETTLE_MS,
    }),
  ),
  { name: 'desktop-wide', size: [3840, 1600] },
  { name: 'tablet', shell: 'tablet' },
  { name: 'tablet-light', shell: 'tablet', theme: 'light' },
  { name: 'phone-chart', shell: 'phone' },
  { name: 'phone-book', shell: 'phone', act: tab('Book') },
  { name: 'phone-trades-light', shell: 'phone', theme: 'light', act: tab('Trades') },
  { name: 'phone-watch', shell: 'phone', act: tab('Watch') },
  { name: 'phone-landscape', shell: 'phone', size: [844, 390] },
  { name: 'phone-narrow', shell: 'phone', size: [320, 640], act: tab('Book') },
  ...KINDS.map((kind): Scene => ({ name: `panel-${kind}`, kind, size: [760, 520] })),
  ...['vision', 'east', 'mono'].map((palette): Scene => ({ name: `palette-${palette}`, palette })),
  { name: 'dialog-palette', act: key('Control+k') },
  { name: 'dialog-keys', act: key('?') },
  { name: 'dialog-settings', act: async (page) => page.getByRole('button', { name: 'Settings' }).click() },
  { name: 'dialog-layout', act: async (page) => page.getByRole('button', { name: /^Layout/ }).click() },
  { name: 'state-paused', act: key(' ') },
  { name: 'state-stale', act: async (_page, { gateway }) => gateway.stop('SIGKILL'), settleMs: 1500 },
  {
    name: 'state-gap',
    kind: 'ladder',
    size: [520, 520],
    act: async (page, { proxy }) => {
      proxy.next('dropped')
      await page.waitForFunction(() => document.querySelector('.panel[data-state=gap]') !== null)
    },
    settleMs: 0,
  },
  {
    name: 'state-invalid',
    kind: 'ladder',
    size: [520, 520],
    act: async (page, { proxy }) => {
      proxy.next('altered')
      await page.waitForFunction(() => document.querySelector('.panel[data-state=invalid]') !== null)
    },
    settleMs: 0,
  },
  { name: 'state-empty', kind: 'tape', size: [520, 520], options: { minValue: '900000' } },
]

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } })
const wanted = SCENES.filter(({ name }) => name.includes(values.only))
if (wanted.length === 0) throw new Error(`no scene has ${values.only} in its name: ${SCENES.map(({ name }) => name)}`)
mkdirSync(HOME, { recursive: true })
if (values.only === '') for (const old of readdirSync(HOME)) if (old.endsWith('.png')) rmSync(new URL(old, HOME))
const browser = await chromium.launch({ executablePath: CHROMIUM_PATH, args: [...CHROMIUM_ARGS] })
const missed: string[] = []
for (const scene of wanted) {
  try {
    await shoot(browser, scene)
    console.log(scene.name)
  } catch (error) {
    missed.push(scene.name)
    console.error(`${scene.name} was missed: ${(error as Error).message.split('\n')[0]}`)
  }
}
await browser.close()
process.exitCode = missed.length === 0 ? 0 : 1

async function shoot(browser: Browser, scene: Scene): Promise<void> {
  const { name, shell = 'desktop', size = SIZES[shell], theme = 'dark', act, settleMs = 800 } = scene
  const gateway = await startGateway(['--feed', 'simulated', '--seed', SEED])
  const proxy = await startProxy(gateway.url)
  const [width, height] = size
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, locale: 'en-US' })
  try {
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    await page.addInitScript(
      (stored) => {
        for (const [at, value] of Object.entries(stored)) localStorage.setItem(at, value)
      },
      storedFor(scene, theme),
    )
    await page.goto(`${proxy.url}/?symbol=simulated:BTC-USD`)
    await page.waitForFunction(() => /\d/.test(document.querySelector('header .price')?.textContent ?? ''))
    await page.waitForTimeout(SETTLE_MS)
    await act?.(page, { gateway, proxy })
    await page.waitForTimeout(settleMs)
    await page.screenshot({ path: new URL(`${name}.png`, HOME).pathname })
  } finally {
    await context.close()
    await proxy.close()
    await gateway.stop()
  }
}

/** What the page finds in its storage. */
function storedFor({ kind, options = {}, palette, shell = 'desktop' }: Scene, theme: string): Record<string, string> {
  const settings = JSON.stringify({ theme, ...(palette !== undefined && { palette }) })
  if (kind === undefined) return { 'depthcast.settings.1': settings }
  const id = `${kind}-1`
  const workspace = {
    version: 1,
    name: 'One',
    layout: { kind: 'tabs', panels: [id], active: id },
    panels: { [id]: { kind, group: 1, options } },
    groups: {},
  }
  const workspaces = Object.fromEntries(['desktop', 'tablet', 'phone', shell].map((each) => [each, workspace]))
  return { 'depthcast.settings.1': settings, 'depthcast.workspaces.1': JSON.stringify(workspaces) }
}
