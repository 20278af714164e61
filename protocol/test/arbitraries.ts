import { encodeMsgpack } from '@depthcast/protocol'
import fc from 'fast-check'

const keys = fc.string({ maxLength: 8 }).filter((key) => key !== '__proto__')

/** What both msgpack and JSON can say exactly. */
export const plainValues = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, min: -1e12, max: 1e12 }).map((n) => n + 0),
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 20, noNullPrototype: true }),
  ),
})).value

/** `count` frames from one seed: noise, or the frame of one of the values with bytes changed, cut off or added. */
export function* damagedFrames(values: readonly unknown[], count: number, seed: number): Generator<Uint8Array> {
  const frames = values.map((value) => encodeMsgpack(value)).filter(({ length }) => length < 2_000)
  const roll = dice(seed)
  for (let i = 0; i < count; i++) {
    const frame = frames[roll(frames.length)]!
    if (i % 8 === 0) yield Uint8Array.from({ length: roll(64) }, () => roll(256))
    else yield damaged(frame, roll)
  }
}

function damaged(frame: Uint8Array, roll: (n: number) => number): Uint8Array {
  const kept = roll(4) === 0 ? roll(frame.length + 1) : frame.length
  const bytes = new Uint8Array(kept + (roll(8) === 0 ? 1 : 0))
  bytes.set(frame.subarray(0, kept))
  for (let i = bytes.length === 0 ? 0 : roll(4); i > 0; i--) bytes[roll(bytes.length)] = roll(256)
  return bytes
}

/** Whole numbers from 0 below n, the same for the same seed (a xorshift, Marsaglia 2003). */
export function dice(seed: number): (n: number) => number {
  let state = seed | 1
  return (n) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % n
  }
}
