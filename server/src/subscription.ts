import type { InstrumentId } from '@depthcast/market'
import type { AnyChannel, GapMessage, Granted, Mode } from '@depthcast/protocol'
import type { Lane } from './flow/lanes.ts'
import type { RateMs } from './pacer.ts'
import type { Encoding, Frame } from './transport.ts'
import type { View } from './view.ts'

/** What makes a view the one it is. Equal keys, one view; the keys of two modes of a conflating channel differ. */
export type ViewSpec = {
  readonly key: string
  readonly symbol: InstrumentId
  readonly channel: AnyChannel
  readonly params: unknown
  readonly rateMs: RateMs | 'raw'
  readonly mode: Mode
  /** As it was asked for and allowed. What counts at present, with the load there is, is the view's own `granted`. */
  readonly granted: Granted
}

/** Where a client stands in a view's chain. */
export type Place =
  /** Holds what was last published; the next update continues it. */
  | { readonly at: 'in-step' }
  /** Holds the view as of this point; `feedLost` items went missing upstream since. */
  | {
      readonly at: 'behind'
      readonly epoch: number
      readonly seq: number
      /** How many updates the view had made when it was there. */
      readonly updates: number
      readonly feedLost: number
      readonly reason: GapMessage['reason']
    }
  /** Holds nothing that counts: newly come, or told that its chain broke. */
  | { readonly at: 'empty' }
  | { readonly at: 'paused' }

/** One client's share in a view. */
export type Subscription = {
  readonly view: View
  readonly subscriber: Subscriber
  /** Set by the view alone. */
  place: Place
  /** Where the view's audience keeps it. */
  slot: number
}

/**
 * Whoever a view delivers to. None of these calls back into the view, and none throws. What is pushed and told leaves in the order in which it
 * came, so that a gap goes before the message it announces.
 */
export type Subscriber = {
  readonly encoding: Encoding
  /** Where its updates go while it takes everything. */
  readonly lane: Lane
  /** True when a view message may be pushed now. Asked once for each update and subscriber. */
  takes(): boolean
  /** One message of a view. */
  push(frame: Frame): void
  /** One message that waits behind nothing: a gap, a change of what was granted, a status. */
  tell(frame: Frame): void
  /** Asks to be caught up when it can take it. */
  owe(subscription: Subscription): void
}
