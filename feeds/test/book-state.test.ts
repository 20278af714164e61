import { Book, micros } from '@depthcast/market'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SymbolBook } from '../src/book-state.ts'
import { OracleMismatch, SequenceGap } from '../src/errors.ts'
import type { Output } from '../src/venue.ts'
import { instrument, START } from './driver.ts'

const BTC = instrument('somewhere', 'BTC', 'BTC', 'USD')
const WHERE = { venue: 'somewhere', instrument: BTC.id }

const happening = fc.oneof(
  ...(
    [
      'requested',
      'acknowledged',
      'snapshot',
      'crossed snapshot',
      'delta',
      'crossing delta',
      'uncrossing delta',
      'hole',
      'doubt',
      'proof',
      'closed',
      'halted',
      'resumed',
    ] as const
  ).map((kind) => fc.record({ kind: fc.constant(kind), afterMs: fc.nat(4_000) })),
  fc.record({ kind: fc.constant('tick' as const), afterMs: fc.nat(30_000) }),
)

test('whatever happens, a consumer that obeys gaps holds the book the machine holds, and never one it was not told is broken', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 120 }), (script) => {
      const machine = new SymbolBook(BTC)
      const consumer = new Consumer()
      let now = START as number
      for (const { kind, afterMs } of script) {
        now += afterMs * 1000
        const out: Output[] = []
        play(machine, kind, now, out)
        consumer.take(out)
        if (machine.isTrusted && machine.book.isCrossed()) expect(consumer.status).toMatch(/halted|suspect|stale/)
        if (machine.isTrusted) expect(consumer.levels).toEqual(machine.book.bids())
        // Broken means told: nothing may be shown as right that the machine does not stand behind, save while the socket is merely gone.
        else if (machine.state !== 'idle' && !machine.isAwaited) expect(consumer.levels).toBeUndefined()
      }
    }),
    { numRuns: 2_000 },
  )
})

/** Folds events as the hub does, and checks what no stream of events may do. */
class Consumer {
  readonly #book = new Book()
  #hasBook = false
  #seeded = false
  status = ''

  get levels(): number[] | undefined {
    return this.#hasBook ? this.#book.bids() : undefined
  }

  take(out: readonly Output[]): void {
    for (const output of out) {
      if (output.kind !== 'event') continue
      const { event } = output
      if (event.kind === 'gap') {
        expect(this.levels, 'a gap in a book that was broken already').toBeDefined()
        this.#hasBook = false
      }
      if (event.kind === 'book-snapshot') {
        if (this.#seeded) expect(this.levels, 'a snapshot over a book that no gap broke').toBeUndefined()
        this.#seeded = true
        this.#hasBook = true
        this.#book.replace(event.bids, event.asks)
      }
      if (event.kind === 'book-delta') {
        expect(this.levels, 'a delta on no book').toBeDefined()
        this.#book.apply(event.bids, event.asks)
      }
      if (event.kind === 'status') {
        const status = `${event.state} ${event.reason}`
        expect(status, 'a status told twice').not.toBe(this.status)
        this.status = status
      }
    }
  }
}

function play(machine: SymbolBook, kind: string, at: number, out: Output[]): void {
  const now = at as typeof START
  const image = { bids: [10, 5], asks: [12, 5], exchangeTime: undefined, verified: 'none' } as const
  switch (kind) {
    case 'requested':
      machine.requested(now, out)
      break
    case 'acknowledged':
      machine.acknowledged(now)
      break
    case 'snapshot':
      // A protocol takes snapshots only from an open socket.
      return void (machine.state !== 'idle' && machine.snapshot(image, now, out))
    case 'crossed snapshot':
      return void (machine.state !== 'idle' && machine.snapshot({ ...image, bids: [13, 5] }, now, out))
    case 'delta':
      return void machine.delta({ ...image, bids: [10, 1 + (at % 7)], asks: [] }, now, out)
    case 'crossing delta':
      return void machine.delta({ ...image, bids: [12, 1], asks: [] }, now, out)
    case 'uncrossing delta':
      return void machine.delta({ ...image, bids: [12, 0], asks: [] }, now, out)
    case 'hole':
      return void (
        machine.state !== 'idle' &&
        machine.fail(new SequenceGap({ ...WHERE, expected: 1, received: 3 }), 'sequence', now, out)
      )
    case 'doubt':
      return void machine.doubt(new OracleMismatch({ ...WHERE, ours: 'a', theirs: 'b' }), now, out)
    case 'proof':
      machine.proven(now, out)
      break
    case 'halted':
      machine.halted(`for reason ${at % 2}`, now, out)
      break
    case 'resumed':
      machine.resumed(now, out)
      break
    case 'closed':
      machine.closed('closed', now, out)
      break
    case 'tick':
      return void machine.tick(now, now, out)
  }
}

test("a venue's clock that goes back is told once, and the book goes on in the order of its messages", () => {
  const machine = new SymbolBook(BTC)
  const out: Output[] = []
  const at = (ms: number) => micros(START + ms * 1000)
  machine.requested(START, out)
  machine.snapshot({ bids: [99, 1], asks: [101, 1], exchangeTime: undefined, verified: 'none' }, START, out)
  for (const [ms, lots] of [
    [5_000, 2],
    [4_950, 3],
    [1_000, 4],
    [1_050, 5],
  ] as const) {
    machine.delta({ bids: [99, lots], asks: [], exchangeTime: at(ms), verified: 'none' }, START, out)
  }
  const errors = out.flatMap((output) => (output.kind === 'error' ? [output.error] : []))
  expect(errors.map(({ code, message }) => [code, message])).toEqual([
    ['FEED_CLOCK', "the venue's clock went back 3950 ms"],
  ])
  expect(machine.isTrusted).toBe(true)
  expect(machine.book.bids()).toEqual([99, 5])
})
