import { expect, test } from 'vitest'
import { sheet } from '../src/state/commands.ts'
import { FIXED } from '../src/state/commands-fixed.ts'
import { Desk } from '../src/state/desk.ts'
import { CHORDS, commandFor, type KeyPress } from '../src/state/keys.ts'
import { PANEL_KEYS } from '../src/state/panel-keys.ts'
import { DEFAULT_SETTINGS } from '../src/state/settings.ts'
import { FIRST, type Shell } from '../src/workspace/first.ts'
import { panelsOf } from '../src/workspace/workspace.ts'

const PLAIN: KeyPress = { key: '', mod: false, alt: false, shift: false, typing: false, onControl: false }

test.each<{ press: Partial<KeyPress>; want: string | undefined }>([
  { press: { key: ' ' }, want: 'pause' },
  { press: { key: ' ', onControl: true }, want: undefined },
  { press: { key: 'R' }, want: 'tables' },
  { press: { key: 'r', mod: true }, want: undefined },
  { press: { key: 'f', alt: true }, want: undefined },
  { press: { key: '/', typing: true }, want: undefined },
  { press: { key: ']' }, want: 'coarser' },
  { press: { key: 'x' }, want: undefined },
  { press: { key: 'z' }, want: 'undo' },
  { press: { key: 'Z', shift: true }, want: 'redo' },
  { press: { key: 'k', mod: true }, want: 'palette' },
  { press: { key: 'K', mod: true, typing: true }, want: 'palette' },
  { press: { key: 'Escape' }, want: 'live' },
  { press: { key: 'Escape', typing: true }, want: undefined },
  { press: { key: 'ArrowLeft', alt: true }, want: 'narrower' },
  { press: { key: 'ArrowLeft', alt: true, shift: true }, want: 'move-left' },
  { press: { key: 'ArrowLeft', alt: true, typing: true }, want: undefined },
  { press: { key: 'ArrowLeft' }, want: undefined },
  // A French keyboard has its digits, and every keyboard its question mark, above Shift.
  { press: { key: '1', shift: true }, want: 'panel-1' },
  { press: { key: '?', shift: true }, want: 'sheet' },
  // A German Mac has its brackets above Alt.
  { press: { key: '[', alt: true }, want: 'finer' },
])('$press gives $want', ({ press, want }) => {
  expect(commandFor({ ...PLAIN, ...press }, true)).toBe(want)
})

test('with single keys off only what prints no character still acts', () => {
  const acting = Object.keys(CHORDS).filter((chord) => {
    const held = chord.split('+')
    const key = held.at(-1) ?? ''
    const press = { mod: held.includes('mod'), alt: held.includes('alt'), shift: held.includes('shift') }
    return commandFor({ ...PLAIN, ...press, key }, false) !== undefined
  })
  expect(acting.filter((chord) => !chord.startsWith('alt+'))).toEqual(['mod+k', 'escape'])
  expect(acting).toHaveLength(10)
})

/** The page's own keys, as the sheet has them on a page with one panel in use. */
function own(shell: Shell, singleKeys = true) {
  const settings = { ...DEFAULT_SETTINGS, singleKeys }
  const desk = new Desk({ settings, workspaces: FIRST, shell }, () => ({
    place: 'main',
    send: () => {},
    close: () => {},
  }))
  const [inUse] = panelsOf(desk.workspace.layout)
  const groups = sheet({ desk, inUse, open: () => {} }).slice(0, -Object.keys(PANEL_KEYS).length)
  return groups.flatMap(({ lines }) => lines)
}

test('every key has a command, and every command with a key is on the sheet', () => {
  const known = FIXED.map(({ id }) => id)
  expect(Object.values(CHORDS).filter((command) => !known.includes(command))).toEqual([])
  const onSheet = own('desktop')
  // Nine keys that go to panels are one line.
  expect(onSheet).toHaveLength(Object.keys(CHORDS).length - 8)
  expect(new Set(onSheet.map(({ keys }) => keys)).size).toBe(onSheet.length)
  expect(onSheet.filter(({ title }) => title.trim() === '')).toEqual([])
})

test('the sheet leaves out what does nothing now: single keys that are off, and what a phone has no room for', () => {
  expect(own('desktop', false).map(({ keys }) => keys)).toEqual([
    ...['Ctrl K', 'Esc', 'Alt ←', 'Alt →', 'Alt ↑', 'Alt ↓'],
    ...['Alt Shift ←', 'Alt Shift →', 'Alt Shift ↑', 'Alt Shift ↓'],
  ])
  const phone = own('phone').map(({ keys }) => keys)
  expect(phone.filter((keys) => keys === 'F' || keys.startsWith('Alt'))).toEqual([])
  expect(phone).toContain('1 – 9')
})

test('no two commands have one name or one id', () => {
  expect(new Set(FIXED.map(({ id }) => id)).size).toBe(FIXED.length)
})
