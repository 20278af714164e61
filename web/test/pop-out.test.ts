import { expect, test } from 'vitest'
import { alone, groupsOf } from '../src/state/pop-out.svelte.ts'
import { FLOW } from '../src/workspace/first.ts'
import { readWorkspace } from '../src/workspace/stored.ts'

test('a panel alone keeps its options, its group and that group’s instrument', () => {
  const flow = { ...FLOW, groups: { 1: 'kraken:BTC-USD' } }
  const popped = alone(flow, 'ladder-1', 'Book')
  expect(popped.panels).toEqual({ 'ladder-1': flow.panels['ladder-1'] })
  expect(popped.groups).toEqual({ 1: 'kraken:BTC-USD' })
  expect(readWorkspace(popped)).toMatchObject({ kind: 'read' })
})

test.each([
  { told: { 1: 'a:B-C', 7: 'x', 2: 5 }, taken: { 1: 'a:B-C' } },
  { told: { 1: '', 2: 'x'.repeat(81) }, taken: {} },
  { told: 'no groups', taken: {} },
  { told: null, taken: {} },
])('of what another window tells only groups are taken: $told', ({ told, taken }) => {
  expect(groupsOf(told)).toEqual(taken)
})
