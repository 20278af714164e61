import type { Command } from 'commander'
import { command, examples, refusing } from '../command.ts'
import type { Output } from '../output.ts'
import { importCapture } from './import.ts'

type Flags = { readonly out: string; readonly progress?: true }

export function importCommand(output: Output, exit: (code: number) => void): Command {
  return command('import', output)
    .summary('bring a recording of another format into ours')
    .description(
      'Write a recording of another format in ours, without loss. Read are, gzipped or not:\n  - cryptofeed\'s text: x.ws.txt and x.http.txt, or x.ws.1.0 and x.http.0.0\n  - DepthCharge\'s traces: a heading, then {"rx_ns": …, "frame": …} a line\n  - Kraken\'s book as parsed JSON: {"init": …, "updates": […]}\n  - NDJSON of ours',
    )
    .argument('<capture>', 'the recording')
    .requiredOption('--out <file>', 'where to, a new file; gzipped where it ends in .gz')
    .option('--progress', 'a line a second on stderr also where that is no terminal')
    .addHelpText(
      'after',
      `\nWhat was written is read back and compared before it is called done.\nExit code 1 when it differs, 2 when the file is no recording.\n${examples('import binance.ws.txt --out binance.ndjson.gz', 'import kraken.json --out kraken.ndjson.gz')}`,
    )
    .action(async (file: string, flags: Flags) => {
      const options = { out: flags.out, progress: flags.progress ?? false }
      exit(await refusing('import', output, () => importCapture(file, options, output)))
    })
}
