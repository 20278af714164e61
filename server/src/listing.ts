import { type Instrument, Ledger, type MarketEvent, type Micros } from '@depthcast/market'
import { type ChannelName, type Position, type StatusMessage, statusOf } from '@depthcast/protocol'
import { framesBy } from './audience.ts'
import type { RateMs } from './pacer.ts'
import { SendWaits } from './send-waits.ts'
import type { Encoding, Frame } from './transport.ts'
import type { View } from './view.ts'

/** Watchers hear of nothing but a newer verification at most so often, µs. */
const VERIFIED_EVERY = 1_000_000

/** Whoever is told of an instrument's state. */
export type Watcher = { readonly encoding: Encoding; tell(frame: Frame): void }

/** One instrument at this gateway: its ledger, the views of it, and who watches its state. */
export class Listing {
  readonly ledger: Ledger
  readonly views = new Map<string, View>()
  /** The feed's instrument is not this one any more: nothing of it is taken. */
  isSevered = false
  /** When its last event was received, whatever it was of, by our clock; undefined before the first. */
  heardAt: Micros | undefined
  /** Times its book lost its thread and had to begin anew. */
  resyncs = 0
  /** How long events waited to be sent, by the rate of the views that sent them; of rates that were in use. */
  readonly waits = new Map<RateMs | 'raw', SendWaits>()
  /** How many views of the instrument each watcher has. */
  readonly #watchers = new Map<Watcher, number>()
  readonly #followers = new Set<() => void>()
  /** Where the tape was when the source last lost a known number of trades. */
  #lostAt: Position = [0, 0]
  #toldVerifiedAt = 0

  /** `epoch` goes with the numbers that this gateway counts itself: no other gateway, and none before, may have the same. */
  constructor(instrument: Instrument, epoch: number) {
    this.ledger = new Ledger(instrument, { epoch })
  }

  get instrument(): Instrument {
    return this.ledger.instrument
  }

  watch(watcher: Watcher): void {
    this.#watchers.set(watcher, (this.#watchers.get(watcher) ?? 0) + 1)
  }

  unwatch(watcher: Watcher): void {
    const views = (this.#watchers.get(watcher) ?? 0) - 1
    if (views > 0) this.#watchers.set(watcher, views)
    else this.#watchers.delete(watcher)
  }

  waitsAt(rateMs: RateMs | 'raw'): SendWaits {
    const known = this.waits.get(rateMs)
    if (known !== undefined) return known
    const waits = new SendWaits()
    this.waits.set(rateMs, waits)
    return waits
  }

  /** Calls back after each event of the instrument, once it is folded. Returns how to stop that. */
  follow(follower: () => void): () => void {
    this.#followers.add(follower)
    return () => void this.#followers.delete(follower)
  }

  moved(): void {
    for (const follower of this.#followers) follower()
  }

  /**
   * Folds an event. Returns false when it left a hole in the book that no gap event told of: a delta that does not continue the one before.
   */
  fold(event: MarketEvent): boolean {
    const wasValid = this.ledger.bookValid
    this.heardAt = event.receivedAt
    this.ledger.apply(event)
    if (event.kind === 'gap' && event.stream === 'trades')
      this.#lostAt = [this.ledger.tradesEpoch, this.ledger.tradesSeq]
    return event.kind !== 'book-delta' || !wasValid || this.ledger.bookValid
  }

  /** Whether trades went missing upstream after this position, or right there: then someone who was away may not have been told. */
  hasLostSince(channel: ChannelName, [epoch, seq]: Position): boolean {
    return channel === 'trades' && epoch === this.#lostAt[0] && seq <= this.#lostAt[1]
  }

  /**
   * A second source agreed with the book. True when the watchers should hear of it: once a second at most, and not where book messages that say
   * the same are under way.
   */
  proven(at: Micros): boolean {
    const { ledger } = this
    ledger.proven(at)
    const { verified, verifiedAt = 0, bookReceivedAt = 0 } = ledger
    if (verifiedAt - this.#toldVerifiedAt < VERIFIED_EVERY) return false
    return verified === 'oracle' || at - bookReceivedAt >= VERIFIED_EVERY
  }

  status(): StatusMessage {
    return statusOf(this.ledger)
  }

  /** Tells every watcher how the instrument is doing: never conflated, one encode for each encoding. */
  tellStatus(): void {
    const message = this.status()
    this.#toldVerifiedAt = message.verifiedAt ?? 0
    const frames = framesBy((encoding) => encoding.encode(message))
    for (const watcher of this.#watchers.keys()) watcher.tell(frames(watcher.encoding))
  }
}
