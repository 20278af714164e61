import type { ProfileChoice } from '../../state/profile.ts'
import type { Density, Palette, ThemeChoice } from '../../theme/tokens.ts'

/** What a choice is called, and what it means in one line. */
export type Words<T extends string> = Readonly<Record<T, { readonly name: string; readonly says: string }>>

export const THEME_WORDS: Words<ThemeChoice> = {
  system: { name: 'System', says: 'Dark or light as the system is.' },
  dark: { name: 'Dark', says: 'Light figures on dark panels, whatever the system is.' },
  light: { name: 'Light', says: 'Dark figures on light panels, whatever the system is.' },
}

export const PALETTE_WORDS: Words<Palette> = {
  classic: { name: 'Classic', says: 'Green up, red down.' },
  vision: { name: 'Vision', says: 'Blue up, orange down: as far apart for eyes that do not tell red from green.' },
  east: { name: 'East', says: 'Red up, green down, as prices are shown in East Asia.' },
  mono: { name: 'Mono', says: 'No colours: shades tell the sides apart, and shapes, hollow and filled.' },
}

export const DENSITY_WORDS: Words<Density> = {
  compact: { name: 'Compact', says: 'Rows of 16 px: the most levels and trades on the screen.' },
  normal: { name: 'Normal', says: 'Rows of 20 px.' },
  touch: { name: 'Touch', says: 'Rows of 32 px, for fingers.' },
}

export const PROFILE_WORDS: Words<ProfileChoice> = {
  auto: { name: 'Automatic', says: 'Lite on a phone, Full on anything larger.' },
  full: { name: 'Full', says: 'Each panel asks for what it is set to.' },
  balanced: { name: 'Balanced', says: 'At most 10 updates a second a panel, and 50 levels a side in books.' },
  lite: { name: 'Lite', says: 'At most 5 updates a second a panel, and 12 levels a side in books.' },
}

type ZoneChoice = 'UTC' | 'system' | 'other'
export const ZONE_CHOICES: readonly ZoneChoice[] = ['UTC', 'system', 'other']
export const ZONE_WORDS: Words<ZoneChoice> = {
  UTC: { name: 'UTC', says: 'The same for everyone, and as the venues tell it.' },
  system: { name: "This browser's", says: 'By the clocks of where this computer says that it is.' },
  other: { name: 'Another', says: 'By the clocks of any place: search for its largest city.' },
}

type LocaleChoice = 'system' | 'other'
export const LOCALE_CHOICES: readonly LocaleChoice[] = ['system', 'other']
export const LOCALE_WORDS: Words<LocaleChoice> = {
  system: { name: "This browser's", says: 'Numbers as in the language of the browser.' },
  other: { name: 'Another', says: 'Numbers as in any language and region, by its tag (BCP 47).' },
}
