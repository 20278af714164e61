import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where the made-up recording's market starts, in hundredths. */
const MID = 2_500_000
const START = 1_700_000_000

type Recording = { readonly path: string; remove(): void }

/**
 * Writes a small recording in Coinbase Exchange's words, made up from a seed: two products, a snapshot of 60 levels a side each, then
 * `updates` changes around the touch, some trades, and a ticker of each at the end. Never crossed.
 */
export function writeRecording(updates: number, seed = 7): Recording {
  const folder = mkdtempSync(join(tmpdir(), 'depthcast-e2e-'))
  const path = join(folder, 'made-up.ws.txt')
  writeFileSync(path, `${[...lines(updates, seed)].join('\n')}\n`)
  return { path, remove: () => rmSync(folder, { recursive: true }) }
}

function* lines(updates: number, seed: number): Generator<string> {
  const url = 'wss://ws-feed.exchange.coinbase.com'
  const products = ['BTC-USD', 'ETH-USD']
  const random = lcg(seed)
  const channels = ['level2_batch', 'matches', 'ticker', 'heartbeat']
  let at = START
  const line = (frame: object) => {
    at += 0.01
    return `${at.toFixed(6)}: ${JSON.stringify(frame)}`
  }
  yield `${url} <-> ${START.toFixed(6)}`
  yield `${url} <- ${(START + 0.001).toFixed(6)}: ${JSON.stringify({ type: 'subscribe', product_ids: products, channels })}`
  yield line({ type: 'subscriptions', channels: channels.map((name) => ({ name, product_ids: products })) })
  for (const product_id of products) {
    yield line({ type: 'snapshot', product_id, bids: side(-1), asks: side(1), time: iso(at) })
  }
  let trade = 1000
  for (let n = 0; n < updates; n++) {
    const product_id = products[random() % 2]
    const buy = random() % 2 === 0
    const price = cents(MID + (buy ? -1 : 1) * (1 + (random() % 80)) * 50)
    const size =
      random() % 3 === 0 ? '0.00000000' : `${random() % 9}.${String(10_000_000 + (random() % 89_999_999)).slice(0, 8)}`
    yield line({ type: 'l2update', product_id, changes: [[buy ? 'buy' : 'sell', price, size]], time: iso(at) })
    if (n % 10 === 0) {
      trade++
      const side = random() % 2 === 0 ? 'buy' : 'sell'
      yield line({
        type: 'match',
        trade_id: trade,
        maker_order_id: 'm',
        taker_order_id: 't',
        side,
        size: `0.1000000${trade % 10}`,
        price: cents(MID + (((trade * 7) % 9) - 4) * 50),
        product_id,
        sequence: 10 * trade,
        time: iso(at),
      })
    }
  }
  for (const [nth, product_id] of products.entries())
    yield line({
      type: 'ticker',
      product_id,
      sequence: 10 * trade + 1 + nth,
      price: cents(MID + 50 * nth),
      open_24h: cents(MID - 20_000 + 50_000 * nth),
      volume_24h: `123${nth}.50000000`,
      low_24h: cents(MID - 100_000),
      high_24h: cents(MID + 100_000),
      volume_30d: '50000.00000000',
      best_bid: cents(MID - 50),
      best_bid_size: '0.50000000',
      best_ask: cents(MID + 50),
      best_ask_size: '0.50000000',
      side: 'buy',
      time: iso(at),
      trade_id: trade,
      last_size: '0.10000000',
    })
}

function side(direction: 1 | -1): string[][] {
  return Array.from({ length: 60 }, (_, level) => [
    cents(MID + direction * (level + 1) * 50),
    `${1 + (level % 7)}.50000000`,
  ])
}

function cents(n: number): string {
  return (n / 100).toFixed(2)
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('Z', '000Z')
}

/** Numerical Recipes' linear congruential generator: enough for made-up levels, the same everywhere. */
function lcg(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 8
  }
}
