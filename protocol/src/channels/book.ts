import {
  checksum,
  grouped,
  type Instrument,
  type Ledger,
  type Levels,
  type MarketEvent,
  VIEW_CHECKSUM_LEVELS,
} from '@depthcast/market'
import type { Body, Channel, ClientEnd } from '../channel.ts'
import { ChainBroken, ChecksumMismatch, ProtocolError } from '../errors.ts'
import { changedLevels, foldLevels } from '../levels.ts'
import type { BookSnapshotMessage, BookUpdateMessage } from '../message.ts'
import { isSameEpoch } from '../packed.ts'
import type { ViewOptions } from '../request.ts'
import { levelsToText } from '../text.ts'
import type { Position } from '../wire.ts'

/** `depth` price groups a side of `grouping` ticks each; `checksum` over the view as delivered. */
export type BookParams = { readonly depth: number | 'all'; readonly grouping: number; readonly checksum: boolean }

export type BookUpdate = Body<BookSnapshotMessage> | Body<BookUpdateMessage>

/** What the client holds. Levels are flat pairs of ticks and lots, best first, and belong to the view: copy them to keep them. */
export type BookView = {
  /** 0 until the first snapshot. */
  epoch: number
  seq: number
  bids: number[]
  asks: number[]
  exchangeTime: number | undefined
  /** Source updates folded into the last message; 0 after a snapshot. */
  merged: number
  /** `ok`: the last message carried a checksum and the view matches it. */
  checksum: 'ok' | 'absent'
}

/** What the view last published, and whether it may have changed since. */
export type BookState = {
  readonly ledger: Ledger
  readonly params: BookParams
  published: Published | undefined
  moved: boolean
  /** A new image has come since: nothing continues what was published. */
  renewed: boolean
}

type Sides = { readonly bids: readonly number[]; readonly asks: readonly number[] }

type Published = Sides & {
  readonly epoch: number
  readonly seq: number
  readonly exchangeTime: number | undefined
  readonly checksum: number | undefined
  /** The ledger's count of updates. */
  readonly updates: number
}

/** The client's end, for programs that are not to carry the server's as well. */
export const bookEnd: ClientEnd<BookParams, BookUpdate, BookView> = {
  params({ depth = 25, grouping = 1, checksum = true }: ViewOptions): BookParams {
    if (depth !== 'all' && !(Number.isSafeInteger(depth) && depth >= 1)) {
      throw new ProtocolError('unsupported', 'depth must be a whole number from 1 up, or "all"')
    }
    if (!(Number.isSafeInteger(grouping) && grouping >= 1)) {
      throw new ProtocolError('unsupported', 'grouping must be a whole number of ticks from 1 up')
    }
    return { depth, grouping, checksum }
  },

  open: () => ({ epoch: 0, seq: 0, bids: [], asks: [], exchangeTime: undefined, merged: 0, checksum: 'absent' }),

  apply(view: BookView, update: BookUpdate): void {
    const bids = update.bids as Levels
    const asks = update.asks as Levels
    if (update.type === 'snapshot') {
      view.bids = bids.slice()
      view.asks = asks.slice()
      view.merged = 0
    } else {
      if (!isSameEpoch(view.epoch, update.epoch) || update.prev !== view.seq) {
        throw new ChainBroken(
          `expected an update of ${view.epoch}:${view.seq}, received one of ${update.epoch}:${update.prev}`,
        )
      }
      view.bids = foldLevels('bid', view.bids, bids)
      view.asks = foldLevels('ask', view.asks, asks)
      view.merged = update.merged
    }
    if (update.type === 'snapshot') view.epoch = update.epoch
    view.seq = update.seq
    view.exchangeTime = update.exchangeTime
    view.checksum = verify(view, update.checksum)
  },
}

