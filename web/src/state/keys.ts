import type { Direction } from '../workspace/edit.ts'

/** Everything the keyboard does, in the order the sheet lists it. */
export const SHORTCUTS = [
  { key: ' ', label: 'Space', action: 'pause', does: 'Pause or resume everything' },
  { key: '/', label: '/', action: 'search', does: 'Search the watchlist' },
  { key: 'r', label: 'R', action: 'tables', does: 'Refresh the tables that screen readers read' },
  { key: 'b', label: 'B', action: 'say-best', does: 'Say best bid and ask' },
  { key: 's', label: 'S', action: 'say-spread', does: 'Say the spread' },
  { key: 'l', label: 'L', action: 'say-last', does: 'Say the last price' },
  { key: 'i', label: 'I', action: 'interval', does: 'Next chart interval' },
  { key: '[', label: '[', action: 'finer', does: 'Book: finer grouping' },
  { key: ']', label: ']', action: 'coarser', does: 'Book: coarser grouping' },
  { key: ',', label: ',', action: 'shallower', does: 'Book: fewer levels' },
  { key: '.', label: '.', action: 'deeper', does: 'Book: more levels' },
  { key: '1', label: '1 – 9', action: 'panel-1', does: 'Focus a panel, in reading order' },
  { key: '2', label: '', action: 'panel-2', does: '' },
  { key: '3', label: '', action: 'panel-3', does: '' },
  { key: '4', label: '', action: 'panel-4', does: '' },
  { key: '5', label: '', action: 'panel-5', does: '' },
  { key: '6', label: '', action: 'panel-6', does: '' },
  { key: '7', label: '', action: 'panel-7', does: '' },
  { key: '8', label: '', action: 'panel-8', does: '' },
  { key: '9', label: '', action: 'panel-9', does: '' },
  { key: 'f', label: 'F', action: 'maximise', does: 'One panel over the whole page, and back' },
  { key: 'z', label: 'Z', action: 'undo', does: 'Undo the last change of the layout' },
  { key: '?', label: '?', action: 'sheet', does: 'This list' },
] as const

export type Action = (typeof SHORTCUTS)[number]['action']

/** Where the key was pressed, as far as it matters. */
export type KeyPress = {
  readonly key: string
  readonly modified: boolean
  readonly typing: boolean
  readonly onControl: boolean
}

/** Undefined where the key belongs to something else: a text field, a modifier chord, Space on a button. */
export function actionFor(press: KeyPress): Action | undefined {
  if (press.modified || press.typing) return undefined
  if (press.key === ' ' && press.onControl) return undefined
  const key = press.key.toLowerCase()
  return SHORTCUTS.find((shortcut) => shortcut.key === key)?.action
}

export function keyPress(event: KeyboardEvent): KeyPress {
  const target = event.target instanceof Element ? event.target : undefined
  return {
    key: event.key,
    modified: event.ctrlKey || event.metaKey || event.altKey,
    typing: target?.matches('input, textarea, select, [contenteditable]') ?? false,
    onControl: target?.matches('button, a, summary, [role=tab]') ?? false,
  }
}

/** What Alt and an arrow do to the panel in use; with Shift they move it. */
export type Arrangement = { readonly what: 'resize' | 'move'; readonly direction: Direction }

/** Undefined where the arrow belongs to a field or a list, or is no such chord. */
export function arrangementFor(event: KeyboardEvent): Arrangement | undefined {
  const direction = ARROWS.get(event.key)
  if (direction === undefined || !event.altKey || event.ctrlKey || event.metaKey) return undefined
  return keyPress(event).typing ? undefined : { what: event.shiftKey ? 'move' : 'resize', direction }
}

const ARROWS: ReadonlyMap<string, Direction> = new Map([
  ['ArrowLeft', 'left'],
  ['ArrowRight', 'right'],
  ['ArrowUp', 'up'],
  ['ArrowDown', 'down'],
])
