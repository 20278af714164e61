import { statSync } from 'node:fs'
import { DEFAULT_FEED, FEED_NAMES, readVenueDepths, readVenueUrls, VENUE_DEPTHS } from '@depthcast/feeds'
import { z } from 'zod'
import { AUTH_ALLOWED, readAuthModes } from './auth/auth-modes.ts'
import { type Origins, readOrigin } from './auth/origins.ts'
import { type Setting, whole } from './command-line.ts'
import { IO_URING } from './flow/open-sends.ts'
import { LIMIT_SETTINGS } from './limit-settings.ts'
import { LOG_LEVELS } from './logger.ts'

const list = z
  .string()
  .transform((text) => text.split(',').map((item) => item.trim()))
  .pipe(z.array(z.string().min(1)).min(1))
const pace = z
  .string()
  .regex(/^\d{1,7}(\.\d{1,9})?$/)
  .transform(Number)
  .pipe(z.number().min(0.01).max(1_000_000))
const text = z.string().min(1)
const file = text.refine((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
const modes = z
  .string()
  .transform(readAuthModes)
  .refine((read) => read !== undefined)
const origins = z.union([
  z.literal('*'),
  list.transform((items) => items.map(readOrigin)).pipe(z.array(z.string())),
]) satisfies z.ZodType<Origins>
const venueUrls = text.transform((given) => readVenueUrls(given, FEED_NAMES)).refine((read) => read !== undefined)
const venueDepths = text.transform((given) => readVenueDepths(given)).refine((read) => read !== undefined)
/** `kraken=10, 25 or 100; binance=1000 or 5000` */
const DEPTHS_WORDS = Object.entries(VENUE_DEPTHS)
  .map(([venue, depths]) => `${venue}=${depths.slice(0, -1).join(', ')} or ${depths.at(-1)}`)
  .join('; ')
const folder = text.refine((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory())

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
  auth: {
    flag: 'auth',
    placeholder: '<modes>',
    fallback: undefined,
    help: 'Who may connect: none for everyone, or keys:<file>, jwt:<file or https URL>, several with commas. Default: none at 127.0.0.1, ::1 and localhost; elsewhere it has to be said.',
    allowed: AUTH_ALLOWED,
    isUnspoken: true,
    schema: modes,
  },
  jwtIssuer: {
    flag: 'jwt-issuer',
    placeholder: '<iss>',
    fallback: undefined,
    help: 'What the iss of every JSON Web Token must be. Default: anything.',
    allowed: 'a name or address',
    schema: text,
  },
  jwtAudience: {
    flag: 'jwt-audience',
    placeholder: '<aud>',
    fallback: undefined,
    help: 'What the aud of every JSON Web Token must name. Default: anything.',
    allowed: 'a name or address',
    schema: text,
  },
  origins: {
    flag: 'allow-origin',
    placeholder: '<list>',
    fallback: undefined,
    help: 'Pages that may use the gateway besides its own: origins such as https://app.example.com with commas, or * for all.',
    allowed: 'origins such as https://app.example.com with commas between, or *',
    schema: origins,
  },
  adminTokenFile: {
    flag: 'admin-token-file',
    placeholder: '<file>',
    fallback: undefined,
    help: "File with the operators' token, as it is or as sha256:<hex>; without it /v1/admin is shut.",
    allowed: 'a file that is there',
    schema: file,
  },
  tlsCert: {
    flag: 'tls-cert',
    placeholder: '<file>',
    fallback: undefined,
    help: 'Certificate for HTTPS and WSS, in PEM, with its chain. Needs --tls-key.',
    allowed: 'a file that is there',
    schema: file,
  },
  tlsKey: {
    flag: 'tls-key',
    placeholder: '<file>',
    fallback: undefined,
    help: 'Private key of the certificate, in PEM.',
    allowed: 'a file that is there',
    schema: file,
  },
  resumeSecretFile: {
    flag: 'resume-secret',
    placeholder: '<file>',
    fallback: undefined,
    help: 'File with the secret that signs resume tokens, 32 characters and up, the same at every gateway. Default: a new one at each start.',
    allowed: 'a file that is there',
    schema: file,
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
  venueUrls: {
    flag: 'venue-url',
    placeholder: '<origins>',
    fallback: undefined,
    help: 'Where venues are instead of their own addresses: http://127.0.0.1:9100 for all, or kraken=<origin>,binance=<origin>.',
    allowed: `an origin such as http://127.0.0.1:9100, or ${FEED_NAMES.at(-1)}=<origin> with commas between, for any of ${FEED_NAMES.join(', ')}`,
    schema: venueUrls,
  },
  venueDepths: {
    flag: 'venue-depth',
    placeholder: '<levels>',
    fallback: undefined,
    help: `Levels a side that venues are asked for: ${DEPTHS_WORDS}, several with commas. Default: 1000.`,
    allowed: `a venue and one of its depths, with commas between: ${DEPTHS_WORDS}`,
    schema: venueDepths,
  },
  dumpDir: {
    flag: 'dump-dir',
    placeholder: '<folder>',
    fallback: undefined,
    help: 'Folder for the last frames of a book that fails a check, a file each, for depthcast-sim check. Default: none are kept.',
    allowed: 'a folder that is there',
    schema: folder,
  },
  speed: {
    flag: 'speed',
    placeholder: '<x>',
    fallback: '1',
    help: 'Pace of a replay: times the recorded one, or max.',
    allowed: 'a number from 0.01 to 1000000, or max',
    schema: z.union([z.literal('max'), pace]),
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
    fallback: undefined,
    help: 'The built dashboard. Default: web/dist of this project.',
    allowed: 'a folder that is there',
    schema: folder,
  },
  heartbeatMs: {
    flag: 'heartbeat',
    placeholder: '<ms>',
    fallback: '2000',
    help: 'Milliseconds between two heartbeats to a client.',
    allowed: 'a whole number from 100 to 60000',
    schema: whole(100, 60_000),
  },
  ioUring: {
    flag: 'io-uring',
    placeholder: '<when>',
    fallback: 'auto',
    help: 'Whether writes to many clients leave in one call of the kernel: auto wherever it can be, on without fail, off nowhere.',
    allowed: `one of ${IO_URING.join(', ')}`,
    schema: z.enum(IO_URING),
  },
  ...LIMIT_SETTINGS,
} as const satisfies Record<string, Setting>
