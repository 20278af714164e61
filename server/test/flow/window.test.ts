import type { Micros } from '@depthcast/market'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Window } from '../../src/flow/window.ts'

const ALLOWED = 800

/** A window, and what is said to have been sent. */
function windowOf(bytesAllowed: number, marks: number) {
  const sent = { messages: 0, bytes: 0 }
  let now = 0
  const window = new Window(bytesAllowed, marks, { sent, clock: { now: () => now as Micros } })
  return {
    acked: (n: number) => window.acked(n),
    echoed: (mark: number) => window.echoed(mark),
    due: () => window.due(),
    get unconfirmed() {
      return window.unconfirmed
    },
    get room() {
      return window.room
    },
    get bytes() {
      return sent.bytes
    },
    /** So slowly that the window has no cause to grow, unless the test says in how many ms. */
    sent(messages: number, bytes: number, ms = 10_000) {
      now += ms * 1000
      sent.messages += messages
      sent.bytes += bytes
      // Where echoes tell, a test asks for the mark itself.
      if (marks === 0) window.due()
    },
  }
}

test('nothing counts as on its way while nobody tells what has arrived', () => {
  const window = windowOf(ALLOWED, 0)
  for (let n = 0; n < 1000; n++) window.sent(1, 300)
  expect([window.unconfirmed, window.bytes, window.room > 1e9, window.due()]).toEqual([0, 300_000, true, undefined])
})

test('whoever begins to ack late is owed only what was sent lately', () => {
  const window = windowOf(ALLOWED, 0)
  for (let n = 0; n < 1000; n++) window.sent(1, 100)
  window.acked(1)
  expect(window.unconfirmed).toBeLessThanOrEqual(2 * ALLOWED + 100)
  expect(window.unconfirmed).toBeGreaterThanOrEqual(ALLOWED)
  window.acked(1000)
  expect(window.unconfirmed).toBe(0)
})

test.each([
  { name: 'beyond what was sent', n: 6, message: /ack of 6 messages, but only 5 were sent/ },
  { name: 'that does not grow', n: 3, message: /ack of 3 messages after one of 3: n must grow/ },
  { name: 'that goes back', n: 2, message: /ack of 2 messages after one of 3/ },
])('an ack $name is a mistake and changes nothing', ({ n, message }) => {
  const window = windowOf(ALLOWED, 0)
  for (let sent = 0; sent < 5; sent++) window.sent(1, 200)
  window.acked(3)
  const before = window.unconfirmed
  expect(() => window.acked(n)).toThrow(message)
  expect([before, window.unconfirmed]).toEqual([400, 400])
})

test('an ack between two checkpoints counts up to the one before it', () => {
  const window = windowOf(ALLOWED, 0)
  for (let n = 0; n < 15; n++) window.sent(1, 10)
  window.acked(14)
  // One checkpoint, at ten messages.
  expect(window.unconfirmed).toBe(50)
  window.acked(15)
  expect(window.unconfirmed).toBe(0)
})

test('a mark is due once three quarters of the window have gone, and what it confirms is what was sent before it', () => {
  const window = windowOf(ALLOWED, 3)
  const marks: (number | undefined)[] = []
  for (let n = 0; n < 7; n++) {
    window.sent(1, 100)
    marks.push(window.due())
  }
  expect(marks).toEqual([undefined, undefined, undefined, undefined, undefined, 0, undefined])
  for (const never of [1, 2, 3, -1, 0.5, Number.NaN]) expect([never, window.echoed(never)]).toEqual([never, false])
  expect([window.echoed(0), window.unconfirmed]).toEqual([true, 100])
  expect([window.echoed(0), window.unconfirmed]).toEqual([false, 100])
})

test('windows that are sent the same are asked at different times, by their phases', () => {
  const firstMarks = [0, 0.25, 0.5, 0.75].map((phase) => {
    const sent = { messages: 0, bytes: 0 }
    const window = new Window(ALLOWED, 3, { sent, clock: { now: () => 0 as Micros }, phase })
    for (; window.due() === undefined && sent.bytes < ALLOWED; sent.messages++) sent.bytes += 10
    return sent.bytes
  })
  expect(firstMarks).toEqual([600, 450, 300, 150])
})

test('marks come round again, and only the last one tells', () => {
  const window = windowOf(ALLOWED, 3)
  const next = () => {
    window.sent(1, 600)
    return window.due()
  }
  expect([next(), next()]).toEqual([0, 1])
  expect([window.echoed(0), window.unconfirmed]).toEqual([false, 1200])
  expect([window.echoed(1), window.unconfirmed]).toEqual([true, 0])
  expect([window.echoed(0), window.echoed(1)]).toEqual([false, false])
  expect([next(), next(), next()]).toEqual([2, 0, 1])
  expect([window.echoed(2), window.echoed(0), window.echoed(1), window.unconfirmed]).toEqual([false, false, true, 0])
})

