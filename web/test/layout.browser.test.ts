import { flushSync } from 'svelte'
import { expect, test } from 'vitest'
import { cdp, page, userEvent } from 'vitest/browser'
import { PANEL_KINDS } from '../src/panels/registry.ts'
import { parseOptions } from '../src/panels/schemas.ts'
import { closePanel, openPanel, rename } from '../src/workspace/edit.ts'
import { FLOW } from '../src/workspace/first.ts'
import { shareHash } from '../src/workspace/share.ts'
import { type Layout, panelsOf } from '../src/workspace/workspace.ts'
import { appPages, boxesOf, fourPanels, panelOf, settled } from './fakes/app-page.ts'
import { docked } from './fakes/docked.ts'
import { eventually } from './fakes/eventually.ts'
import { INSTRUMENTS } from './fakes/stand-in-engine.ts'

const on = appPages(fourPanels, { isBegun: false })

const boxes = () => boxesOf(panelsOf(on.engine.desk.workspace.layout))

const opened = () => on.engine.told.filter(({ kind }) => kind === 'panel-open').length
const closed = () => on.engine.told.filter(({ kind }) => kind === 'panel-close').length
/** What the engine was last told of a panel. */
const isSeen = (panel: string) =>
  on.engine.told
    .flatMap((message) => (message.kind === 'panel-visible' && message.panel === panel ? [message.visible] : []))
    .at(-1)
const order = (layout: Layout) => panelsOf(layout).join(' ')

test('without the docking, keys move, resize, bring forward and maximise, and lose neither canvas nor focus nor place in a list', async () => {
  on.begun()
  const canvas = panelOf('ladder-1').querySelector('canvas')
  const list = panelOf('watch-1').querySelector('.rows') as HTMLElement
  list.style.height = '30px'
  list.scrollTop = 11
  const before = boxes()
  panelOf('ladder-1').focus()
  const unfocused: EventTarget[] = []
  document.addEventListener('focusout', ({ target }) => target !== null && unfocused.push(target), { once: true })
  await userEvent.keyboard('{Alt>}{Shift>}{ArrowLeft}{/Shift}{/Alt}')
  await eventually(() => expect(boxes()['ladder-1']?.[0]).toBe(0))
  await userEvent.keyboard('{Alt>}{ArrowRight}{/Alt}')
  await eventually(() => expect(boxes()['ladder-1']?.[2]).toBeGreaterThan((before['ladder-1']?.[2] ?? 0) + 50))
  await userEvent.keyboard('f')
  await eventually(() => expect(boxes()['ladder-1']?.[2]).toBe(1440))
  expect(panelOf('tape-1').checkVisibility()).toBe(false)
  await userEvent.keyboard('f')
  await eventually(() => expect(panelOf('tape-1').checkVisibility()).toBe(true))
  await userEvent.keyboard('zz')
  await eventually(() => expect(boxes()).toEqual(before))
  expect(panelOf('ladder-1').querySelector('canvas')).toBe(canvas)
  expect(document.activeElement?.id).toBe('panel-ladder-1')
  expect(unfocused).toEqual([])
  expect(list.scrollTop).toBe(11)
  expect(document.querySelector('.depthcast-dock')).toBeNull()
  expect([opened(), closed()]).toEqual([2, 0])
})

test('the same with the docking', async () => {
  on.begun()
  await docked()
  const canvas = panelOf('ladder-1').querySelector('canvas')
  const before = boxes()
  panelOf('ladder-1').focus()
  await userEvent.keyboard('{Alt>}{Shift>}{ArrowLeft}{/Shift}{/Alt}')
  await eventually(() => expect(order(on.engine.desk.workspace.layout)).toBe('ladder-1 chart-1 tape-1 watch-1'))
  await eventually(() => expect(boxes()['ladder-1']?.[0]).toBe(0))
  expect(panelOf('ladder-1').querySelector('canvas')).toBe(canvas)
  await eventually(() => expect(document.activeElement?.id).toBe('panel-ladder-1'))
  await userEvent.keyboard('z')
  await eventually(() => expect(boxes()).toEqual(before))
  expect([opened(), closed()]).toEqual([2, 0])
})

