import { statSync } from 'node:fs'
import { DEFAULT_FEED, FEED_NAMES } from '@depthcast/feeds'
import { z } from 'zod'
import { AUTH_ALLOWED, readAuthModes } from './auth/auth-modes.ts'
import { type Origins, readOrigin } from './auth/origins.ts'
import type { Setting } from './command-line.ts'
import { LOG_LEVELS } from './logger.ts'
import { RATES_MS } from './pacer.ts'

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
    allowed: 'a whole number from 1 to 1000000, or all',
    schema: z.union([z.literal('all'), whole(1, 1_000_000)]),
  },
  connections: {
    flag: 'max-connections',
    placeholder: '<n>',
    fallback: '10000',
    help: 'Clients at once.',
    allowed: 'a whole number from 1 to 1000000',
    schema: whole(1, 1_000_000),
  },
  subscriptions: {
    flag: 'max-subscriptions',
    placeholder: '<n>',
    fallback: '1000',
    help: 'Subscriptions a client may hold.',
    allowed: 'a whole number from 1 to 1000000',
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
    allowed: 'a whole number from 1 to 1000000',
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
  symbolsPerSecond: {
    flag: 'max-symbols-per-second',
    placeholder: '<n>',
    fallback: '1000',
    help: 'Symbols a client may subscribe to a second.',
    allowed: 'a whole number from 1 to 1000000',
    schema: whole(1, 1_000_000),
  },
  views: {
    flag: 'max-views',
    placeholder: '<n>',
    fallback: '20000',
    help: 'Distinct views published at once, over all clients.',
    allowed: 'a whole number from 1 to 1000000',
    schema: whole(1, 1_000_000),
  },
  connectionsPerAddress: {
    flag: 'max-connections-per-address',
    placeholder: '<n>',
    fallback: '10000',
    help: 'Clients at once from one address.',
    allowed: 'a whole number from 1 to 1000000',
    schema: whole(1, 1_000_000),
  },
  connectionsPerKey: {
    flag: 'max-connections-per-key',
    placeholder: '<n>',
    fallback: '100',
    help: 'Clients at once with one API key, or one subject of a token.',
    allowed: 'a whole number from 1 to 1000000',
    schema: whole(1, 1_000_000),
  },
  handshakeMs: {
    flag: 'handshake-timeout',
    placeholder: '<ms>',
    fallback: '10000',
    help: 'Milliseconds a client may take to say its handshake.',
    allowed: 'a whole number from 100 to 60000',
    schema: whole(100, 60_000),
  },
  bytesPerSecond: {
    flag: 'max-bytes-per-second',
    placeholder: '<n>',
    fallback: '0',
    help: 'Bytes of view messages a second to one client; what does not fit is conflated. 0 for no cap.',
    allowed: '0, or a whole number from 1024 to 1000000000',
    schema: z.union([z.literal('0').transform(Number), whole(1024, 1_000_000_000)]),
  },
  windowBytes: {
    flag: 'window',
    placeholder: '<bytes>',
    fallback: '32768',
    help: 'Bytes of view messages that may be on their way to a client, sent and not yet acknowledged.',
    allowed: 'a whole number from 4096 to 16777216',
    schema: whole(4096, 16_777_216),
  },
  targetDelayMs: {
    flag: 'target-delay',
    placeholder: '<ms>',
    fallback: '200',
    help: 'Milliseconds the event loop may run late before all views get slower, the fastest first. 0 for no such bound.',
    allowed: 'a whole number from 0 to 10000',
    schema: whole(0, 10_000),
  },
  targetBytesPerSecond: {
    flag: 'target-bytes',
    placeholder: '<n>',
    fallback: '0',
    help: 'Bytes a second to all clients together before all views get slower, the fastest first. 0 for no such bound.',
    allowed: 'a whole number from 0 to 100000000000',
    schema: whole(0, 100_000_000_000),
  },
} as const satisfies Record<string, Setting>
