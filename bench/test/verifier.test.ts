import { checksum } from '@depthcast/market'
import { expect, test } from 'vitest'
import { Verifier } from '../src/load/verifier.ts'

const SNAPSHOT = { sub: 1, epoch: 1, seq: 1, serverTime: 100, bids: [99, 5, 98, 6], asks: [101, 7], checksum: 0 }
const WHOLE = { ...SNAPSHOT, checksum: checksum([99, 5, 98, 6], [101, 7], 100) }
const NEXT = { sub: 1, epoch: 1, seq: 2, prev: 1, merged: 1, serverTime: 200, bids: [99, 9], asks: [] }
const UPDATE = { ...NEXT, checksum: checksum([99, 9, 98, 6], [101, 7], 100) }

test('a client that gets what it should has nothing to complain of, and knows where it is', () => {
  const verifier = new Verifier()
  expect(verifier.take('snapshot', WHOLE)).toBe(100)
  expect(verifier.take('update', UPDATE)).toBe(200)
  expect(verifier.take('status', {})).toBeUndefined()
  expect([verifier.checked, verifier.wrong, verifier.position]).toEqual([2, 0, [1, 2]])
})

test('decimal strings are held to the same checksum', () => {
  const verifier = new Verifier()
  verifier.take('snapshot', {
    ...WHOLE,
    bids: [
      ['0.99', '0.00000005'],
      ['0.98', '0.00000006'],
    ],
    asks: [['1.01', '0.00000007']],
  })
  expect([verifier.checked, verifier.wrong]).toEqual([1, 0])
})

test.each([
  { name: 'a level that is not what was published', update: { ...UPDATE, bids: [99, 8] } },
  { name: 'an update that was left out', update: { ...UPDATE, prev: 2, seq: 3 } },
  { name: 'an update that comes twice', update: { ...UPDATE, prev: 0 } },
  { name: 'a message without its checksum', update: NEXT },
])('$name is a wrong book', ({ update }) => {
  const verifier = new Verifier()
  verifier.take('snapshot', WHOLE)
  verifier.take('update', update)
  expect(verifier.wrong).toBe(1)
  expect(verifier.complaint).toBeDefined()
})
