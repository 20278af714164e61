/** Where the venue is: `wsUrl` for the socket and for second ones, `httpUrl` for the directory and for lost trades. */
export type Addresses = { readonly wsUrl: string; readonly httpUrl: string }

export const PUBLIC: Addresses = {
  wsUrl: 'wss://ws-feed.exchange.coinbase.com',
  httpUrl: 'https://api.exchange.coinbase.com',
}

/** What needs no key; `level2`, `level3` and `full` do since 2023-08-01. */
export const CHANNELS = ['level2_batch', 'matches', 'ticker', 'heartbeat'] as const
export type Channel = (typeof CHANNELS)[number]

export function subscription(
  type: 'subscribe' | 'unsubscribe',
  product_ids: readonly string[],
  channels: readonly Channel[],
): string {
  return JSON.stringify({ type, product_ids, channels })
}

/** Its frames hold every product there is, so it takes no names. */
export const STATUS_SUBSCRIPTION = JSON.stringify({ type: 'subscribe', channels: [{ name: 'status' }] })
