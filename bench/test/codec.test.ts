import { levelsToText } from '@depthcast/protocol'
import { expect, test } from 'vitest'
import { ENCODINGS, FRAMES, JSON_TEXT } from '../src/codec/encodings.ts'
import { bookMessages } from '../src/codec/messages.ts'

const MARKET = { seed: 5, seconds: 5, depth: 25 }

test('the same seed gives the same messages, whole and four levels at a time', () => {
  const { snapshots, deltas, stream } = bookMessages(MARKET)
  expect(bookMessages(MARKET)).toEqual({ snapshots, deltas, stream })
  expect(snapshots.length).toBeGreaterThan(10)
  for (const { message } of snapshots) expect([message.bids.length, message.asks.length]).toEqual([50, 50])
  expect(deltas.length).toBeGreaterThan(0)
  for (const { message } of deltas) expect(message.bids.length + message.asks.length).toBe(8)
})

test('every encoding says the same book: what is compared has the same content', () => {
  const { snapshots, deltas } = bookMessages(MARKET)
  for (const sample of [...snapshots, ...deltas]) {
    const { message, instrument } = sample
    for (const encoding of ENCODINGS) {
      const read = encoding.decode(encoding.encode(encoding.of(sample) as never) as never) as typeof message
      const pairs = typeof read.bids[0] === 'object' ? (read.bids as readonly unknown[]).map(asText) : undefined
      const bids = levelsToText(message.bids, instrument)
      if (pairs !== undefined)
        expect(pairs.map(asNumbers)).toEqual((bids as readonly unknown[]).map(asText).map(asNumbers))
      else expect(read.bids).toEqual(message.bids)
      expect([read.sub, read.seq, read.checksum]).toEqual([message.sub, message.seq, message.checksum])
    }
  }
})

test('a frame is larger than its message by what the door puts around it', () => {
  const { deltas } = bookMessages(MARKET)
  const sample = deltas[0]!
  const ours = ENCODINGS.find(({ name }) => name === 'Depthcast msgpack')!
  const message = ours.encode(ours.of(sample) as never).length
  const bytes = Object.fromEntries(FRAMES.map((frame) => [frame.name, frame.bytes(sample)]))
  expect(bytes['WebSocket msgpack']).toBe(message + 2)
  expect(bytes['Socket.IO msgpack']).toBeGreaterThan(message + 2)
  const plain = JSON_TEXT.encode(JSON_TEXT.of(sample) as never).length
  expect(bytes['Socket.IO JSON']! - bytes['WebSocket JSON']!).toBe(2)
  expect(bytes['WebSocket JSON']).toBeGreaterThan(plain - 20)
})

function asText(pair: unknown): readonly string[] {
  return (pair as readonly unknown[]).map(String)
}

function asNumbers(pair: readonly string[]): readonly number[] {
  return pair.map(Number)
}
