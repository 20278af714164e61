import { type Preset, SCENARIOS, type Scenario } from '@depthcast/feeds/simulation'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { command, examples } from '../command.ts'
import { type FaultSpec, FaultSpecError, parseFault } from '../faults/spec.ts'
import { among, rate, seed } from '../flags.ts'
import type { Output } from '../output.ts'
import { EMULATORS } from './index.ts'
import { serve } from './serve.ts'

const VENUES = Object.keys(EMULATORS)
const PRESETS = ['crypto', 'equity'] as const satisfies readonly Preset[]
const DEFAULT_SYMBOLS = ['BTC-USD', 'ETH-USD', 'SOL-USD', 'XRP-USD', 'DOGE-USD', 'ETH-BTC']
const MOST_SYMBOLS = 200

type Flags = {
  readonly venue: readonly string[]
  readonly port: number
  readonly host: string
  readonly seed: number
  readonly preset: Preset
  readonly symbols: readonly string[]
  readonly rate: number
  readonly scenario: Scenario
  readonly fault: readonly FaultSpec[]
}

/** `depthcast-sim serve`; `exit` gets 1 where the port cannot be had. */
export function serveCommand(output: Output, exit: (code: number) => void): Command {
  return command('serve', output)
    .description('Emulate exchanges: one simulated market behind their real protocols, on one port, until Ctrl-C.')
    .addOption(
      new Option('--venue <list>', `only these venues: ${VENUES.join(', ')}`)
        .argParser(among(VENUES))
        .default(VENUES, 'all'),
    )
    .option('--port <n>', 'HTTP and WebSocket, 0 for any free one', port, 9100)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--seed <n>', 'another seed is another market', seed, 7)
    .addOption(new Option('--preset <name>', 'what the markets are like').choices(PRESETS).default('crypto'))
    .option('--symbols <list>', 'markets, any BASE-QUOTE', symbols, DEFAULT_SYMBOLS)
    .option('--rate <n>', 'times as many orders', rate, 1)
    .addOption(new Option('--scenario <name>', 'what happens to the markets').choices(SCENARIOS).default('none'))
    .addOption(
      new Option('--fault <spec>', 'goes wrong on purpose, see `depthcast-sim faults`; may be given again')
        .argParser((text: string, before: readonly FaultSpec[]) => [...before, fault(text)])
        .default([], 'none'),
    )
    .addHelpText(
      'after',
      [
        '',
        'All venues listen at the paths of their real hosts: Kraken /v2 and /0/public, Binance /ws, /stream and /api/v3,',
        'Coinbase / and /products. GET /oracle/<symbol>?seq= is the true book, GET /faults what struck so far.',
        '',
        'A fault is name[:venue][:p=.001][:after=10s][:until=5m][:every=30s][:count=3][:symbol=BTC-USD][:for=5s]; with no p, every or',
        'count it strikes once.',
        examples(
          'serve',
          'serve --venue kraken --symbols BTC-USD,ETH-USD --rate 5',
          'serve --fault drop:kraken:p=.001 --fault close-1006:every=1m',
        ),
      ].join('\n'),
    )
    .action(async ({ venue, fault: faults, ...flags }: Flags) => {
      try {
        await serve({ ...flags, venues: venue, faults }, output)
      } catch (error) {
        if (!isAddressError(error)) throw error
        output.note(`depthcast-sim serve: cannot listen on ${flags.host}:${flags.port}, ${error.message}`)
        exit(1)
      }
    })
}

function fault(text: string): FaultSpec {
  try {
    return parseFault(text)
  } catch (error) {
    if (error instanceof FaultSpecError) throw new InvalidArgumentError(error.message)
    throw error
  }
}

function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text)
  throw new InvalidArgumentError('Allowed is a whole number from 0 to 65535.')
}

function symbols(text: string): readonly string[] {
  const asked = [...new Set(text.split(',').map((name) => name.trim().toUpperCase()))]
  if (asked.length <= MOST_SYMBOLS && asked.every((name) => /^[A-Z0-9]{1,12}-[A-Z0-9]{1,12}$/.test(name))) return asked
  throw new InvalidArgumentError(
    `Allowed are up to ${MOST_SYMBOLS} of BASE-QUOTE, separated by commas, e.g. BTC-USD,ETH-EUR.`,
  )
}

function isAddressError(error: unknown): error is NodeJS.ErrnoException {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return code === 'EADDRINUSE' || code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND'
}
