import { existsSync, readFileSync } from 'node:fs'

/** Decimal price to decimal quantity, both without trailing zeros. */
export type NaiveSide = Map<string, string>
export type NaiveBook = { readonly bids: NaiveSide; readonly asks: NaiveSide }

/**
 * Folds a recording into its final books in the plainest way there is: maps of decimal strings, nothing of the product's own code, so that what the
 * gateway serves can be held against it. Keys are the venue's symbols. Knows the frames of Coinbase Exchange and Binance spot.
 */
export function foldRecording(path: string): Map<string, NaiveBook> {
  const books = new Map<string, NaiveBook>()
  const seeds = readSeeds(path.replace('.ws.txt', '.http.txt'))
  const applied = new Map<string, number>()
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const received = /^\d+\.\d+: (.*)$/.exec(line)
    if (received?.[1] === undefined) continue
    const frame = JSON.parse(received[1])
    if (frame.type === 'snapshot') books.set(frame.product_id, seeded(frame))
    else if (frame.type === 'l2update') foldCoinbase(books, frame)
    else if (frame.data?.e === 'depthUpdate') foldBinance(books, seeds, applied, frame.data)
  }
  return books
}

function foldCoinbase(
  books: Map<string, NaiveBook>,
  frame: { product_id: string; changes: [string, string, string][] },
): void {
  const book = books.get(frame.product_id)!
  for (const [side, price, size] of frame.changes) set(side === 'buy' ? book.bids : book.asks, price, size)
}

type DepthUpdate = { s: string; u: number; b: [string, string][]; a: [string, string][] }
type Seed = { lastUpdateId: number; bids: [string, string][]; asks: [string, string][] }

function foldBinance(
  books: Map<string, NaiveBook>,
  seeds: Map<string, Seed>,
  applied: Map<string, number>,
  frame: DepthUpdate,
): void {
  const seed = seeds.get(frame.s)
  if (seed === undefined) throw new Error(`no seed for ${frame.s}`)
  if (!books.has(frame.s)) {
    books.set(frame.s, seeded(seed))
    applied.set(frame.s, seed.lastUpdateId)
  }
  if (frame.u <= applied.get(frame.s)!) return
  applied.set(frame.s, frame.u)
  const book = books.get(frame.s)!
  for (const [price, quantity] of frame.b) set(book.bids, price, quantity)
  for (const [price, quantity] of frame.a) set(book.asks, price, quantity)
}

function readSeeds(path: string): Map<string, Seed> {
  if (!existsSync(path)) return new Map()
  const seeds = new Map<string, Seed>()
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const reply = /[?&]symbol=(\w+).* -> \d+\.\d+: (.*)$/.exec(line)
    if (reply?.[1] !== undefined) seeds.set(reply[1], JSON.parse(reply[2]!))
  }
  return seeds
}

function seeded({ bids, asks }: { bids: [string, string][]; asks: [string, string][] }): NaiveBook {
  const book: NaiveBook = { bids: new Map(), asks: new Map() }
  for (const [price, quantity] of bids) set(book.bids, price, quantity)
  for (const [price, quantity] of asks) set(book.asks, price, quantity)
  return book
}

function set(side: NaiveSide, price: string, quantity: string): void {
  if (/^[0.]+$/.test(quantity)) side.delete(plain(price))
  else side.set(plain(price), plain(quantity))
}

/** One spelling a number: without trailing zeros. */
export function plain(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal
}
