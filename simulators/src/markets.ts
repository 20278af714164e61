import { setImmediate, setTimeout } from 'node:timers/promises'
import { VENUES } from '@depthcast/feeds'
import { type Instrument, micros, streamOf, type VenueEvent } from '@depthcast/market'
import type { Output } from './output.ts'
import { json, lines } from './printer.ts'

/** What of the stream to print: whole books and their updates, trades, tickers, and how the markets are doing. */
export const KINDS = ['book', 'trades', 'ticker', 'status'] as const
type Kind = (typeof KINDS)[number]

export type MarketsOptions = {
  readonly seed: number
  /** Times the clock; Infinity for as fast as it goes. */
  readonly speed: number
  readonly rate: number
  /** µs in the markets' time; Infinity for without end. */
  readonly duration: number
  readonly symbols: readonly string[]
  readonly kinds: readonly Kind[]
  /** With the trades from before the opening. */
  readonly past: boolean
  readonly json: boolean
}

/** As fast as it goes, the markets open at a fixed time, so that the same seed gives the same bytes. */
const FIXED_OPENING = Date.UTC(2026, 0, 1) * 1000
const TICK = 10_000

const venue = VENUES.find((candidate) => candidate.id === 'simulated')
const instruments: readonly Instrument[] = venue?.directory({}).parse([]) ?? []

/** Every simulated market, as `--symbols` takes it. */
export const SYMBOLS: readonly string[] = instruments.map((instrument) => instrument.venueSymbol)

/** Prints the simulated stream until its time is up or the output has ended. */
export async function markets(options: MarketsOptions, output: Output): Promise<void> {
  const chosen = instruments.filter((instrument) => options.symbols.includes(instrument.venueSymbol))
  const [plan] = venue?.plan(chosen, { seed: options.seed, rate: options.rate }) ?? []
  if (venue === undefined || plan === undefined) throw new Error('feeds has no simulated venue')
  const protocol = venue.protocol(plan)
  const print = options.json ? json(chosen) : lines(chosen)
  const opening = options.speed === Number.POSITIVE_INFINITY ? FIXED_OPENING : Date.now() * 1000
  const step = async (kind: 'open' | 'tick', played: number): Promise<void> => {
    const outputs = protocol.step({ kind, now: micros(opening + played) })
    const events = outputs.flatMap((one) => (one.kind === 'event' ? [one.event] : []))
    await output.write(print.events(events, (event) => isWanted(event, options)))
  }
  await output.write(print.heading)
  await step('open', 0)
  let played = 0
  for await (const due of clock(options, output.ended)) {
    while (played < due && !output.ended.aborted) {
      played = Math.min(due, played + TICK)
      await step('tick', played)
    }
  }
}

/** Up to where the markets are to be played, in µs from the opening, again and again until the end. */
async function* clock({ speed, duration }: MarketsOptions, ended: AbortSignal): AsyncGenerator<number> {
  const started = performance.now()
  let due = 0
  while (due < duration && !ended.aborted) {
    if (speed === Number.POSITIVE_INFINITY) {
      due = Math.min(duration, due + TICK)
      // Lets a Ctrl-C, or a reader that has gone, be noticed.
      await setImmediate()
    } else {
      await setTimeout(TICK / 1000)
      due = Math.min(duration, Math.round((performance.now() - started) * 1000 * speed))
    }
    yield due
  }
}

function isWanted(event: VenueEvent, options: MarketsOptions): boolean {
  if (event.kind === 'trade' && event.backfilled === true && !options.past) return false
  const stream = streamOf(event)
  return options.kinds.includes(stream === 'control' ? 'status' : stream)
}
