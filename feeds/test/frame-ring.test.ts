import fc from 'fast-check'
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
  ring.add({ ...open, connection: 'c#q', probe: { of: 'c', id: 'q' } } as CaptureRecord)
  ring.settle([])
  expect(kept(ring)).toEqual(['open', 'BTC-USD of the first socket', 'open'])
  ring.add(open)
  expect(kept(ring)).toEqual(['open'])
})

const SECOND = { ...open, connection: 'c#q', probe: { of: 'c', id: 'q' } } as CaptureRecord
const asks = { kind: 'probe', id: 'q', url: 'ws://venue', send: ['BTC-USD?'], withinMs: 1, about: BTC.id } as const
const ends: Output = { kind: 'probe', id: 'q', url: 'ws://venue', send: ['no more BTC-USD'], withinMs: 1 }
const compared = (ok: boolean): Output => ({ kind: 'check', check: 'oracle', instrument: BTC.id, ok })
const BOUNDS = { records: 3, characters: 1_000 }

/** A book of which older frames are gone, and that is then asked for on a socket which was opened before. */
function asked(pinned = { records: 50, characters: 1_000 }): FrameRing {
  const ring = new FrameRing([BTC], BOUNDS, pinned)
  for (const record of [open, SECOND]) ring.add(record)
  ring.settle([])
  pass(ring, 'old', 9)
  ask(ring)
  return ring
}

function ask(ring: FrameRing): void {
  ring.settle([asks])
  ring.add({ kind: 'sent', at: START, connection: 'c#q', text: 'BTC-USD?' })
  ring.settle([])
}

function pass(ring: FrameRing, name: string, count: number, connection = 'c'): void {
  for (let index = 0; index < count; index++) {
    ring.add({ kind: 'frame', at: START, connection, text: `${name}${index} BTC-USD` })
    ring.settle([about('book-delta', BTC)])
  }
}

function step(ring: FrameRing, outputs: readonly Output[]): void {
  ring.add(frame('step BTC-USD'))
  ring.settle(outputs)
}

test('from the question whose answer differed nothing is dropped until a fresh book agrees', () => {
  const ring = asked()
  pass(ring, 'first', 9)
  step(ring, [compared(false), ends])
  ring.settle([asks])
  pass(ring, 'second', 9)
  const whole = kept(ring)
  expect(whole.slice(0, 4)).toEqual(['open', 'open', 'BTC-USD?', 'first0 BTC-USD'])
  expect(whole).toHaveLength(3 + 9 + 1 + 9)
  expect(ring.of(BTC).isCut).toBe(false)
  step(ring, [compared(true), ends])
  expect(kept(ring)).toEqual(['open', 'second7 BTC-USD', 'second8 BTC-USD', 'step BTC-USD'])
})

test('nor is what belongs to nobody, for as long as any book is asked for', () => {
  const ring = asked()
  const beat = (count: number) => {
    for (let index = 0; index < count; index++) {
      ring.add(frame(`beat ${index}`))
      ring.settle([])
    }
  }
  beat(9)
  expect(kept(ring).filter((text) => text.startsWith('beat'))).toHaveLength(9)
  ring.settle([compared(true), ends])
  beat(9)
  expect(kept(ring).filter((text) => text.startsWith('beat'))).toHaveLength(BOUNDS.records)
})

test.each([
  { name: 'agreed', outputs: [compared(true), ends] },
  { name: 'never came', outputs: [{ kind: 'probe-done', id: 'q' } as const] },
  { name: 'is of another book', outputs: [{ ...asks, about: ETH.id }] },
  { name: 'came to nothing, the book being lost', outputs: [gapOf()] },
])('a question whose answer $name keeps nothing', ({ outputs }) => {
  const ring = asked()
  pass(ring, 'first', 9)
  step(ring, outputs)
  expect(kept(ring)).toHaveLength(1 + BOUNDS.records)
})

test('what a second socket said to a question that is gone is gone too', () => {
  const ring = new FrameRing([BTC], BOUNDS)
  for (const record of [open, SECOND]) ring.add(record)
  ring.settle([])
  pass(ring, 'old', 9)
  pass(ring, 'answer', 1, 'c#q')
  expect(kept(ring)).toEqual(['open', 'old7 BTC-USD', 'old8 BTC-USD'])
})

test('however long a doubt lasts, no more is kept than may be, and what is missing is said', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 4, max: 40 }),
      fc.array(fc.constantFrom('frame', 'common', 'differs', 'asks')),
      (most, all) => {
        const ring = asked({ records: most, characters: 10_000 })
        for (const [index, one] of all.entries()) {
          if (one === 'frame') pass(ring, String(index), 3)
          else if (one === 'common') {
            ring.add(frame('heartbeat'))
            ring.settle([])
          } else if (one === 'asks') ask(ring)
          else step(ring, [compared(false), ends])
          const { records, isCut } = ring.of(BTC)
          // Its own and what belongs to nobody, each within its bounds, and the two openings.
          expect(records.length).toBeLessThanOrEqual(2 * most + 2)
          const isDoubted = all.slice(0, index + 1).includes('differs')
          if (isDoubted && !isCut) expect(kept(ring)).toContain('BTC-USD?')
        }
      },
    ),
  )
})

function gapOf(): Output {
  const stamp = { instrument: BTC.id, exchangeTime: undefined, receivedAt: START }
  return { kind: 'event', event: { kind: 'gap', stream: 'book', reason: 'oracle', ...stamp } }
}
