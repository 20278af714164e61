import type { BookView } from '@depthcast/client'
import { fromTicks } from '@depthcast/market'
import type { Painting } from './content.ts'

/** The last book that made sense. Views are never changed once given out, so it is simply kept. */
export class KeptBook {
  #view: BookView | undefined
  #contradiction: string | undefined

  get view(): BookView | undefined {
    return this.#view
  }

  get contradiction(): string | undefined {
    return this.#contradiction
  }

  /** What is kept, by the view just taken: a crossed one proves nothing of the book before it. */
  get isVerified(): boolean {
    return this.#contradiction === undefined && this.#view?.checksum === 'ok'
  }

  /** A crossed book is never shown: the one before it stays until the books make sense again. */
  take(view: BookView): void {
    const { bestBid, bestAsk, instrument } = view
    const isCrossed = bestBid !== undefined && bestAsk !== undefined && bestBid >= bestAsk
    this.#contradiction = isCrossed
      ? `crossed book, bid ${fromTicks(bestBid, instrument.tickSize)} not below ask ${fromTicks(bestAsk, instrument.tickSize)}`
      : undefined
    if (!isCrossed) this.#view = view
  }

  clear(): void {
    this.#view = undefined
    this.#contradiction = undefined
  }
}

/** What stands in place of a book that cannot be shown; undefined where it can. */
export function bookSentence(view: BookView | undefined, state: Painting['state']): string | undefined {
  if (view === undefined) return sentenceOf(state)
  return view.bids.length + view.asks.length === 0 ? 'The book is empty' : undefined
}

/** What stands where nothing can be shown yet, or ever. */
export function sentenceOf(state: Painting['state']): string {
  switch (state.kind) {
    case 'refused':
      return state.reason
    case 'paused':
      return 'Paused'
    case 'stale':
      return 'Disconnected'
    default:
      return 'Snapshot\u2026'
  }
}
