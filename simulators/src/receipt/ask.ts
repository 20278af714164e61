import { fromLots, fromTicks, type Lots, step, type Ticks } from '@depthcast/market'
import type { BarsReceipt, BookReceipt, Figures } from './receipt.ts'
import type { Finding } from './reckon.ts'

const WITHIN_MS = 10_000
/** As many bars as a gateway gives at once. */
const MOST_BARS = 1500

/**
 * Holds a receipt against what the gateway has now. A book moves on, so that only the same number can be compared; a closed bar stays, unless a
 * late trade revised it since. Throws where the gateway cannot be asked.
 */
export async function ask(receipt: BookReceipt | BarsReceipt, address: string): Promise<Finding> {
  const reply = await fetch(address, { signal: AbortSignal.timeout(WITHIN_MS) })
  if (!reply.ok) throw new Error(`the gateway answers ${reply.status}`)
  const said = (await reply.json()) as Readonly<Record<string, unknown>>
  return receipt.of === 'book' ? compareBook(receipt, said) : compareBars(receipt, said)
}

/** The receipt's own address, or the same at another gateway. */
export function addressOf(receipt: BookReceipt | BarsReceipt, gateway: string | undefined): string | undefined {
  if (receipt.address === undefined) return undefined
  const told = new URL(receipt.address)
  if (receipt.of === 'bars') told.searchParams.set('limit', String(MOST_BARS))
  return gateway === undefined ? told.href : new URL(`${told.pathname}${told.search}`, gateway).href
}

function compareBook({ epoch, seq, checksum }: BookReceipt, now: Readonly<Record<string, unknown>>): Finding {
  if (now.epoch !== epoch || now.seq !== seq)
    return { holds: true, says: `the book has moved on, from ${seq} to ${String(now.seq)}: nothing to compare` }
  const same = now.checksum === checksum
  return {
    holds: same,
    says: `at ${seq} the gateway’s checksum is ${same ? 'the same' : `another, ${String(now.checksum)}`}`,
  }
}

function compareBars({ bars, tick, lot }: BarsReceipt, { candles }: Readonly<Record<string, unknown>>): Finding {
  const told = Array.isArray(candles) ? (candles as readonly Readonly<Record<string, unknown>>[]) : []
  const now = new Map(told.map((candle) => [candle.openTime, candle]))
  const proven = bars.filter(({ verdict, ours }) => verdict === 'match' && ours !== undefined)
  const there = proven.flatMap(({ openTime, ours }) => {
    const candle = now.get(openTime)
    return candle === undefined || ours === undefined ? [] : [{ openTime, same: isSame(ours, candle, { tick, lot }) }]
  })
  const other = there.filter(({ same }) => !same).map(({ openTime }) => new Date(openTime / 1000).toISOString())
  const gone = proven.length - there.length
  const counted = `${there.length - other.length} of ${proven.length} proven bars are the gateway’s now`
  const missing = gone === 0 ? '' : `, ${gone} it keeps no more`
  return {
    holds: other.length === 0,
    says: `${counted}${missing}${other.length === 0 ? '' : `, others at ${other.join(', ')}`}`,
  }
}

type Grid = { readonly tick: string; readonly lot: string }

function isSame(ours: Figures, candle: Readonly<Record<string, unknown>>, { tick, lot }: Grid): boolean {
  const [open, high, low, close, volume, trades] = ours
  const price = (ticks: number): string => fromTicks(ticks as Ticks, step(tick))
  const figures = [price(open), price(high), price(low), price(close), fromLots(volume as Lots, step(lot))]
  const theirs = [candle.open, candle.high, candle.low, candle.close, candle.volume]
  return figures.every((figure, at) => figure === theirs[at]) && (candle.trades === 0 || candle.trades === trades)
}
