import { fileURLToPath } from 'node:url'
import type { FeedOptions } from '@depthcast/feeds'
import type { z } from 'zod'
import { KEY_NAME, KEY_NAME_ALLOWED } from './auth/api-keys.ts'
import type { AuthMode } from './auth/auth-modes.ts'
import type { Origins } from './auth/origins.ts'
import { ConfigError, describe, readArguments, type Setting, variableOf } from './command-line.ts'
import type { IoUring } from './flow/open-sends.ts'
import type { Targets } from './governor.ts'
import type { GatewayLimits } from './limits.ts'
import type { LogLevel } from './logger.ts'
import { SETTINGS } from './settings.ts'
import type { TlsFiles } from './tls.ts'

/** Everything an operator can choose, resolved. */
export type Config = {
  readonly host: string
  readonly port: number
  /** Empty: everyone may connect. */
  readonly auth: readonly AuthMode[]
  readonly jwtIssuer: string | undefined
  readonly jwtAudience: string | undefined
  readonly origins: Origins
  readonly adminTokenFile: string | undefined
  readonly tls: TlsFiles | undefined
  readonly resumeSecretFile: string | undefined
  readonly feed: string
  readonly symbols: readonly string[] | undefined
  /** Other addresses, by venue. */
  readonly venueUrls: FeedOptions['venues']
  /** How deep their books are to be, by venue. */
  readonly venueDepths: FeedOptions['venues']
  readonly dumpDir: string | undefined
  readonly speed: number | 'max'
  readonly seed: number | undefined
  readonly logLevel: LogLevel
  readonly webDir: string
  readonly heartbeatMs: number
  readonly ioUring: IoUring
  readonly targets: Targets
  readonly limits: GatewayLimits
}

/** What the command line asks for. */
export type Invocation =
  | { readonly run: 'serve' | 'print-config'; readonly config: Config }
  | { readonly run: 'new-key'; readonly name: string }
  | { readonly run: 'help' | 'version' }

const DEFAULT_WEB_DIR = fileURLToPath(new URL('../../web/dist', import.meta.url))

type Variables = Readonly<Record<string, string | undefined>>

/**
 * Reads the command line and the environment. Throws ConfigError, one line naming what is allowed: an unknown flag (with the nearest ones), a flag
 * without its value, a value that is not allowed.
 */
export function readInvocation(args: readonly string[], variables: Variables): Invocation {
  const flags = Object.values(SETTINGS).map(({ flag }) => flag)
  const { values, actions } = readArguments(args, flags)
  if (actions.has('help')) return { run: 'help' }
  if (actions.has('version')) return { run: 'version' }
  const name = actions.get('new-key')
  if (name !== undefined) return { run: 'new-key', name: keyName(name) }
  const config = resolve(values, variables)
  return { run: actions.has('print-config') ? 'print-config' : 'serve', config }
}

/** The configuration that these flags give: `loadConfig(['--port', '0'])`. Throws ConfigError. */
export function loadConfig(args: readonly string[] = [], variables: Variables = {}): Config {
  return resolve(
    readArguments(
      args,
      Object.values(SETTINGS).map(({ flag }) => flag),
    ).values,
    variables,
  )
}

/** The environment of this process: nothing else reads it. */
export function environment(): Variables {
  return process.env
}

/** What was said about each venue, where anything was. */
export function venueOptions({
  venueUrls = {},
  venueDepths = {},
}: Pick<Config, 'venueUrls' | 'venueDepths'>): NonNullable<FeedOptions['venues']> {
  const named = [...Object.keys(venueUrls), ...Object.keys(venueDepths)]
  return Object.fromEntries(named.map((venue) => [venue, { ...venueUrls[venue], ...venueDepths[venue] }]))
}

/** What `--print-config` prints: files by their names, addresses without their query, as that may hold a secret. */
export function printable(config: Config): string {
  const auth = config.auth.map((mode) => {
    if (mode.kind === 'keys' || typeof mode.source === 'string') return mode
    return { ...mode, source: mode.source.origin + mode.source.pathname }
  })
  return JSON.stringify({ ...config, auth }, undefined, 2)
}