/** An order book: the best levels, or all, each price once. A wrong book is never sent: while the ledger's is not valid there is nothing. */
export const book: Channel<BookParams, BookState, BookUpdate, BookView> = {
  ...bookEnd,
  name: 'book',
  whenSlow: 'conflate',
  options: ['depth', 'grouping', 'checksum'],

  key: ({ depth, grouping, checksum }) => `${depth}.${grouping}.${checksum ? 'crc' : 'plain'}`,

  init: (ledger, params) => ({ ledger, params, published: undefined, moved: false, renewed: false }),

  accept(state: BookState, event: MarketEvent): boolean {
    if (event.kind === 'book-snapshot') {
      state.renewed = true
      return true
    }
    if (event.kind !== 'book-delta') return false
    state.moved ||= reaches(state, event.bids, event.asks)
    return state.moved
  },

  diff(state: BookState): BookUpdate | undefined {
    const { ledger, published } = state
    if (!ledger.bookValid) return undefined
    if (published === undefined || isOver(state)) return whole(publish(state))
    if (!state.moved) return undefined
    const after = current(state)
    state.moved = false
    const bids = changedLevels('bid', published.bids, after.bids)
    const asks = changedLevels('ask', published.asks, after.asks)
    if (bids.length === 0 && asks.length === 0) return undefined
    return continued(published, publish(state, after), bids, asks)
  },

  confirm(state: BookState): BookUpdate | undefined {
    const { ledger, published } = state
    if (!ledger.bookValid || state.moved || published === undefined || isOver(state)) return undefined
    if (published.seq === ledger.bookSeq) return undefined
    state.published = { ...published, ...standing(ledger) }
    return continued(published, state.published, [], [])
  },

  snapshot(state: BookState): BookUpdate | undefined {
    const { ledger, published } = state
    if (!ledger.bookValid) return undefined
    if (published === undefined) return whole(publish(state))
    return isOver(state) ? undefined : whole(published)
  },

  position(state: BookState): Position | undefined {
    if (!state.ledger.bookValid) return undefined
    const { epoch, seq } = state.published ?? publish(state)
    return isOver(state) ? undefined : [epoch, seq]
  },

  toText: (update: BookUpdate, instrument: Instrument): BookUpdate => ({
    ...update,
    bids: levelsToText(update.bids, instrument),
    asks: levelsToText(update.asks, instrument),
  }),
}

/** A new image should have a new epoch. Where a source gives it the old one, what was published is over all the same. */
function isOver({ ledger, published, renewed }: BookState): boolean {
  return renewed || published?.epoch !== ledger.bookEpoch
}

/** False when every change is worse than the worst level of a full side, which leaves the view as it is. */
function reaches({ published, params }: BookState, bids: Levels, asks: Levels): boolean {
  if (published === undefined || params.depth === 'all') return true
  const full = params.depth * 2
  return reachesSide(bids, published.bids, full, -1) || reachesSide(asks, published.asks, full, 1)
}

/** Group prices are rounded away from the spread, so a level is in the worst group or a better one exactly when it is not past its price. */
function reachesSide(changes: Levels, shown: readonly number[], full: number, direction: 1 | -1): boolean {
  if (changes.length === 0) return false
  if (shown.length < full) return true
  const worst = shown[full - 2]! * direction
  for (let i = 0; i < changes.length; i += 2) if (changes[i]! * direction <= worst) return true
  return false
}

function publish(state: BookState, levels: Sides = current(state)): Published {
  const { ledger, params } = state
  const { bids, asks } = levels
  state.moved = false
  state.renewed = false
  state.published = {
    ...standing(ledger),
    bids,
    asks,
    checksum: params.checksum ? checksum(bids, asks, VIEW_CHECKSUM_LEVELS) : undefined,
  }
  return state.published
}

/** Where the ledger's book stands. */
function standing(ledger: Ledger): Pick<Published, 'epoch' | 'seq' | 'exchangeTime' | 'updates'> {
  const { bookEpoch: epoch, bookSeq: seq, bookExchangeTime: exchangeTime, bookUpdates: updates } = ledger
  return { epoch, seq, exchangeTime, updates }
}

function continued(from: Published, to: Published, bids: number[], asks: number[]): BookUpdate {
  const { epoch, seq } = to
  return { type: 'update', epoch, seq, prev: from.seq, merged: to.updates - from.updates, bids, asks, ...stamps(to) }
}

function current({ ledger, params }: BookState): Sides {
  return { bids: levels(ledger, params, 'bid'), asks: levels(ledger, params, 'ask') }
}

function levels({ book }: Ledger, { depth, grouping }: BookParams, side: 'bid' | 'ask'): number[] {
  if (grouping !== 1) return grouped(book, side, grouping, depth)
  const count = depth === 'all' ? Number.POSITIVE_INFINITY : depth
  return side === 'bid' ? book.bids(count) : book.asks(count)
}

function whole(published: Published): BookUpdate {
  const { epoch, seq, bids, asks } = published
  return { type: 'snapshot', epoch, seq, bids, asks, ...stamps(published) }
}

function stamps({ exchangeTime, checksum }: Published): { exchangeTime?: number; checksum?: number } {
  return { ...(exchangeTime !== undefined && { exchangeTime }), ...(checksum !== undefined && { checksum }) }
}

function verify(view: BookView, expected: number | undefined): BookView['checksum'] {
  if (expected === undefined) return 'absent'
  const computed = checksum(view.bids, view.asks, VIEW_CHECKSUM_LEVELS)
  if (computed !== expected) throw new ChecksumMismatch(expected, computed)
  return 'ok'
}
