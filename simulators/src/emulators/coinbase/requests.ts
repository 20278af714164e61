import { isRecord, parsed } from '../json.ts'

/** Channels by the names a client uses, and what the venue calls them in its answer. */
const CHANNELS = {
  level2: 'level2',
  level2_batch: 'level2_50',
  level2_50: 'level2_50',
  full: 'full',
  matches: 'matches',
  ticker: 'ticker',
  ticker_batch: 'ticker_1000',
  ticker_1000: 'ticker_1000',
  heartbeat: 'heartbeat',
  status: 'status',
  auctionfeed: 'auctionfeed',
  user: 'user',
  rfq_matches: 'rfq_matches',
} as const
export type Channel = (typeof CHANNELS)[keyof typeof CHANNELS]

/** Since 2023-08-01. */
const NEEDS_KEY: ReadonlySet<Channel> = new Set<Channel>(['level2', 'full', 'user', 'rfq_matches'])
/** The others are of products, and at least one must be named to follow them. */
const WITHOUT_PRODUCTS: ReadonlySet<Channel> = new Set<Channel>(['status', 'user', 'rfq_matches'])
const WANTS_KEY =
  'level2, level3, and full channels now require authentication. https://docs.cloud.coinbase.com/exchange/docs/websocket-auth'

/** One channel of a request with its products, each once. */
export type Asked = { readonly channel: Channel; readonly products: readonly string[] }

export type Request =
  | { readonly kind: 'subscribe' | 'unsubscribe'; readonly asked: readonly Asked[]; readonly errors: readonly string[] }
  | { readonly kind: 'refused'; readonly error: string }

/**
 * Reads a client's message. Products may stand at the top, for all channels, and in a channel, for that one. What is refused is said in `errors`;
 * what is not is done all the same.
 *
 * A key is never checked against anything, as the emulator knows nobody's secret: who signs at all may have everything.
 *
 * Source: docs.cdp.coinbase.com/exchange, WebSocket overview; refusals as recorded in 2026.
 */
export function parseRequest(text: string): Request {
  const message = parsed(text)
  if (!isRecord(message)) return refused(error('Malformed JSON'))
  const { type, channels } = message
  if (type !== 'subscribe' && type !== 'unsubscribe') {
    return refused(error('Type has to be either subscribe or unsubscribe'))
  }
  const failed = type === 'subscribe' ? 'Failed to subscribe' : 'Failed to unsubscribe'
  if (!Array.isArray(channels) || channels.length === 0) return refused(error(failed, 'No channels provided'))
  const everywhere = strings(message.product_ids)
  const signature = signatureOf(message)
  if (signature === 'bad') return refused(error('Authentication Failed', '{"message":"Invalid API Key"}'))
  const asked: Asked[] = []
  const errors: string[] = []
  for (const entry of channels) {
    const { name, product_ids }: Record<string, unknown> = isRecord(entry) ? entry : { name: entry }
    const channel = typeof name === 'string' && name in CHANNELS ? CHANNELS[name as keyof typeof CHANNELS] : undefined
    const wantsKey = name === 'level3' || (channel !== undefined && NEEDS_KEY.has(channel))
    if (type === 'subscribe' && signature === 'none' && wantsKey) errors.push(error(failed, keyReason(String(name))))
    else if (channel === undefined) errors.push(error(failed, `${String(name)} is not a valid channel`))
    else {
      const products = [...new Set([...everywhere, ...strings(product_ids)])]
      const isEmpty = type === 'subscribe' && products.length === 0 && !WITHOUT_PRODUCTS.has(channel)
      if (isEmpty) errors.push(error(failed, `You need to specify at least one product ID for channel ${String(name)}`))
      else asked.push({ channel, products })
    }
  }
  return { kind: type, asked, errors: [...new Set(errors)] }
}

export function wantsKey(): string {
  return error('Failed to subscribe', WANTS_KEY)
}

export function notAProduct(id: string): string {
  return error('Failed to subscribe', `${id} is not a valid product`)
}

export function delisted(id: string): string {
  return error('Failed to subscribe', `${id} is delisted`)
}

export function error(message: string, reason?: string): string {
  return JSON.stringify({ type: 'error', message, ...(reason === undefined ? {} : { reason }) })
}

function refused(text: string): Request {
  return { kind: 'refused', error: text }
}

function keyReason(name: string): string {
  return name === 'user' || name === 'rfq_matches' ? `${name} channel requires authentication` : WANTS_KEY
}

/** None where there is no key, or an empty one: some clients sign with nothing. Else HMAC-SHA256 in base64, with the key, the passphrase and the time it was made with. */
function signatureOf({ signature, key, passphrase, timestamp }: Record<string, unknown>): 'none' | 'good' | 'bad' {
  if (key === '' || (signature === undefined && key === undefined && passphrase === undefined)) return 'none'
  const isSigned = typeof signature === 'string' && /^[A-Za-z0-9+/]{43}=$/.test(signature)
  const isDated = /^\d+(\.\d+)?$/.test(String(timestamp))
  const isNamed = typeof key === 'string' && key !== '' && typeof passphrase === 'string'
  return isSigned && isDated && isNamed ? 'good' : 'bad'
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
