import { z } from 'zod'
import { nearest } from './nearest.ts'

/** The operator asked for what cannot be; the message is one line that names what can. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'CONFIG'
}

/** One setting: its flag (`--port`), its environment variable (`DEPTHCAST_PORT`), and how its text is read. */
export type Setting = {
  readonly flag: string
  readonly placeholder: string
  /** Undefined: unset unless given. */
  readonly fallback: string | undefined
  readonly help: string
  /** Completes "must be …". */
  readonly allowed: string
  /** Set where a secret may come in by mistake: what was given is not repeated. */
  readonly isUnspoken?: true
  readonly schema: z.ZodType
}

/** A whole number in decimal digits, and nothing else that JavaScript takes for one. */
export const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.int().min(min).max(max))

/** The environment variable of a setting. */
export function variableOf({ flag }: Pick<Setting, 'flag'>): string {
  return `DEPTHCAST_${flag.toUpperCase().replaceAll('-', '_')}`
}

/** What to do instead of serving. Those with a placeholder take a value. */
const ACTIONS: Readonly<Record<string, { readonly placeholder?: string; readonly help: string }>> = {
  help: { help: 'List every flag and environment variable.' },
  version: { help: 'Print the version.' },
  'print-config': { help: 'Print the resolved configuration as JSON and exit.' },
  'new-key': {
    placeholder: '<name>',
    help: 'Print a new API key, this once, and the line of the keys file that lets it in.',
  },
}

/** Every flag, its environment variable, and what it is for, one a line. */
export function describe(settings: readonly Setting[]): string {
  const rows = settings.map(({ flag, placeholder, fallback, help }) => [
    `--${flag} ${placeholder}`,
    variableOf({ flag }),
    fallback === undefined ? help : `${help} Default ${fallback}.`,
  ])
  const actions = Object.entries(ACTIONS).map(([flag, { placeholder, help }]) => [
    [`--${flag}`, placeholder].filter((part) => part !== undefined).join(' '),
    '',
    help,
  ])
  const width = (column: number) => Math.max(...[...rows, ...actions].map((row) => row[column]?.length ?? 0))
  const lines = [...rows, ...actions].map(
    ([flag = '', variable = '', help]) => `  ${flag.padEnd(width(0))}  ${variable.padEnd(width(1))}  ${help}`,
  )
  return ['Depthcast: exact order books, streamed.', '', 'Usage: npm start -- [flags]', '', ...lines, ''].join('\n')
}

/** Actions by name, with their value where they take one. */
export type Arguments = { readonly values: ReadonlyMap<string, string>; readonly actions: ReadonlyMap<string, string> }

/** Splits the command line into settings and actions. Throws ConfigError for what is neither, and for a flag without its value. */
export function readArguments(args: readonly string[], flags: readonly string[]): Arguments {
  const values = new Map<string, string>()
  const actions = new Map<string, string>()
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? ''
    const [, name = '', inline] = /^--([^=]*)(?:=(.*))?$/s.exec(argument) ?? []
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
    if (action !== undefined && action.placeholder === undefined) {
      if (inline !== undefined) throw new ConfigError(`--${name} takes no value`)
      actions.set(name, '')
    } else if (action !== undefined || flags.includes(name)) {
      const value = inline ?? args[++at]
      if (value === undefined || (inline === undefined && value.startsWith('--')))
        throw new ConfigError(`--${name} needs a value`)
      if (action === undefined) values.set(name, value)
      else actions.set(name, value)
    } else throw new ConfigError(unknownFlag(argument, name, flags))
  }
  return { values, actions }
}

function unknownFlag(argument: string, name: string, flags: readonly string[]): string {
  if (!argument.startsWith('-'))
    return `unknown argument ${JSON.stringify(argument)}; only flags are allowed, --help lists them`
  const known = [...flags, ...Object.keys(ACTIONS)]
  const close = nearest(name, known, 2).map((flag) => `--${flag}`)
  const hint =
    close.length > 0
      ? `did you mean ${close.join(' or ')}?`
      : `allowed are ${known.map((flag) => `--${flag}`).join(', ')}`
  return `unknown flag ${JSON.stringify(argument)}; ${hint}`
}
