import { type Command, keysOf, type Page } from './command.ts'
import { FIXED, type Fixed } from './commands-fixed.ts'
import { layoutCommands } from './commands-layout.ts'
import { instrumentCommands, settingCommands } from './commands-page.ts'
import { panelCommands } from './commands-panel.ts'
import { isSingle, type KeyedCommand } from './keys.ts'
import { PANEL_KEYS } from './panel-keys.ts'

/** Everything that can be done now, in the order a list shows it. What cannot be done is left out. */
export function commandsOf(page: Page): readonly Command[] {
  return [
    ...FIXED.filter((fixed) => isPossible(fixed, page)).map((fixed) => commandOf(fixed, page)),
    ...panelCommands(page),
    ...layoutCommands(page),
    ...settingCommands(page),
    ...instrumentCommands(page),
  ]
}

/** Does what a key stands for, where that can be done. */
export function runKeyed(id: KeyedCommand, page: Page): void {
  const fixed = FIXED.find((each) => each.id === id)
  if (fixed !== undefined && isPossible(fixed, page)) void fixed.run(page)
}

type Line = { readonly keys: string; readonly title: string }
type Lines = { readonly group: string; readonly lines: readonly Line[] }

/**
 * The keys that do something now, as the sheet lists them: the page's own, of which nine that do the same to nine panels are one line, then those
 * that each part of the page has for itself.
 */
export function sheet(page: Page): readonly Lines[] {
  const { singleKeys } = page.desk.settings.value
  const groups = new Map<string, Line[]>()
  for (const fixed of FIXED) {
    const { id, group, title } = fixed
    if (!isPossible(fixed, page) || (!singleKeys && isSingle(id))) continue
    const keys = id === 'panel-1' ? '1 – 9' : id.startsWith('panel-') ? undefined : keysOf(id)
    if (keys === undefined) continue
    const words = id === 'panel-1' ? 'Go to a panel, in reading order' : titleOf(title, undefined)
    groups.set(group, [...(groups.get(group) ?? []), { keys, title: words }])
  }
  return [...[...groups].map(([group, lines]) => ({ group, lines })), ...Object.values(PANEL_KEYS)]
}

function isPossible({ when }: Fixed, page: Page): boolean {
  return when?.(page) ?? true
}

function titleOf(title: Fixed['title'], page: Page | undefined): string {
  return typeof title === 'string' ? title : title(page)
}

function commandOf({ id, group, title, words, on, run }: Fixed, page: Page): Command {
  const keys = keysOf(id)
  return {
    id,
    group,
    title: titleOf(title, page),
    ...(words !== undefined && { words }),
    ...(keys !== undefined && { keys }),
    ...(on !== undefined && { on: on(page) }),
    run: () => run(page),
  }
}
