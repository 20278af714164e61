import type { Candle, Trade } from '@depthcast/client'
import { CandleBuilder, INTERVALS, type Instrument, type Lots, type Micros, step, type Ticks } from '@depthcast/market'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BarJudge } from '../src/engine/bar-judge.ts'
import type { BarProof } from '../src/engine/messages.ts'

const SECOND = INTERVALS['1s']
const START = 1_700_000_000 * SECOND
/** Longer than a difference is given to arrive, ms. */
const LONG = 60_000

const INSTRUMENT = { tickSize: step('0.5'), lotSize: step('0.001') } as unknown as Instrument

type Heard = Trade & { readonly exchangeTime: number }

function trade(id: number, at: number, price: number, quantity = 1): Heard {
  return { id: String(id), price, quantity, side: 'buy', exchangeTime: START + at }
}

/** The gateway's fold of the same trades, and the client's, with whatever the wire does between them. */
function market() {
  const judge = new BarJudge('1s')
  const server = new CandleBuilder(SECOND)
  const verdicts = new Map<number, BarProof>()
  let told = 0
  let now = 0
  return {
    verdicts,
    /** The gateway hears it. */
    server(...trades: readonly Heard[]): void {
      for (const { id, price, quantity, exchangeTime } of trades)
        server.add({
          tradeId: id,
          price: price as Ticks,
          quantity: quantity as Lots,
          exchangeTime: exchangeTime as Micros,
          receivedAt: exchangeTime as Micros,
        })
    },
    /** It tells of what changed, bars that are over by `at` closed; `alter` is what happens to them on the way. */
    tellBars(at: number, alter = (bar: Candle): Candle => bar): void {
      server.closeUpTo((START + at) as Micros)
      const changed = (server.changedSince(told) as readonly Candle[]).map(alter)
      told = server.changes
      judge.takeBars({ changed, serverTime: START + at })
    },
    tellTrades(at: number, added: readonly Trade[], { lost = 0, isBroken = false } = {}): void {
      judge.takeTrades({ instrument: INSTRUMENT, added, lost, isBroken, serverTime: START + at })
    },
    excuse: () => judge.excuse(),
    /** Later by so many ms. */
    judge(laterMs = LONG): void {
      for (const round of [0, laterMs]) {
        now += round
        for (const proof of judge.judge(now)) verdicts.set(proof.time, proof)
      }
    },
    verdict: (second: number) => verdicts.get(START / 1000 + second * 1000)?.verdict,
    proof: (second: number) => verdicts.get(START / 1000 + second * 1000),
  }
}

