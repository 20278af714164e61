import { step } from '@depthcast/market'
import { expect, test } from 'vitest'
import { coinbaseEmulator } from '../../src/emulators/coinbase/emulator.ts'
import { FullStream } from '../../src/emulators/coinbase/full.ts'
import { EmulatedWorld } from '../emulated.ts'
import { inSteps, PlainBook } from './facts.ts'

const LISTED = { symbol: 'A-B', base: 'A', quote: 'B', tickSize: step('1'), lotSize: step('1') }
const COMMON = { symbol: 'A-B', at: 0, seq: 0 }
const rest = (orderId: number, side: 'bid' | 'ask', ticks: number, lots: number) =>
  ({ ...COMMON, kind: 'rest', orderId, side, ticks, lots, total: lots }) as const
const fill = (orderId: number, takerId: number, lots: number, total: number) =>
  ({ ...COMMON, kind: 'fill', tradeId: 1, orderId, takerId, side: 'ask', ticks: 10, lots, total }) as const

const cancel = (orderId: number, ticks: number, lots: number) =>
  ({ ...COMMON, kind: 'cancel', orderId, side: 'ask', ticks, lots, total: 3 }) as const
/** -12, as the last eight digits of an id. */
const OLDER = 0xfffffff4

function told(...steps: readonly (Parameters<FullStream['hear']>[0] | 'end')[]): string[] {
  const stream = new FullStream(LISTED, { bid: [], ask: [12, 4] })
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
    'orders from before the opening, told as one of their level',
    [cancel(1, 12, 1), { ...fill(3, 2, 2, 1), ticks: 12 }, { ...fill(4, 2, 1, 0), ticks: 12 }, 'end'],
    [`change ${OLDER}`, 'received 2', `match ${OLDER}`, `match ${OLDER}`, `done ${OLDER}`, 'done 2'],
  ],
] as const)('%s', (_, steps, messages) => {
  expect(told(...steps)).toEqual(messages)
})

type Full = { type: string; sequence: number; order_id: string; maker_order_id: string; side: 'buy' | 'sell' } & Record<
  'price' | 'size' | 'remaining_size' | 'new_size',
  string
>

test('every order of a level 3 book, followed on the full channel, leaves the book of the exchange', () => {
  const world = new EmulatedWorld({ emulator: (own) => coinbaseEmulator(own) })
  const signature = `${'A'.repeat(43)}=`
  const client = world.client('/').send({
    ...{ type: 'subscribe', product_ids: ['BTC-USD'], channels: ['full'] },
    ...{ key: 'key', passphrase: 'any', timestamp: '1767225600', signature },
  })
  world.play(2_000)
  const book = world.json('/products/BTC-USD/book?level=3') as Record<'bids' | 'asks', [string, string, string][]> & {
    sequence: number
  }
  const orders = new Map<string, { side: string; price: number; size: number }>()
  for (const side of ['bids', 'asks'] as const) {
    for (const [price, size, id] of book[side])
      orders.set(id, { side, price: inSteps(price, 2), size: inSteps(size, 8) })
  }
  world.play(60_000)
  const messages = client.messages('"product_id":"BTC-USD"').filter(({ sequence }) => Number(sequence) > book.sequence)
  expect(messages.map(({ sequence }) => sequence)).toEqual(messages.map((_, i) => book.sequence + 1 + i))
  for (const one of messages as unknown as Full[]) {
    const side = one.side === 'buy' ? 'bids' : 'asks'
    const known = orders.get(one.order_id ?? one.maker_order_id)
    if (one.type === 'open') {
      orders.set(one.order_id, { side, price: inSteps(one.price, 2), size: inSteps(one.remaining_size, 8) })
    }
    if (one.type === 'match') known!.size -= inSteps(one.size, 8)
    if (one.type === 'change') known!.size = inSteps(one.new_size, 8)
    if (one.type === 'done') orders.delete(one.order_id)
  }
  const plain = new PlainBook()
  for (const { side, price, size } of orders.values()) {
    const sizes = plain[side as 'bids' | 'asks']
    sizes.set(price, (sizes.get(price) ?? 0) + size)
  }
  const { bids, asks } = world.host.oracle.book('BTC-USD')!
  expect(plain.flat).toEqual({ bids, asks })
})
