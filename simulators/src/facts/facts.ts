import { setImmediate } from 'node:timers/promises'
import { FeedConfigError } from '@depthcast/feeds'
import {
  type ArrivalModel,
  type Exchange,
  type ExchangeOptions,
  openExchange,
  type Preset,
} from '@depthcast/feeds/simulation'
import type { Output } from '../output.ts'
import { progress } from '../progress.ts'
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
const TURN_MS = 50
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })
const DEFAULT_SYMBOL: Readonly<Record<Preset, string>> = { equity: 'AAPL-USD', crypto: 'BTC-USD' }

/**
 * Writes the table of stylised facts beside the bands, of recordings or else of a simulated market. Resolves to the exit code: 0, or 1 when a fact
 * lies outside its band, or it was interrupted. Throws FeedConfigError where a file cannot be read or a symbol cannot be.
 */
export async function facts(captures: readonly string[], options: FactsOptions, output: Output): Promise<number> {
  let code = 0
  const observed = captures.length === 0 ? simulate(options, output) : observe(captures, options, output)
  for await (const { subject, seen } of observed) {
    const table = factTable(seen, options.preset)
    const isInside = table.every((fact) => fact.isInside !== false)
    if (!isInside) code = OUTSIDE
    const lines = options.json
      ? [JSON.stringify({ subject, isInside, isBatched: seen.isBatched, facts: table })]
      : inWords(subject, seen, table)
    await output.write(`${lines.join('\n')}\n`)
  }
  if (!output.ended.aborted) return code
  output.note('interrupted: not judged to its end')
  return OUTSIDE
}

type Subject = { readonly subject: string; readonly seen: Observation }

async function* simulate(
  { seed, preset, model, duration, symbol = DEFAULT_SYMBOL[preset] }: FactsOptions,
  output: Output,
): AsyncGenerator<Subject> {
  const watching = watchExchange(opened({ seed, preset, model, symbols: [symbol] }), symbol, duration)
  const seen = await watched(watching, output)
  if (seen !== undefined) yield { subject: `${symbol}, ${preset}, ${model}, seed ${seed}, ${duration / 1e6} s`, seen }
}

/** Lets a Ctrl-C, and a terminal, have their turn; undefined where it was interrupted. */
async function watched<Seen>(watching: Generator<number, Seen>, output: Output): Promise<Seen | undefined> {
  let past = 0
  const done = progress(output, () => `${(past / 60e6).toFixed(1)} minutes of the market watched`, false)
  try {
    for (let paused = performance.now(); !output.ended.aborted; ) {
      const { done, value } = watching.next()
      if (done === true) return value
      past = value
      if (performance.now() - paused < TURN_MS) continue
      await setImmediate()
      paused = performance.now()
    }
    return undefined
  } finally {
    done()
  }
}

function opened(options: ExchangeOptions): Exchange {
  try {
    return openExchange(options)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new FeedConfigError(error.message, { cause: error })
  }
}

async function* observe(
  captures: readonly string[],
  { symbol }: FactsOptions,
  output: Output,
): AsyncGenerator<Subject> {
  for (const file of captures) {
    const seen = await watched(watchCapture(file), output)
    if (seen === undefined) return
    const all = [...seen].filter(([id]) => symbol === undefined || id.endsWith(`:${symbol}`))
    if (all.length === 0) {
      const there = [...seen.keys()].map((id) => id.slice(id.indexOf(':') + 1)).join(', ')
      throw new FeedConfigError(`${file} has no book of ${symbol ?? 'any market'}, allowed are ${there || 'none'}`)
    }
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