describe('one bar', () => {
  /** A view that began a second ago, and one bar of two trades, closed. */
  function closed(alter?: (bar: Candle) => Candle) {
    const on = market()
    const trades = [trade(1, 2 * SECOND, 100), trade(2, 2.5 * SECOND, 102, 3)]
    on.tellTrades(SECOND, [])
    on.server(...trades)
    on.tellTrades(2.6 * SECOND, trades)
    on.tellBars(3 * SECOND, alter)
    return on
  }

  test('that its trades add up to matches at once', () => {
    const on = closed()
    on.judge(0)
    expect(on.proof(2)).toEqual({ time: START / 1000 + 2000, verdict: 'match', differs: [] })
  })

  test('that was altered on the way is unexplained, in exact decimals, but not before the rest had time to come', () => {
    const on = closed((bar) => ({ ...bar, close: bar.close + 1, volume: bar.volume + 1 }))
    on.judge(1000)
    expect(on.verdict(2)).toBeUndefined()
    on.judge()
    expect(on.proof(2)).toMatchObject({
      verdict: 'unexplained',
      differs: [
        ['C', '51.0', '51.5'],
        ['Vol', '0.004', '0.005'],
      ],
    })
  })

  test('that is still open is not judged', () => {
    const on = market()
    on.tellTrades(SECOND, [])
    on.server(trade(1, 2 * SECOND, 100))
    on.tellBars(2.5 * SECOND)
    on.judge()
    expect(on.verdict(2)).toBeUndefined()
  })

  test('whose trade comes after it closed is judged again, and ends as a match', () => {
    const on = closed()
    on.judge(0)
    const late = trade(3, 2.9 * SECOND, 90)
    on.tellTrades(3.4 * SECOND, [late])
    on.judge(1000)
    expect(on.verdict(2)).toBe('match')
    on.server(late)
    on.tellBars(3.5 * SECOND)
    on.judge()
    expect(on.verdict(2)).toBe('match')
    expect(on.proof(2)?.differs).toEqual([])
  })

  test('whose late trade never reaches the gateway’s bar becomes unexplained', () => {
    const on = closed()
    on.judge(0)
    on.tellTrades(3.4 * SECOND, [trade(3, 2.9 * SECOND, 90)])
    on.judge()
    expect(on.verdict(2)).toBe('unexplained')
  })

  test('that was joined in its middle is missed, not unexplained', () => {
    const on = market()
    const trades = [trade(1, 2.1 * SECOND, 100), trade(2, 2.8 * SECOND, 102)]
    on.server(...trades)
    on.tellTrades(2.5 * SECOND, [])
    on.tellTrades(2.9 * SECOND, trades.slice(1))
    on.tellBars(3 * SECOND)
    on.judge()
    expect(on.verdict(2)).toBe('missed')
  })

  test('that began before the view of trades, and of which nothing was heard, has no verdict', () => {
    const on = market()
    on.server(trade(1, 0, 100))
    on.tellTrades(2.5 * SECOND, [])
    on.tellBars(3 * SECOND)
    on.judge()
    expect(on.verdict(0)).toBeUndefined()
  })

  test.each([
    { name: 'trades were lost', what: { lost: 1 } },
    { name: 'the numbering began anew', what: { isBroken: true } },
  ])('in which $name is missed; the next whole one is judged again', ({ what }) => {
    const on = market()
    const trades = [trade(1, 2 * SECOND, 100), trade(2, 2.5 * SECOND, 102), trade(3, 4 * SECOND, 99)]
    on.tellTrades(SECOND, [])
    on.server(...trades)
    on.tellTrades(2.6 * SECOND, trades.slice(1, 2), what)
    on.tellTrades(4.6 * SECOND, trades.slice(2))
    on.tellBars(5 * SECOND, (bar) => (bar.openTime > START + 3 * SECOND ? { ...bar, high: bar.high + 1 } : bar))
    on.judge()
    expect([on.verdict(2), on.verdict(4)]).toEqual(['missed', 'unexplained'])
  })

  test('that the gateway says nothing of is unexplained, once it should have', () => {
    const on = market()
    on.tellTrades(SECOND, [])
    on.tellTrades(2.6 * SECOND, [trade(1, 2 * SECOND, 100)])
    on.judge()
    expect(on.verdict(2)).toBeUndefined()
    on.tellBars(4 * SECOND)
    on.judge()
    expect(on.proof(2)).toMatchObject({
      verdict: 'unexplained',
      differs: [['O', '50.0', undefined], ...Array(5).fill([expect.anything(), expect.anything(), undefined])],
    })
  })

  test('whose trades nobody counted at the venue is compared without their number', () => {
    const on = closed((bar) => ({ ...bar, trades: 0 }))
    on.judge(0)
    expect(on.verdict(2)).toBe('match')
  })

  test('of trades without a time cannot be proved, nor doubted', () => {
    const on = market()
    on.tellTrades(SECOND, [])
    on.server(trade(1, 2 * SECOND, 100))
    on.tellTrades(2.6 * SECOND, [{ ...trade(1, 0, 100), exchangeTime: undefined }])
    on.tellBars(3 * SECOND)
    on.judge()
    expect(on.verdict(2)).not.toBe('unexplained')
  })

  test('is not doubted while its trades are known to be under way', () => {
    const on = closed((bar) => ({ ...bar, close: bar.close + 1 }))
    on.judge(0)
    for (let second = 0; second < 20; second += 1) {
      on.excuse()
      on.judge(1000)
    }
    expect(on.verdict(2)).toBeUndefined()
  })
})

/** So many trades a bar, some late by up to three bars, some told twice; the two views one after the other as chance has it. */
function run({ seed, seconds, losing }: { seed: number; seconds: number; losing: boolean }) {
  let state = seed
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state % below
  }
  const on = market()
  let id = 0
  let late: Heard[] = []
  on.tellTrades(0, [])
  for (let second = 1; second <= seconds; second += 1) {
    const all = Array.from({ length: random(5) }, () =>
      trade(++id, second * SECOND + random(SECOND), 100 + random(40), 1 + random(50)),
    )
    const arriving = [
      ...all.filter(() => random(10) > 0),
      ...late.filter(({ exchangeTime }) => exchangeTime < START + (second - 2) * SECOND),
    ]
    late = [...late, ...all].filter((each) => !arriving.includes(each))
    const doubled = arriving.filter(() => random(8) === 0)
    on.server(...arriving, ...doubled)
    const at = (second + 1) * SECOND
    const lost = losing && random(50) === 0 ? arriving.splice(0, 1).length : 0
    const isBarsFirst = random(2) === 0
    if (isBarsFirst) on.tellBars(at)
    on.tellTrades(at, [...arriving, ...doubled], { lost })
    if (!isBarsFirst && random(4) > 0) on.tellBars(at)
    on.judge(1000)
  }
  on.tellBars((seconds + 2) * SECOND)
  on.judge()
  const count = (verdict: BarProof['verdict']) =>
    [...on.verdicts.values()].filter((proof) => proof.verdict === verdict).length
  return { match: count('match'), missed: count('missed'), unexplained: count('unexplained') }
}

test('10,000 bars with late and doubled trades: every one matches, none is unexplained', () => {
  const { match, missed, unexplained } = run({ seed: 7, seconds: 12_600, losing: false })
  expect({ missed, unexplained }).toEqual({ missed: 0, unexplained: 0 })
  expect(match).toBeGreaterThan(10_000)
})

test('whatever is lost on the way is never called unexplained', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), (seed) => {
      expect(run({ seed, seconds: 150, losing: true }).unexplained).toBe(0)
    }),
    { numRuns: 40 },
  )
  expect(run({ seed: 3, seconds: 1000, losing: true }).missed).toBeGreaterThan(0)
})
