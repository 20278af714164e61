import { expect, test } from 'vitest'
import { QuoteNeeds } from '../src/state/quotes-needs.ts'

function needs() {
  const told: (readonly [readonly string[], readonly number[]])[] = []
  return { told, needs: new QuoteNeeds((symbols, ratesMs) => told.push([symbols, ratesMs])) }
}

test('what several need is asked for once, as often as the most impatient of them needs it', async () => {
  const on = needs()
  on.needs.add(['b', 'a'], 1000)
  const stop = on.needs.add(['a'], 100)
  await Promise.resolve()
  expect(on.told).toEqual([
    [
      ['a', 'b'],
      [100, 1000],
    ],
  ])
  stop()
  await Promise.resolve()
  expect(on.told[1]).toEqual([
    ['a', 'b'],
    [1000, 1000],
  ])
})

test('what one drops and another takes up at the same moment is not asked for again', async () => {
  const on = needs()
  const stop = on.needs.add(['a'])
  await Promise.resolve()
  stop()
  on.needs.add(['a'])
  await Promise.resolve()
  expect(on.told).toHaveLength(1)
})

test('when nobody needs any, none are asked for', async () => {
  const on = needs()
  const stop = on.needs.add(['a'])
  await Promise.resolve()
  stop()
  await Promise.resolve()
  expect(on.told.at(-1)).toEqual([[], []])
})
