import type { Listed } from '@depthcast/feeds/simulation'
import { fromLots, fromTicks } from '@depthcast/market'
import type { FaultVenue } from './fault.ts'

/** A level as it stands in a frame: the digits, not what they mean. */
export type WireLevel = { readonly side: 'bid' | 'ask'; readonly price: string; readonly quantity: string }

type FrameKind = 'book' | 'trade' | 'heartbeat' | 'pong' | 'other'

/** What one must know of a venue's frames to do wrong to them. `book` is an update of a book, never a snapshot. */
export type Surgery = {
  kindOf(text: string): FrameKind
  /** The symbol as the venue spells it; undefined where the frame names none. */
  symbolOf(text: string): string | undefined
  /** The levels of an update, and the update with others in their place. */
  levels(text: string): readonly WireLevel[]
  withLevels(text: string, levels: readonly WireLevel[]): string
  levelText(level: WireLevel): string
  price(ticks: number, listed: Listed): string
  quantity(lots: number, listed: Listed): string
  /** A frame of a type nobody knows. */
  readonly unknownFrame: string
  /** Moves every time in the frame. */
  shifted(text: string, byUs: number): string
}

export const SURGERIES: Readonly<Record<FaultVenue, Surgery>> = {
  kraken: {
    ...twoSided(
      /^(.*?"bids":\[)(.*?)(\],"asks":\[)(.*?)(\].*)$/s,
      /\{"price":([^,}]+),"qty":([^}]+)\}/g,
      ({ price, quantity }) => `{"price":${price},"qty":${quantity}}`,
    ),
    kindOf: (text) => {
      if (text.startsWith('{"channel":"book","type":"update"')) return 'book'
      if (text.startsWith('{"channel":"trade","type":"update"')) return 'trade'
      if (text.startsWith('{"channel":"heartbeat"')) return 'heartbeat'
      return text.startsWith('{"method":"pong"') ? 'pong' : 'other'
    },
    symbolOf: (text) => /"symbol":"([^"]+)"/.exec(text)?.[1],
    price: (ticks, { tickSize }) => fromTicks(ticks, tickSize),
    quantity: (lots, { lotSize }) => fromLots(lots, lotSize),
    unknownFrame: '{"channel":"surprise","type":"update","data":[{"symbol":"BTC/USD"}]}',
    shifted: shiftIso,
  },
  binance: {
    ...twoSided(
      /^(.*?"b":\[)(.*?)(\],"a":\[)(.*?)(\]\}.*)$/s,
      /\["([^"]+)","([^"]+)"\]/g,
      ({ price, quantity }) => `["${price}","${quantity}"]`,
    ),
    kindOf: (text) => {
      if (text.includes('"e":"depthUpdate"')) return 'book'
      return /"e":"(?:trade|aggTrade)"/.test(text) ? 'trade' : 'other'
    },
    symbolOf: (text) => /"s":"([^"]+)"/.exec(text)?.[1],
    // Eight decimals always, whatever the tick size.
    price: (ticks, { tickSize }) => padded(fromTicks(ticks, tickSize)),
    quantity: (lots, { lotSize }) => padded(fromLots(lots, lotSize)),
    unknownFrame: '{"e":"surprise","E":1700000000000,"s":"BTCUSDT"}',
    shifted: (text, byUs) =>
      text.replace(/"([ET])":(\d{13,16})/g, (_all, name: string, digits: string) => {
        const by = digits.length > 13 ? byUs : Math.round(byUs / 1000)
        return `"${name}":${Number(digits) + by}`
      }),
  },
  coinbase: {
    levels: (text) => {
      const [, , inside = ''] = CHANGES.exec(text) ?? []
      return [...inside.matchAll(CHANGE)].map(([, side, price = '', quantity = '']) => ({
        side: side === 'buy' ? 'bid' : 'ask',
        price,
        quantity,
      }))
    },
    withLevels: (text, levels) =>
      text.replace(CHANGES, (_all, before: string, _inside, after: string) => {
        return `${before}${levels.map(coinbaseLevel).join(',')}${after}`
      }),
    levelText: coinbaseLevel,
    kindOf: (text) => {
      if (text.startsWith('{"type":"l2update"')) return 'book'
      if (text.startsWith('{"type":"match"')) return 'trade'
      return text.startsWith('{"type":"heartbeat"') ? 'heartbeat' : 'other'
    },
    symbolOf: (text) => /"product_id":"([^"]+)"/.exec(text)?.[1],
    price: (ticks, { tickSize }) => fromTicks(ticks, tickSize),
    quantity: (lots, { lotSize }) => fromLots(lots, lotSize),
    unknownFrame: '{"type":"surprise","product_id":"BTC-USD"}',
    shifted: shiftIso,
  },
}

const CHANGES = /^(.*?"changes":\[)(.*?)(\](?:,"|\}).*)$/s
const CHANGE = /\["(buy|sell)","([^"]+)","([^"]+)"\]/g

function coinbaseLevel({ side, price, quantity }: WireLevel): string {
  return `["${side === 'bid' ? 'buy' : 'sell'}","${price}","${quantity}"]`
}

/** Frames with a list of bids, then a list of asks. */
function twoSided(
  frame: RegExp,
  level: RegExp,
  levelText: Surgery['levelText'],
): Pick<Surgery, 'levels' | 'withLevels' | 'levelText'> {
  const read = (text: string, side: 'bid' | 'ask'): WireLevel[] =>
    [...text.matchAll(level)].map(([, price = '', quantity = '']) => ({ side, price, quantity }))
  return {
    levels: (text) => {
      const [, , bids = '', , asks = ''] = frame.exec(text) ?? []
      return [...read(bids, 'bid'), ...read(asks, 'ask')]
    },
    withLevels: (text, levels) => {
      const [, head, , middle, , tail] = frame.exec(text) ?? []
      if (head === undefined) return text
      const write = (side: 'bid' | 'ask'): string =>
        levels
          .filter((one) => one.side === side)
          .map(levelText)
          .join(',')
      return `${head}${write('bid')}${middle}${write('ask')}${tail}`
    },
    levelText,
  }
}

function padded(text: string): string {
  const [whole = '', fraction = ''] = text.split('.')
  return `${whole}.${fraction.padEnd(8, '0')}`
}

function shiftIso(text: string, byUs: number): string {
  return text.replace(/(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z/g, (_all, seconds: string, fraction = '') => {
    const at = Date.parse(`${seconds}Z`) + Math.round(byUs / 1000)
    return `${new Date(at).toISOString().slice(0, 19)}${fraction}Z`
  })
}
