import { INTERVAL_NAMES } from '@depthcast/market'
import { ProtocolError } from './errors.ts'
import type { ViewOptions } from './request.ts'
import type { ChannelName } from './wire.ts'

/** What an alias says: the fields of a subscribe request of one symbol, not yet held against what the channel has. */
export type AliasFields = Omit<ViewOptions, 'checksum'> & {
  readonly channel: string
  readonly symbols: readonly string[]
}

/**
 * Reads a subscription written as one word: `<channel>.<symbol>[.<depth>[.<grouping>]]` and then, in any order and each at most once, an
 * interval (`1m`), a rate (`100ms` or `raw`) and `unfiltered`. So `book.kraken:BTC-USD.25.1.100ms`.
 *
 * Throws ProtocolError 400 where there is no channel or no symbol, 422 for a part that says nothing, which the message names.
 */
export function parseAlias(text: string): AliasFields {
  if (text.length > ALIAS_LENGTH)
    throw new ProtocolError('bad-request', `an alias has at most ${ALIAS_LENGTH} characters, received ${text.length}`)
  const [channel, symbol, ...parts] = text.split('.')
  if (!channel || !symbol) throw new ProtocolError('bad-request', `an alias must be ${FORM}`)
  const options: { -readonly [Name in keyof AliasFields]?: AliasFields[Name] } = {}
  const depth = depthOf(parts[0])
  const grouping = depth === undefined ? undefined : wholeOf(parts[1])
  if (depth !== undefined) options.depth = depth
  if (grouping !== undefined) options.grouping = grouping
  const named = (depth === undefined ? 0 : 1) + (grouping === undefined ? 0 : 1)
  for (const part of parts.slice(named)) {
    const [name, value] = optionOf(part)
    if (options[name] !== undefined) throw unsupported(part, `${name} is said twice`)
    Object.assign(options, { [name]: value })
  }
  return { channel, symbols: [symbol], ...options }
}

/** The alias of a view; undefined where it has none: a symbol with a dot in it, or no checksum. */
export function printAlias(channel: ChannelName, symbol: string, options: ViewOptions = {}): string | undefined {
  const { depth, grouping, interval, rateMs, mode, checksum } = options
  if (symbol === '' || symbol.includes('.') || checksum === false) return undefined
  // A grouping is known by its place, after a depth.
  if (grouping !== undefined && depth === undefined) return undefined
  const rate = typeof rateMs === 'number' ? `${rateMs}ms` : rateMs
  const parts = [channel, symbol, depth, grouping, interval, rate]
  if (mode === 'unfiltered') parts.push(mode)
  const text = parts.filter((part) => part !== undefined).join('.')
  return text.length > ALIAS_LENGTH ? undefined : text
}

const ALIAS_LENGTH = 128
const FORM = '<channel>.<symbol>[.<depth>[.<grouping>]][.<interval>][.<rate>ms|.raw][.unfiltered]'
const WHOLE = /^(0|[1-9]\d{0,15})$/
const RATE = /^(0|[1-9]\d{0,15})ms$/

function depthOf(part: string | undefined): number | 'all' | undefined {
  return part === 'all' ? 'all' : wholeOf(part)
}

function wholeOf(part: string | undefined): number | undefined {
  return part !== undefined && WHOLE.test(part) ? Number(part) : undefined
}

function optionOf(part: string): readonly [name: 'mode' | 'rateMs' | 'interval', value: string | number] {
  if (part === 'unfiltered') return ['mode', 'unfiltered']
  if (part === 'raw') return ['rateMs', 'raw']
  if (INTERVAL_NAMES.some((name) => name === part)) return ['interval', part]
  const rate = RATE.exec(part)
  if (rate) return ['rateMs', Number(rate[1])]
  throw unsupported(part, 'it has no meaning there')
}

function unsupported(part: string, why: string): ProtocolError {
  const shown = part.length > 16 ? `${part.slice(0, 16)}…` : part
  return new ProtocolError('unsupported', `part ${JSON.stringify(shown)} of the alias: ${why}; the form is ${FORM}`)
}
