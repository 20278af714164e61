import type { CaptureRecord } from '@depthcast/feeds'

/** v1 has the old names of two assets. */
const RENAMED: Readonly<Record<string, string>> = { XBT: 'BTC', XDG: 'DOGE' }

/**
 * A recording of Kraken's frozen WebSocket v1 as v2 would have sent it, number by number as it stands there, so that the v2 protocol can be held
 * to the checksums in it. v1 has none in snapshots, and none is made up. Made up is what v1 has no words for: before each snapshot the instrument
 * channel lists its pair, with as many decimals as the snapshot is written in.
 *
 * `[id,{"as":[[price,qty,time]],"bs":[]},"book-1000","XBT/USD"]` a snapshot · `[id,{"a":[…],"c":"…"},…]` a change of one side, the checksum a
 * string · `[id,{"a":[…]},{"b":[…],"c":"…"},…]` of both, the checksum in the second. A fourth field `"r"` says that a level is sent again.
 */
export function* fromV1(records: Iterable<CaptureRecord>): Generator<CaptureRecord> {
  for (const record of records) {
    if (record.kind === 'open') yield { ...record, url: 'wss://ws.kraken.com/v2' }
    if (record.kind !== 'frame') continue
    for (const text of translate(JSON.parse(record.text) as V1Event | V1Book)) yield { ...record, text }
  }
}

function translate(frame: V1Event | V1Book): readonly string[] {
  if (!('event' in frame)) return book(frame)
  switch (frame.event) {
    case 'heartbeat':
      return ['{"channel":"heartbeat"}']
    case 'systemStatus':
      return [
        JSON.stringify({ channel: 'status', type: 'update', data: [{ system: frame.status, api_version: 'v2' }] }),
      ]
    case 'subscriptionStatus': {
      const result = { channel: 'book', depth: frame.subscription.depth, snapshot: true, symbol: symbolOf(frame.pair) }
      return [JSON.stringify({ method: 'subscribe', result, success: true })]
    }
    default:
      return []
  }
}

function book(frame: V1Book): readonly string[] {
  const parts = frame.slice(1, -2) as readonly V1Levels[]
  const symbol = symbolOf(frame.at(-1) as string)
  const levels = (...names: readonly Side[]) => parts.flatMap((part) => names.flatMap((name) => part[name] ?? []))
  const text = (side: readonly V1Level[]) => side.map(([price, qty]) => `{"price":${price},"qty":${qty}}`).join(',')
  const isSnapshot = parts.some((part) => part.as !== undefined || part.bs !== undefined)
  const sum = parts.findLast((part) => part.c !== undefined)?.c
  const sides = `"bids":[${text(levels('bs', 'b'))}],"asks":[${text(levels('as', 'a'))}]`
  const entry = `{"symbol":"${symbol}",${sides}${sum === undefined ? '' : `,"checksum":${sum}`}}`
  const translated = `{"channel":"book","type":"${isSnapshot ? 'snapshot' : 'update'}","data":[${entry}]}`
  return isSnapshot ? [listing(symbol, levels('as', 'bs')), translated] : [translated]
}

function listing(symbol: string, levels: readonly V1Level[]): string {
  const most = (at: 0 | 1): number => Math.max(...levels.map((level) => level[at].split('.')[1]?.length ?? 0))
  const pairs = [{ symbol, status: 'online', price_precision: most(0), qty_precision: most(1) }]
  return JSON.stringify({ channel: 'instrument', type: 'update', data: { assets: [], pairs } })
}

function symbolOf(pair: string): string {
  return pair
    .split('/')
    .map((asset) => RENAMED[asset] ?? asset)
    .join('/')
}

type V1Event = {
  readonly event: string
  readonly status: string
  readonly pair: string
  readonly subscription: { readonly depth: number }
}
type V1Level = readonly [price: string, quantity: string, time: string, republished?: 'r']
type Side = 'as' | 'bs' | 'a' | 'b'
type V1Levels = Readonly<Partial<Record<Side, readonly V1Level[]>>> & { readonly c?: string }
type V1Book = readonly (number | string | V1Levels)[]