test('whatever is sent and answered, a window that is used up waits for an answer that opens it', () => {
  const step = fc.record({ bytes: fc.integer({ min: 1, max: 3000 }), ms: fc.nat(2000), answers: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const window = windowOf(ALLOWED, 16)
      const out: number[] = []
      for (const { bytes, ms, answers } of steps) {
        if (window.room > 0) {
          window.sent(1, bytes, ms)
          const mark = window.due()
          if (mark !== undefined) out.push(mark)
        }
        // In the order in which they were asked, as on a socket.
        if (answers || window.room <= 0) for (const mark of out.splice(0)) window.echoed(mark)
        expect(window.room).toBeGreaterThan(0)
        expect(window.unconfirmed).toBeGreaterThanOrEqual(0)
      }
    }),
  )
})

test('who gets much and answers at once may have two seconds of it on its way, but no more than eight windows', () => {
  const window = windowOf(ALLOWED, 3)
  /** Sends until a mark is due, so many bytes a second, and has it answered. Returns what was sent. */
  const round = (perSecond: number, answers = true): number => {
    for (let bytes = 100; bytes <= 10 * ALLOWED; bytes += 100) {
      window.sent(1, 100, 100_000 / perSecond)
      const mark = window.due()
      if (mark === undefined) continue
      if (answers) window.echoed(mark)
      return bytes
    }
    throw new Error('no mark was due in ten windows')
  }
  // The first time nobody knows that it answers; then a mark comes behind all but an eighth of two seconds' worth.
  expect([1, 2, 3, 4].map(() => round(800))).toEqual([600, 600, 1400, 1400])
  expect([round(1_000_000), round(1_000_000)]).toEqual([1400, 5600])
  expect(window.room).toBe(8 * ALLOWED)
  // A pause is no sign of less; less for longer is.
  expect([round(10), round(1_000_000), round(1_000_000)]).toEqual([5600, 5600, 5600])
  expect([round(250), round(250), round(250)]).toEqual([5600, 5600, 600])
  // As soon as it is late with an answer, it has less.
  expect([round(1_000_000), round(1_000_000, false), round(1_000_000, false)]).toEqual([600, 5600, 5600])
  expect(window.room).toBe(ALLOWED - 2 * 5600)
})

test('who has answered an older mark and not the last is late all the same', () => {
  const window = windowOf(ALLOWED, 16)
  const next = () => {
    window.sent(1, 5600, 1)
    return window.due()
  }
  expect([next(), window.echoed(0), next(), next(), window.echoed(1), next()]).toEqual([0, true, 1, 2, false, 3])
  expect(window.room).toBe(ALLOWED - 3 * 5600)
})

test('who begins to ack has the window that was named', () => {
  const window = windowOf(ALLOWED, 3)
  for (let n = 0; n < 2; n++) {
    window.sent(1, 600, 1)
    window.echoed(window.due() ?? -1)
  }
  expect(window.room).toBe(8 * ALLOWED)
  window.acked(2)
  expect(window.room).toBe(ALLOWED)
})

test('a client that acks is asked for no more echoes, and what it was asked before still counts', () => {
  const window = windowOf(ALLOWED, 3)
  for (let n = 0; n < 6; n++) window.sent(1, 100)
  expect(window.due()).toBe(0)
  window.sent(2, 200)
  window.acked(1)
  expect([window.due(), window.unconfirmed, window.room]).toEqual([undefined, 800, 0])
  // It acks every few messages, so it may stay silent about the last: without this nothing would ever be sent again.
  expect([window.echoed(0), window.unconfirmed, window.echoed(0)]).toEqual([true, 200, false])
  for (let n = 0; n < 6; n++) window.sent(1, 100)
  window.acked(8)
  expect([window.due(), window.unconfirmed]).toEqual([undefined, 600])
  window.acked(14)
  expect(window.unconfirmed).toBe(0)
})

test('whatever is sent and acked, what counts as on its way is never less than what is, and little more', () => {
  const step = fc.record({
    messages: fc.nat(4),
    bytes: fc.nat(300),
    ack: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const window = windowOf(ALLOWED, 0)
      window.acked(0)
      const writes: { upTo: number; bytes: number }[] = []
      let [sent, bytes, acked] = [0, 0, 0]
      for (const { messages, bytes: more, ack } of steps) {
        sent += messages
        bytes += messages === 0 ? 0 : more
        window.sent(messages, messages === 0 ? 0 : more)
        writes.push({ upTo: sent, bytes })
        const n = ack === null ? 0 : acked + Math.ceil(ack * (sent - acked))
        if (n > acked) {
          acked = n
          window.acked(n)
        }
        const arrived = writes.findLast(({ upTo }) => upTo <= acked)?.bytes ?? 0
        expect(window.unconfirmed).toBeGreaterThanOrEqual(bytes - arrived)
        expect(window.unconfirmed).toBeLessThanOrEqual(bytes - arrived + ALLOWED / 8 + 300)
      }
    }),
  )
})
