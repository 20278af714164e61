import { PRESETS } from '../workspace/presets.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { Command, Page } from './command.ts'
import { forgetLayout, renameLayout, saveLayout } from './layouts.ts'

/** Layouts as a whole: taken, saved, renamed and forgotten. */
export function layoutCommands({ desk }: Page): readonly Command[] {
  const saved = desk.layouts.value
  const tell = (fault: string | undefined): void => {
    if (fault !== undefined) desk.notice.set(fault)
  }
  const take = (layout: Workspace, from: string): Command => ({
    id: `layout:${from}:${layout.name}`,
    group: 'Layout',
    title: `Layout ${layout.name}`,
    words: 'take use workspace',
    on: desk.workspace.name === layout.name,
    run: () => {
      desk.take(layout)
      desk.say(`Layout ${layout.name}`)
    },
  })
  return [
    ...PRESETS.map((layout) => take(layout, 'preset')),
    ...saved.map((layout) => take(layout, 'saved')),
    {
      id: 'layout-save',
      group: 'Layout',
      title: 'Save this layout as…',
      asks: 'Name of the layout',
      run: (name) => tell(saveLayout(desk, name)),
    },
    {
      id: 'layout-rename',
      group: 'Layout',
      title: `Rename ${desk.workspace.name}…`,
      words: 'layout name',
      asks: `New name of ${desk.workspace.name}`,
      run: (name) => tell(renameLayout(desk, name)),
    },
    ...saved.map((layout) => ({
      id: `layout-forget:${layout.name}`,
      group: 'Layout',
      title: `Forget the saved layout ${layout.name}`,
      words: 'delete remove',
      run: () => forgetLayout(desk, layout),
    })),
  ]
}
