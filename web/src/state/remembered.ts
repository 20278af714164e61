import { FIRST, type Shell } from '../workspace/first.ts'
import { migrated, readSaved, readWorkspace } from '../workspace/stored.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { Workspaces } from './desk.ts'
import { asRecord, LAYOUTS_KEY, parseJson, type Reads, SETTINGS_KEY, WORKSPACES_KEY } from './settings.ts'

/** Each shell's workspace as it was left; one that does not hold any more, or never was, begins as the page did before there were any. */
export function loadWorkspaces(storage: Reads): Workspaces {
  const stored = asRecord(parseJson(storage?.getItem(WORKSPACES_KEY) ?? null))
  const before = parseJson(storage?.getItem(SETTINGS_KEY) ?? null)
  const load = (shell: Shell): Workspace => {
    const read = readWorkspace(stored[shell])
    return read.kind === 'read' ? read.workspace : migrated(before, FIRST[shell])
  }
  return { desktop: load('desktop'), tablet: load('tablet'), phone: load('phone') }
}

/** Those the user saved, by their names. */
export function loadLayouts(storage: Reads): readonly Workspace[] {
  return readSaved(parseJson(storage?.getItem(LAYOUTS_KEY) ?? null))
}
