import type { Command } from 'commander'
import { command, examples } from '../command.ts'
import type { Output } from '../output.ts'
import { faultJson, faultList } from './list.ts'

/** `depthcast-sim faults`. */
export function faultsCommand(output: Output): Command {
  return command('faults', output)
    .summary('list what serve can do wrong on purpose')
    .description(
      'List every fault that `serve --fault` can do, and what must notice it in a feed of each venue. Several mean any of them may be the first.',
    )
    .option('--json', 'one JSON object a fault')
    .addHelpText('after', examples('faults', 'faults --json'))
    .action(async (flags: { readonly json?: true }) => {
      await output.write(flags.json ? faultJson() : faultList())
    })
}
