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
  { key: '1', label: '1 – 4', action: 'panel-1', does: 'Focus chart, book, trades, watch' },
  { key: '2', label: '', action: 'panel-2', does: '' },
  { key: '3', label: '', action: 'panel-3', does: '' },
  { key: '4', label: '', action: 'panel-4', does: '' },
  { key: 'f', label: 'F', action: 'maximise', does: 'One panel over the whole page, and back' },
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
