import { flushSync } from 'svelte'
import { expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { split, tabs } from '../src/workspace/first.ts'
import { type Layout, panelsOf } from '../src/workspace/workspace.ts'
import { appPages, boxesOf, fourPanels, panelOf, settled } from './fakes/app-page.ts'
import { docked } from './fakes/docked.ts'
import { eventually } from './fakes/eventually.ts'

const on = appPages(fourPanels, {
  isBegun: false,
  // The pointer stands where the test before left it.
  before: () => userEvent.hover(document.body, { position: { x: 5, y: 895 } }),
})

function boxes(): Record<string, readonly number[]> {
  const shown = panelsOf(on.engine.desk.workspace.layout).filter(
    (id) => document.getElementById(`panel-${id}`) !== null,
  )
  return boxesOf(shown)
}

const told = (kind: string) => on.engine.told.filter((message) => message.kind === kind).length

/** Other shapes of the same four panels: boxes in boxes in boxes, and tabs. */
const LAYOUTS: readonly { readonly name: string; readonly layout: Layout }[] = [
  {
    name: 'split three times over',
    layout: split(
      'row',
      [5, split('column', [3, tabs('chart-1')], [2, split('row', [1, tabs('ladder-1')], [2, tabs('tape-1')])])],
      [2, tabs('watch-1')],
    ),
  },
  {
    name: 'with tabs',
    layout: split(
      'column',
      [7, tabs('chart-1')],
      [5, split('row', [1, tabs('ladder-1', 'tape-1')], [1, tabs('watch-1')])],
    ),
  },
  { name: 'nothing but tabs', layout: tabs('watch-1', 'chart-1', 'ladder-1', 'tape-1') },
]

for (const { name, layout } of [{ name: 'as the page begins', layout: undefined }, ...LAYOUTS]) {
  test(`when the docking comes nothing moves by a pixel and every node is the one that was there: ${name}`, async () => {
    on.engine.start()
    if (layout !== undefined) on.engine.desk.arrange((workspace) => ({ ...workspace, layout }))
    flushSync()
    await eventually(() => expect(document.querySelectorAll('.panel').length).toBeGreaterThan(2))
    const canvases = [...document.querySelectorAll('main .surface > canvas')]
    const before = boxes()
    const gone: Node[] = []
    const observer = new MutationObserver((records) => gone.push(...records.flatMap((each) => [...each.removedNodes])))
    for (const seat of document.querySelectorAll('.seat')) observer.observe(seat, { childList: true })
    observer.observe(document.querySelector('main') as HTMLElement, { childList: true })
    await docked()
    await settled()
    observer.disconnect()
    expect(boxes()).toEqual(before)
    expect(gone.filter((node) => node instanceof Element)).toEqual([])
    expect([...document.querySelectorAll('main .surface > canvas')]).toEqual(canvases)
    expect([told('panel-open'), told('panel-close')]).toEqual([2, 0])
  })
}

test('the docking’s gaps lie over the page’s own', async () => {
  on.engine.start()
  on.engine.desk.arrange((workspace) => ({ ...workspace, layout: LAYOUTS[0]?.layout ?? workspace.layout }))
  await docked('.gap')
  const places = (what: string) => [...document.querySelectorAll(what)].map((each) => each.getBoundingClientRect())
  const gaps = places('main .gap')
  expect(gaps.length).toBeGreaterThan(2)
  for (const gap of gaps)
    expect(
      places('.dv-sash').some(
        ({ left, top, right, bottom, width, height }) =>
          left <= gap.left &&
          right >= gap.right &&
          top <= gap.top &&
          bottom >= gap.bottom &&
          Math.min(width, height) === 4,
      ),
    ).toBe(true)
})

test('an untouched page fetches nothing that drags; a hand on something else neither', async () => {
  on.begun()
  await userEvent.hover(panelOf('ladder-1').querySelector('.body') as HTMLElement)
  // Had it been asked for, it would be there once it is loaded.
  await import('../src/layout/dock.ts')
  await settled()
  expect(document.querySelector('.depthcast-dock')).toBeNull()
  expect(panelOf('ladder-1').querySelector('header')?.draggable).toBe(false)
  await docked()
  expect(panelOf('ladder-1').querySelector('header')?.draggable).toBe(true)
})

test('what has the focus, was scrolled or is open stays so when the docking comes', async () => {
  on.engine.start()
  await page.getByRole('button', { name: 'Trades: menu' }).click()
  const menu = page.getByRole('menuitem', { name: 'Close Trades' })
  await expect.element(menu).toBeVisible()
  const item = menu.element() as HTMLElement
  item.focus()
  const list = panelOf('watch-1').querySelector('.rows') as HTMLElement
  list.style.height = '30px'
  list.scrollTop = 11
  on.engine.desk.notice.set(undefined)
  await docked()
  expect(document.activeElement).toBe(item)
  expect(item.matches(':popover-open *')).toBe(true)
  expect(list.scrollTop).toBe(11)
})

test('a gap that is dragged resizes, is kept, and can be undone', async () => {
  on.engine.start()
  await docked()
  const before = on.engine.desk.workspace.layout
  const width = boxes()['chart-1']?.[2] ?? 0
  const sash = [...document.querySelectorAll<HTMLElement>('.dv-sash')].find((each) => each.offsetLeft > 700)
  const { left, top } = sash?.getBoundingClientRect() ?? { left: 0, top: 0 }
  const drag = (type: string, x: number) =>
    (type === 'pointerdown' ? sash : document)?.dispatchEvent(
      new PointerEvent(type, { clientX: x, clientY: top + 50, bubbles: true, pointerId: 1 }),
    )
  drag('pointerdown', left + 2)
  drag('pointermove', left - 98)
  drag('pointerup', left - 98)
  await eventually(() => expect(boxes()['chart-1']?.[2]).toBeLessThan(width - 90))
  expect(on.engine.desk.workspace.layout).not.toEqual(before)
  on.engine.desk.undo()
  await eventually(() => expect(Math.abs((boxes()['chart-1']?.[2] ?? 0) - width)).toBeLessThan(2))
})

for (const { name, isHeld } of [
  { name: 'a press on a gap that was there before the docking is gone on with', isHeld: true },
  { name: 'one that was over by then changes nothing', isHeld: false },
])
  test(name, async () => {
    on.begun()
    const { layout } = on.engine.desk.workspace
    const before = boxes()
    const gap = [...document.querySelectorAll<HTMLElement>('.gap')].find((each) => each.offsetLeft > 700)
    const { left = 0, top = 0 } = gap?.getBoundingClientRect() ?? {}
    const finger = (type: string, x: number, target: EventTarget | undefined = document) =>
      target?.dispatchEvent(
        new PointerEvent(type, { clientX: x, clientY: top + 50, bubbles: true, pointerId: 3, pointerType: 'touch' }),
      )
    finger('pointerdown', left + 2, gap)
    if (!isHeld) finger('pointerup', left + 2)
    await eventually(() => expect(document.querySelector('.depthcast-dock .dv-sash')).not.toBeNull())
    flushSync()
    finger('pointermove', left - 98)
    flushSync()
    const during = boxes()['chart-1']?.[2]
    finger('pointerup', left - 98)
    flushSync()
    expect(during).toBe((before['chart-1']?.[2] ?? 0) - (isHeld ? 100 : 0))
    expect(boxes()['chart-1']?.[2]).toBe(during)
    if (!isHeld) expect(on.engine.desk.workspace.layout).toBe(layout)
  })

test('tabs look and are the same with and without the docking, and its own are for nobody', async () => {
  on.engine.start()
  on.engine.desk.arrange((workspace) => ({ ...workspace, layout: LAYOUTS[1]?.layout ?? workspace.layout }))
  flushSync()
  const shown = (): unknown =>
    [...document.querySelectorAll<HTMLElement>('[role=tab], [role=tablist], [role=tabpanel]')]
      .filter((each) => each.closest('[aria-hidden=true]') === null)
      .map((each) => [each.role, each.id, each.ariaSelected, each.tabIndex, each.getBoundingClientRect().toJSON()])
  const before = shown()
  expect(before).toHaveLength(5)
  await docked()
  await settled()
  expect(shown()).toEqual(before)
  expect(document.querySelectorAll('.dock [tabindex]')).toHaveLength(0)
  expect(document.querySelector('.dock')?.getAttribute('aria-hidden')).toBe('true')
  const tab = page.getByRole('tab', { name: 'Trades' })
  await tab.click()
  await eventually(() => expect(panelOf('tape-1').checkVisibility()).toBe(true))
  expect(panelOf('ladder-1').checkVisibility()).toBe(false)
  await userEvent.keyboard('{ArrowLeft}')
  await eventually(() => expect(panelOf('ladder-1').checkVisibility()).toBe(true))
  expect(document.activeElement?.id).toBe('tab-ladder-1')
})
