import { expect, test } from 'vitest'
import { type Batch, Batches } from '../../src/flow/batch.ts'

const frame = (text: string): Buffer => Buffer.from(text)

test('the same frames in the same order are one buffer, whoever they are for', () => {
  const batches = new Batches()
  const [a, b, c] = [frame('aa'), frame('b'), frame('ccc')]
  const one = pathOf(batches, [a, b, c])
  expect(pathOf(batches, [a, b, c])).toBe(one)
  expect(one.spliced()).toBe(one.spliced())
  expect(String(one.spliced())).toBe('aabccc')
  expect([one.messages, one.bytes, one.viewBytes]).toEqual([3, 6, 6])
})

test('other frames, or another order, are another buffer', () => {
  const batches = new Batches()
  const [a, b, c] = [frame('a'), frame('b'), frame('c')]
  const paths = [[a, b], [b, a], [a, c], [a, b, c], [b], [a, b]]
  expect(paths.map((path) => String(pathOf(batches, path).spliced()))).toEqual(['ab', 'ba', 'ac', 'abc', 'b', 'ab'])
})

test('equal bytes that are not the same frame are kept apart', () => {
  const batches = new Batches()
  expect(pathOf(batches, [frame('a'), frame('b')])).not.toBe(pathOf(batches, [frame('a'), frame('b')]))
})

test('a frame by itself goes out as it is', () => {
  const only = frame('a')
  expect(new Batches().begin(only, true).spliced()).toBe(only)
})

test('what is not of a view is sent with the rest and counted apart', () => {
  const batches = new Batches()
  const batch = batches.begin(frame('status'), false).and(frame('book'), true)
  expect([batch.bytes, batch.viewBytes]).toEqual([10, 4])
})

test('once everyone’s batch has left, nothing of it is kept', () => {
  const batches = new Batches()
  const a = frame('a')
  const first = [batches.begin(a, true), batches.begin(a, true)]
  expect(first[0]).toBe(first[1])
  batches.done()
  expect(batches.begin(a, true)).toBe(first[0])
  batches.done()
  batches.done()
  expect(batches.begin(a, true)).not.toBe(first[0])
})

function pathOf(batches: Batches, frames: readonly Buffer[]): Batch {
  const [first, ...rest] = frames as [Buffer, ...Buffer[]]
  return rest.reduce((batch, next) => batch.and(next, true), batches.begin(first, true))
}
