import { rename } from '../workspace/edit.ts'
import { PRESETS } from '../workspace/presets.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { Desk } from './desk.ts'
import { saveLayouts } from './settings.ts'

// The layouts a user saved under names. What cannot be done returns a sentence for the user, what was done is said.

/** Saves the layout as it is under a name; the one that had the name before is replaced. */
export function saveLayout(desk: Desk, text: string): string | undefined {
  const name = text.trim()
  const fault = faultOf(name)
  if (fault !== undefined) return fault
  const isThere = isSaved(desk, name)
  desk.change((workspace) => rename(workspace, name))
  keep(desk, (layouts) => [...layouts.filter((layout) => layout.name !== name), desk.workspace])
  desk.say(isThere ? `Layout ${name} replaced` : `Layout saved as ${name}`)
  return undefined
}

/** Gives the layout another name: this one, and the saved one that it came from. */
export function renameLayout(desk: Desk, text: string): string | undefined {
  const name = text.trim()
  const before = desk.workspace.name
  const fault = name !== before && isSaved(desk, name) ? `There is a layout ${name} already.` : faultOf(name)
  if (fault !== undefined) return fault
  desk.change((workspace) => rename(workspace, name))
  keep(desk, (layouts) => layouts.map((layout) => (layout.name === before ? rename(layout, name) : layout)))
  desk.say(`The layout is called ${name}`)
  return undefined
}

export function forgetLayout(desk: Desk, layout: Workspace): void {
  keep(desk, (layouts) => layouts.filter((each) => each !== layout))
  desk.say(`Layout ${layout.name} forgotten`)
}

/** One that was forgotten is there again, unless another took its name. */
export function bringBack(desk: Desk, layout: Workspace): void {
  if (!isSaved(desk, layout.name)) keep(desk, (layouts) => [...layouts, layout])
  desk.say(`Layout ${layout.name} is back`)
}

export function isSaved(desk: Desk, name: string): boolean {
  return desk.layouts.value.some((layout) => layout.name === name)
}

/** Two of one name, and nobody could tell which is meant. */
function faultOf(name: string): string | undefined {
  if (name === '') return 'A layout needs a name.'
  const own = PRESETS.find((preset) => preset.name.toLowerCase() === name.toLowerCase())
  return own && `${own.name} is one of the page’s own layouts. Choose another name.`
}

function keep(desk: Desk, step: (layouts: readonly Workspace[]) => readonly Workspace[]): void {
  desk.layouts.change(step)
  saveLayouts(localStorage, desk.layouts.value)
}
