import { checksum, grouped, UnitError, VIEW_CHECKSUM_LEVELS } from '@depthcast/market'
import { levelsToText, ProtocolError } from '@depthcast/protocol'
import type { Listing } from '../listing.ts'

/** How much of a book is shown. */
export type Cut = { readonly depth: number | 'all'; readonly grouping: number }

/** One state of one cut of a book, as JSON; equal etags, equal text. */
export type Page = { readonly etag: string; readonly text: string }

/** Pages kept at once, so that those that many ask for are made once for each state of the book; longer ones are made each time. */
const KEPT = 100
const KEPT_LENGTH = 64 * 1024

/** Books as pages of JSON. */
export class Pages {
  /** The last page of each cut, the one made longest ago first. */
  readonly #kept = new Map<string, Page>()

  /** Throws ProtocolError 503 while there is no book to be trusted, 422 where the grouping is too coarse for the prices. */
  read(listing: Listing, cut: Cut): Page {
    const etag = etagOf(listing, cut)
    const name = `${listing.instrument.id} ${cut.depth} ${cut.grouping}`
    const kept = this.#kept.get(name)
    if (kept?.etag === etag) return kept
    const page = { etag, text: JSON.stringify(bodyOf(listing, cut)) }
    this.#kept.delete(name)
    if (page.text.length <= KEPT_LENGTH) this.#kept.set(name, page)
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value as string)
    return page
  }
}

/** Everything that the text depends on. */
function etagOf({ ledger }: Listing, { depth, grouping }: Cut): string {
  const { instrument, status, verified, bookEpoch, bookSeq } = ledger
  if (!ledger.bookValid) {
    const message = `the book of ${instrument.id} is ${status.state}: none to be trusted yet`
    throw new ProtocolError('not-ready', message, { retryAfterMs: 1000 })
  }
  return `"${bookEpoch}.${bookSeq}.${status.state}.${verified}.${depth}.${grouping}"`
}

function bodyOf({ ledger }: Listing, { depth, grouping }: Cut): object {
  const { instrument, status, verified, bookEpoch: epoch, bookSeq: seq, bookExchangeTime: exchangeTime } = ledger
  const [bids, asks] = [side('bid'), side('ask')]
  return {
    instrument: instrument.id,
    epoch,
    seq,
    state: status.state,
    verified,
    exchangeTime,
    bids: levelsToText(bids, instrument),
    asks: levelsToText(asks, instrument),
    checksum: checksum(bids, asks, VIEW_CHECKSUM_LEVELS),
  }

  function side(name: 'bid' | 'ask'): number[] {
    try {
      return grouped(ledger.book, name, grouping, depth)
    } catch (error) {
      if (!(error instanceof UnitError)) throw error
      throw new ProtocolError('unsupported', `grouping ${grouping} is too coarse: ${error.message}`, { cause: error })
    }
  }
}
