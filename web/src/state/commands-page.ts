import { DENSITIES, PALETTES, THEME_CHOICES } from '../theme/tokens.ts'
import type { Command, Page } from './command.ts'
import { describeInstrument, UNLISTED } from './describe.ts'
import type { Desk } from './desk.ts'
import { COMMON_LOCALES } from './locales.ts'
import { PROFILE_CHOICES } from './profile.ts'
import { DEFAULT_SETTINGS, type Settings } from './settings.ts'
import { askForToken } from './token.ts'

/** Every instrument there is: found by its symbol, base, quote and venue. The group of the panel in use takes it on. */
export function instrumentCommands({ desk }: Page): readonly Command[] {
  const shown = desk.instrument?.id
  return desk.instruments.value.map(({ id, base, quote, venue, state }) => ({
    id: `instrument:${id}`,
    group: 'Instrument',
    title: `${base}-${quote} · ${venue}${state === UNLISTED ? ` · ${describeInstrument(state).text}` : ''}`,
    words: `${id} ${base}${quote} symbol market`,
    on: id === shown,
    run: () => {
      desk.select(id)
      desk.say(`${base}-${quote} of ${venue}`)
    },
  }))
}

export function resetSettings(desk: Desk): void {
  desk.settings.set(DEFAULT_SETTINGS)
  desk.say('Settings are as they were at first')
}

/** Everything that is set for the whole page. */
export function settingCommands({ desk }: Page): readonly Command[] {
  const chosen = desk.settings.value
  const choose = <Name extends keyof Settings>(
    name: Name,
    title: string,
    choices: readonly Settings[Name][],
    words = '',
  ) =>
    choices.map((choice): Command => {
      const text = choice === true ? 'on' : choice === false ? 'off' : String(choice)
      return {
        id: `setting:${name}:${text}`,
        group: 'Settings',
        title: `${title} ${text}`,
        words: `set ${words}`,
        on: chosen[name] === choice,
        run: () => {
          desk.settings.change((settings) => ({ ...settings, [name]: choice }))
          desk.say(`${title} ${text}`)
        },
      }
    })
  return [
    ...choose('theme', 'Theme', THEME_CHOICES, 'colours mode'),
    ...choose('palette', 'Palette', PALETTES, 'colours up down green red blue'),
    ...choose('density', 'Rows', DENSITIES, 'density size'),
    ...choose('profile', 'Rates', PROFILE_CHOICES, 'profile bandwidth data'),
    ...choose('singleKeys', 'Single-key shortcuts', [true, false], 'keyboard'),
    ...choose('timeZone', 'Time zone', ['UTC', 'system', ...Intl.supportedValuesOf('timeZone')], 'clock'),
    ...choose('locale', 'Numbers as in', ['system', ...COMMON_LOCALES], 'locale language format decimal comma'),
    {
      id: 'settings-reset',
      group: 'Settings',
      title: 'Reset all settings',
      words: 'default first',
      run: () => resetSettings(desk),
    },
    { id: 'token', group: 'Settings', title: 'Token…', words: 'key login sign in password', run: askForToken },
  ]
}
