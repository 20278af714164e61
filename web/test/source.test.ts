import { expect, test } from 'vitest'
import { sourceOf } from '../src/engine/source.ts'

const TOLD = 1_700_000_000_000
const TAKEN = TOLD + 400

test.each([
  { verified: 'checksum', verifiedAt: TOLD * 1000, at: TAKEN },
  { verified: 'sequence', verifiedAt: undefined, at: TAKEN },
  { verified: 'checksum', verifiedAt: (TAKEN + 7) * 1000, at: TAKEN + 7 },
  { verified: 'oracle', verifiedAt: TOLD * 1000, at: TOLD },
  { verified: 'oracle', verifiedAt: undefined, at: 0 },
  { verified: 'none', verifiedAt: undefined, at: 0 },
] as const)('a book of grade $verified that was told verified at $verifiedAt was so at $at', (row) => {
  const { verified, verifiedAt, at } = row
  expect(sourceOf({ verified, verifiedAt }, TAKEN)).toEqual({ verified, at })
})

test('nothing told is nothing known', () => {
  expect(sourceOf(undefined, TAKEN)).toBeUndefined()
})
