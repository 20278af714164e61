import { crc32 } from 'node:zlib'

type Frame = {
  readonly channel: 'book'
  readonly type: string
  readonly data: readonly {
    readonly symbol: string
    readonly bids: readonly object[]
    readonly asks: readonly object[]
    readonly checksum: number
  }[]
}

/**
 * What Kraken says of a book of ten levels a side, its snapshot and so many updates: what is pushed out of the book is not told, and what comes back
 * into it is. Prices have one decimal; each quantity is 1.5, written with so many digits.
 */
export function tenLevels(
  updates: number,
  quantity = '15',
): { readonly frames: readonly Frame[]; readonly checksum: number } {
  let bids = Array.from({ length: 10 }, (_, index) => 1000 - index)
  const asks = Array.from({ length: 10 }, (_, index) => 1002 + index)
  const checksum = (): number => crc32([...asks, ...bids].map((ticks) => `${ticks}${quantity}`).join(''))
  const level = (ticks: number, qty = 1.5) => ({ price: ticks / 10, qty })
  const frame = (type: string, told: readonly object[]): Frame => {
    const others = type === 'snapshot' ? asks.map((ticks) => level(ticks)) : []
    return { channel: 'book', type, data: [{ symbol: 'ABC/USD', bids: told, asks: others, checksum: checksum() }] }
  }
  const snapshot = bids.map((ticks) => level(ticks))
  const frames = [frame('snapshot', snapshot)]
  for (let index = 0; index < updates; index++) {
    if (index % 2 === 0) {
      bids = [1001, ...bids.slice(0, 9)]
      frames.push(frame('update', [level(1001)]))
    } else {
      // Meanwhile the level that was pushed out went, unseen: another comes back in its place.
      bids = [...bids.slice(1), 991 - (index + 1) / 2]
      frames.push(frame('update', [level(1001, 0), level(bids.at(-1)!)]))
    }
  }
  return { frames, checksum: checksum() }
}
