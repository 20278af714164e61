import { parseAlias } from './alias.ts'
import { CHANNELS } from './channels/index.ts'
import { ProtocolError } from './errors.ts'
import { FIELDS, parseFields, readField, required, type Shape } from './fields.ts'
import type { Ack, List, Modify, Ping, Resume, Subscribe, Unsubscribe, ViewOptions } from './request.ts'
import { type Position, PROTOCOL_VERSION } from './wire.ts'

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
  if (Array.isArray(value)) return (readField('aliases', FIELDS.aliases, value) as readonly string[]).map(readAlias)
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
  const request = parseFields(subscribe, 'subscribe', value) as Subscribe
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
  return parseFields(modify, 'modify', value) as Modify
}

export function parseUnsubscribe(value: unknown): Unsubscribe {
  return parseFields(unsubscribe, 'unsubscribe', value) as Unsubscribe
}

/** A list request has no fields, and may be left out altogether. */
export function parseList(value: unknown): List {
  return parseFields(list, 'list', value ?? {}) as List
}

export function parsePing(value: unknown): Ping {
  return parseFields(ping, 'ping', value) as Ping
}

export function parseAck(value: unknown): Ack {
  return parseFields(ack, 'ack', value) as Ack
}

/** A request for the resume token has no fields, and may be left out altogether. */
export function parseResume(value: unknown): Resume {
  return parseFields(resumeRequest, 'resume', value ?? {}) as Resume
}

/** Throws ProtocolError 426 when the client speaks another version. */
export function parseHandshake(value: unknown): Handshake {
  const { protocol = PROTOCOL_VERSION, ...rest } = parseFields(handshake, 'auth', value ?? {}) as Partial<Handshake>
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
