import { FeedConfigError } from '@depthcast/feeds'
import {
  type ArrivalModel,
  type Exchange,
  type ExchangeOptions,
  openExchange,
  type Preset,
} from '@depthcast/feeds/simulation'
import type { Observation } from './observation.ts'
import { type Fact, factTable } from './table.ts'
import { watchCapture } from './watch-capture.ts'
import { watchExchange } from './watch-exchange.ts'

export type FactsOptions = {
  readonly seed: number
  readonly preset: Preset
  readonly model: ArrivalModel
  /** Of the simulated market; of a recording, only this instrument. */
  readonly symbol: string | undefined
  /** µs of the market's own time. */
  readonly duration: number
  readonly json: boolean
}

const OUTSIDE = 1
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })
const DEFAULT_SYMBOL: Readonly<Record<Preset, string>> = { equity: 'AAPL-USD', crypto: 'BTC-USD' }

/**
 * Writes the table of stylised facts beside the bands, of recordings or else of a simulated market. Resolves to the exit code: 0, or 1 when a fact
 * lies outside its band. Throws FeedConfigError where a file cannot be read or a symbol cannot be.
 */
export async function facts(
  captures: readonly string[],
  options: FactsOptions,
  write: (line: string) => unknown,
): Promise<number> {
  let code = 0
  for (const { subject, seen } of captures.length === 0 ? [simulate(options)] : observe(captures, options)) {
    const table = factTable(seen, options.preset)
    const isInside = table.every((fact) => fact.isInside !== false)
    if (!isInside) code = OUTSIDE
    const lines = options.json
      ? [JSON.stringify({ subject, isInside, isBatched: seen.isBatched, facts: table })]
      : inWords(subject, seen, table)
    for (const line of lines) await write(line)
  }
  return code
}

type Subject = { readonly subject: string; readonly seen: Observation }

function simulate({ seed, preset, model, duration, symbol = DEFAULT_SYMBOL[preset] }: FactsOptions): Subject {
  const seen = watchExchange(opened({ seed, preset, model, symbols: [symbol] }), symbol, duration)
  return { subject: `${symbol}, ${preset}, ${model}, seed ${seed}, ${duration / 1e6} s`, seen }
}

function opened(options: ExchangeOptions): Exchange {
  try {
    return openExchange(options)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new FeedConfigError(error.message, { cause: error })
  }
}

function* observe(captures: readonly string[], { symbol }: FactsOptions): Generator<Subject> {
  for (const file of captures) {
    const all = [...watchCapture(file)].filter(([id]) => symbol === undefined || id.endsWith(`:${symbol}`))
    if (all.length === 0) throw new FeedConfigError(`${file} has no ${symbol ?? 'instrument'}`)
    for (const [id, seen] of all) yield { subject: `${id}, ${(seen.span / 1e6).toFixed(1)} s of ${file}`, seen }
  }
}

function inWords(subject: string, { isBatched }: Observation, table: readonly Fact[]): readonly string[] {
  const rows = table.map(({ fact, measured, recorded, band, isInside }) => [
    isInside === undefined ? '' : isInside ? 'ok' : 'OUT',
    fact,
    measured.length === 0 ? 'not seen' : measured.map(shown).join(', '),
    band,
    recorded,
  ])
  const asked = table.filter(({ isInside }) => isInside !== undefined)
  const all = [['', subject, 'measured', 'band', 'AAPL 2012'], ...rows]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((cells) => cells[column]!.length)))
  return [
    ...all.map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    ),
    ...(isBatched ? ['its book comes in batches: when events come tells how even those are, and is not judged'] : []),
    asked.length === 0
      ? 'too little was seen to judge any fact: a longer time says more'
      : `${asked.filter(({ isInside }) => isInside).length} of ${asked.length} facts inside their bands`,
  ]
}

/** Three figures, as far as a number has them: `13.8M` for what has many. */
function shown(value: number): string {
  if (Number.isNaN(value)) return 'too short'
  const size = Math.abs(value)
  if (size >= 100_000) return COMPACT.format(value)
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 3)
}
