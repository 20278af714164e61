import type { Preset } from '@depthcast/feeds/simulation'
import { HAPPENINGS, type Observation } from './observation.ts'
import { autocorrelation, excessKurtosis, fano, gaps, hill, mean, percentile, variation } from './statistics.ts'

const SECOND = 1_000_000
/** Of the largest returns, those that say how heavy the tail is. */
const TAIL = 0.05
/** Fewer of a kind say nothing. */
const FEWEST = 50

/** One stylised fact: what was measured, what an hour of a real stock had, and whether it lies where real markets do. */
export type Fact = {
  readonly fact: string
  /** NaN where there was too little to measure. */
  readonly measured: readonly number[]
  /** AAPL on NASDAQ, 21 June 2012, 9:30 to 10:30 (a LOBSTER sample of 91,997 messages). */
  readonly recorded: string
  /** What is allowed, in words; empty where nothing is asked. */
  readonly band: string
  /** Undefined where nothing is asked, or too little was seen. */
  readonly isInside: boolean | undefined
}

type Row = {
  readonly fact: string
  readonly of: (seen: Observation) => readonly number[]
  readonly recorded: string
  readonly bands: Readonly<Record<Preset, Band>>
  /** Whether enough was seen, and in a way that tells, to hold it to a band. Default: always. */
  readonly isTelling?: (seen: Observation) => boolean
}
type Band = { readonly words: string; readonly holds: (...measured: number[]) => boolean } | undefined

/** Every fact of an observation beside the bands of a preset. */
export function factTable(seen: Observation, preset: Preset): readonly Fact[] {
  return ROWS.map(({ fact, of, recorded, bands, isTelling = () => true }) => {
    const measured = of(seen)
    const band = bands[preset]
    const isKnown = measured.length > 0 && measured.every((value) => !Number.isNaN(value))
    return {
      fact,
      measured,
      recorded,
      band: band?.words ?? '',
      isInside: band === undefined || !isKnown || !isTelling(seen) ? undefined : band.holds(...measured),
    }
  })
}

const within = (low: number, high: number): Band => ({
  words: `${low} to ${high}`,
  holds: (value = Number.NaN) => value >= low && value <= high,
})
const above = (low: number): Band => ({ words: `above ${low}`, holds: (value = Number.NaN) => value > low })
const both = (band: Band): Row['bands'] => ({ equity: band, crypto: band })
const only = (equity: Band, crypto?: Band): Row['bands'] => ({ equity, crypto })

/** In the mix of a stock's events each share may be so far from the recorded one. */
const near = (shares: readonly number[]): Band => ({
  words: `each within 0.05`,
  holds: (...measured) => measured.every((share, i) => Math.abs(share - shares[i]!) <= 0.05),
})
const rising: Band = {
  words: 'in order, skewed up',
  holds: (p10 = 0, p50 = 0, p90 = 0) => p10 < p50 && p50 < p90 && p90 - p50 > p50 - p10,
}
const ordered: Band = { words: 'in order', holds: (p10 = 0, p50 = 0, p90 = 0) => p10 <= p50 && p50 <= p90 }
const bursts: Band = {
  words: 'p50 under a tenth of mean',
  holds: (p50 = 0, average = 0) => p50 < average / 10,
}
const decades: Band = { words: 'p90 over 1000 × p10', holds: (p10 = 0, _p50 = 0, p90 = 0) => p90 >= 1000 * p10 }
const deeper: Band = {
  words: 'rising from the touch',
  holds: (first = 0, ...rest) => mean(rest.slice(-5)) > first,
}
const fading: Band = {
  words: 'positive, falling slowly',
  holds: (one = 0, ten = 0, sixty = 0) => one > 0.05 && ten > 0.02 && sixty > -0.03 && sixty < one,
}

/** Of when events come, which batches do not tell. */
const ofArrivals = (one: Row): Row => ({ ...one, isTelling: ({ isBatched }) => !isBatched })

/** Of so small a figure that chance alone is as large until so many seconds are seen: the error of an autocorrelation is one over the root of their number. */
const afterSeconds = (seconds: number, one: Row): Row => ({ ...one, isTelling: ({ mids }) => mids.length >= seconds })

