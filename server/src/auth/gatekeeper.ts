import { CHANNEL_NAMES } from '@depthcast/protocol'
import type { Handshake } from '../transport.ts'
import type { Identity } from './identity.ts'

/** Decides who may come in. */
export type Gatekeeper = {
  /**
   * Who this is. `token` is what the client said in its handshake, or the bearer of its `Authorization` header.
   *
   * Rejects with ProtocolError 401 for a token that is missing, wrong or expired, 403 for an origin that is not allowed.
   */
  identify(handshake: Pick<Handshake, 'origin' | 'host' | 'address'>, token: string | undefined): Promise<Identity>
}

export const ANYONE: Identity = {
  name: 'anyone',
  key: undefined,
  entitlements: { symbols: ['*'], channels: CHANNEL_NAMES, maxDepth: 'all', minRateMs: 0 },
}

/** Lets everyone in, with everything. */
export const openHouse: Gatekeeper = { identify: () => Promise.resolve(ANYONE) }
