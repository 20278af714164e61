/** Which command each chord gives. What the commands are called and do is in commands.ts, which is loaded with the first of them. */
export const CHORDS = {
  'mod+k': 'palette',
  '/': 'search',
  ' ': 'pause',
  escape: 'live',
  r: 'tables',
  b: 'say-best',
  s: 'say-spread',
  l: 'say-last',
  i: 'interval',
  '[': 'finer',
  ']': 'coarser',
  ',': 'shallower',
  '.': 'deeper',
  f: 'maximise',
  'alt+arrowleft': 'narrower',
  'alt+arrowright': 'wider',
  'alt+arrowup': 'lower',
  'alt+arrowdown': 'taller',
  'alt+shift+arrowleft': 'move-left',
  'alt+shift+arrowright': 'move-right',
  'alt+shift+arrowup': 'move-up',
  'alt+shift+arrowdown': 'move-down',
  z: 'undo',
  'shift+z': 'redo',
  '?': 'sheet',
  1: 'panel-1',
  2: 'panel-2',
  3: 'panel-3',
  4: 'panel-4',
  5: 'panel-5',
  6: 'panel-6',
  7: 'panel-7',
  8: 'panel-8',
  9: 'panel-9',
} as const

export type KeyedCommand = (typeof CHORDS)[keyof typeof CHORDS]

/** What was pressed and where, as far as it matters. `mod` is Control, or Command on a Mac. */
export type KeyPress = {
  readonly key: string
  readonly mod: boolean
  readonly alt: boolean
  readonly shift: boolean
  readonly typing: boolean
  readonly onControl: boolean
}

/**
 * Undefined where the key belongs to something else: a text field, Space on a button. Keys that print a character act only where `singleKeys`
 * says so (WCAG 2.1.4).
 */
export function commandFor(press: KeyPress, singleKeys: boolean): KeyedCommand | undefined {
  const chord = chordOf(press)
  const command = (CHORDS as Readonly<Record<string, KeyedCommand>>)[chord]
  if (command === 'palette') return command
  if (press.typing || (press.key === ' ' && press.onControl)) return undefined
  return singleKeys || press.alt || press.key.length > 1 ? command : undefined
}

/** Whether a command is given by a key that prints a character, which can be turned off. */
export function isSingle(command: string): boolean {
  const chord = Object.entries(CHORDS).find(([, each]) => each === command)?.[0] ?? ''
  return /^(shift\+)?.$/.test(chord)
}

/** Marks and digits need Shift, or Alt, on some keyboards and not on others: of those only what they print counts. */
function chordOf({ key, mod, alt, shift }: KeyPress): string {
  const isDigit = /^\d$/.test(key)
  const isMark = /^[^\p{L}\p{N}\s]$/u.test(key)
  const held = [mod && 'mod', alt && !isMark && 'alt', shift && !isMark && !isDigit && 'shift']
  return [...held.filter(Boolean), key.toLowerCase()].join('+')
}

export function keyPress(event: KeyboardEvent): KeyPress {
  const target = event.target instanceof Element ? event.target : undefined
  return {
    key: event.key,
    // AltGr says it is Control and Alt at once.
    mod: (event.ctrlKey || event.metaKey) && !event.getModifierState('AltGraph'),
    alt: event.altKey && !event.getModifierState('AltGraph'),
    shift: event.shiftKey,
    typing: target?.matches('input, textarea, select, [contenteditable]') ?? false,
    onControl: target?.matches('button, a, summary, [role=tab]') ?? false,
  }
}
