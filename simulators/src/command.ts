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
      if (error.exitCode !== 0)
        output.note(`${path(made)}: ${error.message.replace('error: ', '')}${allowed(error, made)}`)
      throw error
    })
}

function path(one: Command): string {
  return one.parent === null ? one.name() : `${path(one.parent)} ${one.name()}`
}

function allowed(error: CommanderError, { commands, options }: Command): string {
  switch (error.code) {
    case 'commander.unknownCommand':
      return `, allowed are ${[...commands.map((one) => one.name()), 'help'].join(', ')}`
    case 'commander.unknownOption':
      return `, allowed are ${[...options.map((one) => one.long), '--help'].join(', ')}`
    default:
      return ''
  }
}

/** The last lines of a command's help. */
export function examples(...lines: readonly string[]): string {
  return ['', 'Examples:', ...lines.map((line) => `  npm run sim -- ${line}`)].join('\n')
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
