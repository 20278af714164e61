import { flushSync, mount, unmount } from 'svelte'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import type { Bar } from '../src/engine/messages.ts'
import { loadPanel } from '../src/panels/registry.ts'
import '../src/theme/base.css'
import '../src/theme/controls.css'
import { eventually } from './fakes/eventually.ts'
import ListPage from './fakes/ListPage.svelte'
import { ListStage, listRow } from './fakes/list-stage.ts'

const MINUTE = 60_000
const START = Date.UTC(2026, 0, 1)
const ROW = listRow('one', 'BTC')
const KEPT = 300
const realFetch = globalThis.fetch

let stage: ListStage
let app: ReturnType<typeof mount>

beforeEach(async () => {
  localStorage.clear()
  await page.viewport(1200, 800)
  globalThis.fetch = async () => Response.json({ candles: Array.from({ length: KEPT }, (_, at) => candle(at)) })
})

afterEach(() => {
  globalThis.fetch = realFetch
  return unmount(app)
})

/** No two bars that are near are alike. */
function candle(index: number) {
  const close = 100 + (index % 50) / 10
  const figures = { open: '100', high: '110', low: '90', close: close.toFixed(2), volume: '1.5', trades: 3, rev: 1 }
  return { openTime: (START + (index - KEPT) * MINUTE) * 1000, ...figures, final: true }
}

/** With nothing but its bars, the past of which came. */
async function open(): Promise<{ panel: HTMLElement; surface: HTMLElement }> {
  await loadPanel('chart')
  stage = new ListStage('chart', { indicators: [] })
  app = mount(ListPage, { target: document.body, props: { desk: stage.desk, kind: 'chart' } })
  flushSync()
  stage.start([ROW], [{ last: 100 }])
  flushSync()
  await userEvent.hover(document.querySelector('footer') as HTMLElement)
  const panel = document.querySelector('#panel-chart-1') as HTMLElement
  await eventually(() => expect(panel.querySelector('.legend')).not.toBeNull())
  const surface = panel.querySelector('[role=application]') as HTMLElement
  surface.focus()
  await frames()
  return { panel, surface }
}

function follow(...bars: readonly Pick<Bar, 'time' | 'close'>[]): void {
  const rest = { open: 100, high: 130, low: 90, volume: 2, rev: 1, final: false }
  const message = { kind: 'bars', panel: 'chart-1', symbol: ROW.id, interval: '1m' } as const
  const news = bars.map((bar) => ({ ...rest, ...bar }))
  stage.say({ ...message, reset: false, isOther: false, proofs: [], bars: news })
}

/** The library moves with its next picture. */
async function frames(count = 3): Promise<void> {
  for (let at = 0; at < count; at += 1) await new Promise(requestAnimationFrame)
  flushSync()
}

async function press(...keys: string[]): Promise<void> {
  for (const key of keys) {
    await userEvent.keyboard(key)
    await frames()
  }
}

const said = (): string => stage.desk.spoken.value.replace('\u00a0', '')
const close = (panel: HTMLElement): string | undefined =>
  [...panel.querySelectorAll('.legend dl div')].find((each) => each.firstChild?.textContent === 'C')?.lastChild
    ?.textContent ?? undefined

/** The table's rows, newest first. */
async function table(panel: HTMLElement): Promise<string[][]> {
  const offered = stage.desk.offers.get('chart-1')?.find(({ table }) => table !== undefined)
  const { rows = [] } = (await offered?.table?.()) ?? {}
  expect(panel).toBeTruthy()
  return rows.map((row) => [...row])
}

test('arrow keys go from bar to bar: legend and words are those of the table', async () => {
  const { panel } = await open()
  const rows = await table(panel)
  await press('{ArrowLeft}')
  // The first press only shows where one is.
  expect(close(panel)).toBe(rows[0]?.[4])
  await press('{ArrowLeft}', '{ArrowLeft}', '{ArrowLeft}', '{ArrowRight}')
  const [time = '', , , , shown = ''] = rows[2] ?? []
  expect(close(panel)).toBe(shown)
  expect(said()).toContain(time.slice(11))
  expect(said()).toContain(`close ${shown}`)
  expect(said()).not.toContain('open')
})

test('all of a bar is said when it is asked for, and not before', async () => {
  const { panel } = await open()
  await press('{ArrowLeft}', '{ArrowLeft}', '{Enter}')
  const rows = await table(panel)
  const [time = '', first = '', high = '', low = '', shown = '', volume = ''] = rows[1] ?? []
  const before = rows[2]?.[4]
  const change = ((Number(shown) / Number(before) - 1) * 100).toFixed(2)
  expect(said()).toContain(time.slice(11))
  expect(said()).toContain(
    `open ${first}, high ${high}, low ${low}, close ${shown}, change +${change}%, volume ${volume}`,
  )
})

test('what a held key would say again and again is said once, when it is let go', async () => {
  const { surface } = await open()
  await press('{ArrowLeft}')
  const before = said()
  const held = { key: 'ArrowLeft', repeat: true, bubbles: true, cancelable: true }
  for (let at = 0; at < 5; at += 1) surface.dispatchEvent(new KeyboardEvent('keydown', held))
  expect(said()).toBe(before)
  surface.dispatchEvent(new KeyboardEvent('keyup', { key: 'ArrowLeft', bubbles: true }))
  expect(said()).toContain(`close ${candle(KEPT - 6).close}`)
})

