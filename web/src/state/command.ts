import type { PanelId } from '../engine/messages.ts'
import type { Desk } from './desk.ts'
import { CHORDS } from './keys.ts'

/** What opens over the page. `instruments` is the palette with nothing but instruments in it. */
export type DialogName = 'about' | 'instruments' | 'keys' | 'layout' | 'more' | 'palette' | 'token'

/** Where a command is given: the page, and the panel that was in use then. */
export type Page = {
  readonly desk: Desk
  readonly inUse: PanelId | undefined
  readonly open: (dialog: DialogName) => void
}

/** One thing the page can do. The palette, the sheet, the keys and the panels' menus all take it from one list, with the words it has there. */
export type Command = {
  /** The same on every visit. */
  readonly id: string
  readonly title: string
  readonly group: string
  /** Further words it is found by. */
  readonly words?: string
  /** As a person reads them: `Alt ←`. */
  readonly keys?: string
  /** Whether this is what holds now; absent where nothing holds. */
  readonly on?: boolean
  /** Asks for a line of text first; without it `run` gets an empty one. */
  readonly asks?: string
  readonly run: (text: string) => unknown
}

/** The keys of a command as this machine names them; undefined where it has none. */
export function keysOf(id: string): string | undefined {
  const chord = Object.entries(CHORDS).find(([, command]) => command === id)?.[0]
  return chord
    ?.split('+')
    .map((part) => KEY_NAMES[part] ?? part.toUpperCase())
    .join(' ')
}

const isMac = typeof navigator === 'object' && /Mac|iPhone|iPad/.test(navigator.userAgent)
const KEY_NAMES: Readonly<Record<string, string>> = {
  mod: isMac ? '⌘' : 'Ctrl',
  alt: isMac ? '⌥' : 'Alt',
  shift: 'Shift',
  escape: 'Esc',
  ' ': 'Space',
  arrowleft: '←',
  arrowright: '→',
  arrowup: '↑',
  arrowdown: '↓',
}
