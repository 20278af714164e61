import type { PanelId } from '../engine/messages.ts'
import { panelName } from '../panels/registry.ts'
import { panelsOf } from '../workspace/workspace.ts'
import { backToLive, refreshTables, sayBest, sayLast, saySpread, stepOption } from './actions.ts'
import { type Arrangement, arrangePanel, closeAndGoOn, duplicatePanel, shareLayout, showPanel } from './arranging.ts'
import type { Page } from './command.ts'
import type { KeyedCommand } from './keys.ts'

/** A command that is there whatever the page shows, though it may not be possible. */
export type Fixed = {
  readonly id: string
  readonly group: string
  /** Of the page as it is, or of any page. */
  readonly title: string | ((page: Page | undefined) => string)
  readonly words?: string
  readonly when?: (page: Page) => boolean
  readonly on?: (page: Page) => boolean
  readonly run: (page: Page) => unknown
}

/** Every command with keys, and some without. */
export const FIXED: readonly Fixed[] = [
  { id: 'palette', group: 'Find', title: 'Find a command', run: ({ open }) => open('palette') },
  {
    id: 'search',
    group: 'Find',
    title: 'Find an instrument',
    words: 'symbol search market',
    run: ({ open }) => open('instruments'),
  },
  {
    id: 'sheet',
    group: 'Find',
    title: 'Keyboard shortcuts',
    words: 'keys hotkeys help',
    run: ({ open }) => open('keys'),
  },
  {
    id: 'pause',
    group: 'Page',
    title: 'Pause everything',
    words: 'stop freeze resume',
    on: ({ desk }) => desk.paused.value,
    run: ({ desk }) => desk.setPaused(!desk.paused.value),
  },
  {
    id: 'live',
    group: 'Page',
    title: 'Everything live, the newest in every panel',
    words: 'resume scroll',
    run: ({ desk }) => backToLive(desk),
  },
  {
    id: 'tables',
    group: 'Page',
    title: 'Refresh the tables that screen readers read',
    run: ({ desk }) => refreshTables(desk),
  },
  { id: 'settings', group: 'Page', title: 'Settings', words: 'preferences', run: ({ open }) => open('more') },
  { id: 'about', group: 'Page', title: 'About Depthcast', words: 'licence', run: ({ open }) => open('about') },
  { id: 'say-best', group: 'Say', title: 'Say best bid and ask', words: 'quote', run: ({ desk }) => sayBest(desk) },
  { id: 'say-spread', group: 'Say', title: 'Say the spread', run: ({ desk }) => saySpread(desk) },
  { id: 'say-last', group: 'Say', title: 'Say the last price', run: ({ desk }) => sayLast(desk) },
  step('interval', 'Next chart interval', 'interval', 'next'),
  step('finer', 'Finer price grouping', 'grouping', 'less'),
  step('coarser', 'Coarser price grouping', 'grouping', 'more'),
  step('shallower', 'Fewer levels', 'depth', 'less'),
  step('deeper', 'More levels', 'depth', 'more'),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map(goTo),
  {
    id: 'maximise',
    group: 'Panel',
    title: of((panel) => `Maximise ${panel}`),
    words: 'full screen restore',
    when: canArrange,
    on: ({ desk, inUse }) => inUse !== undefined && desk.maximised.value === inUse,
    run: ({ desk, inUse }) => inUse !== undefined && desk.toggleMaximised(inUse),
  },
  arrange('narrower', 'Make', 'narrower', { what: 'resize', direction: 'left' }),
  arrange('wider', 'Make', 'wider', { what: 'resize', direction: 'right' }),
  arrange('lower', 'Make', 'lower', { what: 'resize', direction: 'up' }),
  arrange('taller', 'Make', 'taller', { what: 'resize', direction: 'down' }),
  arrange('move-left', 'Move', 'left', { what: 'move', direction: 'left' }),
  arrange('move-right', 'Move', 'right', { what: 'move', direction: 'right' }),
  arrange('move-up', 'Move', 'up', { what: 'move', direction: 'up' }),
  arrange('move-down', 'Move', 'down', { what: 'move', direction: 'down' }),
  {
    id: 'duplicate',
    group: 'Panel',
    title: of((panel) => `Duplicate ${panel}`),
    words: 'copy another split',
    when: hasPanel,
    run: ({ desk, inUse }) => inUse !== undefined && duplicatePanel(desk, inUse),
  },
  {
    id: 'close',
    group: 'Panel',
    title: of((panel) => `Close ${panel}`),
    words: 'remove',
    when: (page) => hasPanel(page) && panelsOf(page.desk.workspace.layout).length > 1,
    run: ({ desk, inUse }) => inUse !== undefined && closeAndGoOn(desk, inUse),
  },
  { id: 'undo', group: 'Layout', title: 'Undo the last change of the layout', run: ({ desk }) => desk.undo() },
  { id: 'redo', group: 'Layout', title: 'Redo the last change of the layout', run: ({ desk }) => desk.redo() },
  {
    id: 'share',
    group: 'Layout',
    title: 'Copy a link to this layout',
    words: 'share url',
    run: ({ desk }) => shareLayout(desk),
  },
  {
    id: 'layouts',
    group: 'Layout',
    title: 'Layouts and panels',
    words: 'open manage',
    run: ({ open }) => open('layout'),
  },
]

function hasPanel({ inUse }: Page): boolean {
  return inUse !== undefined
}

/** A phone shows one panel at a time: there is nothing to move it past, and it is as large as it gets. */
function canArrange(page: Page): boolean {
  return hasPanel(page) && page.desk.shell.value !== 'phone'
}

/** A title with the name of the panel in use. */
function of(title: (panel: string) => string): Fixed['title'] {
  return (page) =>
    title(page?.inUse === undefined ? 'the panel in use' : panelName(page.desk.workspace, page.inUse, 'title'))
}

function step(id: KeyedCommand, title: string, option: string, to: 'less' | 'more' | 'next'): Fixed {
  return {
    id,
    group: 'Charts and books',
    title,
    words: option,
    run: ({ desk, inUse }) => stepOption(desk, inUse, { option, to }),
  }
}

function goTo(number: number): Fixed {
  const panelAt = ({ desk }: Page): PanelId | undefined => panelsOf(desk.workspace.layout)[number - 1]
  return {
    id: `panel-${number}`,
    group: 'Panel',
    title: (page) => {
      const panel = page && panelAt(page)
      return `Go to ${page === undefined || panel === undefined ? number : panelName(page.desk.workspace, panel, 'title')}`
    },
    words: 'focus show',
    when: (page) => panelAt(page) !== undefined,
    run: (page) => showPanel(page.desk, panelAt(page)),
  }
}

function arrange(id: KeyedCommand, verb: 'Make' | 'Move', how: string, arrangement: Arrangement): Fixed {
  return {
    id,
    group: 'Panel',
    title: of((panel) => `${verb} ${panel} ${how}`),
    words: arrangement.what,
    when: canArrange,
    run: ({ desk, inUse }) => inUse !== undefined && arrangePanel(desk, inUse, arrangement),
  }
}
