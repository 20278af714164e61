/** One side of a book as the recording spells it: price to quantity, zeros at the end of a fraction left out. */
export type PlainSide = ReadonlyMap<string, string>
export type PlainBook = { readonly bids: PlainSide; readonly asks: PlainSide }

/** What a recording holds of its books, read in the simplest way there is: no states, no sequence, no integers. */
export type NaiveFold = {
  frame(text: string): void
  reply(url: string, body: string): void
  /** By the venue's spelling of the symbol. */
  books(): ReadonlyMap<string, PlainBook>
  /** Updates that should have been applied; undefined where several snapshots of a symbol make that a matter of timing. */
  updates(): number | undefined
}

/**
 * A second, independent reading of a venue's recordings, to hold the production code's books against; undefined where there is none.
 *
 * It shares no code with the feeds on purpose: a fault in their units, joins or books shows as a difference. `depth` is what the recording says its
 * books were subscribed to.
 */
export function naiveFold(venue: string, depth?: number): NaiveFold | undefined {
  switch (venue) {
    case 'coinbase':
      return coinbase()
    case 'binance':
      return binance()
    case 'kraken':
      return kraken(depth)
    case 'bitstamp':
      return bitstamp()
    default:
      return undefined
  }
}

/** A whole book, then absolute changes in the order of the frames. */
function coinbase(): NaiveFold {
  const books = new Map<string, MutableBook>()
  let updates = 0
  return {
    frame(text) {
      const frame = json(text) as CoinbaseFrame
      if (frame?.type === 'snapshot') books.set(frame.product_id, bookOf(frame))
      const book = books.get(frame?.product_id)
      if (frame?.type !== 'l2update' || book === undefined) return
      updates++
      for (const [side, price, size] of frame.changes) set(side === 'buy' ? book.bids : book.asks, price, size)
    },
    reply: () => undefined,
    books: () => books,
    updates: () => updates,
  }
}

/** Events are numbered by their last update id, snapshots by `lastUpdateId`. */
function binance(): NaiveFold {
  return seeded(
    (frame) => {
      const outer = frame as { data?: BinanceDiff } & BinanceDiff
      const diff = outer?.data ?? outer
      return diff?.e === 'depthUpdate' ? { symbol: diff.s, at: diff.u, bids: diff.b, asks: diff.a } : undefined
    },
    (url, body) => {
      const symbol = url.searchParams.get('symbol')
      const seed = body as BinanceSeed
      if (!url.pathname.endsWith('/depth') || symbol === null || seed?.lastUpdateId === undefined) return undefined
      return { symbol, at: seed.lastUpdateId, bids: seed.bids, asks: seed.asks }
    },
  )
}

/** Differences and fetched books have the time they are of. */
function bitstamp(): NaiveFold {
  const levels = (symbol: string | undefined, raw: BitstampLevels | undefined): Numbered | undefined =>
    symbol === undefined || raw?.microtimestamp === undefined
      ? undefined
      : { symbol, at: Number(raw.microtimestamp), bids: raw.bids, asks: raw.asks }
  return seeded(
    (frame) => {
      const { event, channel, data } = (frame ?? {}) as { event?: string; channel?: string; data?: BitstampLevels }
      return event === 'data' ? levels(channel?.split('diff_order_book_')[1], data) : undefined
    },
    (url, body) => levels(url.pathname.split('/order_book/')[1]?.replace('/', ''), body as BitstampLevels),
  )
}

