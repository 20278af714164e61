import { Book } from '@depthcast/market'
import { expect, test } from 'vitest'
import { levelStream } from '../src/level-stream.ts'
import { measure, median } from '../src/measure.ts'

const OPTIONS = { seed: 7, updates: 20_000, levels: 1000 }

test('the same seed gives the same stream, another seed another', () => {
  expect(levelStream(OPTIONS)).toEqual(levelStream(OPTIONS))
  expect(levelStream({ ...OPTIONS, seed: 8 }).messages).not.toEqual(levelStream(OPTIONS).messages)
})

test('the stream has the shape of real ones and leaves a full book that never crosses', () => {
  const { snapshot, messages, updates, counts } = levelStream(OPTIONS)
  const book = new Book()
  book.replace(snapshot.bids, snapshot.asks)
  let seen = 0
  let nearTouch = 0
  for (const { bids, asks } of messages) {
    const best = new Set([...book.bids(5), ...book.asks(5)].filter((_, at) => at % 2 === 0))
    const prices = [...bids, ...asks].filter((_, at) => at % 2 === 0)
    nearTouch += prices.filter((price) => best.has(price)).length
    seen += prices.length
    book.apply(bids, asks)
    expect(book.isCrossed()).toBe(false)
    expect(Math.min(book.bidCount, book.askCount)).toBeGreaterThan(OPTIONS.levels * 0.9)
  }
  expect(seen).toBe(updates)
  expect(counts.deletes + counts.inserts + counts.changes + counts.unknown).toBe(updates)
  expect(counts.deletes / updates).toBeGreaterThan(0.3)
  expect(counts.deletes / updates).toBeLessThan(0.4)
  expect(nearTouch / updates).toBeGreaterThan(0.3)
})

test('the counts say what the updates do to a book', () => {
  const { snapshot, messages, counts } = levelStream(OPTIONS)
  const book = new Book()
  book.replace(snapshot.bids, snapshot.asks)
  const found = { deletes: 0, inserts: 0, changes: 0, unknown: 0 }
  const fold = (side: 'bid' | 'ask', levels: readonly number[]) => {
    for (let at = 0; at < levels.length; at += 2) {
      const [ticks, lots] = [levels[at]!, levels[at + 1]!]
      const exists = book.lotsAt(side, ticks) > 0
      if (lots === 0) found[exists ? 'deletes' : 'unknown']++
      else found[exists ? 'changes' : 'inserts']++
      book.set(side, ticks, lots)
    }
  }
  for (const { bids, asks } of messages) {
    fold('bid', bids)
    fold('ask', asks)
  }
  expect(found).toEqual(counts)
})

test('the median of an even number of measurements is the upper middle', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 3, 2])).toBe(3)
  expect(() => median([])).toThrow(RangeError)
})

test('a measurement sees what the work allocates', async () => {
  const kept: number[][] = []
  const { bytes } = await measure(() => {
    for (let each = 0; each < 1000; each++) kept.push(new Array<number>(1000).fill(each))
  })
  expect(bytes).toBeGreaterThan(8_000_000)
  expect(kept).toHaveLength(1000)
})
