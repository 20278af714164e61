import { expect, test } from 'vitest'
import { cell } from '../src/state/cell.ts'
import { type Profile, type ProfileChoice, profileOf } from '../src/state/profile.ts'
import { cappedWords, withinProfile } from '../src/state/profile-caps.ts'
import { DEFAULT_SETTINGS } from '../src/state/settings.ts'
import type { Shell } from '../src/workspace/first.ts'

test.each<{ choice: ProfileChoice; shell: Shell; want: Profile }>([
  { choice: 'auto', shell: 'phone', want: 'lite' },
  { choice: 'auto', shell: 'tablet', want: 'full' },
  { choice: 'auto', shell: 'desktop', want: 'full' },
  { choice: 'full', shell: 'phone', want: 'full' },
  { choice: 'lite', shell: 'desktop', want: 'lite' },
])('$choice on a $shell is $want', ({ choice, shell, want }) => {
  expect(profileOf({ settings: cell({ ...DEFAULT_SETTINGS, profile: choice }), shell: cell(shell) })).toBe(want)
})

test.each<{ profile: Profile; rateMs: number; depth: number }>([
  { profile: 'full', rateMs: 50, depth: 500 },
  { profile: 'balanced', rateMs: 100, depth: 50 },
  { profile: 'lite', rateMs: 200, depth: 12 },
])('a ladder of 500 levels at 20 Hz asks in $profile for $depth every $rateMs ms', ({ profile, rateMs, depth }) => {
  const chosen = { rateMs: 50, depth: 500, grouping: 5 }
  expect(withinProfile(chosen, profile, 'ladder')).toEqual({ rateMs, depth, grouping: 5 })
})

test('what a profile allows anyway stays the very same, so that nothing is asked anew', () => {
  const modest = { rateMs: 1000, depth: 5 }
  for (const profile of ['full', 'balanced', 'lite'] as const)
    expect(withinProfile(modest, profile, 'ladder')).toBe(modest)
})

test('what has no depth is not given one, and only a ladder loses levels', () => {
  expect(withinProfile({ rateMs: 50, minValue: '1' }, 'lite', 'tape')).toEqual({ rateMs: 200, minValue: '1' })
  expect(withinProfile({ rateMs: 50, depth: 500 }, 'lite', 'tape')).toEqual({ rateMs: 200, depth: 500 })
})

test('a choice that is cut says both numbers', () => {
  expect([cappedWords(10, 10), cappedWords(20, 5)]).toEqual(['10', '20→5'])
})
