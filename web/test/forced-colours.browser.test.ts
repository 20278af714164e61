import { flushSync, mount, unmount } from 'svelte'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cdp, page } from 'vitest/browser'
import App from '../src/App.svelte'
import { packed } from '../src/painters/heatmap-colours.ts'
import { loadPanel } from '../src/panels/registry.ts'
import { contrast } from '../src/theme/palettes.ts'
import { eventually } from './fakes/eventually.ts'
import ListPage from './fakes/ListPage.svelte'
import { ListStage, listRow } from './fakes/list-stage.ts'
import { StandInEngine } from './fakes/stand-in-engine.ts'

let app: ReturnType<typeof mount>
const realFetch = globalThis.fetch

beforeEach(async () => {
  localStorage.clear()
  await page.viewport(1200, 800)
})

afterEach(async () => {
  globalThis.fetch = realFetch
  await unmount(app)
  await emulate({})
})

/** What the system wishes; what is not named is as usual. */
async function emulate(wishes: Readonly<Record<string, string>>): Promise<void> {
  const features = Object.entries(wishes).map(([name, value]) => ({ name, value }))
  const session = cdp() as unknown as { send(method: string, options: object): Promise<unknown> }
  await session.send('Emulation.setEmulatedMedia', { features })
}

/** What the system calls a colour now. */
function system(name: string): string {
  const probe = document.body.appendChild(document.createElement('i'))
  probe.style.cssText = `forced-color-adjust:none;color:${name}`
  const [red = 0, green = 0, blue = 0] = (getComputedStyle(probe).color.match(/\d+/g) ?? []).map(Number)
  probe.remove()
  return `#${[red, green, blue].map((value) => value.toString(16).padStart(2, '0')).join('')}`
}

function painted(engine: StandInEngine) {
  flushSync()
  const theme = engine.last('theme')?.theme
  if (theme === undefined) throw new Error('no theme was sent')
  return theme
}

test.each(['dark', 'light'])('with forced colours the painters have the system’s, in its %s theme', async (scheme) => {
  await emulate({ 'forced-colors': 'active', 'prefers-color-scheme': scheme })
  const engine = new StandInEngine()
  app = mount(App, { target: document.body, props: { desk: engine.desk } })
  const theme = painted(engine)
  expect(theme).toMatchObject({
    background: system('Canvas'),
    hover: system('Canvas'),
    textHigh: system('CanvasText'),
    textLow: system('GrayText'),
    warn: system('LinkText'),
    up: system('CanvasText'),
    down: system('GrayText'),
    sidesByShape: true,
  })
  // Nothing is written on anything but the system's own ground.
  expect([theme.upBar, theme.downBar]).toEqual([theme.background, theme.background])
  const { heat, font: _, rowHeight: __, sidesByShape: ___, ...colours } = theme
  for (const colour of [...heat, ...Object.values(colours)]) expect(colour).toMatch(/^#[0-9a-f]{6}$/)
  expect([heat[0], heat.at(-1)]).toEqual([system('Canvas'), system('CanvasText')])
  for (let step = 1; step < heat.length; step += 1)
    expect(contrast(heat[step] ?? '', theme.background)).toBeGreaterThan(
      contrast(heat[step - 1] ?? '', theme.background),
    )
})

test('forced colours are taken on, followed and given up while the page is open', async () => {
  await emulate({ 'prefers-color-scheme': 'dark' })
  const engine = new StandInEngine()
  app = mount(App, { target: document.body, props: { desk: engine.desk } })
  const own = painted(engine)
  expect(own.sidesByShape).toBe(false)
  await emulate({ 'forced-colors': 'active', 'prefers-color-scheme': 'dark' })
  await eventually(() => expect(painted(engine).background).toBe(system('Canvas')))
  const dark = painted(engine)
  await emulate({ 'forced-colors': 'active', 'prefers-color-scheme': 'light' })
  await eventually(() => expect(painted(engine).textHigh).not.toBe(dark.textHigh))
  expect(painted(engine).background).toBe(system('Canvas'))
  await emulate({ 'prefers-color-scheme': 'dark' })
  await eventually(() => expect(painted(engine)).toEqual(own))
})

test('colours that became others in another window are taken on when one comes back', async () => {
  await emulate({ 'forced-colors': 'active' })
  const engine = new StandInEngine()
  app = mount(App, { target: document.body, props: { desk: engine.desk } })
  painted(engine)
  const sent = () => engine.told.filter(({ kind }) => kind === 'theme').length
  const before = sent()
  window.dispatchEvent(new Event('focus'))
  flushSync()
  expect(sent()).toBe(before + 1)
})

test('a chart is drawn on the system’s ground, its rising candles hollow', async () => {
  const candle = { open: '100', high: '120', low: '90', close: '115', volume: '1', trades: 1, rev: 1, final: true }
  const openTime = (at: number) => (Date.UTC(2026, 0, 1) - at * 60_000) * 1000
  globalThis.fetch = async () =>
    Response.json({ candles: Array.from({ length: 20 }, (_, at) => ({ ...candle, openTime: openTime(20 - at) })) })
  await emulate({ 'forced-colors': 'active', 'prefers-color-scheme': 'dark' })
  await loadPanel('chart')
  const stage = new ListStage('chart', { indicators: [], volume: false })
  app = mount(ListPage, { target: document.body, props: { desk: stage.desk, kind: 'chart' } })
  flushSync()
  stage.start([listRow('one', 'BTC')], [{ last: 100 }])
  await eventually(() => expect(document.querySelector('.legend')).not.toBeNull())
  const colours = async (): Promise<ReadonlyMap<number, number>> => {
    const offered = stage.desk.offers.get('chart-1')?.find(({ picture }) => picture !== undefined)
    const picture = (await offered?.picture?.()) as HTMLCanvasElement
    const { data } = picture.getContext('2d')?.getImageData(0, 0, picture.width, picture.height) ?? {}
    const counts = new Map<number, number>()
    for (const pixel of new Uint32Array(data?.buffer ?? new ArrayBuffer(0)))
      counts.set(pixel, (counts.get(pixel) ?? 0) + 1)
    return counts
  }
  const most = (counts: ReadonlyMap<number, number>) => [...counts].sort(([, a], [, b]) => b - a)[0]?.[0]
  await eventually(async () => expect(most(await colours())).toBe(packed(system('Canvas'))))
  const share = (counts: ReadonlyMap<number, number>) =>
    (counts.get(packed(system('CanvasText'))) ?? 0) / (counts.get(packed(system('Canvas'))) ?? 1)
  const hollow = share(await colours())
  expect(hollow).toBeGreaterThan(0)
  // Filled they would be far more than their borders.
  expect(hollow).toBeLessThan(0.1)
  await emulate({ 'forced-colors': 'active', 'prefers-color-scheme': 'light' })
  await eventually(async () => expect(most(await colours())).toBe(packed(system('Canvas'))))
  expect(system('Canvas')).toBe('#ffffff')
})
