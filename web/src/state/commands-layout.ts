import { rename } from '../workspace/edit.ts'
import { PRESETS } from '../workspace/presets.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { forgetLayout, saveLayout } from './arranging.ts'
import type { Command, Page } from './command.ts'

/** Layouts as a whole: taken, saved, renamed and forgotten. */
export function layoutCommands({ desk }: Page): readonly Command[] {
  const saved = desk.layouts.value
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
      run: (name) => saveLayout(desk, name),
    },
    {
      id: 'layout-rename',
      group: 'Layout',
      title: `Rename ${desk.workspace.name}…`,
      words: 'layout name',
      asks: `New name of ${desk.workspace.name}`,
      run: (name) => {
        if (name.trim() === '') return
        desk.arrange((workspace) => rename(workspace, name.trim()))
        desk.say(`The layout is called ${name.trim()}`)
      },
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