test('a page goes as far as what is in sight, Home and End to the ends, and the bar is always in sight', async () => {
  const { panel } = await open()
  await press('{ArrowLeft}', '{PageUp}')
  const first = close(panel)
  expect(first).not.toBe(candle(KEPT - 1).close)
  await press('{PageDown}')
  expect(close(panel)).toBe(candle(KEPT - 1).close)
  await press('{Home}')
  expect(close(panel)).toBe(candle(0).close)
  expect(said()).toContain('Dec 31, 2025, 19:00:00')
  await press('{End}')
  expect(close(panel)).toBe(candle(KEPT - 1).close)
})

test('a bar pointed at stays the one while others begin, and moves while it moves', async () => {
  const { panel } = await open()
  follow({ time: START, close: 105 })
  await eventually(() => expect(close(panel)).toBe('105.00'))
  await press('{ArrowLeft}', '{ArrowLeft}')
  const chosen = close(panel)
  expect(chosen).toBe(candle(KEPT - 1).close)
  for (let minute = 1; minute < 4; minute += 1) follow({ time: START + minute * MINUTE, close: 120 + minute })
  await eventually(async () => expect((await table(panel))[0]?.[4]).toBe('123.00'))
  await frames(6)
  expect(close(panel)).toBe(chosen)
  await press('{ArrowRight}')
  expect(close(panel)).toBe('105.00')
})

test('Escape leaves the bar, then is the page’s; going elsewhere leaves it, too', async () => {
  const { panel, surface } = await open()
  const heard: string[] = []
  const hear = (event: KeyboardEvent) => void heard.push(event.key)
  document.addEventListener('keydown', hear)
  await press('{ArrowLeft}', '{ArrowLeft}', '{ArrowLeft}', '{Escape}')
  expect(close(panel)).toBe(candle(KEPT - 1).close)
  expect(heard).toEqual([])
  await press('{Escape}')
  expect(heard).toEqual(['Escape'])
  await press('{ArrowLeft}', '{ArrowLeft}')
  expect(close(panel)).toBe(candle(KEPT - 2).close)
  surface.blur()
  await frames()
  expect(close(panel)).toBe(candle(KEPT - 1).close)
  document.removeEventListener('keydown', hear)
})

test('the keys of the page pass through a chart', async () => {
  await open()
  const heard: string[] = []
  const hear = (event: KeyboardEvent) => void heard.push(`${event.altKey ? 'Alt ' : ''}${event.key}`)
  document.addEventListener('keydown', hear)
  await press('i', 's', '[[', ' ', '1', '{Alt>}{ArrowLeft}{/Alt}', '{ArrowUp}')
  document.removeEventListener('keydown', hear)
  expect(heard).toEqual(['i', 's', '[', ' ', '1', 'Alt Alt', 'Alt ArrowLeft', 'ArrowUp'])
})

test('plus and minus zoom about the bar, Shift and an arrow move the view and not the bar', async () => {
  const { panel } = await open()
  await press('{ArrowLeft}', '{ArrowLeft}')
  const chosen = close(panel)
  /** Bars a page goes by, which is how many are in sight. */
  const width = async (): Promise<number> => {
    await press('{PageUp}')
    const there = said().match(/(\d\d):(\d\d):\d\d/) ?? []
    const minutes = 60 * Number(there[1]) + Number(there[2])
    await press('{PageDown}')
    return 24 * 60 - 2 - minutes
  }
  const usual = await width()
  await press('+', '+', '+')
  const zoomed = await width()
  expect(zoomed).toBeLessThan(usual * 0.6)
  await press('-', '-', '-', '-')
  expect(await width()).toBeGreaterThan(zoomed * 1.8)
  await press('{Shift>}{ArrowLeft}{/Shift}')
  expect(close(panel)).toBe(chosen)
  await press('{ArrowRight}')
  expect(close(panel)).toBe(candle(KEPT - 1).close)
})

test('a hand takes over from the keys', async () => {
  const { panel } = await open()
  await press('{ArrowLeft}', '{ArrowLeft}', '{ArrowLeft}')
  const chosen = close(panel)
  const box = (panel.querySelector('.chart') as HTMLElement).getBoundingClientRect()
  await userEvent.hover(panel.querySelector('.chart') as HTMLElement, { position: { x: box.width / 2, y: 200 } })
  await frames()
  expect(close(panel)).not.toBe(chosen)
})

test('the focus is seen, over what the library draws', async () => {
  const { surface } = await open()
  await press('{ArrowLeft}')
  const ring = getComputedStyle(surface, '::after')
  expect([ring.outlineStyle, ring.outlineWidth]).toEqual(['solid', '2px'])
  const canvas = surface.querySelector('canvas') as HTMLElement
  expect(Number(ring.zIndex)).toBeGreaterThan(Number(getComputedStyle(canvas).zIndex) || 0)
})
