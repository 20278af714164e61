import type { Desk } from './desk.ts'

/** How much the page may ask for, whatever its panels are set to; `profile-caps.ts` has the figures. */
export type Profile = 'full' | 'balanced' | 'lite'
/** What the user chose; `auto` is Lite on a phone and Full elsewhere. */
export type ProfileChoice = Profile | 'auto'
export const PROFILE_CHOICES: readonly ProfileChoice[] = ['auto', 'full', 'balanced', 'lite']

/** The profile that holds; reading it inside a component follows it. */
export function profileOf({ settings, shell }: Pick<Desk, 'settings' | 'shell'>): Profile {
  const choice = settings.value.profile
  if (choice === 'auto') return shell.value === 'phone' ? 'lite' : 'full'
  return choice
}
