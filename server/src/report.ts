import type { InstrumentId } from '@depthcast/market'
import type { ChannelName, Granted, SubId } from '@depthcast/protocol'
import type { Obstacle } from './flow/line.ts'
import type { RateMs } from './pacer.ts'
import type { Session } from './session.ts'
import type { Place } from './subscription.ts'

/** One session as an operator sees it. Nothing secret is in it. */
export type SessionReport = {
  readonly id: string
  /** Who it is. */
  readonly identity: string
  /** What the client calls itself, as it said it. */
  readonly client?: string
  readonly address: string
  /** The encoding of its door. */
  readonly door: string
  /** When it came, µs since 1970. */
  readonly since: number
  /** Bytes of view messages sent so far. */
  readonly sentBytes: number
  /** Bytes of view messages on their way; 0 where nothing tells what has arrived. */
  readonly unconfirmedBytes: number
  /** Bytes held in this process for it. */
  readonly bufferedBytes: number
  /** How long the oldest mark waits to be paid, milliseconds; 0 while none does. */
  readonly lagMs: number
  /** What is in the way of what it is owed. */
  readonly waitsFor?: Obstacle
  /** The fastest rate it may have at present, as it was too slow for more. */
  readonly slowedToMs?: RateMs
  readonly subscriptions: readonly SubscriptionReport[]
}

type SubscriptionReport = {
  readonly sub: SubId
  readonly channel: ChannelName
  readonly symbol: InstrumentId
  readonly granted: Granted
  readonly place: Place['at']
}

export function reportOf({ id, visitor, address, encoding, since, line, dues, holdings }: Session): SessionReport {
  const { identity, client } = visitor
  const { rung, lagMs } = dues
  return {
    id,
    identity: identity.name,
    ...(client !== undefined && { client }),
    address,
    door: encoding.name,
    since,
    sentBytes: line.bytes,
    unconfirmedBytes: line.unconfirmed,
    bufferedBytes: line.buffered,
    lagMs,
    ...(line.isHeld && { waitsFor: line.obstacle }),
    ...(rung !== undefined && { slowedToMs: rung }),
    subscriptions: [...holdings.all.values()].map((subscription) => ({
      sub: subscription.view.id,
      channel: subscription.view.spec.channel.name,
      symbol: subscription.view.spec.symbol,
      granted: holdings.granted(subscription),
      place: subscription.place.at,
    })),
  }
}
