import { flushSync } from 'svelte'
import { afterEach, expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import '../src/theme/base.css'
import '../src/theme/controls.css'
import type { Point } from '../src/engine/messages.ts'
import { appPages } from './fakes/app-page.ts'
import { eventually } from './fakes/eventually.ts'

let copied: string[]
let clipboard: { writeText: (text: string) => Promise<void> } | undefined

afterEach(() => {
  Reflect.deleteProperty(navigator, 'clipboard')
})

const on = appPages('[data-painted=ladder-1]', {
  before: () => {
    copied = []
    clipboard = {
      writeText: async (text) => {
        copied.push(text)
      },
    }
    Object.defineProperty(navigator, 'clipboard', { configurable: true, get: () => clipboard })
  },
})

function surface(): HTMLElement {
  const found = document.querySelector<HTMLElement>('[data-painted=ladder-1]')
  if (found === null) throw new Error('no ladder is painted')
  return found
}

/** The engine says what is under the pointer. */
function point(at: Point, price = '63142.5', text = 'Bid 63,142.5 · 0.901 · Σ 0.901'): void {
  on.engine.say({ kind: 'hit', panel: 'ladder-1', hit: { at, price, text } })
  flushSync()
}

const note = (): string | undefined => surface().querySelector('.note')?.textContent ?? undefined
const touch = (kind: string, x: number, y: number, buttons = 1): PointerEvent => {
  const { left, top } = surface().getBoundingClientRect()
  const place = { clientX: left + x, clientY: top + y, pointerId: 7, pointerType: 'touch', buttons, bubbles: true }
  return new PointerEvent(kind, place)
}

test('a click copies the price that is shown, exactly as it is, says so, and moves nothing', async () => {
  await userEvent.hover(surface())
  point({ x: 0, y: 100 })
  const before = surface().querySelector('canvas')?.getBoundingClientRect().toJSON()
  surface().querySelector('canvas')?.click()
  await eventually(() => expect(note()).toBe('Copied 63,142.5'))
  expect(copied).toEqual(['63142.5'])
  expect(on.engine.desk.spoken.value.trim()).toBe('Copied 63,142.5')
  expect(surface().querySelector('canvas')?.getBoundingClientRect().toJSON()).toEqual(before)
  expect(on.engine.last('panel-pick')).toBeUndefined()
})

test('a tap, which pointed at nothing before, copies what is where it tapped', async () => {
  const canvas = surface().querySelector('canvas')
  canvas?.dispatchEvent(touch('pointerdown', 40, 60))
  canvas?.dispatchEvent(touch('pointerup', 40, 60, 0))
  surface().dispatchEvent(new PointerEvent('pointerleave', { pointerType: 'touch' }))
  const { left, top } = surface().getBoundingClientRect()
  canvas?.dispatchEvent(new MouseEvent('click', { clientX: left + 40, clientY: top + 60, bubbles: true }))
  const asked = on.engine.last('panel-pick')
  expect(asked?.panel).toBe('ladder-1')
  // Mouse events have whole pixels.
  expect(Math.hypot((asked?.at?.x ?? 0) - 40, (asked?.at?.y ?? 0) - 60)).toBeLessThan(1)
  const hit = { at: { x: 0, y: 60 }, price: '63143.00', text: '' }
  on.engine.say({ kind: 'picked', panel: 'ladder-1', request: asked?.request ?? 0, hit })
  await eventually(() => expect(copied).toEqual(['63143.00']))
  expect(note()).toBe('Copied 63,143.00')
})

test('a drag scrolls, by mouse and by finger, and copies nothing', async () => {
  for (const pointerType of ['mouse', 'touch']) {
    const canvas = surface().querySelector('canvas')
    const moved = (kind: string, y: number): void => {
      const { left, top } = surface().getBoundingClientRect()
      const at = { clientX: left + 50, clientY: top + y, pointerId: 1, pointerType, buttons: 1, button: 0 }
      // A made-up pointer cannot be captured.
      surface().setPointerCapture = () => {}
      canvas?.dispatchEvent(new PointerEvent(kind, { ...at, bubbles: true }))
    }
    moved('pointerdown', 200)
    moved('pointermove', 197)
    const small = on.engine.last('panel-scroll')
    moved('pointermove', 150)
    expect(on.engine.last('panel-scroll')).not.toBe(small)
    expect(on.engine.last('panel-scroll')).toMatchObject({ panel: 'ladder-1', by: { x: 0, y: 50 } })
    moved('pointerup', 150)
    point({ x: 0, y: 100 })
    canvas?.click()
  }
  await Promise.resolve()
  expect(copied).toEqual([])
})

test('where the clipboard is closed the price stands there to be marked by hand', async () => {
  clipboard = undefined
  await userEvent.hover(surface())
  point({ x: 0, y: 100 })
  surface().querySelector('canvas')?.click()
  await eventually(() => expect(note()).toBe('63142.5 was not copied: the browser does not allow it here'))
  const shown = surface().querySelector('.note')
  expect(shown && getComputedStyle(shown).userSelect).toBe('text')
})

test('keys go from level to level, what is there is said, Enter and C copy it, Home lets it go', async () => {
  surface().focus()
  await userEvent.keyboard('{ArrowUp}')
  expect(on.engine.last('panel-step')).toEqual({ kind: 'panel-step', panel: 'ladder-1', by: { x: 0, y: -1 } })
  point({ x: 0, y: 80 }, '63143', 'Ask 63,143.0 · 0.220 · Σ 0.220')
  expect(on.engine.desk.spoken.value.trim()).toBe('Ask 63,143.0 · 0.220 · total 0.220')
  expect(surface().querySelector('.tip')?.textContent).toBe('Ask 63,143.0 · 0.220 · Σ 0.220')
  // The market moves: what was not asked for is not said.
  point({ x: 0, y: 80 }, '63143', 'Ask 63,143.0 · 0.100 · Σ 0.100')
  expect(on.engine.desk.spoken.value).not.toContain('0.100')
  await userEvent.keyboard('{Shift>}{ArrowDown}{/Shift}')
  expect(on.engine.last('panel-step')?.by).toEqual({ x: 0, y: 10 })
  for (const pressed of ['{Enter}', 'c']) {
    copied = []
    await userEvent.keyboard(pressed)
    const { request = 0, at } = on.engine.last('panel-pick') ?? {}
    expect(at).toBeUndefined()
    const hit = { at: { x: 0, y: 80 }, price: '63143.0', text: '' }
    on.engine.say({ kind: 'picked', panel: 'ladder-1', request, hit })
    await eventually(() => expect(copied).toEqual(['63143.0']))
  }
  await userEvent.keyboard('{Home}')
  expect(on.engine.last('panel-resume')?.panel).toBe('ladder-1')
  expect(on.engine.last('panel-hover')?.at).toBeUndefined()
  expect(surface().querySelector('.tip')).toBeNull()
})

test('a tip is inside its canvas wherever the pointer is', async () => {
  await userEvent.hover(surface())
  const box = surface().getBoundingClientRect()
  const text = 'Bid 63,142.5 · Σ 12.401 BTC · 780,123.4 USD\nAsk 63,143.5 · Σ 12.401 BTC · 780,123.4 USD'
  for (const x of [0, 1, box.width / 3, box.width - 1, box.width])
    for (const y of [0, 10, 60, box.height / 2]) {
      point({ x, y }, '1', text)
      const tip = surface().querySelector('.tip')?.getBoundingClientRect()
      expect(tip?.left).toBeGreaterThanOrEqual(box.left - 0.5)
      expect(tip?.right).toBeLessThanOrEqual(box.right + 0.5)
      expect(tip?.top).toBeGreaterThanOrEqual(box.top)
      expect(tip?.bottom).toBeLessThanOrEqual(box.bottom)
    }
})

test('a wheel scrolls in pixels whatever it counts in, sideways as well, and with Ctrl leaves the page its zoom', () => {
  const wheel = (init: WheelEventInit): boolean =>
    surface().dispatchEvent(new WheelEvent('wheel', { ...init, bubbles: true, cancelable: true }))
  expect(wheel({ deltaX: 5, deltaY: 12 })).toBe(false)
  expect(on.engine.last('panel-scroll')?.by).toEqual({ x: 5, y: 12 })
  wheel({ deltaY: 3, deltaMode: WheelEvent.DOM_DELTA_LINE })
  expect(on.engine.last('panel-scroll')?.by).toEqual({ x: 0, y: 60 })
  const scrolls = on.engine.told.filter(({ kind }) => kind === 'panel-scroll').length
  expect(wheel({ deltaY: 3, ctrlKey: true })).toBe(true)
  expect(on.engine.told.filter(({ kind }) => kind === 'panel-scroll')).toHaveLength(scrolls)
})

test('a panel that cannot be painted says so, with one thing to do about it: another canvas', async () => {
  on.engine.say({ kind: 'panel-failed', panel: 'ladder-1', reason: 'Failed to fetch' })
  flushSync()
  const alert = page.elementLocator(surface()).getByRole('alert')
  await expect.element(alert.getByText(/^This panel cannot be painted/)).toBeVisible()
  await alert.getByRole('button', { name: 'Try again' }).click()
  flushSync()
  const told = on.engine.told.filter((message) => 'panel' in message && message.panel === 'ladder-1')
  const kinds = told.map(({ kind }) => kind).filter((kind) => kind === 'panel-close' || kind === 'panel-open')
  expect(kinds).toEqual(['panel-open', 'panel-close', 'panel-open'])
  expect(on.engine.last('panel-open')).toMatchObject({ panel: 'ladder-1', panelKind: 'ladder' })
  expect(surface().querySelectorAll('canvas')).toHaveLength(1)
  expect(surface().querySelector('[role=alert]')).toBeNull()
  expect(copied).toEqual([])
})

test('sizes in the other currency are an option of the ladder, by their names', async () => {
  const sizes = page
    .elementLocator(document.getElementById('panel-ladder-1') ?? document.body)
    .getByLabelText('Sizes in')
  await sizes.selectOptions('USD')
  expect(on.engine.last('panel-options')).toMatchObject({ panel: 'ladder-1', options: { unit: 'quote' } })
})

test('a painted panel offers its canvas as a picture', async () => {
  const offer = on.engine.desk.offers.get('ladder-1')?.find(({ picture }) => picture !== undefined)
  const pending = offer?.picture?.()
  const { request = 0 } = on.engine.last('panel-picture') ?? {}
  const picture = await createImageBitmap(new ImageData(4, 3))
  on.engine.say({ kind: 'picture', panel: 'ladder-1', request, picture })
  expect(await pending).toBe(picture)
  const none = offer?.picture?.()
  on.engine.say({
    kind: 'picture',
    panel: 'ladder-1',
    request: on.engine.last('panel-picture')?.request ?? 0,
    picture: undefined,
  })
  await expect(none).rejects.toThrow('there is no picture of ladder-1')
})
