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
    .description(
      'Markets and exchanges made up to build and test against, recordings of real ones, and clients to put on a gateway.',
    )
    .addHelpText(
      'after',
      examples(
        'markets --symbols BTC-USD --kinds trades',
        'serve --venue kraken,binance,coinbase',
        'record coinbase --out coinbase.ndjson.gz',
        'check coinbase.ndjson.gz',
        'clients --count 1000',
        'help record',
      ),
    )
    .addCommand(marketsCommand(output))
    .addCommand(checkCommand(output, exit))
    .addCommand(recordCommand(output, exit))
    .addCommand(replayCommand(output, exit))
    .addCommand(importCommand(output, exit))
    .addCommand(clientsCommand(output, exit))
    .addCommand(serveCommand(output, exit))
    .addCommand(factsCommand(output, exit))
    .addCommand(faultsCommand(output))
    .helpCommand('help [command]', 'show the help of a command')
  try {
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
    .addHelpText(
      'after',
      `\nExit code 1 when any check failed, 2 when a file cannot be read.\n${examples('check recording.ndjson', 'check --json binance.ndjson coinbase.ndjson')}`,
    )
    .action(async (captures: readonly string[], flags: { readonly json?: true }) => {
      const write = (line: string) => output.write(`${line}\n`)
      exit(await check(captures, { json: flags.json ?? false, write }))
    })
}

type MarketsFlags = Partial<MarketsOptions> & Pick<MarketsOptions, 'seed' | 'speed' | 'rate' | 'symbols' | 'kinds'>

function marketsCommand(output: Output): Command {
  return command('markets', output)
    .description('Print the stream of the simulated market, the one `--feed simulated` serves, until Ctrl-C.')
    .addOption(listOption('--symbols <list>', 'markets', SYMBOLS))
    .addOption(listOption('--kinds <list>', 'events', KINDS))
    .option('--duration <time>', "stop after so much of the markets' time, e.g. 500ms, 10s, 2m", duration)
    .option('--speed <n>', 'times the clock, or max: as fast as it goes, the same bytes for the same seed', speed, 1)
    .option('--seed <n>', 'another seed is another market', seed, 1)
    .option('--rate <n>', 'times as many orders', rate, 1)
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
