import { Ledger } from '@depthcast/market'
import {
  CHANNELS,
  type Position,
  ProtocolError,
  printResume,
  readResume,
  resumeAt,
  type SubId,
} from '@depthcast/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { INSTRUMENT, Model, type Said } from './law/model.ts'

const TICKET = 'eyJhIjoxfQ.c2lnbmF0dXJl'

test('a resume token is written as the page of the protocol says', () => {
  const positions = new Map<SubId, Position>([
    [11, [1_849_355_000_000_000, 4]],
    [13, [0, 2]],
  ])
  const text = printResume({ ticket: TICKET, positions })
  expect(text).toBe(`${TICKET}~11.1849355000000000.4,13.0.2`)
  expect(readResume(text)).toStrictEqual({ ticket: TICKET, positions })
})

const count = (min: number) => fc.integer({ min, max: Number.MAX_SAFE_INTEGER })
const tokens = fc.record(
  {
    ticket: fc.stringMatching(/^[\w.-]{1,80}$/),
    positions: fc
      .uniqueArray(fc.tuple(count(1), fc.tuple(count(0), count(0))), { selector: ([sub]) => sub, maxLength: 50 })
      .map((entries) => new Map<SubId, Position>(entries)),
  },
  { noNullPrototype: true },
)

test('a resume token that was written reads the same', () => {
  fc.assert(
    fc.property(tokens, (token) => {
      expect(readResume(printResume(token))).toStrictEqual(token)
    }),
  )
})

test.each([
  { name: 'nothing', text: '' },
  { name: 'no positions part', text: TICKET },
  { name: 'no ticket', text: '~1.1.1' },
  { name: 'two numbers', text: `${TICKET}~1.1` },
  { name: 'a sign', text: `${TICKET}~1.1.-1` },
  { name: 'an exponent', text: `${TICKET}~1.1.1e3` },
  { name: 'hexadecimal', text: `${TICKET}~1.1.0x1` },
  { name: 'sub 0', text: `${TICKET}~0.1.1` },
  { name: 'one past 2^53', text: `${TICKET}~1.1.9007199254740993` },
  { name: 'a comma at the end', text: `${TICKET}~1.1.1,` },
  { name: 'one sub twice', text: `${TICKET}~1.1.1,1.1.2` },
  { name: 'a line break', text: `${TICKET}~1.1.1\n` },
  { name: 'a letter no ticket has', text: `${TICKET}=~1.1.1` },
  { name: 'more than it may have', text: `${'a'.repeat(65_536)}~` },
])('a resume token with $name is refused', ({ text }) => {
  expect(() => readResume(text)).toThrow(expect.objectContaining({ code: 400, slug: 'bad-request' }))
})

test('any text is a resume token or a ProtocolError', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\w.~,-]{0,200}$/)), (text) => {
      try {
        readResume(text)
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error
      }
    }),
  )
})

const BOOK: Said = { kind: 'book-snapshot', bids: [5, 1] as never, asks: [6, 1] as never, verified: 'none' }
const DELTA: Said = { kind: 'book-delta', bids: [5, 2] as never, asks: [], verified: 'none' }
const GAP: Said = { kind: 'gap', stream: 'book', reason: 'sequence' }
const TRADE = { kind: 'trade', tradeId: '', price: 5, quantity: 1, side: 'buy' } as unknown as Said

test.each<{ name: string; said: readonly Said[]; held: Position; want: 'current' | undefined }>([
  { name: 'all there is', said: [BOOK], held: [1, 1], want: 'current' },
  { name: 'less', said: [BOOK, DELTA], held: [1, 1], want: undefined },
  { name: 'more', said: [BOOK], held: [1, 2], want: undefined },
  { name: 'the same number of another epoch', said: [BOOK, BOOK], held: [1, 1], want: undefined },
  { name: 'a book that is no longer right', said: [BOOK, GAP], held: [1, 1], want: undefined },
])('a book view takes back a client that holds $name: $want', ({ said, held, want }) => {
  const state = CHANNELS.book.init(ledgerOf(said), { depth: 5, grouping: 1, checksum: true })
  expect(resumeAt(CHANNELS.book, state, held)).toBe(want)
})

test('a view of bars takes back a client of the same ledger only', () => {
  const state = CHANNELS.candles.init(ledgerOf([TRADE]), { interval: '1m', bars: 5 })
  expect(resumeAt(CHANNELS.candles, state, [7, 1])).toBe('current')
  expect(resumeAt(CHANNELS.candles, state, [8, 1])).toBeUndefined()
})

test('a view of trades takes back a client with exactly what it missed', () => {
  const state = CHANNELS.trades.init(ledgerOf([TRADE, TRADE, TRADE]), { snapshot: 1 })
  expect(resumeAt(CHANNELS.trades, state, [1, 3])).toBe('current')
  const missed = resumeAt(CHANNELS.trades, state, [1, 1])
  expect(missed).toMatchObject({ prev: 1, seq: 3, trades: [['2'], ['3']].map((id) => expect.arrayContaining(id)) })
})

test('a client whose new gateway is not as far hears no trade twice', () => {
  const ahead = CHANNELS.trades.init(ledgerOf([TRADE, TRADE, TRADE]), { snapshot: 50 })
  const behind = ledgerOf([TRADE, TRADE])
  const state = CHANNELS.trades.init(behind, { snapshot: 50 })
  const view = CHANNELS.trades.open(INSTRUMENT, { snapshot: 50 })
  CHANNELS.trades.apply(view, CHANNELS.trades.snapshot(ahead)!)

  expect(resumeAt(CHANNELS.trades, state, [1, 3])).toBeUndefined()
  CHANNELS.trades.apply(view, CHANNELS.trades.snapshot(state)!)
  expect([view.added, view.lost]).toEqual([0, 0])
  const model = new Model()
  for (const event of [TRADE, TRADE, TRADE, TRADE].map((said) => model.say(said))) behind.apply(event)
  CHANNELS.trades.apply(view, CHANNELS.trades.diff(state)!)
  expect(view.trades.slice(-view.added).map(([id]) => id)).toEqual(['4'])
  expect([view.trades.length, view.lost]).toEqual([4, 0])
})

function ledgerOf(said: readonly Said[]): Ledger {
  const ledger = new Ledger(INSTRUMENT, { epoch: 7 })
  const model = new Model()
  for (const what of said) ledger.apply(model.say(what))
  return ledger
}
