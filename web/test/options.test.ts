import { expect, test } from 'vitest'
import { DEFAULTS } from '../src/panels/options.ts'
import { PANEL_KINDS } from '../src/panels/registry.ts'
import { parseOptions } from '../src/panels/schemas.ts'
import { remembersLayouts } from '../src/state/settings.ts'
import { FIRST } from '../src/workspace/first.ts'
import { PRESETS } from '../src/workspace/presets.ts'
import { readWorkspace } from '../src/workspace/stored.ts'

test.each(PANEL_KINDS)('what a new %s panel is set to is what stands in for options that are missing', (kind) => {
  expect(parseOptions(kind, {})).toEqual(DEFAULTS[kind])
})

test.each([...Object.values(FIRST), ...PRESETS])('the layout $name holds as one that was stored', (workspace) => {
  expect(readWorkspace(workspace)).toEqual({ kind: 'read', workspace })
})

test.each([
  { stored: undefined, isAny: false },
  { stored: 'depthcast.settings.1', isAny: true },
  { stored: 'depthcast.workspaces.1', isAny: true },
  { stored: 'depthcast.layouts.1', isAny: true },
  { stored: 'depthcast.token', isAny: false },
])('there are layouts to read where $stored is stored: $isAny', ({ stored, isAny }) => {
  const storage = { getItem: (key: string) => (key === stored ? '{}' : null) }
  expect(remembersLayouts(undefined, storage)).toBe(isAny)
})