test('Alt and an arrow make the panel in use wider', async () => {
  on.begun()
  const width = boxes()['chart-1']?.[2] ?? 0
  panelOf('chart-1').focus()
  await userEvent.keyboard('{Alt>}{ArrowRight}{/Alt}')
  await eventually(() => expect(boxes()['chart-1']?.[2]).toBeGreaterThan(width + 50))
})

test('a panel dropped on another shares its place by tabs: the one behind is out of sight, and comes back with its canvas', async () => {
  on.begun()
  const canvas = panelOf('ladder-1').querySelector('canvas')
  on.engine.desk.arrange((workspace) => ({
    ...workspace,
    layout: {
      kind: 'row',
      parts: [
        { kind: 'tabs', panels: ['chart-1'], active: 'chart-1' },
        { kind: 'tabs', panels: ['ladder-1', 'tape-1'], active: 'tape-1' },
        { kind: 'tabs', panels: ['watch-1'], active: 'watch-1' },
      ],
      sizes: [3, 1, 1],
    },
  }))
  await eventually(() => expect(panelOf('ladder-1').checkVisibility()).toBe(false))
  expect(panelOf('tape-1').checkVisibility()).toBe(true)
  await eventually(() => expect(isSeen('ladder-1')).toBe(false))
  await page.getByRole('tab', { name: 'Book' }).click()
  await eventually(() => expect(panelOf('ladder-1').checkVisibility()).toBe(true))
  expect(panelOf('ladder-1').querySelector('canvas')).toBe(canvas)
  await eventually(() => expect([isSeen('ladder-1'), isSeen('tape-1')]).toEqual([true, false]))
  expect([opened(), closed()]).toEqual([2, 0])
})

test('the close button closes the panel and its subscription, the others take the room', async () => {
  on.begun()
  await page.getByRole('button', { name: 'Trades: menu' }).click()
  await page.getByRole('menuitem', { name: 'Close Trades' }).click()
  await eventually(() => expect(document.getElementById('panel-tape-1')).toBeNull())
  expect(on.engine.last('panel-close')?.panel).toBe('tape-1')
  expect(order(on.engine.desk.workspace.layout)).toBe('chart-1 ladder-1 watch-1')
  await eventually(() => expect(boxes()['watch-1']?.[3]).toBeGreaterThan(700))
})

test('the layout dialog takes presets on, saves under a name and brings it back', async () => {
  on.begun()
  const dialog = page.getByRole('dialog', { name: 'Layout' })
  await page.getByRole('button', { name: /^Layout:/ }).click()
  await dialog.getByRole('button', { name: 'Scalp' }).click()
  await eventually(() => expect(document.getElementById('panel-ladder-2')).not.toBeNull())
  expect(on.engine.told.findLast((m) => m.kind === 'panel-open')).toMatchObject({
    panel: 'ladder-2',
    symbol: INSTRUMENTS[0]?.id,
    options: { depth: 50, grouping: 10 },
  })
  await page.getByRole('button', { name: /^Layout:/ }).click()
  await dialog.getByRole('textbox', { name: 'Save this one as' }).fill('Mine')
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await dialog.getByRole('button', { name: 'Flow' }).click()
  await eventually(() => expect(document.getElementById('panel-ladder-2')).toBeNull())
  await page.getByRole('button', { name: /^Layout:/ }).click()
  await dialog.getByRole('button', { name: 'Mine', exact: true }).click()
  await eventually(() => expect(document.getElementById('panel-ladder-2')).not.toBeNull())
  expect(localStorage.getItem('depthcast.layouts.1')).toContain('Mine')
})

