/**
 * A second reading of Kraken's book frames that shares no code with the emulator or the feed: strings throughout, a map a side, its own CRC.
 */
export class KrakenFold {
  readonly #depth: number
  readonly #bids = new Map<string, string>()
  readonly #asks = new Map<string, string>()

  constructor(depth: number) {
    this.#depth = depth
  }

  /** Applies one frame, level by level in the order of the wire, then cuts both sides to the depth. Gives the checksum it carried. */
  apply(frame: string, cut = true): { readonly type: string; readonly checksum: number; readonly timestamp: string } {
    const parts =
      /^\{"channel":"book","type":"(snapshot|update)","data":\[\{"symbol":"[^"]+","bids":\[(.*)\],"asks":\[(.*)\],"checksum":(\d+),"timestamp":"([^"]+)"\}\]\}$/.exec(
        frame,
      )
    if (parts === null) throw new Error(`no book frame: ${frame}`)
    const [, type = '', bids = '', asks = '', checksum = '', timestamp = ''] = parts
    if (type === 'snapshot') {
      this.#bids.clear()
      this.#asks.clear()
    }
    fold(this.#bids, bids)
    fold(this.#asks, asks)
    if (cut) {
      for (const [price] of this.bids().slice(this.#depth)) this.#bids.delete(price)
      for (const [price] of this.asks().slice(this.#depth)) this.#asks.delete(price)
    }
    return { type, checksum: Number(checksum), timestamp }
  }

  /** `[price, quantity]` as they stood on the wire, best first. */
  bids(): [string, string][] {
    return [...this.#bids].sort(([a], [b]) => Number(b) - Number(a))
  }

  asks(): [string, string][] {
    return [...this.#asks].sort(([a], [b]) => Number(a) - Number(b))
  }

  checksum(): number {
    const digits = [...this.asks().slice(0, 10), ...this.bids().slice(0, 10)]
      .flat()
      .map((text) => text.replace('.', '').replace(/^0+/, ''))
    return crc(digits.join(''))
  }
}

/** The levels of one side of a frame, in order. */
export function levelsOf(side: string): [string, string][] {
  return [...side.matchAll(/\{"price":([0-9.]+),"qty":([0-9.]+)\}/g)].map(([, price = '', qty = '']) => [price, qty])
}

function fold(side: Map<string, string>, text: string): void {
  for (const [price, quantity] of levelsOf(text)) {
    if (/[1-9]/.test(quantity)) side.set(price, quantity)
    else side.delete(price)
  }
}

/** CRC-32 (IEEE), bit by bit. */
function crc(text: string): number {
  let value = 0xffffffff
  for (let i = 0; i < text.length; i++) {
    value ^= text.charCodeAt(i)
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  }
  return (value ^ 0xffffffff) >>> 0
}
