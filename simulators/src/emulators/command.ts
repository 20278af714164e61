import { type Preset, SCENARIOS, type Scenario } from '@depthcast/feeds/simulation'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { command, examples, refusing } from '../command.ts'
import { type FaultSpec, FaultSpecError, parseFault } from '../faults/spec.ts'
import { among, hours, port, rate, seed } from '../flags.ts'
import type { Output } from '../output.ts'
import { EMULATORS } from './index.ts'
import { serve } from './serve.ts'

const VENUES = Object.keys(EMULATORS)
const PRESETS = ['crypto', 'equity'] as const satisfies readonly Preset[]
const DEFAULT_SYMBOLS = ['BTC-USD', 'ETH-USD', 'SOL-USD', 'XRP-USD', 'DOGE-USD', 'ETH-BTC']
const MOST_SYMBOLS = 200
/** What the tapes keep. */
const MOST_PAST_HOURS = 72

type Flags = {
  readonly venue: readonly string[]
  readonly port: number
  readonly host: string
  readonly seed: number
  readonly preset: Preset
  readonly symbols: readonly string[]
  readonly rate: number
  readonly scenario: Scenario
  readonly pastHours: number
  readonly fault: readonly FaultSpec[]
}

/** `depthcast-sim serve`; `exit` gets 1 where the port cannot be had. */
export function serveCommand(output: Output, exit: (code: number) => void): Command {
  return command('serve', output)
    .summary('emulate exchanges behind their real protocols')
    .description(
      'Emulate exchanges: one simulated market behind their real protocols, on one port, until Ctrl-C. Any client of those exchanges connects to it once it is told the address.',
    )
    .addOption(
      new Option('--venue <list>', `only these venues: ${VENUES.join(', ')}`)
        .argParser(among(VENUES))
        .default(VENUES, 'all'),
    )
    .option('--port <n>', 'HTTP and WebSocket, 0 to 65535; 0 for any free one', port, 9100)
    .option('--host <address>', 'address to listen on; 0.0.0.0 for all', '127.0.0.1')
    .option('--seed <n>', 'another seed is another market, 0 to 4294967295', seed, 7)
    .addOption(new Option('--preset <name>', 'what the markets are like').choices(PRESETS).default('crypto'))
    .addOption(
      new Option('--symbols <list>', `markets, any BASE-QUOTE, up to ${MOST_SYMBOLS}`)
        .argParser(symbols)
        .default(DEFAULT_SYMBOLS, DEFAULT_SYMBOLS.join(',')),
    )
    .option('--rate <n>', 'times as many orders, 0.01 to 1000', rate, 1)
    .addOption(new Option('--scenario <name>', 'what happens to the markets').choices(SCENARIOS).default('none'))
    .option(
      '--past-hours <n>',
      `traded before the opening, what candles and 24 h figures begin with, 0 to ${MOST_PAST_HOURS}`,
      hours(MOST_PAST_HOURS),
      24,
    )
    .addOption(
      new Option(
        '--fault <spec>',
        'goes wrong on purpose, e.g. drop:kraken:p=.001, see the command faults; may be given again',
      )
        .argParser((text: string, before: readonly FaultSpec[]) => [...before, fault(text)])
        .default([], 'none'),
    )
    .addHelpText(
      'after',
      [
        '',
        'All venues listen at the paths of their real hosts: Kraken /v2 and /0/public, Binance /ws, /stream and /api/v3,',
        'Coinbase / and /products, /currencies.',
        '',
        'Beside them, to hold a client against: GET /oracle lists the markets; GET /oracle/<symbol> is the true book, as it stands or',
        '  ?seq=<n>                after the n-th event of the market',
        '  ?seq=<n>&venue=<venue>  at the number the venue gave it: update id of binance, sequence of coinbase; kraken has none',
        "  ?at=<time>              at a frame's time, as the venue writes it: 2026-01-01T12:00:00.123456Z, or ms or µs since 1970",
        '  &depth=<n>              only the best n levels of each side',
        'GET /faults is what struck so far; it is listed at the end, too.',
        '',
        'A fault is name[:venue][:p=.001][:after=10s][:until=5m][:every=30s][:count=3][:symbol=BTC-USD][:for=5s]: the chance at each',
        'opportunity, from and until when, at most how often and how many times, where, and for how long. With no p, every or count it',
        'strikes once.',
        '',
        'Exit code 1 when the port cannot be had, 2 when the arguments are wrong.',
        examples(
          'serve',
          'serve --venue kraken --symbols BTC-USD,ETH-USD --rate 5',
          'serve --fault drop:kraken:p=.001 --fault close-1006:every=1m',
        ),
      ].join('\n'),
    )
    .action(async ({ venue, fault: faults, ...flags }: Flags) => {
      const run = async (): Promise<number> => {
        try {
          await serve({ ...flags, venues: venue, faults }, output)
          return 0
        } catch (error) {
          const why = refusal(error)
          if (why === undefined) throw error
          output.note(`depthcast-sim serve: cannot listen on ${flags.host}:${flags.port}: ${why}`)
          return 1
        }
      }
      exit(await refusing('serve', output, run))
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

function symbols(text: string): readonly string[] {
  const asked = [...new Set(text.split(',').map((name) => name.trim().toUpperCase()))]
  if (asked.length <= MOST_SYMBOLS && asked.every((name) => /^[A-Z0-9]{1,12}-[A-Z0-9]{1,12}$/.test(name))) return asked
  throw new InvalidArgumentError(
    `Allowed are up to ${MOST_SYMBOLS} of BASE-QUOTE, separated by commas, e.g. BTC-USD,ETH-EUR.`,
  )
}

/** Why the port cannot be had, and what to do; undefined for another error. */
function refusal(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  switch (code) {
    case 'EADDRINUSE':
      return 'something listens there already, say another --port, or 0 for any that is free'
    case 'EACCES':
      return 'that port is for the administrator, say a --port from 1024 on'
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'that is no address of this machine, say another --host: 127.0.0.1 for here alone, 0.0.0.0 for all'
    default:
      return undefined
  }
}
