import type { Command } from 'commander'
import type { Output } from '../output.ts'
import { faultJson, faultList } from './list.ts'

/** `depthcast-sim faults` on a bare command. */
export function faultsCommand(made: Command, output: Output): Command {
  return made
    .description('List every fault `serve --fault` can do, and what must notice it at which venue.')
    .option('--json', 'one JSON object a fault')
    .addHelpText('after', ['', 'Examples:', '  npm run sim -- faults', '  npm run sim -- faults --json'].join('\n'))
    .action(async (flags: { readonly json?: true }) => {
      await output.write(flags.json ? faultJson() : faultList())
    })
}
