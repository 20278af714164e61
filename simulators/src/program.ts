import { type Command, CommanderError, Option } from 'commander'
import { check } from './check.ts'
import { clientsCommand } from './clients/command.ts'
import { command, examples } from './command.ts'
import { serveCommand } from './emulators/command.ts'
import { factsCommand } from './facts/command.ts'
import { faultsCommand } from './faults/command.ts'
import { among, duration, rate, seed, speed } from './flags.ts'
import { importCommand } from './import/command.ts'
import { KINDS, type MarketsOptions, markets, SYMBOLS } from './markets.ts'
import type { Output } from './output.ts'
import { progress } from './progress.ts'
import { receiptCommand } from './receipt/command.ts'
import { recordCommand } from './record/command.ts'
import { replayCommand } from './replay/command.ts'

const NAME = 'depthcast-sim'
const USAGE_ERROR = 2

/**
 * Runs `depthcast-sim` with these arguments and gives the exit code: 0, 1 where a check failed, 2 where the arguments are wrong, after one
 * line that names what is allowed.
 */
export async function runProgram(args: readonly string[], output: Output): Promise<number> {
  let exitCode = 0
  const exit = (code: number) => {
    exitCode = code
  }
  const program = command(NAME, output)
    .usage('<command> [options]')
    .description(
      'Markets and exchanges made up to build and test against, recordings of real ones, and clients to put on a gateway.',
    )
    .configureHelp({ showGlobalOptions: false, subcommandTerm: (one) => one.name() })
    .addHelpText(
      'after',
      [
        '',
        'Exit code 0 when all is well, 1 when a check failed or a port cannot be had, 2 when what was asked cannot be.',
        'npm says two lines of its own before the output; npm run -s sim -- … does not.',
        examples(
          'markets --symbols BTC-USD --kinds trades',
          'serve --venue kraken,binance,coinbase',
          'record kraken --out kraken.ndjson.gz --venue-url http://127.0.0.1:9100 --duration 30s',
          'check kraken.ndjson.gz',
          'clients --count 1000',
          'help record',
        ),
      ].join('\n'),
    )
    .commandsGroup('Markets and exchanges:')
    .addCommand(marketsCommand(output))
    .addCommand(serveCommand(output, exit))
    .addCommand(faultsCommand(output))
    .addCommand(factsCommand(output, exit))
    .commandsGroup('Recordings:')
    .addCommand(recordCommand(output, exit))
    .addCommand(checkCommand(output, exit))
    .addCommand(replayCommand(output, exit))
    .addCommand(importCommand(output, exit))
    .commandsGroup('Gateways:')
    .addCommand(clientsCommand(output, exit))
    .addCommand(receiptCommand(output, exit))
    .commandsGroup('Help:')
    .helpCommand('help [command]', 'show the help of a command')
  const asked = args[0] === 'help' ? args.slice(1, 2) : []
  try {
    // Commander shows the whole help for a command that is none.
    for (const name of asked) {
      if (!program.commands.some((one) => one.name() === name)) {
        program.error(`error: unknown command '${name}'`, { code: 'commander.unknownCommand', exitCode: USAGE_ERROR })
      }
    }
    await program.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR
    throw error
  }
}

function checkCommand(output: Output, exit: (code: number) => void): Command {
  return command('check', output)
    .summary('put recordings to the test')
    .description(
      "Play recordings through their venues' protocols, the code that runs live, and print what was verified.",
    )
    .argument('<capture...>', 'recorded traffic, one file a recording')
    .option('--json', 'one JSON object a recording')
    .option('--progress', 'a line a second on stderr also where that is no terminal')
    .addHelpText(
      'after',
      `\nExit code 1 when any check failed or was interrupted, 2 when a file cannot be read.\n${examples('check recording.ndjson', 'check --json binance.ndjson coinbase.ndjson')}`,
    )
    .action(async (captures: readonly string[], flags: { readonly json?: true; readonly progress?: true }) => {
      const write = (line: string) => output.write(`${line}\n`)
      const { ended } = output
      const show = (line: () => string) => progress(output, line, flags.progress ?? false)
      exit(await check(captures, { json: flags.json ?? false, write, ended, progress: show }))
    })
}

type MarketsFlags = Partial<MarketsOptions> & Pick<MarketsOptions, 'seed' | 'speed' | 'rate' | 'symbols' | 'kinds'>

function marketsCommand(output: Output): Command {
  return command('markets', output)
    .summary('print the simulated market as it trades')
    .description('Print the stream of the simulated market, the one `--feed simulated` serves, until Ctrl-C.')
    .addOption(listOption('--symbols <list>', 'markets', SYMBOLS))
    .addOption(listOption('--kinds <list>', 'events', KINDS))
    .option('--duration <time>', "stop after so much of the markets' time, e.g. 500ms, 10s, 2m", duration)
    .option(
      '--speed <n>',
      'times the clock, 0.01 to 10000, or max: as fast as it goes, the same bytes for the same seed',
      speed,
      1,
    )
    .option('--seed <n>', 'another seed is another market, 0 to 4294967295', seed, 1)
    .option('--rate <n>', 'times as many orders, 0.01 to 1000', rate, 1)
    .option('--past', 'with the trades from before the opening')
    .option('--json', 'one JSON object a line: instruments, then events, in ticks, lots and µs since 1970')
    .addHelpText(
      'after',
      examples(
        'markets --symbols BTC-USD,ETH-USD --kinds trades',
        'markets --symbols PAXG-USD --speed 60',
        'markets --seed 7 --duration 10s --speed max --json | tail -1',
      ),
    )
    .action(async (flags: MarketsFlags) => {
      await markets({ duration: Number.POSITIVE_INFINITY, past: false, json: false, ...flags }, output)
    })
}

function listOption(flags: string, what: string, all: readonly string[]): Option {
  return new Option(flags, `only these ${what}: ${all.join(', ')}`).argParser(among(all)).default(all, 'all')
}