/** The bands of a crypto market are those of half a minute here and there at Coinbase, Kraken and Binance: gates against nonsense, no more. */
const ROWS: readonly Row[] = [
  row('events a second', ({ eventTimes, span }) => [(eventTimes.length * SECOND) / span], '25.6', only(undefined)),
  ofArrivals(
    row(
      'inter-arrival variation',
      ({ eventTimes }) => enough(eventTimes, (times) => [variation(gaps(times))]),
      '3.37',
      {
        equity: within(2, 5),
        crypto: within(1.5, 6),
      },
    ),
  ),
  ofArrivals(
    row(
      'inter-arrival p50, mean (ms)',
      ({ eventTimes }) => enough(gaps(eventTimes), (waits) => [percentile(waits, 0.5) / 1000, mean(waits) / 1000]),
      '0.46, 39',
      only(bursts),
    ),
  ),
  ofArrivals(row('Fano factor 1 s', (seen) => [fanoOf(seen.eventTimes, seen, 1)], '45.7', only(above(10), above(4)))),
  ofArrivals(
    row(
      'Fano factor 10 s over 1 s',
      (seen) => [fanoOf(seen.eventTimes, seen, 10) / fanoOf(seen.eventTimes, seen, 1)],
      '2.5',
      both(above(1)),
    ),
  ),
  row('Fano factor 10 s', (seen) => [fanoOf(seen.eventTimes, seen, 10)], '113', only(undefined)),
  row('Fano factor of trades 1 s', (seen) => [fanoOf(seen.tradeTimes, seen, 1)], '9.3', only(above(3), above(1.5))),
  row(
    'trade sign autocorrelation 1',
    ({ tradeSigns }) => enough(tradeSigns, (signs) => [autocorrelation(signs, 1)]),
    '.69',
    only(within(0.4, 0.8), within(0.3, 0.8)),
  ),
  row(
    'trade sign autocorrelation 10',
    ({ tradeSigns }) => enough(tradeSigns, (signs) => [autocorrelation(signs, 10)]),
    '.16',
    both(within(0.05, 0.3)),
  ),
  row(
    '1 s returns: excess kurtosis',
    (seen) => ofReturns(seen, excessKurtosis),
    '20.4',
    only(within(5, 100), above(1)),
  ),
  afterSeconds(
    1800,
    row(
      '1 s returns: autocorrelation 1',
      (seen) => ofReturns(seen, (returns) => autocorrelation(returns, 1)),
      '-.004',
      only(within(-0.05, 0.05)),
    ),
  ),
  afterSeconds(
    1800,
    row(
      'absolute returns: autocorrelation 1, 10, 60 s',
      (seen) =>
        enough(returnsOf(seen), (returns) => {
          const sizes = returns.map(Math.abs)
          return [1, 10, 60].map((lag) => autocorrelation(sizes, lag))
        }),
      '.148, .067, .031',
      only(fading),
    ),
  ),
  afterSeconds(
    600,
    row(
      'absolute returns: autocorrelation 10 s',
      (seen) => ofReturns(seen, (returns) => autocorrelation(returns.map(Math.abs), 10)),
      '.067',
      only(above(0.02), above(0)),
    ),
  ),
  row('absolute returns: Hill tail', (seen) => ofReturns(seen, (returns) => hill(returns, TAIL)), '3.3', {
    equity: within(2.5, 4.5),
    crypto: undefined,
  }),
  row(
    'mix: submit, delete, partial, execution',
    ({ mix }) => {
      const all = HAPPENINGS.reduce((sum, kind) => sum + mix[kind], 0)
      return all < FEWEST ? [] : HAPPENINGS.map((kind) => mix[kind] / all)
    },
    '.481, .446, .005, .044 (.024 hidden)',
    only(near([0.481, 0.446, 0.005, 0.044])),
  ),
  row('order size p50, p90', ({ sizes }) => percentiles(sizes, [0.5, 0.9]), '100, 200', only(undefined)),
  row(
    'orders of exactly 100',
    ({ sizes }) => enough(sizes, () => [sizes.filter((size) => size === 100).length / sizes.length]),
    '.53',
    only(within(0.4, 0.6)),
  ),
  row('spread p10, p50, p90 (ticks)', ({ spreads }) => percentiles(spreads), '10, 19, 31', {
    equity: rising,
    crypto: ordered,
  }),
  row('submit distance p10, p50, p90 (ticks)', ({ distances }) => percentiles(distances), '-3, 8, 74', {
    equity: rising,
    crypto: ordered,
  }),
  row(
    'submitted inside the spread',
    ({ distances }) => enough(distances, () => [distances.filter((ticks) => ticks < 0).length / distances.length]),
    '.20',
    only(within(0.1, 0.3)),
  ),
  row(
    'order lifetime p10, p50, p90 (ms)',
    ({ lifetimes }) => percentiles(lifetimes).map((us) => us / 1000),
    '2.3, 390, 12300',
    only(decades),
  ),
  row(
    'depth by level 1 to 10 (lots)',
    ({ depths }) => (depths[0]!.length < FEWEST ? [] : depths.map((lots) => mean(lots))),
    '107 … 262',
    only(deeper),
  ),
]

function row(fact: string, of: Row['of'], recorded: string, bands: Row['bands']): Row {
  return { fact, of, recorded, bands }
}

function enough<Value>(
  values: readonly Value[],
  of: (values: readonly Value[]) => readonly number[],
): readonly number[] {
  return values.length < FEWEST ? [] : of(values)
}

function percentiles(values: readonly number[], shares: readonly number[] = [0.1, 0.5, 0.9]): readonly number[] {
  return enough(values, () => shares.map((share) => percentile(values, share)))
}

function fanoOf(times: readonly number[], { span }: Observation, seconds: number): number {
  if (times.length < FEWEST || span < 20 * seconds * SECOND) return Number.NaN
  return fano(times, { window: seconds * SECOND, from: 0, to: span })
}

function returnsOf({ mids }: Observation): number[] {
  return mids.slice(1).map((mid, i) => Math.log(mid / mids[i]!))
}

function ofReturns(seen: Observation, of: (returns: readonly number[]) => number): readonly number[] {
  return enough(returnsOf(seen), (returns) => [of(returns)])
}
