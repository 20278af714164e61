import type { ChannelName } from '@depthcast/protocol'

/** What someone may have. */
export type Entitlements = {
  /** Patterns of instrument ids, `*` for any run of characters: `kraken:*`, `*:BTC-*`. */
  readonly symbols: readonly string[]
  readonly channels: readonly ChannelName[]
  /** Most levels a side; the gateway's own limit holds as well. */
  readonly maxDepth: number | 'all'
  /** Fastest rate, milliseconds; 0 for raw. The gateway's own limit holds as well. */
  readonly minRateMs: number
  /** Connections at once with this key; the gateway's own limit holds as well. */
  readonly connections?: number
}

/** Who a client is. */
export type Identity = {
  /** Fit for logs and for operators: never the secret itself. */
  readonly name: string
  /** Connections with the same key share a limit; undefined where nobody had to say who they are. */
  readonly key: string | undefined
  readonly entitlements: Entitlements
  /** µs since 1970; the session ends then. */
  readonly expiresAt?: number
  /** False once the key has been taken away: the session ends. Cheap enough to ask with every heartbeat. */
  isValid?(): boolean
}
