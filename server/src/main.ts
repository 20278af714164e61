import { FeedConfigError, type FeedOptions, openFeeds } from '@depthcast/feeds'
import { createApp } from './app.ts'
import { newKey } from './auth/api-keys.ts'
import { ConfigError } from './command-line.ts'
import { type Config, environment, helpText, printable, readInvocation, venueOptions } from './config.ts'
import { feedErrorLog } from './feed-errors.ts'
import { createLog } from './logger.ts'
import { version } from './version.ts'

/** The operator asked for what cannot be. */
const EXIT_USAGE = 2

async function main(): Promise<void> {
  const invocation = readInvocation(process.argv.slice(2), environment())
  switch (invocation.run) {
    case 'help':
      return say(helpText())
    case 'version':
      return say(version())
    case 'new-key':
      return say(keyText(invocation.name))
    case 'print-config': {
      const { config } = invocation
      createApp(config, { feed: await openFeed(config), log: createLog('silent') })
      return say(printable(config))
    }
    case 'serve':
      return serve(invocation.config)
  }
}

async function serve(config: Config): Promise<void> {
  const log = createLog(config.logLevel)
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'process.uncaught')
    process.exit(1)
  })
  const feed = await openFeed(config, {
    onError: feedErrorLog(log, () => performance.now()),
    log: (event, fields) => log[WARNED.has(event) ? 'warn' : 'info'](fields, event),
  })
  const app = createApp(config, { feed, log })
  const { url } = await app.listen()
  log.info({ url, auth: config.auth.map(({ kind }) => kind), tls: config.tls !== undefined }, 'process.listening')
  let isClosing = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isClosing) process.exit(1)
      isClosing = true
      log.info({ signal }, 'process.drain')
      app.close().then(
        () => process.exit(0),
        (error: unknown) => {
          log.fatal({ err: error }, 'process.close-failed')
          process.exit(1)
        },
      )
    })
  }
  const count = app.hub.listings.size
  const known = count === 0 ? '' : `: ${count} instrument${count === 1 ? '' : 's'}`
  say(`Depthcast is ready: ${url}  (${config.feed}${known})`)
}

/** What a feed logs that an operator should hear of unasked. */
const WARNED: ReadonlySet<string> = new Set(['feed.unknown_symbols', 'feed.dump_failed'])

/** The feed that the configuration names, not started yet. Throws FeedConfigError for one that cannot be. */
function openFeed(config: Config, reports: Pick<FeedOptions, 'onError' | 'log'> = {}) {
  const { feed, symbols, seed, speed, dumpDir } = config
  return openFeeds(feed, {
    ...(symbols === undefined ? {} : { symbols }),
    ...(seed === undefined ? {} : { seed }),
    venues: venueOptions(config),
    ...(dumpDir === undefined ? {} : { dumpDir }),
    speed,
    ...reports,
  })
}

function say(line: string): void {
  process.stdout.write(`${line.trimEnd()}\n`)
}

function keyText(name: string): string {
  const { key, line } = newKey(name)
  return [`The key of ${name}, shown this once:`, key, 'Its line for the keys file:', line].join('\n')
}

/** What Node says of an address that cannot be had. */
type SystemError = {
  readonly code?: string
  readonly port?: number
  readonly address?: string
  readonly hostname?: string
}

/** What went wrong before the gateway ran, as one line for the operator; undefined when it is our own failure. */
function mistake(error: unknown): string | undefined {
  if (error instanceof ConfigError || error instanceof FeedConfigError) return error.message
  const { code, port, address, hostname } = error as SystemError
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} on ${address} is in use: choose another with --port, or 0 for any free one`
    case 'EACCES':
      return `port ${port} may not be used: choose one from 1024 to 65535 with --port`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `address ${address ?? hostname ?? 'given'} is not one of this machine's: choose another with --host, such as 127.0.0.1`
    default:
      return undefined
  }
}

main().catch((error: unknown) => {
  const line = mistake(error)
  process.stderr.write(
    line === undefined
      ? `${error instanceof Error ? error.stack : String(error)}\n`
      : `depthcast: ${line.replaceAll(/\p{Cc}+/gu, ' ')}\n`,
  )
  process.exit(line === undefined ? 1 : EXIT_USAGE)
})
