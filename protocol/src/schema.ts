import { z } from 'zod'
import { parseAlias } from './alias.ts'
import { CHANNELS } from './channels/index.ts'
import { ProtocolError } from './errors.ts'
import {
  type Ack,
  CHANNEL_NAMES,
  type List,
  MODES,
  type Modify,
  type Ping,
  type Position,
  PROTOCOL_VERSION,
  type Resume,
  type Subscribe,
  type Unsubscribe,
  type ViewOptions,
} from './message.ts'
import { RESUME_LENGTH } from './position.ts'

/** What a client says of itself when it connects: Socket.IO's `auth`. Absent fields mean version 1, nobody in particular, no former session. */
export type Handshake = {
  readonly protocol: number
  readonly token?: string
  readonly client?: string
  readonly resume?: string
}

/** One part of a subscribe request: a channel of symbols, each named once, or an alias that cannot be had, which fails alone. */
export type SubscribePart = Subscribe | RefusedAlias
/** `alias` is what the client wrote, cut off where it is longer than any alias. */
export type RefusedAlias = { readonly alias: string; readonly error: ProtocolError }

/**
 * Reads a subscribe request: a map of fields, which is one part, or one alias or an array of them, which are as many, in their order.
 *
 * Like every parse function here it takes anything and returns a typed value or throws ProtocolError: 400 when a field is missing, unknown or
 * of the wrong type, 422 when its value is not among those allowed, which the message names. What the client sent is never echoed at length.
 */
export function parseSubscribe(value: unknown): readonly SubscribePart[] {
  if (typeof value === 'string') return [readAlias(value)]
  if (Array.isArray(value)) return (read('aliases', FIELDS.aliases, value) as readonly string[]).map(readAlias)
  return [once(readSubscribe(value))]
}

function readAlias(alias: string): SubscribePart {
  try {
    return readSubscribe(parseAlias(alias))
  } catch (error) {
    if (error instanceof ProtocolError) return { alias: alias.slice(0, 128), error }
    throw error
  }
}

function readSubscribe(value: unknown): Subscribe {
  const request = parse(subscribe, 'subscribe', value) as Subscribe
  const { symbols, since } = request
  const channel = CHANNELS[request.channel]
  refuseForeign(request, channel.options, channel.name)
  channel.params(request)
  if (since !== undefined && since.length !== symbols.length) {
    const allowed = `one position or null for each of the ${symbols.length} symbols`
    throw new ProtocolError('unsupported', `since must have ${allowed}, received ${since.length}`)
  }
  return request
}

/** Of a symbol named twice the first counts, and what `since` has for it. */
function once(request: Subscribe): Subscribe {
  const { symbols, since } = request
  const places = new Map<string, number>()
  symbols.forEach((symbol, place) => {
    if (!places.has(symbol)) places.set(symbol, place)
  })
  if (places.size === symbols.length) return request
  const only = { ...request, symbols: [...places.keys()] }
  return since === undefined ? only : { ...only, since: [...places.values()].map((place) => since[place] as Position) }
}

/** Reads a modify request. Whether the options fit the view's channel is checked by `refuseForeign` once the sub is known. */
export function parseModify(value: unknown): Modify {
  return parse(modify, 'modify', value) as Modify
}

export function parseUnsubscribe(value: unknown): Unsubscribe {
  return parse(unsubscribe, 'unsubscribe', value) as Unsubscribe
}

/** A list request has no fields, and may be left out altogether. */
export function parseList(value: unknown): List {
  return parse(list, 'list', value ?? {}) as List
}

export function parsePing(value: unknown): Ping {
  return parse(ping, 'ping', value) as Ping
}

export function parseAck(value: unknown): Ack {
  return parse(ack, 'ack', value) as Ack
}

/** A request for the resume token has no fields, and may be left out altogether. */
export function parseResume(value: unknown): Resume {
  return parse(resumeRequest, 'resume', value ?? {}) as Resume
}

/** Throws ProtocolError 426 when the client speaks another version. */
export function parseHandshake(value: unknown): Handshake {
  const { protocol = PROTOCOL_VERSION, ...rest } = parse(handshake, 'auth', value ?? {}) as Partial<Handshake>
  if (protocol !== PROTOCOL_VERSION) {
    throw new ProtocolError(
      'protocol-version',
      `this server speaks protocol ${PROTOCOL_VERSION}, the client ${protocol}`,
    )
  }
  return { protocol, ...rest }
}

/** Throws ProtocolError 422 for an option the channel does not have: ignoring it would look as if it had been granted. */
export function refuseForeign(options: ViewOptions, own: readonly (keyof ViewOptions)[], channel: string): void {
  for (const name of OPTION_NAMES) {
    if (options[name] === undefined || COMMON.includes(name) || own.includes(name)) continue
    throw new ProtocolError(
      'unsupported',
      `${name} does not apply to ${channel}; allowed are ${[...own, ...COMMON].join(', ')}`,
    )
  }
}

/** A field: its schema, the types a value of it may have (another one is 400, a wrong value of the right type 422), and what is allowed, in words. */
type Field = {
  readonly schema: z.ZodType
  readonly types: readonly string[]
  readonly allowed: string
  readonly required?: true
}

const MAX_SYMBOLS = 1000
const whole = (min: number, max: number = Number.MAX_SAFE_INTEGER) => z.int().min(min).max(max)
const sub = whole(1)

