import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { FeedConfigError } from '@depthcast/feeds'
import type { Command } from 'commander'
import { command, examples, refusing } from '../command.ts'
import type { Output } from '../output.ts'
import { addressOf, ask } from './ask.ts'
import { readReceipt } from './receipt.ts'
import { type Finding, reckon } from './reckon.ts'

type Flags = { readonly ask?: true; readonly gateway?: string; readonly json?: true }

/** `depthcast-sim receipt`. */
export function receiptCommand(output: Output, exit: (code: number) => void): Command {
  return command('receipt', output)
    .summary('reckon again what a receipt of the dashboard says')
    .description(
      'Check a receipt that was copied from a panel of the dashboard: the checksum of a book from its levels, the bars of a chart against those counted from their trades.',
    )
    .argument('<file>', 'the receipt, or - for what comes in')
    .option('--ask', 'also hold it against what the gateway has now, which the receipt names')
    .option('--gateway <url>', 'ask this gateway instead')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `\nExit code 1 when something does not hold, 2 when the file is no receipt or the gateway cannot be asked.\n${examples('receipt receipt.json', 'receipt --ask receipt.json', 'receipt --gateway http://127.0.0.1:8080 receipt.json')}`,
    )
    .action(async (file: string, flags: Flags) => {
      exit(await refusing('receipt', output, () => checkReceipt(file, flags, output)))
    })
}

async function checkReceipt(file: string, { ask: asks, gateway, json }: Flags, output: Output): Promise<number> {
  const receipt = readReceipt(await read(file))
  if (typeof receipt === 'string') throw new FeedConfigError(`${file} cannot be checked: ${receipt}`)
  const findings: Finding[] = [...reckon(receipt)]
  if (asks === true || gateway !== undefined) {
    const address = addressOf(receipt, gateway)
    if (address === undefined) throw new FeedConfigError(`${file} names no gateway`)
    try {
      findings.push(await ask(receipt, address))
    } catch (cause) {
      throw new FeedConfigError(`${address} cannot be asked: ${cause instanceof Error ? cause.message : String(cause)}`)
    }
  }
  const holds = findings.every((finding) => finding.holds)
  const { of, symbol } = receipt
  if (json === true) await output.write(`${JSON.stringify({ of, symbol, holds, findings })}\n`)
  else {
    const lines = findings.map((finding) => `${finding.holds ? 'ok   ' : 'WRONG'}  ${finding.says}`)
    await output.write(`${[`${of} of ${symbol}`, ...lines, holds ? 'It holds.' : 'It does not hold.'].join('\n')}\n`)
  }
  return holds ? 0 : 1
}

async function read(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')
  } catch (cause) {
    throw new FeedConfigError(`${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}
