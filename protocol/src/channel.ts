import type { Instrument, Ledger, MarketEvent } from '@depthcast/market'
import type { ServerMessage } from './message.ts'
import type { ViewOptions } from './request.ts'
import type { ChannelName, Position } from './wire.ts'

/** A message's body as a channel makes it: the server adds `sub` and `serverTime`, the same way for all. */
export type Body<Message extends ServerMessage> = Message extends unknown ? Omit<Message, 'sub' | 'serverTime'> : never

/** What a client needs of a channel. */
export type ClientEnd<Params, Update, View> = {
  /** The params these options name, defaults filled in. Throws ProtocolError 422 naming what is allowed. */
  params(options: ViewOptions): Params
  /** The client's empty view. */
  open(instrument: Instrument, params: Params): View
  /** Folds an update into the client's view. Throws ChainBroken or ChecksumMismatch; recovery: drop the view and ask for a snapshot. */
  apply(view: View, update: Update): void
}

/**
 * A kind of stream, both ends in one file, so that what the server folds and what the client folds can be held against each other.
 *
 * The server keeps one `Ledger` per instrument and one `State` per view of it. The ledger has already folded an event when `accept` sees it,
 * so a state holds only what the ledger does not: what the view last published and what changed since.
 *
 * The law, tested for every channel of the registry: whatever the events, and wherever snapshots, gaps, reconnects and slow spells fall, the
 * client's view ends equal to the server's state; for trades none twice, none out of order, and the number lost is told.
 *
 * A loss is told as data: an update that could not carry everything says `lost`, and the server sends `gap {from: prev, to: seq, lost,
 * next: 'continue'}` right before it. The number is exact: `seq - prev = trades.length + lost`.
 */
export type Channel<Params, State, Update, View> = ClientEnd<Params, Update, View> & {
  readonly name: ChannelName
  /**
   * `conflate`: a slow client gets the newest state. `tell-lost`: it gets what is still kept, and the number it missed; such a channel is never
   * merged, so its mode is always `unfiltered`.
   */
  readonly whenSlow: 'conflate' | 'tell-lost'
  /** The options a client may set on this channel, besides `rateMs` and `mode`, which all have. */
  readonly options: readonly (keyof ViewOptions)[]
  /** One string per distinct view: equal params, equal key, so one encode. */
  key(params: Params): string
  init(ledger: Ledger, params: Params): State
  /** Notes that the ledger moved. Returns whether the view now owes its subscribers something. O(1) or O(levels changed). */
  accept(state: State, event: MarketEvent): boolean
  /** What changed since the last diff, or undefined when nothing did; the state counts it as published. */
  diff(state: State): Update | undefined
  /**
   * An update without changes, for a view that the market moved past without touching it: it says that what is shown holds up to the ledger's
   * `seq` as well. The state counts it as published. Undefined when the chain is there already, or there is something to `diff`.
   */
  confirm?(state: State): Update | undefined
  /**
   * What was last published, whole: for a newcomer, or one who fell behind. The next diff continues it. Undefined while there is nothing to
   * show, and between an epoch's end and the next diff, which will then be a whole snapshot itself.
   */
  snapshot(state: State): Update | undefined
  /**
   * The place of what `snapshot` would give, at less cost. Undefined while that gives nothing, and always where each message stands alone:
   * there the newest one is all that a client can have missed.
   */
  position(state: State): Position | undefined
  /**
   * `tell-lost` channels only: what a client who stands at `epoch` and `seq` has missed up to what was last published, as one update that
   * continues it, with `lost` where some of it is gone. Undefined when it missed nothing, or stands in another epoch (recovery: snapshot).
   */
  since?(state: State, epoch: number, seq: number): Update | undefined
  /** The update with decimal strings in place of integers, for JSON doors. */
  toText(update: Update, instrument: Instrument): Update
}
