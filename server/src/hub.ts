import { type FeedSink, firstEpoch } from '@depthcast/feeds'
import type { Gap, Instrument, InstrumentId, MarketEvent, Micros, PastCandles } from '@depthcast/market'
import { ProtocolError } from '@depthcast/protocol'
import type { Clock } from './clock.ts'
import { Lanes } from './flow/lanes.ts'
import type { Sends } from './flow/sends.ts'
import { Listing } from './listing.ts'
import type { Log } from './logger.ts'
import type { Metrics } from './metrics.ts'
import { nearest } from './nearest.ts'
import { type Floor, Pacer } from './pacer.ts'
import type { ViewSpec } from './subscription.ts'
import { View } from './view.ts'

/** Someone with frames in hand, who sends them when everything of this moment is there. `flush` never throws: others wait behind it. */
export type Flushable = {
  flush(): void
  /** The hub's own note that it has its turn already. */
  isTouched: boolean
}

export type HubOptions = {
  readonly clock: Clock
  readonly metrics: Metrics
  readonly log: Log
  /** Sends to many clients in one call; without it each is a call. */
  readonly sends?: Sends | undefined
  /** Distinct views published at once. */
  readonly maxViews?: number
  /** Told of an instrument whose book could not be folded: only a whole one from its feed helps. */
  readonly onDistrust?: (instrument: InstrumentId) => void
  /** Of the numbers that this gateway counts itself. */
  readonly epoch?: number
}

/**
 * Where the feeds end and the views begin: folds each event into its instrument's ledger and marks the views that it moves. Plain calls from
 * the socket to here; nothing waits, nothing is encoded before its view is due.
 */
export class Hub implements FeedSink {
  readonly pacer: Pacer
  readonly lanes: Lanes
  readonly #clock: Clock
  readonly #metrics: Metrics
  readonly #log: Log
  readonly #listings = new Map<string, Listing>()
  readonly #touched: Flushable[] = []
  #isSettling = false
  readonly #maxViews: number
  readonly #epoch: number
  readonly #onDistrust: (instrument: InstrumentId) => void
  #views = 0
  #nextView = 1
  #floor: Floor = 0

  constructor({
    clock,
    metrics,
    log,
    sends,
    maxViews = Number.POSITIVE_INFINITY,
    epoch = firstEpoch(clock.now() / 1000, Math.random),
    onDistrust = () => {},
  }: HubOptions) {
    this.#onDistrust = onDistrust
    this.#maxViews = maxViews
    this.#epoch = epoch
    this.#clock = clock
    this.#metrics = metrics
    this.lanes = new Lanes(metrics, sends)
    this.#log = log
    this.pacer = new Pacer(clock, () => this.settle())
  }

  get listings(): ReadonlyMap<string, Listing> {
    return this.#listings
  }

  /**
   * Takes an instrument in. One that is known keeps its place, and its grid: ticks on two grids cannot share a book, and clients were told the
   * first. Where another grid comes, nothing of the instrument is taken any more; what to do is in its status.
   */
  instrument(instrument: Instrument): void {
    const listing = this.#listings.get(instrument.id)
    if (listing === undefined) {
      this.#listings.set(instrument.id, new Listing(instrument, this.#epoch))
      return
    }
    const known = listing.instrument
    if (known.tickSize.text !== instrument.tickSize.text || known.lotSize.text !== instrument.lotSize.text) {
      this.#sever(listing, instrument)
    }
  }

  /** Folds one event and tells the views of it. Never throws: one instrument's trouble is not another's. */
  event(event: MarketEvent): void {
    const listing = this.#listings.get(event.instrument)
    if (listing === undefined || listing.isSevered) {
      this.#metrics.add('depthcast_feed_unknown_instrument_total', 1)
      return
    }
    this.#fold(listing, event)
    this.settle()
  }

