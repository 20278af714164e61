import { z } from 'zod'
import { ProtocolError } from './errors.ts'
import { RESUME_LENGTH } from './position.ts'
import { CHANNEL_NAMES, MODES } from './wire.ts'

/** A field: its schema, the types a value of it may have (another one is 400, a wrong value of the right type 422), and what is allowed, in words. */
export type Field = {
  readonly schema: z.ZodType
  readonly types: readonly string[]
  readonly allowed: string
  readonly required?: true
}

const MAX_SYMBOLS = 1000
const whole = (min: number, max: number = Number.MAX_SAFE_INTEGER) => z.int().min(min).max(max)
const sub = whole(1)

/** Every field of every request. */
export const FIELDS = {
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

/** The fields of one request. */
export type Shape = Readonly<Record<string, Field>>

export const required = <F extends Field>(field: F) => ({ ...field, required: true as const })

/** Reads a map of fields. Throws ProtocolError 400 for one that is missing, unknown or of the wrong type, 422 for a value that is not allowed. */
export function parseFields(shape: Shape, request: string, value: unknown): Record<string, unknown> {
  if (typeOf(value) !== 'object') throw bad(`${request} must be a map of fields, received ${typeOf(value)}`)
  const given = value as Record<string, unknown>
  const result: Record<string, unknown> = {}
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(shape, name))
      throw bad(`${request} has no field ${brief(name)}; allowed are ${Object.keys(shape).join(', ') || 'none'}`)
  }
  for (const [name, field] of Object.entries(shape)) {
    const input = given[name]
    if (input !== undefined) result[name] = readField(name, field, input)
    else if (field.required) throw bad(`${name} is missing; it must be ${field.allowed}`)
  }
  return result
}

/** The value of one field. Throws as `parseFields` does. */
export function readField(name: string, { schema, types, allowed }: Field, input: unknown): unknown {
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
