import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Browser, chromium } from 'playwright'
import { type Gateway, startGateway } from '../e2e/browser/gateway.ts'
import { startProxy } from '../e2e/browser/proxy.ts'
import { CHROMIUM_ARGS, CHROMIUM_PATH } from './browser.ts'
import { SCENES, type Scene, type Shell } from './screen-scenes.ts'

/**
 * `npm run screens [-- --only <part of a name>]`: pictures of every shell, panel, dialog and state of the dashboard, in docs/screens.
 *
 * `--web-dir` takes another build than web/dist, `--lanes` says how many pages are open at once.
 */
const HOME = new URL('../docs/screens/', import.meta.url)
const MAIN = fileURLToPath(new URL('../server/src/main.ts', import.meta.url))
const SEED = '7'
/** From the first price on, where a scene says nothing else. */
const SETTLE_MS = 6000
const REST_MS = 800
const SIZES: Readonly<Record<Shell, readonly [number, number]>> = {
  desktop: [1440, 900],
  tablet: [1024, 768],
  phone: [390, 844],
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    lanes: { type: 'string', default: '3' },
    'web-dir': { type: 'string' },
  },
})
const wanted = SCENES.filter(({ name }) => name.includes(values.only))
if (wanted.length === 0) throw new Error(`no scene has ${values.only} in its name: ${SCENES.map(({ name }) => name)}`)
mkdirSync(HOME, { recursive: true })
if (values.only === '') for (const old of readdirSync(HOME)) if (old.endsWith('.png')) rmSync(new URL(old, HOME))

const folder = mkdtempSync(join(tmpdir(), 'depthcast-screens-'))
const webDir = values['web-dir'] === undefined ? [] : ['--web-dir', values['web-dir']]
const flags = ['--feed', 'simulated', '--seed', SEED, ...webDir]
const token = oneMarketKey(join(folder, 'keys'))
const open = await startGateway(flags)
// The one subscription is the quotes': a book is refused there.
const guarded = await startGateway([...flags, '--auth', `keys:${join(folder, 'keys')}`, '--max-subscriptions', '1'])
const browser = await chromium.launch({
  executablePath: CHROMIUM_PATH,
  args: [...CHROMIUM_ARGS, '--font-render-hinting=none'],
})
const missed: string[] = []
const waiting = [...wanted]
await Promise.all(Array.from({ length: Number(values.lanes) }, () => shootAll(browser)))
await browser.close()
await Promise.all([open.stop(), guarded.stop()])
rmSync(folder, { recursive: true })
process.exitCode = missed.length === 0 ? 0 : 1

async function shootAll(browser: Browser): Promise<void> {
  for (let scene = waiting.shift(); scene !== undefined; scene = waiting.shift()) {
    try {
      await shoot(browser, scene, scene.guarded === undefined ? open : guarded)
      console.log(scene.name)
    } catch (error) {
      missed.push(scene.name)
      console.error(`${scene.name} was missed: ${(error as Error).message.split('\n')[0]}`)
    }
  }
}

async function shoot(browser: Browser, scene: Scene, gateway: Gateway): Promise<void> {
  const { name, shell = 'desktop', size = SIZES[shell], theme = 'dark', before, act } = scene
  const line = await startProxy(gateway.url)
  before?.(line)
  const [width, height] = size
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, locale: 'en-US' })
  try {
    // A page that has only just been seen goes without its text face rather than wait for it.
    await context.route('**/*.css', async (route) => {
      try {
        const reply = await route.fetch()
        const body = (await reply.text()).replace('font-display:optional', 'font-display:block')
        await route.fulfill({ response: reply, body })
      } catch {
        // The line was closed meanwhile, and the page gets what it would have got.
        await route.abort().catch(() => undefined)
      }
    })
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    await page.addInitScript(
      (stored) => {
        for (const [at, value] of Object.entries(stored.local)) localStorage.setItem(at, value)
        for (const [at, value] of Object.entries(stored.session)) sessionStorage.setItem(at, value)
      },
      storedFor(scene, theme),
    )
    // The line does not hand on why a gateway shuts its door.
    const { url } = scene.guarded === 'no key' ? gateway : line
    await page.goto(`${url}/?symbol=simulated:BTC-USD`)
    const price = page.locator('header .price', { hasText: /\d/ })
    await price.or(page.locator('dialog[open]')).first().waitFor()
    await page.waitForTimeout(scene.settleMs ?? SETTLE_MS)
    await act?.(page, line)
    await page.waitForTimeout(scene.restMs ?? REST_MS)
    await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, HOME)) })
  } finally {
    await context.close()
    await line.close().catch(() => undefined)
  }
}

type Stored = { readonly local: Record<string, string>; readonly session: Record<string, string> }

/** What the page finds in its storage. */
function storedFor(scene: Scene, theme: string): Stored {
  const { kind, options = {}, symbol, palette, rules, shell = 'desktop' } = scene
  const local: Record<string, string> = {
    'depthcast.settings.1': JSON.stringify({ theme, ...(palette !== undefined && { palette }) }),
    ...(rules !== undefined && { 'depthcast.alerts.1': JSON.stringify({ version: 1, rules }) }),
  }
  const session = scene.guarded === 'one market' ? { 'depthcast.token': token } : {}
  if (kind === undefined) return { local, session }
  const id = `${kind}-1`
  const workspace = {
    version: 1,
    name: 'One',
    layout: { kind: 'tabs', panels: [id], active: id },
    panels: { [id]: { kind, options, ...(symbol === undefined ? { group: 1 } : { symbol }) } },
    groups: {},
  }
  const workspaces = Object.fromEntries(['desktop', 'tablet', 'phone', shell].map((each) => [each, workspace]))
  return { local: { ...local, 'depthcast.workspaces.1': JSON.stringify(workspaces) }, session }
}

/** A key that lets a page in, and to the books of bitcoin only; its line is in the file. */
function oneMarketKey(file: string): string {
  const printed = execFileSync(process.execPath, [MAIN, '--new-key', 'screens'], { encoding: 'utf8' })
  const [, made = '', , line = '{}'] = printed.split('\n')
  writeFileSync(file, JSON.stringify({ ...JSON.parse(line), symbols: ['simulated:BTC-*'] }))
  return made
}
