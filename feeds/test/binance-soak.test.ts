import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BinanceProtocol } from '../src/venues/binance/protocol.ts'
import { ModelVenue } from './binance-model.ts'
import { Driver, instrument } from './driver.ts'

const BTC = instrument('binance', 'BTCUSDT', 'BTC', 'USDT')
const FATES = ['passes', 'passes', 'passes', 'is lost', 'comes twice', 'comes late'] as const
type Fate = (typeof FATES)[number]

/** What happens, one thing after the other, at the venue, on the way, and between the questions and their answers. */
type Step =
  | { readonly kind: 'change'; readonly side: 'bid' | 'ask'; readonly place: number; readonly lots: number }
  | { readonly kind: 'batch'; readonly diff: Fate; readonly best: Fate; readonly isWrong: boolean }
  | { readonly kind: 'answers'; readonly how: 'of now' | 'of a while ago' | 'failed' | 'too many' }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'socket lost' }

const change = fc.record({
  kind: fc.constant('change' as const),
  side: fc.constantFrom('bid' as const, 'ask' as const),
  place: fc.nat(30),
  lots: fc.nat(3),
})
const batch = (isWrong: fc.Arbitrary<boolean>): fc.Arbitrary<Step> =>
  fc.record({
    kind: fc.constant('batch' as const),
    diff: fc.constantFrom(...FATES),
    best: fc.constantFrom(...FATES),
    isWrong,
  })
const answers = fc.record({
  kind: fc.constant('answers' as const),
  how: fc.constantFrom(
    'of now' as const,
    'of now' as const,
    'of a while ago' as const,
    'failed' as const,
    'too many' as const,
  ),
})
const wait = fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(100, 1_000, 12_000, 35_000) })
const lost = fc.constant({ kind: 'socket lost' as const })

function schedule(isWrong: fc.Arbitrary<boolean>): fc.Arbitrary<readonly Step[]> {
  const step = fc.oneof(
    { weight: 8, arbitrary: change },
    { weight: 6, arbitrary: batch(isWrong) },
    { weight: 3, arbitrary: answers },
    { weight: 2, arbitrary: wait },
    { weight: 1, arbitrary: lost },
  )
  return fc.array(step, { minLength: 20, maxLength: 120 })
}

test('whatever is lost, doubled or late, the book is at every moment the venue’s book of its id, or openly none', () => {
  fc.assert(
    fc.property(schedule(fc.constant(false)), fc.boolean(), (steps, goesOn) => {
      const run = new Run(true)
      for (const step of steps) run.take(step)
      run.settle(goesOn)
      run.expectExactOrNone()
    }),
    { numRuns: 150 },
  )
})

test('whatever is falsified on the way as well, the book ends as the venue’s, or openly as none', () => {
  fc.assert(
    fc.property(schedule(fc.boolean()), fc.boolean(), (steps, goesOn) => {
      const run = new Run(false)
      for (const step of steps) run.take(step)
      run.settle(goesOn)
      run.expectExactOrNone()
    }),
    { numRuns: 150 },
  )
})

/** A model venue, our protocol, and the way between them. */
class Run {
  readonly #venue = new ModelVenue('BTCUSDT', 25)
  readonly #driver = new Driver(new BinanceProtocol([BTC], 'http://venue'))
  readonly #isCheckedAlways: boolean
  #late: unknown[] = []
  #unanswered: string[] = []
  #seen = 0

  constructor(isCheckedAlways: boolean) {
    this.#isCheckedAlways = isCheckedAlways
    this.#driver.open()
  }

  take(step: Step): void {
    switch (step.kind) {
      case 'change':
        this.#venue.change(step.side, step.place, step.lots)
        return
      case 'batch':
        this.#batch(step)
        break
      case 'answers':
        this.#answer(step.how)
        break
      case 'wait':
        this.#driver.ping().wait(step.ms)
        break
      case 'socket lost':
        this.#late = []
        this.#unanswered = []
        this.#driver.closed().wait(1_000).open()
    }
    if (this.#isCheckedAlways) this.#expectExact()
  }

  /**
   * The faults are over, the stream goes on or falls silent, and every question is answered for 40 minutes: what is wrong below the best 20 levels of
   * a busy book is found when it is next held against a whole snapshot.
   */
  settle(goesOn: boolean): void {
    for (let round = 0; round < 400; round++) {
      if (goesOn || round === 0) {
        this.#venue.change('bid', round % 30, 1 + (round % 2))
        this.#batch({ diff: goesOn ? 'passes' : 'is lost', best: goesOn ? 'passes' : 'is lost', isWrong: false })
      }
      this.#answer('of now')
      this.#driver.ping().wait(6_000)
      const reconnects = this.#driver.outputs.slice(this.#seen).some(({ kind }) => kind === 'reconnect')
      this.#look()
      if (reconnects) this.take({ kind: 'socket lost' })
    }
  }

  expectExactOrNone(): void {
    const book = this.#driver.book(BTC.id)
    if (book === undefined) expect(['degraded', 'resyncing']).toContain(this.#driver.state(BTC.id))
    else {
      expect(['live', 'quiet']).toContain(this.#driver.state(BTC.id))
      expect(book).toEqual(this.#venue.truth(this.#venue.id))
    }
  }

  /** What a consumer holds is the true book of the id it was told. */
  #expectExact(): void {
    const book = this.#driver.book(BTC.id)
    if (book === undefined) {
      expect(['live', 'quiet', 'suspect']).not.toContain(this.#driver.state(BTC.id))
      return
    }
    const last = this.#driver.events.findLast(({ kind }) => kind === 'book-snapshot' || kind === 'book-delta')
    const id = last !== undefined && 'venueSeq' in last ? last.venueSeq?.[1] : undefined
    expect(book).toEqual(this.#venue.truth(id!))
  }

  #batch(step: { readonly diff: Fate; readonly best: Fate; readonly isWrong: boolean }): void {
    const told = this.#venue.batch()
    if (told === undefined) return
    const late = this.#late
    this.#late = []
    this.#send(step.isWrong ? told.wrong : told.diff, step.diff)
    this.#send(told.best, step.best)
    for (const frame of late) this.#driver.frame(frame)
  }

  #send(frame: unknown, fate: Fate): void {
    if (fate === 'passes' || fate === 'comes twice') this.#driver.frame(frame)
    if (fate === 'comes twice') this.#driver.frame(frame)
    if (fate === 'comes late') this.#late.push(frame)
  }

  #answer(how: Extract<Step, { kind: 'answers' }>['how']): void {
    this.#look()
    const asked = this.#unanswered
    this.#unanswered = []
    for (const id of asked) {
      if (how === 'failed') this.#driver.answer(id, 'broken', 500)
      else if (how === 'too many') this.#driver.answer(id, 'busy', 429, 20_000)
      else if (id.startsWith('status')) this.#driver.answer(id, { symbols: [{ symbol: 'BTCUSDT', status: 'TRADING' }] })
      else this.#driver.answer(id, this.#venue.snapshot(Math.max(0, this.#venue.id - (how === 'of now' ? 0 : 5))))
    }
  }

  /** Questions asked since the last look. */
  #look(): void {
    for (const output of this.#driver.outputs.slice(this.#seen)) {
      if (output.kind === 'http') this.#unanswered.push(output.request.id)
    }
    this.#seen = this.#driver.outputs.length
  }
}
