import { type Micros, micros, type VenueEvent } from '@depthcast/market'
import { expect, test } from 'vitest'
import { ClockOffset } from '../src/clock-offset.ts'
import { START } from './driver.ts'

const MS = 1_000

/** A change that was sent at `sent` by the venue's clock, `offset` behind ours, and took `took`. Times in µs. */
function delta(sent: number, offset: number, took: number): VenueEvent {
  const exchangeTime = (START + sent) as Micros
  const stamp = { instrument: 'a:B-C' as const, exchangeTime, receivedAt: micros(START + sent + offset + took) }
  return { kind: 'book-delta', bids: [], asks: [], verified: 'none', ...stamp }
}

/** Events every 100 ms from `from` on, each `least` or more on its way; the steps that were seen. */
function feed(clock: ClockOffset, from: number, events: number, offset: number): number[] {
  const steps: number[] = []
  for (let index = 0; index < events; index++) {
    const step = clock.add(delta(from + index * 100 * MS, offset, 5 * MS + (index % 7) * MS))
    if (step !== undefined) steps.push(step)
  }
  return steps
}

test('the offset is the fastest event, unknown before there are twenty, and latency counts from there', () => {
  const clock = new ClockOffset()
  feed(clock, 0, 19, -13 * MS)
  expect([clock.offset, clock.latency]).toEqual([undefined, undefined])
  feed(clock, 1_900 * MS, 51, -13 * MS)
  expect(clock.offset).toBe(-8 * MS)
  expect(clock.latency).toBeGreaterThan(2 * MS)
  expect(clock.latency).toBeLessThan(4 * MS)
})

test('the fastest of more than a minute ago counts no more, so a slow drift is followed', () => {
  const clock = new ClockOffset()
  feed(clock, 0, 100, 0)
  feed(clock, 10_000 * MS, 100, 60 * MS)
  expect(clock.offset).toBe(5 * MS)
  feed(clock, 20_000 * MS, 700, 60 * MS)
  expect(clock.offset).toBe(65 * MS)
})

test.each([
  { name: 'forwards', to: -400 * MS },
  { name: 'back', to: 400 * MS },
])('a venue clock set $name is told once, and the offset is unknown until it is known again', ({ to }) => {
  const clock = new ClockOffset()
  expect(feed(clock, 0, 200, 0)).toEqual([])
  const steps = feed(clock, 20_000 * MS, 120, to)
  expect(steps).toHaveLength(1)
  expect(Math.abs((steps[0] ?? 0) - to)).toBeLessThan(10 * MS)
  feed(clock, 40_000 * MS, 30, to)
  expect(clock.offset).toBe(to + 5 * MS)
})

test('right after a step nothing is known', () => {
  const clock = new ClockOffset()
  feed(clock, 0, 100, 0)
  feed(clock, 10_000 * MS, 1, -400 * MS)
  expect(clock.offset).toBeUndefined()
})

test('what comes late says nothing of the clock: one slow event is no step, and old trades are not looked at', () => {
  const clock = new ClockOffset()
  feed(clock, 0, 100, 0)
  expect(clock.add(delta(10_000 * MS, 0, 3_000 * MS))).toBeUndefined()
  const trade = { kind: 'trade', tradeId: '1', price: 1, quantity: 1, side: 'buy', backfilled: true } as const
  const { instrument, receivedAt } = delta(20_000 * MS, 0, 0)
  const old = { ...trade, instrument, receivedAt, exchangeTime: (receivedAt + 9_000 * MS) as Micros }
  expect(clock.add(old as unknown as VenueEvent)).toBeUndefined()
  expect(clock.offset).toBe(5 * MS)
})
