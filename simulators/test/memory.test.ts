import { expect, test } from 'vitest'
import { binanceEmulator } from '../src/emulators/binance/emulator.ts'
import { growthOf, heapBytes } from '../src/virtual/heap.ts'
import { EmulatedWorld, type TestClient } from './emulated.ts'

test.each([
  { name: 'leaves', end: (client: TestClient | undefined, now: number) => client?.step({ kind: 'closed', now }) },
  {
    name: 'is thrown out in the middle of what it says',
    end: (client: TestClient | undefined) => {
      for (let id = 0; id < 10; id++) client?.send(`{"method":"LIST_SUBSCRIPTIONS","id":${id}}`)
    },
  },
])('a client that $name is let go with all that was kept for it, though its last timer is due tomorrow', ({ end }) => {
  const world = new EmulatedWorld({ emulator: (shared) => binanceEmulator(shared) })
  const client = new WeakRef(world.client('/ws/btcusdt@depth@100ms'))
  const other = world.client('/ws/btcusdt@depth@100ms')
  world.play(1_000)
  end(client.deref(), world.now)
  world.play(1_000)
  expect(world.host.clients).toBe(1)
  return later().then(() => {
    heapBytes()
    expect(client.deref()).toBeUndefined()
    expect(other.frames('depthUpdate').length).toBeGreaterThan(0)
  })
})

/** A WeakRef holds on to what it gave until the job is over. */
function later(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

test.each([
  { name: 'flat but for noise', heap: [10, 12, 15, 20, 21, 20, 21, 20, 21], want: 21 / 20 - 1 },
  { name: 'still climbing', heap: [10, 12, 14, 16, 18, 20, 22, 24, 26], want: 24 / 18 - 1 },
])('the growth of a heap that is $name', ({ heap, want }) => {
  expect(growthOf(heap)).toBeCloseTo(want)
})