const FIELDS = {
  channel: { schema: z.enum(CHANNEL_NAMES), types: ['string'], allowed: `one of ${CHANNEL_NAMES.join(', ')}` },
  symbols: {
    schema: z.array(z.string().min(1).max(64)).min(1).max(MAX_SYMBOLS),
    types: ['array'],
    allowed: `1 to ${MAX_SYMBOLS} strings of 1 to 64 characters`,
  },
  depth: {
    schema: z.union([whole(1), z.literal('all')]),
    types: ['number', 'string'],
    allowed: 'a whole number from 1 up, or "all"',
  },
  grouping: { schema: whole(1), types: ['number'], allowed: 'a whole number of ticks from 1 up' },
  rateMs: {
    schema: z.union([whole(0, 3_600_000), z.literal('raw')]),
    types: ['number', 'string'],
    allowed: 'a whole number of milliseconds from 0 to 3600000, or "raw"',
  },
  mode: { schema: z.enum(MODES), types: ['string'], allowed: `one of ${MODES.join(', ')}` },
  checksum: { schema: z.boolean(), types: ['boolean'], allowed: 'true or false' },
  interval: { schema: z.string().min(1).max(8), types: ['string'], allowed: 'the name of an interval, such as "1m"' },
  maxAgeMs: {
    schema: whole(1, 3_600_000),
    types: ['number'],
    allowed: 'a whole number of milliseconds from 1 to 3600000',
  },
  since: {
    schema: z.array(z.tuple([whole(0), whole(0)]).nullable()).max(MAX_SYMBOLS),
    types: ['array'],
    allowed: `at most ${MAX_SYMBOLS} positions [epoch, seq] or null`,
  },
  aliases: {
    schema: z.array(z.string()).min(1).max(MAX_SYMBOLS),
    types: ['array'],
    allowed: `1 to ${MAX_SYMBOLS} strings`,
  },
  sub: { schema: sub, types: ['number'], allowed: 'a whole number from 1 up' },
  subs: {
    schema: z.union([sub, z.array(sub).min(1).max(MAX_SYMBOLS)]),
    types: ['number', 'array'],
    allowed: `a whole number from 1 up, or 1 to ${MAX_SYMBOLS} of them`,
  },
  paused: { schema: z.boolean(), types: ['boolean'], allowed: 'true or false' },
  t: { schema: z.number(), types: ['number'], allowed: 'a number' },
  protocol: { schema: whole(0), types: ['number'], allowed: 'a whole number' },
  token: { schema: z.string().min(1).max(4096), types: ['string'], allowed: 'a string of 1 to 4096 characters' },
  client: { schema: z.string().max(128), types: ['string'], allowed: 'a string of at most 128 characters' },
  resume: {
    schema: z.string().min(1).max(RESUME_LENGTH),
    types: ['string'],
    allowed: `a string of 1 to ${RESUME_LENGTH} characters`,
  },
  n: { schema: whole(0), types: ['number'], allowed: 'a whole number from 0 up' },
} as const satisfies Record<string, Field>

type Shape = Readonly<Record<string, Field>>

const required = <F extends Field>(field: F) => ({ ...field, required: true as const })
const { channel, symbols, depth, grouping, rateMs, mode, checksum, interval, maxAgeMs, since } = FIELDS
const { paused, t, n, protocol, token, client, resume } = FIELDS
const viewOptions = { depth, grouping, rateMs, mode, checksum, interval }
const OPTION_NAMES = Object.keys(viewOptions) as (keyof ViewOptions)[]
const COMMON: readonly (keyof ViewOptions)[] = ['rateMs', 'mode']

const subscribe: Shape = { channel: required(channel), symbols: required(symbols), ...viewOptions, maxAgeMs, since }
const modify: Shape = { sub: required(FIELDS.sub), paused, ...viewOptions, maxAgeMs }
const unsubscribe: Shape = { sub: required(FIELDS.subs) }
const list: Shape = {}
const ping: Shape = { t: required(t) }
const ack: Shape = { n: required(n) }
const resumeRequest: Shape = {}
const handshake: Shape = { protocol, token, client, resume }

function parse(shape: Shape, request: string, value: unknown): Record<string, unknown> {
  if (typeOf(value) !== 'object') throw bad(`${request} must be a map of fields, received ${typeOf(value)}`)
  const given = value as Record<string, unknown>
  const result: Record<string, unknown> = {}
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(shape, name))
      throw bad(`${request} has no field ${brief(name)}; allowed are ${Object.keys(shape).join(', ') || 'none'}`)
  }
  for (const [name, field] of Object.entries(shape)) {
    const input = given[name]
    if (input !== undefined) result[name] = read(name, field, input)
    else if (field.required) throw bad(`${name} is missing; it must be ${field.allowed}`)
  }
  return result
}

function read(name: string, { schema, types, allowed }: Field, input: unknown): unknown {
  const { success, data } = schema.safeParse(input)
  if (success) return data
  if (!types.includes(typeOf(input))) throw bad(`${name} must be ${allowed}, received ${typeOf(input)}`)
  throw new ProtocolError('unsupported', `${name} must be ${allowed}`)
}

function bad(message: string): ProtocolError {
  return new ProtocolError('bad-request', message)
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (ArrayBuffer.isView(value)) return 'bytes'
  return typeof value
}

/** A name from outside, safe to send back and to log. */
function brief(name: string): string {
  return JSON.stringify(name.length > 32 ? `${name.slice(0, 32)}…` : name)
}
