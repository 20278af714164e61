import { fileURLToPath } from 'node:url'
import { DEFAULT_FEED, FEED_NAMES } from '@depthcast/feeds'
import { z } from 'zod'
import type { GatewayLimits } from './limits.ts'
import { LOG_LEVELS, type LogLevel } from './logger.ts'
import { nearest } from './nearest.ts'
import { RATES_MS } from './pacer.ts'

/** Everything an operator can choose, resolved. */
export type Config = {
  readonly host: string
  readonly port: number
  readonly feed: string
  readonly symbols: readonly string[] | undefined
  readonly speed: number | 'max'
  readonly seed: number | undefined
  readonly logLevel: LogLevel
  readonly webDir: string
  readonly heartbeatMs: number
  readonly limits: GatewayLimits
}

/** What the command line asks for. */
export type Invocation =
  | { readonly run: 'serve' | 'print-config'; readonly config: Config }
  | { readonly run: 'help' | 'version' }

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
  readonly schema: z.ZodType
}

const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.int().min(min).max(max))
const list = z
  .string()
  .transform((text) => text.split(',').map((item) => item.trim()))
  .pipe(z.array(z.string().min(1)).min(1))
const positive = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,9})?$/)
  .transform(Number)
  .pipe(z.number().positive())
const text = z.string().min(1)
const DEFAULT_WEB_DIR = fileURLToPath(new URL('../../web/dist', import.meta.url))

/** Flags win over the environment, the environment over the default. docs/operations.md lists the same rows. */
export const SETTINGS = {
  port: {
    flag: 'port',
    placeholder: '<n>',
    fallback: '8080',
    help: 'Port to listen on; 0 takes any free one.',
    allowed: 'a whole number from 0 to 65535',
    schema: whole(0, 65535),
  },
  host: {
    flag: 'host',
    placeholder: '<address>',
    fallback: '127.0.0.1',
    help: 'Address to listen on; 0.0.0.0 for all networks.',
    allowed: 'an address',
    schema: text,
  },
  feed: {
    flag: 'feed',
    placeholder: '<feeds>',
    fallback: DEFAULT_FEED,
    help: `Where market data comes from: ${FEED_NAMES.join(', ')}, several with commas, or replay:<file>[,<file>…].`,
    allowed: `${FEED_NAMES.join(', ')} or replay:<file>`,
    schema: text,
  },
  symbols: {
    flag: 'symbols',
    placeholder: '<list>',
    fallback: undefined,
    help: 'Instruments with commas, BTC-USD for every venue that has it or coinbase:BTC-USD for one. Default: the choice of each feed.',
    allowed: 'names such as BTC-USD or coinbase:BTC-USD, with commas between',
    schema: list,
  },
  speed: {
    flag: 'speed',
    placeholder: '<x>',
    fallback: '1',
    help: 'Pace of a replay: times the recorded one, or max.',
    allowed: 'a number above 0, or max',
    schema: z.union([z.literal('max'), positive]),
  },
  seed: {
    flag: 'seed',
    placeholder: '<n>',
    fallback: undefined,
    help: 'Seed of the simulated market: the same seed, the same market.',
    allowed: 'a whole number from 0 to 4294967295',
    schema: whole(0, 0xffffffff),
  },
  logLevel: {
    flag: 'log-level',
    placeholder: '<level>',
    fallback: 'warn',
    help: `Least level of the JSON logs on stderr: ${LOG_LEVELS.join(', ')}.`,
    allowed: `one of ${LOG_LEVELS.join(', ')}`,
    schema: z.enum(LOG_LEVELS),
  },
  webDir: {
    flag: 'web-dir',
    placeholder: '<folder>',
    fallback: DEFAULT_WEB_DIR,
    help: 'The built dashboard.',
    allowed: 'a folder',
    schema: text,
  },
  heartbeatMs: {
    flag: 'heartbeat',
    placeholder: '<ms>',
    fallback: '2000',
    help: 'Milliseconds between two heartbeats to a client.',
    allowed: 'a whole number from 100 to 60000',
    schema: whole(100, 60_000),
  },
  minRateMs: {
    flag: 'min-rate',
    placeholder: '<ms>',
    fallback: '0',
    help: 'Fastest rate a client may have; 0 allows raw, every update by itself.',
    allowed: `0 or one of ${RATES_MS.join(', ')}`,
    schema: z.enum(['0', ...RATES_MS.map(String)]).transform(Number),
  },
  maxDepth: {
    flag: 'max-depth',
    placeholder: '<n>',
    fallback: 'all',
    help: 'Most levels a side a client may have, or all.',
    allowed: 'a whole number from 1 up, or all',
    schema: z.union([z.literal('all'), whole(1, 1_000_000)]),
  },
  connections: {
    flag: 'max-connections',
    placeholder: '<n>',
    fallback: '10000',
    help: 'Clients at once.',
    allowed: 'a whole number from 1 up',
    schema: whole(1, 1_000_000),
  },
  subscriptions: {
    flag: 'max-subscriptions',
    placeholder: '<n>',
    fallback: '1000',
    help: 'Subscriptions a client may hold.',
    allowed: 'a whole number from 1 up',
    schema: whole(1, 1_000_000),
  },
  symbolsPerRequest: {
    flag: 'max-symbols',
    placeholder: '<n>',
    fallback: '200',
    help: 'Symbols in one subscribe request.',
    allowed: 'a whole number from 1 to 1000',
    schema: whole(1, 1000),
  },
  messagesPerSecond: {
    flag: 'max-messages',
    placeholder: '<n>',
    fallback: '100',
    help: 'Messages a client may send a second.',
    allowed: 'a whole number from 1 up',
    schema: whole(1, 1_000_000),
  },
  messageBytes: {
    flag: 'max-message-bytes',
    placeholder: '<n>',
    fallback: '65536',
    help: 'Largest message a client may send.',
    allowed: 'a whole number from 1024 to 16777216',
    schema: whole(1024, 16_777_216),
  },
} as const satisfies Record<string, Setting>