test('a link brings its layout; one that does not hold is refused in a sentence, and changes nothing', async () => {
  on.begun()
  location.hash = shareHash(
    rename(openPanel(FLOW, 'ladder', { options: {}, beside: 'ladder-1', place: 'right' }), 'Sent'),
  )
  await eventually(() => expect(on.engine.desk.workspace.name).toBe('Sent'))
  expect(location.hash).toBe('')
  await eventually(() => expect(document.getElementById('panel-ladder-2')).not.toBeNull())
  location.hash = `${shareHash(FLOW).slice(0, -12)}`
  await eventually(() =>
    expect(document.querySelector('.notice')?.textContent).toContain(
      'was not taken, yours is unchanged: the link is damaged',
    ),
  )
  expect(on.engine.desk.workspace.name).toBe('Sent')
  await page.getByRole('button', { name: 'Dismiss' }).click()
  await expect.element(page.getByText('The layout of this link')).not.toBeInTheDocument()
})

test('a panel that changes its group takes on that group’s instrument, and gives it another without the others', async () => {
  on.begun()
  const group = page.getByRole('combobox', { name: 'Book: link group' })
  await group.selectOptions('2')
  await page.getByRole('combobox', { name: 'Book: instrument' }).selectOptions(INSTRUMENTS[1]?.id ?? '')
  await eventually(() =>
    expect(on.engine.last('panel-symbol')).toMatchObject({ panel: 'ladder-1', symbol: INSTRUMENTS[1]?.id }),
  )
  expect(on.engine.told.filter((m) => m.kind === 'panel-symbol' && m.panel === 'tape-1')).toEqual([])
  await group.selectOptions('1')
  await eventually(() =>
    expect(on.engine.last('panel-symbol')).toMatchObject({ panel: 'ladder-1', symbol: INSTRUMENTS[0]?.id }),
  )
})

for (const kind of PANEL_KINDS) {
  test(`a hundred times opened and closed, ${kind} leaves no nodes and nothing followed`, async () => {
    on.begun()
    await docked()
    const round = async (): Promise<void> => {
      const before = panelsOf(on.engine.desk.workspace.layout)
      on.engine.desk.arrange((workspace) =>
        openPanel(workspace, kind, { options: parseOptions(kind, {}), beside: 'watch-1' }),
      )
      const id = panelsOf(on.engine.desk.workspace.layout).find((each) => !before.includes(each)) ?? ''
      flushSync()
      await eventually(() => expect(document.querySelector(`#panel-${id}.panel`)).not.toBeNull(), { interval: 5 })
      on.engine.desk.arrange((workspace) => closePanel(workspace, id))
      flushSync()
      await eventually(() => expect(document.getElementById(`panel-${id}`)).toBeNull(), { interval: 5 })
    }
    for (let n = 0; n < 10; n += 1) await round()
    const before = await counted()
    for (let n = 0; n < 100; n += 1) await round()
    // What a frame or an answer under way still holds is let go of soon; what is lost is not: a hundred panels are five thousand nodes.
    await eventually(
      async () => {
        const after = await counted()
        expect(after.nodes - before.nodes, 'nodes').toBeLessThan(50)
        expect(after.jsEventListeners - before.jsEventListeners, 'listeners').toBeLessThan(20)
      },
      { interval: 200 },
    )
    const followed = new Map<string, boolean>()
    for (const message of on.engine.told) {
      if (message.kind === 'panel-open' || message.kind === 'bars-open') followed.set(message.panel, true)
      if (message.kind === 'panel-close' || message.kind === 'bars-close') followed.delete(message.panel)
    }
    expect([...followed.keys()].sort()).toEqual(['chart-1', 'ladder-1', 'tape-1'])
  })
}

type Counters = { readonly nodes: number; readonly jsEventListeners: number }

/** Nodes in the page and out of it, and listeners, after everything that nobody holds is gone. */
async function counted(): Promise<Counters> {
  await settled()
  await new Promise((resolve) => requestIdleCallback(resolve))
  const session = cdp() as unknown as { send(method: string): Promise<unknown> }
  for (let n = 0; n < 3; n += 1) await session.send('HeapProfiler.collectGarbage')
  return (await session.send('Memory.getDOMCounters')) as Counters
}
