import type { InstrumentId } from '@depthcast/market'
import type { AnyChannel, GapMessage, Granted } from '@depthcast/protocol'
import type { RateMs } from './pacer.ts'
import type { Encoding, Frame } from './transport.ts'
import type { View } from './view.ts'

/** What makes a view the one it is. Equal keys, one view. */
export type ViewSpec = {
  readonly key: string
  readonly symbol: InstrumentId
  readonly channel: AnyChannel
  readonly params: unknown
  readonly rateMs: RateMs | 'raw'
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
      readonly feedLost: number
      readonly reason: GapMessage['reason']
    }
  /** Holds nothing that counts: newly come, or told that its chain broke. */
  | { readonly at: 'empty' }
  | { readonly at: 'paused' }

/** One client's share in a view. */
export type Subscription = { readonly view: View; readonly subscriber: Subscriber; place: Place }

/** Whoever a view delivers to. */
export type Subscriber = {
  readonly encoding: Encoding
  /** True when a data frame may be pushed now. */
  takes(): boolean
  push(frame: Frame): void
  /** Asks to be caught up when it can take it. */
  owe(subscription: Subscription): void
}