/** The environment variable of a setting. */
export function variableOf({ flag }: Setting): string {
  return `DEPTHCAST_${flag.toUpperCase().replaceAll('-', '_')}`
}

/**
 * Reads the command line and the environment. Throws ConfigError: an unknown flag (with the nearest ones), a flag without its value, or a value
 * that is not allowed.
 */
export function loadConfig(
  args: readonly string[] = [],
  environment: Readonly<Record<string, string | undefined>> = {},
): Invocation {
  const { values, actions } = readArguments(args)
  if (actions.has('help')) return { run: 'help' }
  if (actions.has('version')) return { run: 'version' }
  const read = <Name extends keyof typeof SETTINGS>(name: Name) =>
    resolve(SETTINGS[name], values, environment) as z.infer<(typeof SETTINGS)[Name]['schema']>
  const config: Config = {
    host: read('host'),
    port: read('port'),
    feed: read('feed'),
    symbols: optional('symbols'),
    speed: read('speed'),
    seed: optional('seed'),
    logLevel: read('logLevel'),
    webDir: read('webDir'),
    heartbeatMs: read('heartbeatMs'),
    limits: {
      connections: read('connections'),
      subscriptions: read('subscriptions'),
      symbolsPerRequest: read('symbolsPerRequest'),
      messagesPerSecond: read('messagesPerSecond'),
      messageBytes: read('messageBytes'),
      maxDepth: read('maxDepth'),
      minRateMs: read('minRateMs'),
    },
  }
  return { run: actions.has('print-config') ? 'print-config' : 'serve', config }

  function optional<Name extends 'symbols' | 'seed'>(
    name: Name,
  ): z.infer<(typeof SETTINGS)[Name]['schema']> | undefined {
    return resolve(SETTINGS[name], values, environment) as z.infer<(typeof SETTINGS)[Name]['schema']> | undefined
  }
}

/** The environment of this process: the only place that reads it. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return process.env
}

const ACTIONS = {
  help: 'List every flag and environment variable.',
  version: 'Print the version.',
  'print-config': 'Print the resolved configuration as JSON and exit.',
}

/** What `--help` prints. */
export function helpText(): string {
  const rows = Object.values(SETTINGS).map((setting: Setting) => [
    `--${setting.flag} ${setting.placeholder}`,
    variableOf(setting),
    setting.fallback === undefined || setting.fallback === DEFAULT_WEB_DIR
      ? setting.help
      : `${setting.help} Default ${setting.fallback}.`,
  ])
  const actions = Object.entries(ACTIONS).map(([flag, help]) => [`--${flag}`, '', help])
  const width = (column: number) => Math.max(...[...rows, ...actions].map((row) => row[column]?.length ?? 0))
  const lines = [...rows, ...actions].map(
    ([flag = '', variable = '', help]) => `  ${flag.padEnd(width(0))}  ${variable.padEnd(width(1))}  ${help}`,
  )
  return ['Depthcast: exact order books, streamed.', '', 'Usage: npm start -- [flags]', '', ...lines, ''].join('\n')
}

type Arguments = { readonly values: ReadonlyMap<string, string>; readonly actions: ReadonlySet<string> }

function readArguments(args: readonly string[]): Arguments {
  const flags: readonly string[] = Object.values(SETTINGS).map(({ flag }) => flag)
  const values = new Map<string, string>()
  const actions = new Set<string>()
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? ''
    const [, name = '', inline] = /^--([^=]*)(?:=(.*))?$/s.exec(argument) ?? []
    if (Object.hasOwn(ACTIONS, name) && inline === undefined) actions.add(name)
    else if (flags.includes(name)) {
      const value = inline ?? args[++at]
      if (value === undefined || (inline === undefined && value.startsWith('--')))
        throw new ConfigError(`--${name} needs a value`)
      values.set(name, value)
    } else throw new ConfigError(unknownFlag(argument, name, flags))
  }
  return { values, actions }
}

function unknownFlag(argument: string, name: string, flags: readonly string[]): string {
  const known = [...flags, ...Object.keys(ACTIONS)]
  const close = nearest(name, known, 2).map((flag) => `--${flag}`)
  const hint =
    close.length > 0
      ? `did you mean ${close.join(' or ')}?`
      : `allowed are ${known.map((flag) => `--${flag}`).join(', ')}`
  return `unknown ${argument.startsWith('-') ? 'flag' : 'argument'} ${JSON.stringify(argument)}; ${hint}`
}

function resolve(
  setting: Setting,
  values: ReadonlyMap<string, string>,
  environment: Readonly<Record<string, string | undefined>>,
): unknown {
  const variable = variableOf(setting)
  const given = values.get(setting.flag)
  const value = given ?? environment[variable] ?? setting.fallback
  if (value === undefined) return undefined
  const { success, data } = setting.schema.safeParse(value)
  if (success) return data
  const source = given === undefined ? variable : `--${setting.flag}`
  throw new ConfigError(`${source} must be ${setting.allowed}, not ${JSON.stringify(value)}`)
}