  /** A feed's second source agreed with a book. Never throws. */
  verified(instrument: InstrumentId, at: Micros): void {
    const listing = this.#listings.get(instrument)
    if (listing === undefined || listing.isSevered || !listing.proven(at)) return
    this.#tellStatus(listing)
    this.settle()
  }

  /** Bars from before trades were heard of; who follows them is told with the next event. Never throws. */
  history(instrument: InstrumentId, past: PastCandles): void {
    const listing = this.#listings.get(instrument)
    try {
      if (listing?.isSevered === false) listing.ledger.history(past)
    } catch (error) {
      this.#failed(error, 'hub.history-failed', { instrument, kind: past.interval })
    }
  }

  #fold(listing: Listing, event: MarketEvent): void {
    const { verified } = listing.ledger
    this.#metrics.event(event)
    try {
      if (!listing.fold(event)) {
        this.#tellGap(listing, holeAt(listing, event))
        this.#onDistrust(event.instrument)
      }
    } catch (error) {
      this.#failed(error, 'hub.fold-failed', { instrument: event.instrument, kind: event.kind })
      this.#distrust(listing, event)
    }
    if (event.kind === 'gap') this.#tellGap(listing, event)
    if (event.kind === 'status' && event.state === 'degraded')
      this.#log.warn({ instrument: event.instrument, reason: event.reason }, 'hub.book-given-up')
    if (event.kind === 'status' || listing.ledger.verified !== verified) this.#tellStatus(listing)
    for (const view of listing.views.values()) view.accept(event)
    listing.moved()
  }

  /**
   * The view of this specification, made if it is not there. Throws RangeError for a symbol that is not listed, UnitError where the book as it
   * is now does not fit in the view's groups, ProtocolError 503 where as many views are published as may be.
   */
  open(spec: ViewSpec): View {
    const listing = this.#listings.get(spec.symbol)
    if (listing === undefined) throw new RangeError(`no instrument ${spec.symbol}`)
    let view = listing.views.get(spec.key)
    if (view === undefined) {
      this.#refuseMore()
      view = new View(this.#nextView++, spec, listing, {
        clock: this.#clock,
        lanes: this.lanes,
        metrics: this.#metrics,
        pacer: this.pacer,
        floor: this.#floor,
        onFault: (error) => this.#failed(error, 'hub.view-failed', { instrument: spec.symbol, view: spec.key }),
      })
      listing.views.set(spec.key, view)
      this.#count(view, 1)
    }
    return view
  }

  /** Drops the view when nobody is left on it. */
  release(view: View): void {
    if (!view.isEmpty) return
    if (view.listing.views.get(view.spec.key) !== view) return
    view.listing.views.delete(view.spec.key)
    view.end()
    this.#count(view, -1)
  }

  /** Lets no view publish faster than this, and tells everyone on those that would. 0 lets each publish at its own rate. */
  setFloor(floor: Floor): void {
    this.#floor = floor
    let degraded = 0
    for (const { views } of this.#listings.values()) {
      for (const view of views.values()) {
        view.limit(floor)
        if (view.why !== undefined) degraded++
      }
    }
    this.#metrics.set('depthcast_rate_floor_seconds', floor / 1000)
    this.#metrics.set('depthcast_views_degraded', degraded)
    this.settle()
  }

  /** Notes that this one has frames to send once the present moment is complete. */
  touch(flushable: Flushable): void {
    if (flushable.isTouched) return
    flushable.isTouched = true
    this.#touched.push(flushable)
  }

  /** Lets everyone touched send, each in one write. */
  settle(): void {
    // Whoever is touched while others send has its turn behind them.
    if (this.#isSettling) return
    this.#isSettling = true
    let done = 0
    try {
      do {
        this.lanes.flush()
        while (done < this.#touched.length) {
          const flushable = this.#touched[done++] as Flushable
          flushable.isTouched = false
          flushable.flush()
        }
      } while (this.lanes.hasBegun)
    } finally {
      // Were one to fail all the same, those behind it keep their turn.
      this.#touched.splice(0, done)
      this.#isSettling = false
    }
  }

  close(): void {
    this.pacer.stop()
  }

  #count(view: View, by: 1 | -1): void {
    this.#views += by
    this.#metrics.add('depthcast_views', by)
    if (view.why !== undefined) this.#metrics.add('depthcast_views_degraded', by)
  }

  #refuseMore(): void {
    if (this.#views < this.#maxViews) return
    throw new ProtocolError(
      'not-ready',
      `this gateway publishes ${this.#views} views, as many as it may (limit views)`,
      {
        retryAfterMs: FULL_RETRY_MS,
      },
    )
  }

  #tellStatus(listing: Listing): void {
    try {
      listing.tellStatus()
    } catch (error) {
      this.#failed(error, 'hub.status-failed', { instrument: listing.instrument.id })
    }
  }

  #tellGap(listing: Listing, gap: Gap): void {
    this.#metrics.gap(gap)
    if (gap.stream === 'book') listing.resyncs++
    for (const view of listing.views.values()) view.gap(gap)
  }

  /** The event could not be folded, so the book may be half folded: nobody may see it before the next snapshot. */
  #distrust(listing: Listing, { instrument, exchangeTime, receivedAt }: MarketEvent): void {
    const gap: Gap = { kind: 'gap', stream: 'book', reason: 'protocol', instrument, exchangeTime, receivedAt }
    listing.fold({ ...gap, epoch: 0, seq: 0 })
    this.#tellGap(listing, gap)
    this.#onDistrust(instrument)
  }

  /** Another grid: what is held stays as it was, as the last image. */
  #sever(listing: Listing, { id, tickSize, lotSize }: Instrument): void {
    if (listing.isSevered) return
    const { tickSize: tick, lotSize: lot } = listing.instrument
    const reason = `its grid changed from ${tick.text} × ${lot.text} to ${tickSize.text} × ${lotSize.text}; the gateway must be restarted`
    this.#log.error({ instrument: id, reason }, 'hub.grid-changed')
    const stamp = { instrument: id, exchangeTime: undefined, receivedAt: this.#clock.now(), epoch: 0, seq: 0 } as const
    this.#fold(listing, { kind: 'gap', stream: 'book', reason: 'restart', ...stamp })
    this.#fold(listing, { kind: 'status', state: 'degraded', reason, ...stamp })
    listing.isSevered = true
    this.settle()
  }

  #failed(error: unknown, event: string, where: Readonly<Record<string, unknown>>): void {
    this.#metrics.add('depthcast_hub_errors_total', 1)
    this.#log.error({ err: error, ...where }, event)
  }
}

/** When to ask again for a view that there was no room for. */
const FULL_RETRY_MS = 5000

/** The gap nobody told of, between the feed and here. */
function holeAt(listing: Listing, { instrument, exchangeTime, receivedAt, seq }: MarketEvent): Gap {
  const expected = listing.ledger.bookSeq + 1
  return {
    kind: 'gap',
    stream: 'book',
    reason: 'sequence',
    expected,
    received: seq,
    instrument,
    exchangeTime,
    receivedAt,
  }
}

/** The instrument a client names. Throws ProtocolError 404 with at most so many of the nearest names, or 503 while none is known. */
export function listingOf(hub: Hub, id: string, hints = 3): Listing {
  const listing = hub.listings.get(id)
  if (listing !== undefined) return listing
  if (hub.listings.size === 0) {
    throw new ProtocolError('not-ready', 'no instrument is known yet: the feed is starting', { retryAfterMs: 1000 })
  }
  const close = nearest(id, hub.listings.keys(), hints)
  const hint =
    close.length > 0 ? `did you mean ${close.join(', ')}?` : `there are ${hub.listings.size}, see /v1/instruments`
  throw new ProtocolError('unknown-symbol', `no instrument ${JSON.stringify(id.slice(0, 64))}; ${hint}`)
}
