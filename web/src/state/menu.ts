import type { PanelId } from '../engine/messages.ts'
import type { Command } from './command.ts'
import { commandsOf } from './commands.ts'
import type { Desk } from './desk.ts'

/** What a panel's own menu offers of the commands, in sections. */
const SECTIONS: readonly (readonly string[])[] = [
  ['export-png', 'copy-png', 'export-csv', 'copy-csv'],
  ['maximise', 'pop-out', 'duplicate', 'move-left', 'move-right', 'move-up', 'move-down'],
  ['group:1', 'group:2', 'group:3', 'group:4', 'group:5', 'group:6', 'group:none'],
  ['close'],
]

/** The commands that are about one panel, as it is now. */
export function menuOf(desk: Desk, panel: PanelId): readonly (readonly Command[])[] {
  const commands = new Map(
    // Nothing in a panel's menu opens a dialog.
    commandsOf({ desk, inUse: panel, open: () => {} }).map((command) => [command.id, command] as const),
  )
  return SECTIONS.map((ids) => ids.flatMap((id) => commands.get(id) ?? [])).filter((section) => section.length > 0)
}
