import { expect, test } from 'vitest'
import { DEFAULT_SETTINGS, loadSettings, parseSettings, type Settings, saveSettings } from '../src/state/settings.ts'

const MINE: Settings = {
  theme: 'light',
  palette: 'mono',
  density: 'touch',
  profile: 'balanced',
  timeZone: 'Asia/Tokyo',
  locale: 'de-CH',
  singleKeys: false,
}

test('every setting comes back as it was saved', () => {
  const kept = new Map<string, string>()
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => void kept.set(key, text),
  }
  for (const name of Object.keys(DEFAULT_SETTINGS) as (keyof Settings)[])
    expect(MINE[name], `${name} of the sample is not the default`).not.toBe(DEFAULT_SETTINGS[name])
  saveSettings(storage, MINE)
  expect(loadSettings(storage)).toEqual(MINE)
})

test.each([
  { name: 'theme', wrong: 'neon' },
  { name: 'palette', wrong: 'rainbow' },
  { name: 'density', wrong: 20 },
  { name: 'profile', wrong: 'fast' },
  { name: 'timeZone', wrong: 'Europe/Atlantis' },
  { name: 'timeZone', wrong: 3 },
  { name: 'locale', wrong: '??' },
  { name: 'locale', wrong: null },
  { name: 'singleKeys', wrong: 'yes' },
] as const)('a stored $name of $wrong falls back alone', ({ name, wrong }) => {
  const read = parseSettings(JSON.stringify({ ...MINE, [name]: wrong }), DEFAULT_SETTINGS)
  expect(read).toEqual({ ...MINE, [name]: DEFAULT_SETTINGS[name] })
})

test('what was stored before a setting was there is kept, and the rest begins as usual', () => {
  expect(parseSettings('{"theme":"dark","density":"compact"}', DEFAULT_SETTINGS)).toEqual({
    ...DEFAULT_SETTINGS,
    theme: 'dark',
    density: 'compact',
  })
})

test('what follows the system goes on following it', () => {
  const stored = JSON.stringify({ timeZone: 'system', locale: 'system' })
  expect(parseSettings(stored, MINE)).toMatchObject({ timeZone: 'system', locale: 'system' })
})