/** What `--help` prints. */
export function helpText(): string {
  return describe(Object.values(SETTINGS))
}

function resolve(values: ReadonlyMap<string, string>, variables: Variables): Config {
  const host: string = required('host')
  const auth = read('auth') ?? (isThisMachine(host) ? [] : mustBeSaid(host))
  return {
    host,
    port: required('port'),
    auth,
    ...jwtRules(auth),
    origins: read('origins') ?? [],
    adminTokenFile: read('adminTokenFile'),
    tls: tlsFiles(read('tlsCert'), read('tlsKey')),
    resumeSecretFile: read('resumeSecretFile'),
    feed: required('feed'),
    symbols: read('symbols'),
    venueUrls: read('venueUrls'),
    venueDepths: read('venueDepths'),
    dumpDir: read('dumpDir'),
    speed: required('speed'),
    seed: read('seed'),
    logLevel: required('logLevel'),
    webDir: read('webDir') ?? DEFAULT_WEB_DIR,
    heartbeatMs: required('heartbeatMs'),
    ioUring: required('ioUring'),
    targets: { delayMs: required('targetDelayMs'), bytesPerSecond: required('targetBytesPerSecond') },
    limits: {
      connections: required('connections'),
      subscriptions: required('subscriptions'),
      symbolsPerRequest: required('symbolsPerRequest'),
      messagesPerSecond: required('messagesPerSecond'),
      messageBytes: required('messageBytes'),
      maxDepth: required('maxDepth'),
      minRateMs: required('minRateMs'),
      symbolsPerSecond: required('symbolsPerSecond'),
      views: required('views'),
      connectionsPerAddress: required('connectionsPerAddress'),
      connectionsPerKey: required('connectionsPerKey'),
      handshakeMs: required('handshakeMs'),
      bytesPerSecond: required('bytesPerSecond'),
      windowBytes: required('windowBytes'),
    },
  }

  function jwtRules(modes: readonly AuthMode[]): Pick<Config, 'jwtIssuer' | 'jwtAudience'> {
    const rules = { jwtIssuer: read('jwtIssuer'), jwtAudience: read('jwtAudience') }
    if (modes.some(({ kind }) => kind === 'jwt') || (rules.jwtIssuer ?? rules.jwtAudience) === undefined) return rules
    throw new ConfigError(
      '--jwt-issuer and --jwt-audience say what tokens must hold: they need --auth jwt:<file or https URL>',
    )
  }

  function required<Name extends keyof typeof SETTINGS>(name: Name): Value<Name> {
    return read(name) as Value<Name>
  }

  function read<Name extends keyof typeof SETTINGS>(name: Name): Value<Name> | undefined {
    const setting: Setting = SETTINGS[name]
    const variable = variableOf(setting)
    const flag = values.get(setting.flag)
    const text = flag ?? variables[variable] ?? setting.fallback
    if (text === undefined) return undefined
    const { success, data } = setting.schema.safeParse(text)
    if (success) return data as Value<Name>
    const source = flag === undefined ? variable : `--${setting.flag}`
    const given = setting.isUnspoken ? '' : `, not ${JSON.stringify(text)}`
    throw new ConfigError(`${source} must be ${setting.allowed}${given}`)
  }
}

function keyName(name: string): string {
  if (KEY_NAME.test(name)) return name
  throw new ConfigError(`--new-key must be ${KEY_NAME_ALLOWED}, not ${JSON.stringify(name)}`)
}

/** Others than this machine's own programs can reach every other address, and a name may stand for any. */
function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

function mustBeSaid(host: string): never {
  throw new ConfigError(
    `--host ${host} lets other machines in: say who may connect, with --auth keys:<file>, --auth jwt:<file or https URL>, or --auth none for everyone`,
  )
}

function tlsFiles(cert: string | undefined, key: string | undefined): TlsFiles | undefined {
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined) throw new ConfigError('--tls-key needs --tls-cert: the certificate that it belongs to')
  if (key === undefined) throw new ConfigError('--tls-cert needs --tls-key: the private key of the certificate')
  return { cert, key }
}

type Value<Name extends keyof typeof SETTINGS> = z.infer<(typeof SETTINGS)[Name]['schema']>
