import { type ExchangeOptions, KNOWN, openExchange } from '@depthcast/feeds/simulation'
import type { Bench, Report } from './bench.ts'
import { measure, median } from './measure.ts'

const SEED = 20_261_121
const EVENTS = 1_000_000
const REPEATS = 3
const TARGET = 300_000
/** The markets' own time between two looks at the clock, µs. */
const SLICE = 100_000

type Case = { readonly name: string; readonly options: ExchangeOptions }

const CASES: readonly Case[] = [
  { name: 'one stock, hawkes', options: { seed: SEED, preset: 'equity', symbols: ['AAPL-USD'] } },
  { name: 'one stock, poisson', options: { seed: SEED, preset: 'equity', symbols: ['AAPL-USD'], model: 'poisson' } },
  {
    name: 'one coin × 100, hawkes',
    options: { seed: SEED, preset: 'crypto', symbols: ['BTC-USD'], rate: 100 },
  },
  { name: `${KNOWN.crypto.length} coins, hawkes`, options: { seed: SEED, preset: 'crypto', symbols: KNOWN.crypto } },
]

/** Order events a second of the simulated exchange: the crowd, the matching and the books. */
export const marketBench: Bench = {
  name: 'market',
  summary: 'the simulated exchange: order events a second, crowd, matching and books included',
  async run(log) {
    const rates = CASES.map(() => [] as number[])
    const shares = CASES.map(() => ({ virtualSeconds: 0, fills: 0 }))
    // The first round is for the compiler and is not counted.
    for (let round = 0; round <= REPEATS; round++) {
      log(round === 0 ? 'warming up' : `round ${round} of ${REPEATS}`)
      for (const [i, { options }] of CASES.entries()) {
        const exchange = openExchange(options)
        const count = { events: 0, fills: 0 }
        const { seconds } = await measure(() => {
          for (let until = SLICE; count.events < EVENTS; until += SLICE) {
            exchange.advance(until, ({ kind }) => {
              count.events++
              if (kind === 'fill') count.fills++
            })
          }
        })
        shares[i] = { virtualSeconds: exchange.now / 1e6, fills: count.fills / count.events }
        if (round > 0) rates[i]!.push(count.events / seconds)
      }
    }
    return [report(rates, shares)]
  },
}

function report(
  rates: readonly (readonly number[])[],
  shares: readonly { readonly virtualSeconds: number; readonly fills: number }[],
): Report {
  const found = CASES.map(({ name }, i) => ({ name, perSecond: median(rates[i]!), ...shares[i]! }))
  const slowest = Math.min(...found.map(({ perSecond }) => perSecond))
  return {
    title: 'Simulated exchange: order events a second, CPU time of one core',
    conditions: [
      `${EVENTS} events a round, ${REPEATS} rounds, medians, seed ${SEED}: orders that rest, are taken back, are filled`,
      'every event is heard with the total of its level; nothing is encoded',
    ],
    columns: ['market', 'events/s', 'slowest … fastest', "markets' own s", 'fills'],
    rows: found.map(({ name, perSecond, virtualSeconds, fills }, i) => [
      name,
      thousands(perSecond),
      `${thousands(Math.min(...rates[i]!))} … ${thousands(Math.max(...rates[i]!))}`,
      virtualSeconds.toFixed(0),
      `${(fills * 100).toFixed(1)} %`,
    ]),
    targets: [
      { claim: `at least ${thousands(TARGET)} events a second`, measured: thousands(slowest), met: slowest >= TARGET },
    ],
    measured: { seed: SEED, events: EVENTS, repeats: REPEATS, found },
  }
}

function thousands(perSecond: number): string {
  return `${(perSecond / 1000).toFixed(0)} k`
}
