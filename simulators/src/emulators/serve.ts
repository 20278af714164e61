import { FeedConfigError } from '@depthcast/feeds'
import { type Exchange, type ExchangeOptions, openExchange } from '@depthcast/feeds/simulation'
import type { FaultSpec } from '../faults/spec.ts'
import type { Output } from '../output.ts'
import { Host } from './host.ts'
import { EMULATORS } from './index.ts'
import { ending, greeting, StatusLine } from './serve-words.ts'
import { EmulatorServer } from './server.ts'
import { WallClock } from './wall-clock.ts'

export type ServeOptions = ExchangeOptions & {
  readonly venues: readonly string[]
  readonly port: number
  readonly host: string
  readonly faults: readonly FaultSpec[]
}

/** How often the exchange is played on, ms: the delay it adds to a frame is half of this. */
const TURN_MS = 5
/** A process that was held up catches up in steps of this, so that its clients are served meanwhile, µs. */
const LONGEST_TURN = 100_000
const STATUS_MS = 5_000
/** Where the line before is drawn over. */
const STATUS_ON_TERMINAL_MS = 1_000

/**
 * Serves the venues until the output has ended, which Ctrl-C does. Rejects when the port is taken; throws FeedConfigError for a market that cannot be,
 * and for a fault that could never strike.
 */
export async function serve(options: ServeOptions, output: Output): Promise<void> {
  const exchange = opened(options)
  for (const fault of options.faults) refuseIdle(fault, options)
  const clock = new WallClock()
  const host = new Host({
    exchange,
    openedAt: clock.openedAt,
    seed: options.seed,
    faults: options.faults,
    emulators: options.venues.flatMap((venue) => EMULATORS[venue] ?? []),
  })
  const server = new EmulatorServer({ host, clock, port: options.port, address: options.host })
  const port = await server.listen()
  await output.write(greeting(options, host, port))
  const turns = setInterval(() => host.advance(Math.min(clock.now(), host.now + LONGEST_TURN)), TURN_MS)
  const status = new StatusLine(host, server, clock)
  const show = output.status ?? output.note
  const everyMs = output.status === undefined ? STATUS_MS : STATUS_ON_TERMINAL_MS
  const statuses = setInterval(() => show(status.next()), everyMs)
  if (!output.ended.aborted) {
    await new Promise((resolve) => output.ended.addEventListener('abort', resolve, { once: true }))
  }
  clearInterval(turns)
  clearInterval(statuses)
  output.status?.('')
  await server.close()
  for (const line of ending(host, server.counts)) output.note(line)
}

function opened(options: ServeOptions): Exchange {
  try {
    return openExchange(options)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new FeedConfigError(error.message, { cause: error })
  }
}

function refuseIdle({ fault, venue, symbol }: FaultSpec, { venues, symbols }: ServeOptions): void {
  if (venue !== undefined && !venues.includes(venue)) {
    throw new FeedConfigError(`${fault.name} at ${venue} can never strike, served are ${venues.join(', ')}`)
  }
  if (symbol !== undefined && !symbols.includes(symbol)) {
    throw new FeedConfigError(`${fault.name} of ${symbol} can never strike, served are ${symbols.join(', ')}`)
  }
}