/** The last snapshot, then every difference numbered after it, in the order of the numbers. */
function seeded(
  diffOf: (frame: unknown) => Numbered | undefined,
  seedOf: (url: URL, body: unknown) => Numbered | undefined,
): NaiveFold {
  const seeds = new Map<string, Numbered & { count: number }>()
  const diffs = new Map<string, Numbered[]>()
  const after = ({ symbol, at }: Numbered): Numbered[] =>
    (diffs.get(symbol) ?? []).filter((diff) => diff.at > at).sort((a, b) => a.at - b.at)
  return {
    frame(text) {
      const diff = diffOf(json(text))
      if (diff === undefined) return
      const known = diffs.get(diff.symbol)
      if (known === undefined) diffs.set(diff.symbol, [diff])
      else known.push(diff)
    },
    reply(url, body) {
      const seed = seedOf(new URL(url), json(body))
      if (seed !== undefined) seeds.set(seed.symbol, { ...seed, count: (seeds.get(seed.symbol)?.count ?? 0) + 1 })
    },
    books() {
      const books = new Map<string, PlainBook>()
      for (const [symbol, seed] of seeds) {
        const book = bookOf(seed)
        for (const { bids, asks } of after(seed)) {
          for (const [price, quantity] of bids) set(book.bids, price, quantity)
          for (const [price, quantity] of asks) set(book.asks, price, quantity)
        }
        books.set(symbol, book)
      }
      return books
    },
    updates() {
      const all = [...seeds.values()]
      return all.some(({ count }) => count > 1) ? undefined : all.reduce((sum, seed) => sum + after(seed).length, 0)
    },
  }
}

/** A whole book, then absolute quantities in the order of the frames, both sides cut to the acknowledged depth after each, or to the one given. */
function kraken(given = Number.POSITIVE_INFINITY): NaiveFold {
  const books = new Map<string, MutableBook>()
  const depths = new Map<string, number>()
  let updates = 0
  return {
    frame(text) {
      const frame = json(text.replaceAll(/"(price|qty)":\s*([\d.]+)/g, '"$1":"$2"')) as KrakenFrame
      if (frame?.result?.depth !== undefined) depths.set(frame.result.symbol, frame.result.depth)
      if (frame?.channel !== 'book') return
      for (const { symbol, bids, asks } of frame.data) {
        if (frame.type === 'snapshot') books.set(symbol, { bids: new Map(), asks: new Map() })
        else updates++
        const book = books.get(symbol)
        if (book === undefined) continue
        for (const { price, qty } of bids) set(book.bids, price, qty)
        for (const { price, qty } of asks) set(book.asks, price, qty)
        const depth = depths.get(symbol) ?? given
        for (const [price] of [...book.bids].sort(([a], [b]) => Number(b) - Number(a)).slice(depth))
          book.bids.delete(price)
        for (const [price] of [...book.asks].sort(([a], [b]) => Number(a) - Number(b)).slice(depth))
          book.asks.delete(price)
      }
    },
    reply: () => undefined,
    books: () => books,
    updates: () => updates,
  }
}

/** A decimal without zeros at its end: 0.3500 is 0.35, 7.00 is 7. */
export function plain(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/0+$/, '').replace(/\.$/, '') : decimal
}

function bookOf({ bids, asks }: { bids: RawLevels; asks: RawLevels }): MutableBook {
  const book = { bids: new Map<string, string>(), asks: new Map<string, string>() }
  for (const [price, quantity] of bids) set(book.bids, price, quantity)
  for (const [price, quantity] of asks) set(book.asks, price, quantity)
  return book
}

function set(side: Map<string, string>, price: string, quantity: string): void {
  if (plain(quantity) === '0') side.delete(plain(price))
  else side.set(plain(price), plain(quantity))
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

type MutableBook = { bids: Map<string, string>; asks: Map<string, string> }
type RawLevels = readonly (readonly [price: string, quantity: string])[]
type CoinbaseFrame = {
  readonly type: string
  readonly product_id: string
  readonly bids: RawLevels
  readonly asks: RawLevels
  readonly changes: readonly (readonly [side: string, price: string, size: string])[]
}
type BinanceDiff = {
  readonly e: string
  readonly s: string
  readonly u: number
  readonly b: RawLevels
  readonly a: RawLevels
}
type BinanceSeed = { readonly lastUpdateId: number; readonly bids: RawLevels; readonly asks: RawLevels }
type BitstampLevels = { readonly microtimestamp: string; readonly bids: RawLevels; readonly asks: RawLevels }
type Numbered = { readonly symbol: string; readonly at: number; readonly bids: RawLevels; readonly asks: RawLevels }
type KrakenLevels = readonly { readonly price: string; readonly qty: string }[]
type KrakenFrame = {
  readonly result?: { readonly symbol: string; readonly depth?: number }
  readonly channel?: string
  readonly type: string
  readonly data: readonly { readonly symbol: string; readonly bids: KrakenLevels; readonly asks: KrakenLevels }[]
}
