import type { PanelId } from '../engine/messages.ts'
import { panelName } from '../panels/registry.ts'
import { shareHash } from '../workspace/share.ts'
import { GROUPS, MOST_SYMBOL, type Workspace } from '../workspace/workspace.ts'
import type { Desk } from './desk.ts'

const FAMILY_KEY = 'depthcast.family'

/**
 * Moves a panel into a window of its own, with a connection of its own; undoing brings it back here as well. The windows of one desk share the
 * instruments of their link groups. The last panel of a page stays, and is shown there too.
 */
export function popOut(desk: Desk, panel: PanelId): void {
  const { workspace } = desk
  const name = panelName(workspace, panel, 'title')
  const box = document.getElementById(`panel-${panel}`)?.getBoundingClientRect()
  const { width = 600, height = 400 } = box ?? {}
  // Before the window opens: it begins with a copy of what this one has for its session, the name of the family among it.
  followWindows(desk)
  const address = `${location.pathname}?window${shareHash(alone(workspace, panel, name))}`
  const opened = window.open(
    address,
    '_blank',
    `popup,width=${Math.round(width)},height=${Math.round(height + CHROME)}`,
  )
  if (opened === null) {
    desk.notice.set(`The browser did not let ${name} have a window. Allow pop-ups of this page, and try again.`)
    return
  }
  desk.closePanel(panel)
  desk.say(`${name} has a window of its own`)
}

/** What the page around the panel takes there, CSS px. */
const CHROME = 80

/** A layout with this panel and nothing else. */
export function alone(workspace: Workspace, panel: PanelId, name: string): Workspace {
  const state = workspace.panels[panel]
  return {
    ...workspace,
    name,
    layout: { kind: 'tabs', panels: [panel], active: panel },
    panels: state === undefined ? {} : { [panel]: state },
  }
}

let isFollowing = false

/** From now on the windows that were opened from one another give their link groups the same instruments. */
export function followWindows(desk: Desk): void {
  if (isFollowing) return
  isFollowing = true
  const channel = new BroadcastChannel(`depthcast.${family()}`)
  let told = JSON.stringify(desk.workspace.groups)
  $effect.root(() => {
    $effect(() => {
      const { groups } = desk.workspace
      const text = JSON.stringify(groups)
      if (text === told) return
      told = text
      channel.postMessage({ ...groups })
    })
  })
  channel.onmessage = ({ data }) => {
    desk.change((workspace) => ({ ...workspace, groups: { ...workspace.groups, ...groupsOf(data) } }))
    told = JSON.stringify(desk.workspace.groups)
  }
}

/** Another window may be of another version of this page. */
export function groupsOf(data: unknown): Workspace['groups'] {
  const told = typeof data === 'object' && data !== null ? (data as Readonly<Record<string, unknown>>) : {}
  return Object.fromEntries(GROUPS.flatMap((group) => (isSymbol(told[group]) ? [[group, told[group]]] : [])))
}

/** What is no such would be stored, and never read again. */
function isSymbol(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MOST_SYMBOL
}

function family(): string {
  const known = sessionStorage.getItem(FAMILY_KEY)
  if (known !== null) return known
  const made = crypto.randomUUID()
  sessionStorage.setItem(FAMILY_KEY, made)
  return made
}
