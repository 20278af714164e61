import { tick } from 'svelte'
import type { PanelId } from '../engine/messages.ts'
import { DEFAULTS } from '../panels/options.ts'
import { loadPanel, PANELS, type PanelKind, panelName } from '../panels/registry.ts'
import { closePanel, type Direction, moveToward, nextId, openPanel, resizeToward } from '../workspace/edit.ts'
import { activate, MOST_PANELS, panelsOf } from '../workspace/workspace.ts'
import type { Desk } from './desk.ts'

// What a user does to the layout, with the words that say that it was done.

export type Arrangement = { readonly what: 'resize' | 'move'; readonly direction: Direction }

/** Moves a panel a step, or makes it larger or smaller; the focus stays with it. */
export async function arrangePanel(desk: Desk, panel: PanelId, { what, direction }: Arrangement): Promise<void> {
  const hadFocus = document.getElementById(`panel-${panel}`)?.contains(document.activeElement) ?? false
  const before = desk.workspace
  desk.maximised.set(undefined)
  desk.arrange((workspace) => (what === 'move' ? moveToward : resizeToward)(workspace, panel, direction))
  const name = panelName(desk.workspace, panel, 'title')
  const done = what === 'move' ? `moved ${direction}` : SIZES[direction]
  desk.say(desk.workspace === before ? `${name}: no further ${direction}` : `${name} ${done}`)
  await tick()
  if (hadFocus) focusPanel(panel)
}

const SIZES: Readonly<Record<Direction, string>> = { left: 'narrower', right: 'wider', up: 'lower', down: 'taller' }

/** Brings a panel to the front of its tabs and the focus to it. */
export async function showPanel(desk: Desk, panel: PanelId | undefined): Promise<void> {
  if (panel === undefined) return
  if (desk.maximised.value !== panel) desk.maximised.set(undefined)
  desk.change((workspace) => activate(workspace, panel))
  await focusWhenSeen(panel)
}

/** Opens another panel of a kind beside the one in use. */
export async function openKind(desk: Desk, kind: PanelKind, beside: PanelId | undefined): Promise<void> {
  // Before it has a place, so that what gets the focus is not put by for it; where it cannot be fetched the place says so.
  await loadPanel(kind).catch(() => undefined)
  const isOpen = await opening(desk, kind, { options: { ...DEFAULTS[kind] }, beside })
  if (isOpen) desk.say(`${PANELS[kind].title} opened`)
}

/** Opens another of the same kind beside a panel: the same group, the same instrument, set to the same. */
export async function duplicatePanel(desk: Desk, panel: PanelId): Promise<void> {
  const state = desk.workspace.panels[panel]
  if (state === undefined) return
  const isOpen = await opening(desk, state.kind, { options: state.options, beside: panel })
  if (isOpen) desk.say(`${PANELS[state.kind].title} duplicated`)
}

/** Closes a panel; the focus that was in it goes to the one after it. */
export async function closeAndGoOn(desk: Desk, panel: PanelId): Promise<void> {
  const hadFocus = document.getElementById(`panel-${panel}`)?.contains(document.activeElement) ?? false
  const ids = panelsOf(desk.workspace.layout)
  const at = ids.indexOf(panel)
  const next = ids[at + 1] ?? ids[at - 1]
  const name = panelName(desk.workspace, panel, 'title')
  desk.maximised.set(undefined)
  desk.arrange((workspace) => closePanel(workspace, panel))
  desk.say(`${name} closed`)
  if (hadFocus && next !== undefined) await focusWhenSeen(next)
}

/** Resolves to false where the page has as many panels as it can remember. */
async function opening(desk: Desk, kind: PanelKind, how: Parameters<typeof openPanel>[2]): Promise<boolean> {
  if (panelsOf(desk.workspace.layout).length >= MOST_PANELS) {
    desk.notice.set(`There are ${MOST_PANELS} panels, which are the most. Close one first.`)
    return false
  }
  const id = nextId(desk.workspace, kind)
  desk.maximised.set(undefined)
  desk.arrange((workspace) => {
    const opened = openPanel(workspace, kind, how)
    // A phone has room for one at a time: the one that was asked for.
    return desk.shell.value === 'phone' ? activate(opened, id) : opened
  })
  await focusWhenSeen(id)
  return true
}

/** The address that opens this layout; undefined where what packs it cannot be fetched, which the user is told. */
export async function linkTo(desk: Desk): Promise<string | undefined> {
  const loaded = await import('../workspace/share.ts').catch(() => undefined)
  if (loaded !== undefined) return location.origin + location.pathname + loaded.shareHash(desk.workspace)
  desk.notice.set('Part of the page could not be loaded. Is the server there? Try again.')
  return undefined
}

/** Copies the link to this layout; where the browser forbids that, shows it. */
export async function shareLayout(desk: Desk): Promise<void> {
  const link = await linkTo(desk)
  if (link === undefined) return
  try {
    await navigator.clipboard.writeText(link)
    desk.say('Link copied')
  } catch {
    desk.notice.set(`This browser does not let the page copy. The link to this layout: ${link}`)
  }
}

/** Half a second. */
const MOST_FRAMES = 30

/** What was opened just now, or comes from behind another tab, stands in its place a few frames later. */
async function focusWhenSeen(panel: PanelId): Promise<void> {
  for (let frame = 0; frame < MOST_FRAMES && !focusPanel(panel); frame += 1) await new Promise(requestAnimationFrame)
}

function focusPanel(panel: PanelId): boolean {
  const element = document.getElementById(`panel-${panel}`)
  element?.focus()
  return element !== null && document.activeElement === element
}
