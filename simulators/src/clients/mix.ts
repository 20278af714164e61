import { INTERVAL_NAMES } from '@depthcast/market'
import { CHANNEL_NAMES, type ChannelName, printAlias, type ViewOptions } from '@depthcast/protocol'
import { InvalidArgumentError } from 'commander'

/** One kind of view in what every client takes; `name` as it was asked for. */
export type MixPart = { readonly name: string; readonly channel: ChannelName; readonly options: ViewOptions }

const FORM =
  'Allowed are, separated by commas, <channel>[:<depth>|:<interval>][@<rate>ms|@raw], e.g. book:25@100ms,trades,ticker,candles:1m'

/** Reads `book:25@100ms,trades,ticker`. Throws InvalidArgumentError naming what is allowed. */
export function mix(text: string): readonly MixPart[] {
  return text.split(',').map((part) => {
    const name = part.trim()
    const [, kind, detail, rate] = /^([a-z]+)(?::([a-z0-9]+))?(?:@(raw|\d+ms))?$/.exec(name) ?? []
    const channel = CHANNEL_NAMES.find((known) => known === kind)
    const detailed = channel === undefined ? undefined : detailOf(channel, detail)
    if (channel === undefined || detailed === undefined) {
      throw new InvalidArgumentError(`${FORM}; channels are ${CHANNEL_NAMES.join(', ')}.`)
    }
    const rateMs = rate === undefined ? {} : { rateMs: rate === 'raw' ? ('raw' as const) : Number.parseInt(rate, 10) }
    return { name, channel, options: { ...detailed, ...rateMs } }
  })
}

/** What the part after the colon means for a channel; undefined where it means nothing. */
function detailOf(channel: ChannelName, detail: string | undefined): ViewOptions | undefined {
  if (detail === undefined) return {}
  if (channel === 'candles') return INTERVAL_NAMES.some((one) => one === detail) ? { interval: detail } : undefined
  if (channel !== 'book') return undefined
  if (detail === 'all') return { depth: 'all' }
  return /^[1-9]\d{0,6}$/.test(detail) ? { depth: Number(detail) } : undefined
}

/** The mix for one symbol, each part in the one word every door takes. Undefined for a symbol that has no such word. */
export function aliasesOf(parts: readonly MixPart[], symbol: string): readonly string[] | undefined {
  const aliases = parts.map(({ channel, options }) => printAlias(channel, symbol, options))
  return aliases.every((alias) => alias !== undefined) ? aliases : undefined
}
