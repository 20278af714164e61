import { expect, test } from 'vitest'
import type { CaptureRecord } from '../src/capture.ts'
import { FrameRing } from '../src/frame-ring.ts'
import type { Output } from '../src/venue.ts'
import { instrument, START } from './driver.ts'

const BTC = instrument('plain', 'BTC-USD', 'BTC', 'USD')
const ETH = instrument('plain', 'ETH-USD', 'ETH', 'USD')

const frame = (text: string): CaptureRecord => ({ kind: 'frame', at: START, connection: 'c', text })
const open: CaptureRecord = { kind: 'open', at: START, connection: 'c', url: 'ws://venue' }
const about = (kind: 'book-snapshot' | 'book-delta', { id }: typeof BTC, lots = 1): Output => {
  const exchangeTime = (START + lots) as typeof START
  const stamp = { instrument: id, exchangeTime, receivedAt: START, verified: 'none' } as const
  return { kind: 'event', event: { kind, bids: [100, lots], asks: [], venueSeq: [lots, lots], ...stamp } }
}

/** What is kept of BTC, by its text. */
function kept(ring: FrameRing): string[] {
  return ring.of(BTC).records.map((record) => ('text' in record ? record.text : record.kind))
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
])('past so many $name the oldest are dropped, and folded into the book that those kept continue', ({ bounds }) => {
  const ring = new FrameRing([BTC], bounds)
  ring.add(open)
  ring.settle([])
  ring.add(frame('ack'))
  ring.settle([])
  ring.add(frame('snap'))
  ring.settle([about('book-snapshot', BTC)])
  expect(ring.of(BTC).image).toBeUndefined()
  for (let index = 2; index < 100; index++) {
    ring.add({ ...frame(`d${String(index).padStart(3, '0')}`), at: (START + index) as typeof START } as CaptureRecord)
    ring.settle([about('book-delta', BTC, index)])
  }
  expect(kept(ring)).toEqual(['open', 'd097', 'd098', 'd099'])
  const { image, records } = ring.of(BTC)
  expect(image).toEqual({ instrument: BTC, bids: [100, 96], asks: [], venueSeq: [96, 96], exchangeTime: START + 96 })
  // The hours between are not replayed: no deadline in them may be missed.
  expect(records[0]).toMatchObject({ kind: 'open', at: START + 97 })
})

test('a book that was broken when its oldest frame came has no image', () => {
  const ring = new FrameRing([BTC], { records: 2, characters: 1_000 })
  ring.add(open)
  ring.settle([])
  const gap = { kind: 'gap', stream: 'book', reason: 'sequence', instrument: BTC.id } as const
  const told: readonly Output[][] = [
    [about('book-snapshot', BTC)],
    [{ kind: 'event', event: { ...gap, exchangeTime: undefined, receivedAt: START } }],
    [about('book-delta', BTC)],
    [about('book-delta', BTC)],
  ]
  for (const outputs of told) {
    ring.add(frame('x'))
    ring.settle(outputs)
  }
  expect(ring.of(BTC).image).toBeUndefined()
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
