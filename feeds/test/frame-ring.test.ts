import { expect, test } from 'vitest'
import type { CaptureRecord } from '../src/capture.ts'
import { FrameRing } from '../src/frame-ring.ts'
import type { Output } from '../src/venue.ts'
import { instrument, START } from './driver.ts'

const BTC = instrument('plain', 'BTC-USD', 'BTC', 'USD')
const ETH = instrument('plain', 'ETH-USD', 'ETH', 'USD')

const frame = (text: string): CaptureRecord => ({ kind: 'frame', at: START, connection: 'c', text })
const open: CaptureRecord = { kind: 'open', at: START, connection: 'c', url: 'ws://venue' }
const about = (kind: 'book-snapshot' | 'book-delta', { id }: typeof BTC): Output =>
  ({ kind: 'event', event: { kind, instrument: id } }) as unknown as Output

/** What is kept of BTC, by its text. */
function kept(ring: FrameRing): string[] {
  return ring.records(BTC.id).map((record) => ('text' in record ? record.text : record.kind))
}

test('a book has the frames that were about it or about nobody, in order, and not those of the others', () => {
  const ring = new FrameRing([BTC, ETH])
  ring.add(open)
  ring.add({ ...frame('subscribe BTC-USD and ETH-USD'), kind: 'sent' } as CaptureRecord)
  ring.settle([])
  for (const [text, outputs] of [
    ['ack', []],
    ['one', [about('book-snapshot', BTC)]],
    ['two', [about('book-snapshot', ETH)]],
    ['kept for later: ETH-USD', []],
    ['kept for later: BTC-USD', []],
    ['both', [about('book-delta', BTC), about('book-delta', ETH)]],
    ['heartbeat', []],
  ] as const) {
    ring.add(frame(text))
    ring.settle(outputs)
  }
  ring.add(frame('the newest, not settled yet'))
  expect(kept(ring)).toEqual([
    'open',
    'subscribe BTC-USD and ETH-USD',
    'ack',
    'one',
    'kept for later: BTC-USD',
    'both',
    'heartbeat',
    'the newest, not settled yet',
  ])
})

test.each([
  { name: 'records', bounds: { records: 3, characters: 1_000 } },
  { name: 'characters', bounds: { records: 1_000, characters: 12 } },
])(
  'the oldest are dropped past so many $name; the opening and the snapshot stay, and the hole is told',
  ({ bounds }) => {
    const ring = new FrameRing([BTC], bounds)
    ring.add(open)
    ring.settle([])
    ring.add(frame('snap'))
    ring.settle([about('book-snapshot', BTC)])
    for (let index = 0; index < 100; index++) {
      ring.add(frame(`d${String(index).padStart(3, '0')}`))
      ring.settle([about('book-delta', BTC)])
    }
    const [note, ...rest] = kept(ring)
    expect(note).toContain('97 records of plain:BTC-USD after its snapshot are gone')
    expect(rest).toEqual(['open', 'snap', 'd097', 'd098', 'd099'])
  },
)

test('a snapshot that comes again is what the book stands on: nothing after it is missing', () => {
  const ring = new FrameRing([BTC], { records: 3, characters: 1_000 })
  for (const text of ['a', 'b', 'c', 'd']) {
    ring.add(frame(text))
    ring.settle([about('book-delta', BTC)])
  }
  ring.add(frame('snap'))
  ring.settle([about('book-snapshot', BTC)])
  ring.add(frame('e'))
  ring.settle([about('book-delta', BTC)])
  expect(kept(ring)).toEqual(['d', 'snap', 'e'])
})

test('a new socket begins anew; a probe beside it does not', () => {
  const ring = new FrameRing([BTC])
  ring.add(open)
  ring.add(frame('BTC-USD of the first socket'))
  ring.settle([])
  ring.add({ ...open, probe: { of: 'c', id: 'q' } } as CaptureRecord)
  ring.settle([])
  expect(kept(ring)).toEqual(['open', 'BTC-USD of the first socket', 'open'])
  ring.add(open)
  expect(kept(ring)).toEqual(['open'])
})
