import { type BookView, channel, unpackBody } from '@depthcast/protocol'
import { io, type Socket } from 'socket.io-client'
import officialParser from 'socket.io-msgpack-parser'
import { afterEach, expect, test } from 'vitest'
import { WRITABLE_BYTES } from '../src/flow/line.ts'
import { hasUring } from './fakes/kernel.ts'
import { type Running, startGateway } from './fakes/running.ts'

const LEVELS = 1000
let gateway: Running
const sockets: Socket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.disconnect()
  await gateway.close()
})

test.each(['auto', 'off'] as const)(
  'with io_uring %s a client that stops reading costs a bounded amount however long it sleeps, harms nobody, and wakes to the newest book',
  async (ioUring) => {
    gateway = await startGateway({ ioUring })
    gateway.script.snapshot(side(100_000, -1, 1), side(100_001, 1, 1))
    const [sleeper, healthy, other] = [await subscriber(), await subscriber(), await subscriber()]
    const tcp = tcpOf(sleeper.socket)
    tcp.pause()
    const held: number[] = []
    for (let n = 2; n <= 1500; n++) {
      const arrived = healthy.reaches(n)
      gateway.script.delta(side(100_000, -1, n), side(100_001, 1, n))
      await arrived
      if (n % 500 === 0) held.push(await buffered())
    }
    const perUpdate =
      gateway.app.metrics.value('depthcast_bytes_total') / gateway.app.metrics.value('depthcast_frames_total')
    expect(gateway.app.metrics.value('depthcast_slow_marks_total')).toBeGreaterThan(0)
    for (const bytes of held) expect(bytes).toBeLessThan(WRITABLE_BYTES + 3 * perUpdate)
    expect(held.at(-1)).toBe(held.at(-2))

    const awake = sleeper.reaches(1500)
    tcp.resume()
    await awake
    expect(sleeper.view.bids).toEqual(healthy.view.bids)
    expect(sleeper.view.asks).toEqual(side(100_001, 1, 1500))
    const next = Promise.all([sleeper.reaches(1501), healthy.reaches(1501)])
    gateway.script.delta([100_000, 1], [])
    await next
    expect([sleeper, healthy, other].map(({ failures }) => failures)).toEqual([[], [], []])
    const together = gateway.app.metrics.value('depthcast_io_uring_writes_total')
    if (ioUring === 'off' || !hasUring()) expect(together).toBe(0)
    else expect(together).toBeGreaterThan(1500)
  },
)

/** A subscriber who folds and checks everything with the protocol's own book channel. */
async function subscriber() {
  const socket = io(gateway.url, {
    parser: officialParser,
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
  })
  sockets.push(socket)
  const book = channel('book')
  const view = book.open(gateway.script.instrument, book.params({ depth: 'all' })) as BookView
  const failures: string[] = []
  const waiting: { seq: number; done: () => void }[] = []
  for (const type of ['snapshot', 'update'] as const) {
    socket.on(type, (packed: unknown) => {
      try {
        book.apply(view, { type, ...(unpackBody(type, packed) as object) } as Parameters<typeof book.apply>[1])
      } catch (error) {
        failures.push(String(error))
      }
      for (const one of waiting.splice(0)) {
        if (view.seq >= one.seq) one.done()
        else waiting.push(one)
      }
    })
  }
  const reaches = (seq: number) => new Promise<void>((done) => (view.seq >= seq ? done() : waiting.push({ seq, done })))
  const first = reaches(1)
  await socket.emitWithAck('subscribe', { channel: 'book', symbols: ['test:BTC-USD'], depth: 'all', rateMs: 'raw' })
  await first
  return { socket, view, failures, reaches }
}

async function buffered(): Promise<number> {
  await gateway.app.metrics.expose()
  return gateway.app.metrics.value('depthcast_buffered_bytes')
}

function side(best: number, direction: 1 | -1, quantity: number): number[] {
  const levels: number[] = []
  for (let level = 0; level < LEVELS; level++) levels.push(best + direction * level, quantity)
  return levels
}

function tcpOf(socket: Socket): { pause(): void; resume(): void } {
  return (
    socket.io.engine.transport as unknown as { readonly ws: { readonly _socket: { pause(): void; resume(): void } } }
  ).ws._socket
}
