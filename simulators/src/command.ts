import { FeedConfigError } from '@depthcast/feeds'
import { Command, type CommanderError } from 'commander'
import type { Output } from './output.ts'

/** A command that says what is wrong in one line, and leaves the exit to us. */
export function command(name: string, output: Output): Command {
  const made: Command = new Command(name)
  return made
    .helpOption('-h, --help', 'show this help')
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({ writeOut: (text) => void output.write(text), outputError: () => {} })
    .showSuggestionAfterError(false)
    .exitOverride((error) => {
      if (error.exitCode !== 0) output.note(`${path(made)}: ${said(error)}${allowed(error, made)}`)
      throw error
    })
}

function path(one: Command): string {
  return one.parent === null ? one.name() : `${path(one.parent)} ${one.name()}`
}

function said({ message }: CommanderError): string {
  return message.replace('error: ', '').replace('command-argument value', 'argument').replace(/\.$/, '')
}

function allowed(error: CommanderError, made: Command): string {
  const { commands, options, registeredArguments } = made
  const named = (name: string) => error.message.includes(`'${name}'`)
  switch (error.code) {
    case 'commander.unknownCommand':
      return `, allowed are ${[...commands.map((one) => one.name()), 'help'].join(', ')}`
    case 'commander.unknownOption':
      return `, allowed are ${[...options.map((one) => one.long), '--help'].join(', ')}`
    // What is missing: what it would be.
    case 'commander.optionMissingArgument':
    case 'commander.missingMandatoryOptionValue':
      return `: ${options.find(({ flags }) => named(flags))?.description ?? ''}`
    case 'commander.missingArgument':
      return `: ${registeredArguments.find((one) => named(one.name()))?.description ?? ''}`
    default:
      return ''
  }
}

/** The last lines of a command's help. What a program is to read is asked for without npm's own two lines before it. */
export function examples(...lines: readonly string[]): string {
  const run = (line: string) => (/--json| [|>] /.test(line) ? 'npm run -s sim --' : 'npm run sim --')
  return ['', 'Examples:', ...lines.map((line) => `  ${run(line)} ${line}`)].join('\n')
}

/** Runs a command; what it cannot be asked to do is one line and exit code 2. */
export async function refusing(name: string, output: Output, run: () => Promise<number>): Promise<number> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof FeedConfigError)) throw error
    output.note(`depthcast-sim ${name}: ${error.message.replaceAll(/\p{Cc}+/gu, ' ')}`)
    return 2
  }
}
