import { type DestinationStream, pino } from 'pino'

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** One event name a line, fields beside it: `log.warn({ expected, received }, 'feed.gap')`. */
export type Log = {
  [level in 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace']: (
    fields: Readonly<Record<string, unknown>>,
    event: string,
  ) => void
}

/** JSON lines to stderr, or to `destination`: stdout belongs to the one line that says the gateway is ready. */
export function createLog(
  level: LogLevel,
  destination: DestinationStream = pino.destination({ fd: 2, sync: true }),
): Log {
  return pino({ level, base: null, redact: SECRET_FIELDS }, destination)
}

/** None of ours is logged under these names. An error of a library may carry the request it failed on, and with it what a client said. */
const SECRET_FIELDS = ['authorization', 'headers', 'token', 'resume', 'url'].flatMap((name) => [
  `err.${name}`,
  `err.*.${name}`,
])
