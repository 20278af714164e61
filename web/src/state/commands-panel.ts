import type { PanelId } from '../engine/messages.ts'
import { PANEL_KINDS, PANELS, panelName } from '../panels/registry.ts'
import { GROUPS, panelsOf, setGroup, setOptions } from '../workspace/workspace.ts'
import { instrumentOfPanel } from './actions.ts'
import { openKind, showPanel } from './arranging.ts'
import { optionsOf } from './choices.ts'
import type { Command, Page } from './command.ts'

/** What can be done to panels besides what is always there: opening each kind, and everything the panel in use can be set to. */
export function panelCommands(page: Page): readonly Command[] {
  const { inUse } = page
  return [
    ...(inUse === undefined
      ? []
      : [
          receiptCommand(page, inUse),
          ...exportCommands(page, inUse),
          ...windowCommands(page, inUse),
          ...optionCommands(page, inUse),
          ...groupCommands(page, inUse),
        ]),
    ...openCommands(page),
    ...beyondNine(page),
  ]
}

/** The same as a press on its glyph. */
function receiptCommand({ desk }: Page, panel: PanelId): Command {
  return {
    id: 'receipt',
    group: 'Panel',
    title: `Receipt of ${panelName(desk.workspace, panel, 'title')}`,
    words: 'proof integrity checksum sequence verified state',
    run: () => document.querySelector<HTMLElement>(`#panel-${panel} .integrity`)?.click(),
  }
}

/** What of a panel can be taken elsewhere. A panel that has it not says so. */
function exportCommands({ desk }: Page, panel: PanelId): readonly Command[] {
  const name = panelName(desk.workspace, panel, 'title')
  const exporting = (id: string, title: string, how: Parameters<Export>[2]): Command => ({
    id,
    group: 'Export',
    title,
    words: 'export save screenshot image',
    run: async () => {
      const { exportPanel } = await import('./export.ts')
      await exportPanel(desk, panel, how)
    },
  })
  return [
    exporting('export-png', `Download ${name} as a picture (PNG)`, { what: 'picture', to: 'file' }),
    exporting('copy-png', `Copy ${name} as a picture`, { what: 'picture', to: 'clipboard' }),
    exporting('export-csv', `Download ${name} as a table (CSV)`, { what: 'table', to: 'file' }),
    exporting('copy-csv', `Copy ${name} as a table`, { what: 'table', to: 'clipboard' }),
  ]
}

/** A telephone has one window. */
function windowCommands({ desk }: Page, panel: PanelId): readonly Command[] {
  if (desk.shell.value === 'phone') return []
  return [
    {
      id: 'pop-out',
      group: 'Panel',
      title: `${panelName(desk.workspace, panel, 'title')} in a window of its own`,
      words: 'pop out detach screen monitor',
      run: async () => {
        const { popOut } = await import('./pop-out.svelte.ts')
        popOut(desk, panel)
      },
    },
  ]
}

type Export = typeof import('./export.ts')['exportPanel']

/** Which panels it goes with. */
function groupCommands({ desk }: Page, panel: PanelId): readonly Command[] {
  const state = desk.workspace.panels[panel]
  const name = panelName(desk.workspace, panel, 'title')
  return [...GROUPS, undefined].map((group) => ({
    id: `group:${group ?? 'none'}`,
    group: 'Link group',
    title: group === undefined ? `${name}: an instrument of its own` : `${name}: link group ${group}`,
    words: 'colour link unlink',
    on: state?.group === group,
    run: () => {
      const shown = instrumentOfPanel(desk, panel)?.id
      desk.change((workspace) => setGroup(workspace, panel, group, shown))
      desk.say(`${name} is in ${group === undefined ? 'no group' : `group ${group}`}`)
    },
  }))
}

/** Each choice of each option: one of them holds, or of a list any number. */
function optionCommands({ desk }: Page, panel: PanelId): readonly Command[] {
  const state = desk.workspace.panels[panel]
  if (state === undefined) return []
  const name = panelName(desk.workspace, panel, 'title')
  const instrument = instrumentOfPanel(desk, panel)
  return optionsOf(state.kind).flatMap(({ name: option, title, several, choices, text }) => {
    const value = state.options[option]
    const held: readonly unknown[] = several ? (Array.isArray(value) ? value : []) : [value]
    return choices.map((choice): Command => {
      const on = held.includes(choice)
      const words = text(choice, instrument)
      const next = !several ? choice : on ? held.filter((each) => each !== choice) : [...held, choice]
      return {
        id: `option:${state.kind}:${option}:${String(choice)}`,
        group: `${name}: ${title}`,
        title: `${title} ${words}`,
        words: `${name} ${option} set`,
        on,
        run: () => {
          desk.change((workspace) => setOptions(workspace, panel, { [option]: next }))
          desk.say(several ? `${name}: ${words} ${on ? 'off' : 'on'}` : `${name}: ${title} ${words}`)
        },
      }
    })
  })
}

function openCommands({ desk, inUse }: Page): readonly Command[] {
  return PANEL_KINDS.map((kind) => ({
    id: `open:${kind}`,
    group: 'Open a panel',
    title: `Open ${PANELS[kind].title}`,
    words: 'add new panel',
    run: () => openKind(desk, kind, inUse),
  }))
}

/** The first nine have keys, and so are always there. */
function beyondNine({ desk }: Page): readonly Command[] {
  return panelsOf(desk.workspace.layout)
    .slice(9)
    .map((panel) => ({
      id: `go:${panel}`,
      group: 'Panel',
      title: `Go to ${panelName(desk.workspace, panel, 'title')}`,
      words: 'focus show',
      run: () => showPanel(desk, panel),
    }))
}
