import { expect, test } from 'vitest'
import { Outputs } from '../../src/emulators/outputs.ts'

test('what a conversation did is given once, in order, and stays as it was given', () => {
  const outputs = new Outputs()
  expect(outputs.take()).toEqual([])
  outputs.push({ kind: 'frame', text: 'a' })
  outputs.push({ kind: 'timer', at: 2 }, { kind: 'close', code: 1000, reason: '' })
  const taken = outputs.take()
  outputs.push({ kind: 'frame', text: 'b' })
  expect(taken).toEqual([
    { kind: 'frame', text: 'a' },
    { kind: 'timer', at: 2 },
    { kind: 'close', code: 1000, reason: '' },
  ])
  expect(outputs.take()).toEqual([{ kind: 'frame', text: 'b' }])
  expect(outputs.take()).toEqual([])
})
