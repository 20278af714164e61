import { step } from '@depthcast/market'
import { expect, test } from 'vitest'
import { FullStream } from '../../src/emulators/coinbase/full.ts'

const LISTED = { symbol: 'A-B', base: 'A', quote: 'B', tickSize: step('1'), lotSize: step('1') }
const COMMON = { symbol: 'A-B', at: 0, seq: 0 }
const rest = (orderId: number, side: 'bid' | 'ask', ticks: number, lots: number) =>
  ({ ...COMMON, kind: 'rest', orderId, side, ticks, lots, total: lots }) as const
const fill = (orderId: number, takerId: number, lots: number, total: number) =>
  ({ ...COMMON, kind: 'fill', tradeId: 1, orderId, takerId, side: 'ask', ticks: 10, lots, total }) as const

function told(...steps: readonly (Parameters<FullStream['hear']>[0] | 'end')[]): string[] {
  const stream = new FullStream(LISTED)
  const messages = steps.flatMap((one) => (one === 'end' ? stream.end(0) : stream.hear(one, 0)))
  expect(messages.map(({ sequence }) => sequence)).toEqual(messages.map((_, i) => i + 2))
  return messages.map(({ text }) => {
    const { type, order_id, maker_order_id } = JSON.parse(text()) as Record<string, string>
    return `${type} ${Number.parseInt((order_id ?? maker_order_id)!.slice(-8), 16)}`
  })
}

test.each([
  ['an order that rests', [rest(1, 'bid', 9, 5)], ['received 1', 'open 1']],
  [
    'a taker that takes all it wants',
    [rest(1, 'ask', 10, 5), fill(1, 2, 3, 2), 'end'],
    ['received 1', 'open 1', 'received 2', 'match 1', 'done 2'],
  ],
  [
    'a taker that takes all there is, and rests with what is left',
    [rest(1, 'ask', 10, 5), fill(1, 2, 5, 0), rest(2, 'bid', 10, 4), 'end'],
    ['received 1', 'open 1', 'received 2', 'match 1', 'done 1', 'open 2'],
  ],
  [
    'two takers one after the other',
    [rest(1, 'ask', 10, 5), fill(1, 2, 1, 4), fill(1, 3, 1, 3), 'end'],
    ['received 1', 'open 1', 'received 2', 'match 1', 'done 2', 'received 3', 'match 1', 'done 3'],
  ],
  [
    'an order from before the opening, whose level is gone',
    [fill(1, 2, 5, 0), 'end'],
    ['received 2', 'match 1', 'done 1', 'done 2'],
  ],
] as const)('%s', (_, steps, messages) => {
  expect(told(...steps)).toEqual(messages)
})
