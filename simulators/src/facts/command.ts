import { type Command, Option } from 'commander'
import { command, examples, refusing } from '../command.ts'
import { duration, seed } from '../flags.ts'
import type { Output } from '../output.ts'
import { type FactsOptions, facts } from './facts.ts'

const HOUR = 3_600_000_000

type Flags = Omit<FactsOptions, 'symbol' | 'json'> & { readonly symbol?: string; readonly json?: true }

/** `depthcast-sim facts`. */
export function factsCommand(output: Output, exit: (code: number) => void): Command {
  return command('facts', output)
    .summary('say how real a market is, simulated or recorded')
    .description(
      'Print how a market behaves beside how real ones do: bursts, volatility that lasts, fat tails. Of recordings, or of a simulated market.',
    )
    .argument('[capture...]', 'recorded traffic; without any, the simulated market is played')
    .option('--seed <n>', 'another seed is another market, 0 to 4294967295', seed, 1)
    .addOption(
      new Option('--preset <name>', 'which markets it is held to, and which is simulated')
        .choices(['equity', 'crypto'])
        .default('equity'),
    )
    .addOption(
      new Option('--model <name>', 'how simulated orders arrive: in bursts, or evenly at random')
        .choices(['hawkes', 'poisson'])
        .default('hawkes'),
    )
    .option('--symbol <symbol>', 'BASE-QUOTE: which market to simulate, or only this one of a recording')
    .addOption(
      new Option('--duration <time>', "how much of the simulated market's own time, e.g. 10m, 1h")
        .argParser(duration)
        .default(HOUR, '1h'),
    )
    .option('--json', 'one JSON object a market')
    .addHelpText(
      'after',
      `
ok: inside its band. OUT: outside. Neither: nothing is asked of it, or too little was seen to tell, or it cannot be told from batches.
The bands are gates against nonsense: those of equity stand around one hour of one stock, which is the last column; those of crypto around minutes
of Coinbase, Kraken and Binance.
Exit code 1 when a fact lies outside its band, 2 when a file cannot be read.
${examples('facts --seed 7', 'facts --model poisson', 'facts --preset crypto kraken.ndjson.gz', 'facts --duration 10m --json')}`,
    )
    .action(async (captures: readonly string[], { symbol, json, ...flags }: Flags) => {
      const options = { ...flags, symbol: symbol?.toUpperCase(), json: json ?? false }
      exit(await refusing('facts', output, () => facts(captures, options, output)))
    })
}
